//! At which token positions an edit applies.

use burn::tensor::{Bool, Tensor, TensorData, s};
use serde::{Deserialize, Serialize};

use crate::Pass;

/// The token positions an edit touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Positions {
    /// Every position.
    All,
    /// The first token of each text.
    First,
    /// The final position of every forward step: the last prompt token, then each new token
    /// (paper, section 5).
    Last,
}

impl Positions {
    /// Applies `edit` to `activation`, `[batch, seq, width]`, at these positions; every other
    /// position keeps its bits. `edit` is handed `[batch, n, width]` with the pass over these `n`
    /// columns, and must keep that shape.
    ///
    /// # Errors
    /// What `edit` reports.
    pub fn apply<E>(
        self,
        activation: Tensor<3>,
        pass: &Pass,
        edit: impl FnOnce(Tensor<3>, &Pass) -> Result<Tensor<3>, E>,
    ) -> Result<Tensor<3>, E> {
        let [_, seq, _] = activation.dims();
        match self {
            Self::All => edit(activation, pass),
            Self::Last if seq == 1 => edit(activation, pass),
            Self::Last => {
                let last = seq - 1;
                let slice = activation.clone().slice(s![.., last..]);
                let edited = edit(slice, &pass.part(last..seq))?;
                Ok(activation.slice_assign(s![.., last..], edited))
            }
            Self::First if pass.past() > 0 => Ok(activation),
            Self::First if pass.is_padded() => {
                let mask = first_tokens(pass, &activation);
                let edited = edit(activation.clone(), pass)?;
                Ok(activation.mask_where(mask, edited))
            }
            Self::First => {
                let slice = activation.clone().slice(s![.., 0..1]);
                let edited = edit(slice, &pass.part(0..1))?;
                Ok(activation.slice_assign(s![.., 0..1], edited))
            }
        }
    }
}

/// True at each row's first token. `[batch, seq, width]`
fn first_tokens(pass: &Pass, activation: &Tensor<3>) -> Tensor<3, Bool> {
    let [batch, seq, width] = activation.dims();
    let first = (0..batch)
        .flat_map(|row| (0..seq).map(move |column| column == pass.padding()[row]))
        .collect::<Vec<_>>();
    Tensor::<3, Bool>::from_data(
        TensorData::new(first, [batch, seq, 1]),
        &activation.device(),
    )
    .expand([batch, seq, width])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::Device;

    use super::*;

    /// Which `[row, column]` an edit at `positions` changes on a 2 × 3 pass.
    fn changed(positions: Positions, pass: &Pass) -> Vec<bool> {
        let before = Tensor::<3>::zeros([2, 3, 1], &Device::flex());
        let add = |slice: Tensor<3>, part: &Pass| {
            assert_eq!(slice.dims(), [part.batch(), part.seq(), 1]);
            Ok::<_, ()>(slice.add_scalar(1.0))
        };
        let after = positions.apply(before, pass, add).unwrap();
        let after = after.into_data().try_to_vec::<f32>().unwrap();
        after.into_iter().map(|value| value == 1.0).collect()
    }

    #[test]
    fn each_choice_touches_its_own_columns() {
        let (t, f) = (true, false);
        let plain = Pass::whole(2, 3);
        let padded = Pass::left_padded(vec![2, 0], 3);
        assert_eq!(changed(Positions::All, &plain), [t; 6]);
        assert_eq!(changed(Positions::Last, &plain), [f, f, t, f, f, t]);
        assert_eq!(changed(Positions::First, &plain), [t, f, f, t, f, f]);
        assert_eq!(changed(Positions::First, &padded), [f, f, t, t, f, f]);
        assert_eq!(changed(Positions::First, &plain.continued(3)), [f; 6]);
        assert_eq!(
            changed(Positions::Last, &plain.continued(3)),
            [f, f, t, f, f, t]
        );
    }
}
