//! Texts laid end to end: no row of a batch is padding.

use burn::tensor::{Device, Int, Tensor, TensorData};

/// The tokens of some texts, one after the other.
#[derive(Debug)]
pub(crate) struct Rows {
    /// `[rows]`
    pub(crate) tokens: Tensor<1, Int>,
    /// Where each token stands in its text, counted as the model counts. `[rows]`
    pub(crate) positions: Tensor<1, Int>,
    /// The row of each text's first token. `[texts]`
    pub(crate) firsts: Tensor<1, Int>,
    /// Neighbouring texts of one length.
    pub(crate) runs: Vec<Run>,
}

/// Neighbouring texts of one length, which attention takes together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    /// Its first row.
    pub(crate) first: usize,
    /// How many texts.
    pub(crate) texts: usize,
    /// Tokens of each.
    pub(crate) length: usize,
}

impl Rows {
    /// `texts`, none of them empty, the first position of each being `first_position`. `padding` is a token that has a
    /// position of its own, wherever it stands: the last before `first_position`.
    pub(crate) fn new(
        texts: &[&[u32]],
        first_position: usize,
        padding: Option<u32>,
        device: &Device,
    ) -> Self {
        let mut positions = Vec::new();
        let (mut firsts, mut first) = (Vec::with_capacity(texts.len()), 0_i64);
        for text in texts {
            let mut next = first_position as i64;
            for &token in *text {
                if Some(token) == padding {
                    positions.push(first_position as i64 - 1);
                } else {
                    positions.push(next);
                    next += 1;
                }
            }
            firsts.push(first);
            first += text.len() as i64;
        }
        let tokens = texts
            .iter()
            .copied()
            .flatten()
            .map(|&token| i64::from(token));
        Self {
            tokens: indices(tokens.collect(), device),
            positions: indices(positions, device),
            firsts: indices(firsts, device),
            runs: runs(texts),
        }
    }
}

fn runs(texts: &[&[u32]]) -> Vec<Run> {
    let mut first = 0;
    let same = texts.chunk_by(|one, other| one.len() == other.len());
    same.map(|texts| {
        let run = Run {
            first,
            texts: texts.len(),
            length: texts[0].len(),
        };
        first += run.texts * run.length;
        run
    })
    .collect()
}

fn indices(values: Vec<i64>, device: &Device) -> Tensor<1, Int> {
    let length = values.len();
    Tensor::from_data(TensorData::new(values, [length]), device)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn values(tensor: Tensor<1, Int>) -> Vec<i64> {
        tensor.try_into_vec_as::<i64>().unwrap()
    }

    #[test]
    fn texts_lie_end_to_end_and_count_their_own_positions() {
        let texts: [&[u32]; 4] = [&[5, 6], &[7, 8], &[9], &[5, 1, 6]];
        let rows = Rows::new(&texts, 2, Some(1), &Device::flex());
        assert_eq!(values(rows.tokens), [5, 6, 7, 8, 9, 5, 1, 6]);
        assert_eq!(values(rows.positions), [2, 3, 2, 3, 2, 2, 1, 3]);
        assert_eq!(values(rows.firsts), [0, 2, 4, 5]);
        let run = |first, texts, length| Run {
            first,
            texts,
            length,
        };
        assert_eq!(rows.runs, [run(0, 2, 2), run(4, 1, 1), run(5, 1, 3)]);
        let bert = Rows::new(&texts, 0, None, &Device::flex());
        assert_eq!(values(bert.positions), [0, 1, 0, 1, 0, 0, 1, 2]);
    }
}
