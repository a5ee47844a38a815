//! Singular vectors of a matrix of rows.

use crate::DirectionError;

/// Sweeps over all pairs of vectors; some ten are enough in practice.
const SWEEPS: usize = 60;
/// Two vectors whose cosine is below this are orthogonal.
const ORTHOGONAL: f64 = 1e-13;
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
    let mut pairs = match rows.len() <= width {
        true => of_wide(rows)?,
        false => of_tall(rows, width)?,
    };
    pairs.sort_by(|one, other| other.0.total_cmp(&one.0)); // stable
    let rank = pairs
        .iter()
        .filter(|(value, _)| *value > RANK * pairs[0].0)
        .count();
    if k > rank {
        let (wanted, found) = (k, rank);
        return Err(DirectionError::TooMany { wanted, found });
    }
    let (values, vectors) = pairs.into_iter().take(k).unzip();
    let vectors: Vec<Vec<f64>> = vectors;
    Ok(Singular {
        vectors: vectors
            .into_iter()
            .map(|vector| oriented(vector, rows))
            .collect(),
        values,
    })
}

/// Singular values and right singular vectors of at most as many rows as columns: rows made orthogonal are both at once.
fn of_wide(rows: &[Vec<f64>]) -> Result<Vec<(f64, Vec<f64>)>, DirectionError> {
    let mut rows = rows.to_vec();
    orthogonalise(&mut rows, |_, _, _, _| {})?;
    let pair = |mut row: Vec<f64>| {
        let value = dot(&row, &row).sqrt();
        row.iter_mut().for_each(|x| *x /= value);
        (value, row)
    };
    Ok(rows.into_iter().map(pair).collect())
}

/// The same of more rows than columns: what makes the columns orthogonal makes the right singular vectors of the axes.
fn of_tall(rows: &[Vec<f64>], width: usize) -> Result<Vec<(f64, Vec<f64>)>, DirectionError> {
    let column = |at: usize| rows.iter().map(|row| row[at]).collect();
    let axis = |at: usize| (0..width).map(|x| f64::from(u8::from(x == at))).collect();
    let mut columns: Vec<Vec<f64>> = (0..width).map(column).collect();
    let mut vectors: Vec<Vec<f64>> = (0..width).map(axis).collect();
    orthogonalise(&mut columns, |p, q, cosine, sine| {
        rotate(&mut vectors, p, q, cosine, sine)
    })?;
    let value = |column: Vec<f64>| dot(&column, &column).sqrt();
    Ok(columns.into_iter().map(value).zip(vectors).collect())
}

/// Rotates pairs of `vectors` until all are orthogonal (Hestenes's one-sided Jacobi method); `also` is told each rotation.
fn orthogonalise(
    vectors: &mut [Vec<f64>],
    mut also: impl FnMut(usize, usize, f64, f64),
) -> Result<(), DirectionError> {
    for _ in 0..SWEEPS {
        let mut rotated = false;
        for q in 1..vectors.len() {
            for p in 0..q {
                let (a, b) = (dot(&vectors[p], &vectors[p]), dot(&vectors[q], &vectors[q]));
                let along = dot(&vectors[p], &vectors[q]);
                if along.abs() <= ORTHOGONAL * (a * b).sqrt() || along == 0.0 {
                    continue;
                }
                rotated = true;
                let zeta = (b - a) / (2.0 * along);
                let tangent = zeta.signum() / (zeta.abs() + zeta.hypot(1.0));
                let cosine = tangent.hypot(1.0).recip();
                let sine = cosine * tangent;
                rotate(vectors, p, q, cosine, sine);
                also(p, q, cosine, sine);
            }
        }
        if !rotated {
            return Ok(());
        }
    }
    Err(DirectionError::NotConverged { sweeps: SWEEPS })
}

/// Rotates the vectors `p` and `q`, of which `q` comes later.
fn rotate(vectors: &mut [Vec<f64>], p: usize, q: usize, cosine: f64, sine: f64) {
    let (before, from) = vectors.split_at_mut(q);
    for (x, y) in before[p].iter_mut().zip(&mut from[0]) {
        (*x, *y) = (cosine * *x - sine * *y, sine * *x + cosine * *y);
    }
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
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
