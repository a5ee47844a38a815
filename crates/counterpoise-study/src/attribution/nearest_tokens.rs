//! The tokens with the highest scores `v·W_U[t]` of vectors `v`, exact in `f64`.
//!
//! A product in `f32` chooses: a token is left out only if its score lies further below the last of the best than rounding
//! can account for. The others are scored again in `f64`, so what is found is what `f64` alone would find.

use burn::tensor::{Device, Tensor, TensorData};
use counterpoise_model::{Transformer, product, widen};

use crate::error::{Result, StudyError};

/// Rows of the unembedding that are multiplied at once.
const ROWS_TOGETHER: usize = 4096;

/// Scores that are compared with a floor at once.
const CHUNK: usize = 64;

/// A token and its score.
pub(crate) type ScoredToken = (u32, f64);

/// A model's unembedding.
pub(crate) struct Unembedding {
    /// `[vocab_size, d_model]`
    matrix: Tensor<2>,
    /// The largest norm of its rows.
    largest_norm: f64,
}

/// What is known of the best tokens of one vector.
struct Best {
    count: usize,
    /// Highest score first, ties by number.
    tokens: Vec<ScoredToken>,
    /// How far a score in `f32` may be from that in `f64`.
    rounding: f64,
}

impl Unembedding {
    /// That of `model`.
    ///
    /// # Errors
    /// Weights that cannot be read.
    pub(crate) fn of(model: &Transformer) -> Result<Self> {
        let mut unembedding = Self {
            matrix: model.unembedding(),
            largest_norm: 0.0,
        };
        let mut largest = 0.0;
        unembedding.in_parts(ROWS_TOGETHER, |_, rows, d_model| {
            let norms = rows.chunks_exact(d_model).map(norm);
            largest = norms.fold(largest, f64::max);
            Ok(())
        })?;
        unembedding.largest_norm = largest;
        Ok(unembedding)
    }

    /// For each of `vectors`, `[vectors, d_model]`, the `count` tokens with the highest scores, highest first, ties by
    /// number.
    ///
    /// # Errors
    /// Weights that cannot be read.
    pub(crate) fn nearest(&self, vectors: &[f64], count: usize) -> Result<Vec<Vec<ScoredToken>>> {
        self.nearest_in_parts(vectors, count, ROWS_TOGETHER)
    }

    /// The same, with the unembedding read by `rows_together`.
    fn nearest_in_parts(
        &self,
        vectors: &[f64],
        count: usize,
        rows_together: usize,
    ) -> Result<Vec<Vec<ScoredToken>>> {
        let [_, d_model] = self.matrix.dims();
        if count == 0 {
            return Ok(vec![Vec::new(); vectors.len() / d_model]);
        }
        let small = vectors.iter().map(|&x| x as f32).collect();
        let small = host(small, d_model); // [vectors, d_model]
        let vectors = vectors.chunks_exact(d_model);
        let mut best: Vec<Best> = vectors
            .clone()
            .map(|vector| Best::new(count, self.rounding(vector)))
            .collect();
        self.in_parts(rows_together, |first, rows, _| {
            let part = host(rows.to_vec(), d_model).transpose(); // [d_model, rows]
            let scores = read(product(small.clone(), part))?; // [vectors, rows]
            let scores = scores.chunks_exact(rows.len() / d_model);
            for ((best, vector), scores) in best.iter_mut().zip(vectors.clone()).zip(scores) {
                best.add(scores, first, |row| {
                    dot(&rows[row * d_model..][..d_model], vector)
                });
            }
            Ok(())
        })?;
        Ok(best.into_iter().map(|best| best.tokens).collect())
    }

    /// More than a score of `vector` in `f32` can differ from that in `f64`: half of it is the bound for a sum in any order,
    /// `(d + 1)·u·|v|·|w|` with the rounding of `v` to `f32`, to the first order in the unit of rounding `u`.
    fn rounding(&self, vector: &[f64]) -> f64 {
        let unit = f64::from(f32::EPSILON) / 2.0;
        let squares = vector.iter().map(|x| x * x).sum::<f64>();
        let terms = vector.len() as f64 + 1.0;
        2.0 * terms * (unit * squares.sqrt() * self.largest_norm + f64::from(f32::MIN_POSITIVE))
    }

    /// Hands `each` the rows in parts of `together`: the number of the first, the rows, and their width.
    fn in_parts(
        &self,
        together: usize,
        mut each: impl FnMut(usize, &[f32], usize) -> Result<()>,
    ) -> Result<()> {
        let [vocab_size, d_model] = self.matrix.dims();
        for first in (0..vocab_size).step_by(together) {
            let rows = together.min(vocab_size - first);
            let part = read(widen(self.matrix.clone().narrow(0, first, rows)))?;
            each(first, &part, d_model)?;
        }
        Ok(())
    }
}

impl Best {
    fn new(count: usize, rounding: f64) -> Self {
        Self {
            count,
            tokens: Vec::new(),
            rounding,
        }
    }

    /// Adds the tokens from `first` on, which have these `scores` in `f32`; `exact` gives the score of one in `f64`.
    fn add(&mut self, scores: &[f32], first: usize, exact: impl Fn(usize) -> f64) {
        let mut floor = match self.tokens.get(self.count - 1) {
            Some((_, last)) => last - self.rounding,
            None => f64::NEG_INFINITY,
        };
        let mut highest: Vec<f32> = Vec::with_capacity(self.count + 1); // descending
        let mut kept: Vec<(usize, f32)> = Vec::new();
        for (chunk, scores) in scores.chunks(CHUNK).enumerate() {
            let below = |score| is_below(score, floor as f32);
            // Without a way out, so that the compiler compares many at a time.
            if scores.iter().fold(true, |all, &score| all & below(score)) {
                continue;
            }
            for (at, &score) in scores.iter().enumerate() {
                if is_below(score, floor as f32) {
                    continue;
                }
                kept.push((chunk * CHUNK + at, score));
                let place = highest.partition_point(|&other| other >= score);
                highest.insert(place, score);
                highest.truncate(self.count);
                if let Some(&last) = highest.get(self.count - 1) {
                    floor = floor.max(f64::from(last) - 2.0 * self.rounding);
                }
            }
        }
        let kept = kept
            .into_iter()
            .filter(|&(_, score)| !is_below(score, floor as f32));
        self.tokens
            .extend(kept.map(|(row, _)| ((first + row) as u32, exact(row))));
        self.tokens.sort_by(|a, b| b.1.total_cmp(&a.1)); // stable
        self.tokens.truncate(self.count);
    }
}

/// Whether a score is surely too low; one that is not a number is not.
fn is_below(score: f32, floor: f32) -> bool {
    score < floor
}

/// A matrix of this width in this process's memory.
fn host(values: Vec<f32>, width: usize) -> Tensor<2> {
    let shape = [values.len() / width, width];
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

fn dot(row: &[f32], vector: &[f64]) -> f64 {
    let products = row.iter().zip(vector).map(|(&w, v)| f64::from(w) * v);
    products.sum()
}

fn norm(row: &[f32]) -> f64 {
    let squares = row.iter().map(|&w| f64::from(w) * f64::from(w));
    squares.sum::<f64>().sqrt()
}

/// Copies weights or scores to the host.
pub(super) fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    tensor.try_into_vec_as::<f32>().map_err(|error| {
        StudyError::Refused(format!(
            "weights could not be read from their device: {error}"
        ))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use counterpoise_model::Config;

    use super::*;

    const WIDTH: usize = 40;

    fn unembedding() -> (Unembedding, Vec<f32>) {
        let model = Transformer::init(&Config::new(600, 8, WIDTH, 1, 2), 3, &Device::flex());
        let rows = read(model.unembedding()).unwrap();
        (Unembedding::of(&model).unwrap(), rows)
    }

    /// `[vectors, WIDTH]`, none of which is whole in `f32`.
    fn vectors(count: usize) -> Vec<f64> {
        let value = |i: usize| ((i * 7919 + 13) % 1009) as f64 / 500.3 - 1.0;
        (0..count * WIDTH).map(value).collect()
    }

    /// Every score in `f64`, sorted.
    fn by_hand(rows: &[f32], vectors: &[f64], count: usize) -> Vec<Vec<ScoredToken>> {
        let of = |vector: &[f64]| {
            let scores = rows.chunks_exact(WIDTH).map(|row| dot(row, vector));
            let mut all: Vec<ScoredToken> = (0..).zip(scores).collect();
            all.sort_by(|a, b| b.1.total_cmp(&a.1));
            all.truncate(count);
            all
        };
        vectors.chunks_exact(WIDTH).map(of).collect()
    }

    #[test]
    fn what_is_found_is_what_f64_alone_finds_however_the_unembedding_is_read() {
        let (unembedding, rows) = unembedding();
        let vectors = vectors(30);
        let expected = by_hand(&rows, &vectors, 5);
        for together in [600, 599, 100, 7, 3, 1] {
            let found = unembedding.nearest_in_parts(&vectors, 5, together).unwrap();
            assert!(found == expected, "{together} rows at once");
        }
        let alone = unembedding.nearest(&vectors[WIDTH..2 * WIDTH], 5).unwrap();
        assert_eq!(alone[0], expected[1]);
    }

    #[test]
    fn scores_that_f32_cannot_tell_apart_are_told_apart() {
        // All rows are one another's but for a last place, and what is written between them cancels in f32.
        let row = |at: usize| {
            (0..WIDTH).map(move |x| 1.0 + ((at * 31 + x * 17) % 97) as f32 * f32::EPSILON)
        };
        let rows: Vec<f32> = (0..200).flat_map(row).collect();
        let matrix = host(rows.clone(), WIDTH);
        let largest_norm = rows.chunks_exact(WIDTH).map(norm).fold(0.0, f64::max);
        let unembedding = Unembedding {
            matrix,
            largest_norm,
        };
        let vectors = vectors(20);
        let expected = by_hand(&rows, &vectors, 5);
        for together in [200, 64, 9] {
            let found = unembedding.nearest_in_parts(&vectors, 5, together).unwrap();
            assert!(found == expected, "{together} rows at once");
        }
    }

    #[test]
    fn equal_scores_come_by_number_and_there_are_no_more_tokens_than_there_are() {
        let matrix = host(
            [1.0, 2.0, 2.0, 1.0, 2.0].map(|x| [x; WIDTH]).concat(),
            WIDTH,
        );
        let largest_norm = 2.0 * (WIDTH as f64).sqrt();
        let unembedding = Unembedding {
            matrix,
            largest_norm,
        };
        let ids = |count, together| {
            let found = unembedding.nearest_in_parts(&[1.0; WIDTH], count, together);
            found.unwrap()[0]
                .iter()
                .map(|(id, _)| *id)
                .collect::<Vec<_>>()
        };
        for together in [1, 2, 5] {
            assert_eq!(ids(4, together), [1, 2, 4, 0]);
            assert_eq!(ids(9, together), [1, 2, 4, 0, 3]);
            assert_eq!(ids(0, together), [0; 0]);
        }
    }
}
