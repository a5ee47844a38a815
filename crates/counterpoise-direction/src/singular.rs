//! Singular vectors of a matrix of rows.

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::svd::{ComputeSvdVectors, SvdError, svd, svd_scratch};
use faer::{Mat, Par, Spec};

use crate::DirectionError;

/// Singular values below this share of the largest are 0.
const RANK: f64 = 1e-12;

/// The directions in which rows vary most about 0, those of the largest singular values first.
#[derive(Debug, Clone, PartialEq)]
pub struct Singular {
    /// Right singular vectors, of length 1. The sign of each is that of the sum of the rows along it, or where that is 0
    /// its first number's. `[k][d]`
    pub vectors: Vec<Vec<f64>>,
    /// Their singular values. `[k]`
    pub values: Vec<f64>,
}

/// The `k` first right singular vectors of `rows`, `[n][d]`.
///
/// # Errors
/// More directions than the rank of the rows; rows of different lengths; numbers that are not finite.
pub fn right_singular(rows: &[Vec<f64>], k: usize) -> Result<Singular, DirectionError> {
    let width = rows.first().map_or(0, Vec::len);
    let found = rows.len().min(width);
    if k > found || k == 0 {
        return Err(DirectionError::TooMany { wanted: k, found });
    }
    for (index, row) in rows.iter().enumerate() {
        if row.len() != width {
            return Err(DirectionError::Shape {
                what: "numbers in each row",
                expected: width,
                found: row.len(),
            });
        }
        if row.iter().any(|x| !x.is_finite()) {
            return Err(DirectionError::NotFinite { index });
        }
    }
    let (values, vectors) = decomposed(rows, width)?;
    let rank = values.iter().filter(|value| **value > RANK * values[0]);
    let rank = rank.count();
    if k > rank {
        let (wanted, found) = (k, rank);
        return Err(DirectionError::TooMany { wanted, found });
    }
    let first = vectors.into_iter().take(k);
    Ok(Singular {
        vectors: first.map(|vector| oriented(vector, rows)).collect(),
        values: values[..k].to_vec(),
    })
}

/// All singular values, the largest first, and their right singular vectors. On one thread: with several the last bits of a
/// sum depend on how many there are.
fn decomposed(
    rows: &[Vec<f64>],
    width: usize,
) -> Result<(Vec<f64>, Vec<Vec<f64>>), DirectionError> {
    let matrix = Mat::from_fn(rows.len(), width, |row, column| rows[row][column]); // [n, d]
    let size = rows.len().min(width);
    let (mut values, mut vectors) = (Diag::zeros(size), Mat::zeros(width, size)); // [d, size]
    let (none, thin) = (ComputeSvdVectors::No, ComputeSvdVectors::Thin);
    let (par, settings) = (Par::Seq, Spec::default());
    let scratch = svd_scratch::<f64>(rows.len(), width, none, thin, par, settings);
    svd(
        matrix.as_ref(),
        values.as_mut(),
        None,
        Some(vectors.as_mut()),
        par,
        MemStack::new(&mut MemBuffer::new(scratch)),
        settings,
    )
    .map_err(|SvdError::NoConvergence| DirectionError::NotConverged)?;
    let vector = |at: usize| vectors.col(at).iter().copied().collect();
    let values = values.column_vector().iter().copied().collect();
    Ok((values, (0..size).map(vector).collect()))
}

/// `vector` or its negative.
fn oriented(mut vector: Vec<f64>, rows: &[Vec<f64>]) -> Vec<f64> {
    let along = |row: &Vec<f64>| row.iter().zip(&vector).map(|(x, v)| x * v).sum::<f64>();
    let sum: f64 = rows.iter().map(along).sum();
    let first = vector.iter().copied().find(|x| *x != 0.0).unwrap_or(1.0);
    if sum < 0.0 || (sum == 0.0 && first < 0.0) {
        vector.iter_mut().for_each(|x| *x = -*x);
    }
    vector
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn dot(one: &[f64], other: &[f64]) -> f64 {
        one.iter().zip(other).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn singular_vectors_of_a_matrix_worked_by_hand() {
        // Columns are orthogonal, of lengths 5 and 2.
        let rows = [
            vec![-3.0, 0.0, 0.0],
            vec![-4.0, 0.0, 0.0],
            vec![0.0, 0.0, 2.0],
        ];
        let found = right_singular(&rows, 2).unwrap();
        for (found, expected) in found.values.iter().zip([5.0, 2.0]) {
            assert!((found - expected).abs() < 1e-12);
        }
        for (found, expected) in found
            .vectors
            .iter()
            .zip([[-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
        {
            let near = |(a, b): (&f64, f64)| (a - b).abs() < 1e-12;
            assert!(found.iter().zip(expected).all(near), "{found:?}");
        }
    }

    #[test]
    fn no_more_directions_than_there_are() {
        let rows = [vec![1.0, 0.0, 0.0], vec![0.0, 1.0, 0.0]];
        let error = right_singular(&rows, 3).unwrap_err().to_string();
        assert_eq!(error, "3 directions were asked for, and there are 2");
        assert!(right_singular(&rows, 0).is_err());
        let twice = [vec![1.0, 2.0, 3.0], vec![2.0, 4.0, 6.0]];
        let error = right_singular(&twice, 2).unwrap_err().to_string();
        assert_eq!(error, "2 directions were asked for, and there are 1");
        assert!(right_singular(&[vec![1.0, f64::NAN]], 1).is_err());
    }

    #[test]
    fn many_wide_rows_of_low_rank_converge() {
        let number =
            |row: usize, x: usize| ((row * 7919 + x * 104_729) % 10_007) as f64 / 5000.0 - 1.0;
        let rows: Vec<Vec<f64>> = (0..24)
            .map(|row| (0..1024).map(|x| number(row % 12, x).powi(3)).collect())
            .collect();
        let tall: Vec<Vec<f64>> = (0..1024)
            .map(|x| rows.iter().map(|row| row[x]).collect())
            .collect();
        let (wide, tall) = (
            right_singular(&rows, 12).unwrap(),
            right_singular(&tall, 12).unwrap(),
        );
        for (i, one) in wide.vectors.iter().enumerate() {
            assert!((wide.values[i] - tall.values[i]).abs() < 1e-10 * wide.values[0]);
            for (j, other) in wide.vectors.iter().enumerate() {
                let expected = f64::from(u8::from(i == j));
                assert!((dot(one, other) - expected).abs() < 1e-12, "{i} {j}");
            }
        }
        assert!(right_singular(&rows, 13).is_err());
    }
}
