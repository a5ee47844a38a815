//! A subspace of the residual stream, as an orthonormal basis.

use crate::DirectionError;

/// What is left of a vector after the others are taken out of it must be longer than this share of it.
const INDEPENDENT: f64 = 1e-6;

/// The span of a few directions: an orthonormal basis `U`, `[k][d]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Subspace {
    basis: Vec<Vec<f64>>,
}

impl Subspace {
    /// The span of `vectors`, `[k][d]`, by Gram and Schmidt's method, run twice so that the basis is orthonormal to
    /// rounding. The first basis vector is the first vector's direction.
    ///
    /// # Errors
    /// No vector, vectors of different widths, numbers that are not finite, a vector that the others span already.
    pub fn spanned_by(vectors: &[Vec<f64>]) -> Result<Self, DirectionError> {
        let width = vectors.first().map_or(0, Vec::len);
        if width == 0 {
            let (wanted, found) = (1, 0);
            return Err(DirectionError::TooMany { wanted, found });
        }
        let mut basis: Vec<Vec<f64>> = Vec::with_capacity(vectors.len());
        for (index, vector) in vectors.iter().enumerate() {
            if vector.len() != width {
                return Err(DirectionError::Shape {
                    what: "numbers in each direction",
                    expected: width,
                    found: vector.len(),
                });
            }
            if vector.iter().any(|x| !x.is_finite()) {
                return Err(DirectionError::NotFinite { index });
            }
            // Of length 1 first, so that no square under- or overflows.
            let largest = vector.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
            if largest == 0.0 {
                return Err(DirectionError::Dependent { index });
            }
            let mut left: Vec<f64> = vector.iter().map(|x| x / largest).collect();
            scale_to_one(&mut left);
            for _ in 0..2 {
                basis.iter().for_each(|unit| remove(&mut left, unit));
            }
            if dot(&left, &left).sqrt() < INDEPENDENT {
                return Err(DirectionError::Dependent { index });
            }
            scale_to_one(&mut left);
            basis.push(left);
        }
        Ok(Self { basis })
    }

    /// The basis, `[k][d]`.
    pub fn basis(&self) -> &[Vec<f64>] {
        &self.basis
    }

    /// How many directions span it, `k`.
    pub fn rank(&self) -> usize {
        self.basis.len()
    }

    /// The width `d` of what it is a subspace of.
    pub fn width(&self) -> usize {
        self.basis[0].len()
    }

    /// `w := w − λ·U Uᵀ w` for one vector, `[d]`: 1 takes out what lies along the subspace, 2 reflects it.
    pub fn strip(&self, vector: &mut [f32], lambda: f64) {
        let along: Vec<f64> = self.along(vector).collect();
        for (at, x) in vector.iter_mut().enumerate() {
            let terms = self.basis.iter().zip(&along);
            let taken: f64 = terms.map(|(unit, along)| unit[at] * along).sum();
            *x = (f64::from(*x) - lambda * taken) as f32;
        }
    }

    /// The squared length of what lies along the subspace, and of the whole, summed over `rows`, `[rows * d]`.
    pub fn squares(&self, rows: &[f32]) -> [f64; 2] {
        let mut sums = [0.0; 2];
        for row in rows.chunks_exact(self.width()) {
            sums[0] += self.along(row).map(|along| along * along).sum::<f64>();
            sums[1] += row.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
        }
        sums
    }

    fn along<'a>(&'a self, vector: &'a [f32]) -> impl Iterator<Item = f64> + 'a {
        let along = |unit: &'a Vec<f64>| {
            vector
                .iter()
                .zip(unit)
                .map(|(&x, u)| f64::from(x) * u)
                .sum()
        };
        self.basis.iter().map(along)
    }
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

fn remove(from: &mut [f64], unit: &[f64]) {
    let along = dot(from, unit);
    from.iter_mut().zip(unit).for_each(|(x, u)| *x -= along * u);
}

fn scale_to_one(vector: &mut [f64]) {
    let norm = dot(vector, vector).sqrt();
    vector.iter_mut().for_each(|x| *x /= norm);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_basis_is_orthonormal_and_spans_its_vectors() {
        let vectors = [
            vec![1.0, 2.0, 3.0, 4.0],
            vec![1.0, 2.0, 3.0, 4.001],
            vec![-5.0, 0.0, 1.0, 1.0],
        ];
        let subspace = Subspace::spanned_by(&vectors).unwrap();
        for (i, one) in subspace.basis().iter().enumerate() {
            for (j, other) in subspace.basis().iter().enumerate() {
                let expected = f64::from(u8::from(i == j));
                assert!((dot(one, other) - expected).abs() < 1e-14, "{i} {j}");
            }
        }
        for vector in &vectors {
            let mut left: Vec<f32> = vector.iter().map(|&x| x as f32).collect();
            subspace.strip(&mut left, 1.0);
            assert!(left.iter().all(|x| x.abs() < 1e-5), "{left:?}");
        }
    }

    #[test]
    fn lambda_says_how_much_is_taken_out() {
        let subspace = Subspace::spanned_by(&[vec![0.0, 2.0]]).unwrap();
        for (lambda, left) in [(0.0, 8.0), (0.25, 6.0), (1.0, 0.0), (2.0, -8.0)] {
            let mut row = [3.0, 8.0];
            subspace.strip(&mut row, lambda);
            assert_eq!(row, [3.0, left]);
        }
        assert_eq!(subspace.squares(&[3.0, 4.0, 0.0, 2.0]), [20.0, 29.0]);
    }

    #[test]
    fn what_spans_nothing_is_refused() {
        let refused = |vectors: &[Vec<f64>]| Subspace::spanned_by(vectors).unwrap_err().to_string();
        assert!(refused(&[]).contains("there are 0"));
        assert!(refused(&[vec![0.0; 3]]).contains("direction 0"));
        let twice = [vec![1.0, 1.0], vec![2.0, 2.0]];
        assert!(refused(&twice).contains("give 1 directions at most"));
        assert!(refused(&[vec![1.0], vec![1.0, 2.0]]).contains("expected 1"));
        assert!(refused(&[vec![1.0, f64::NAN]]).contains("not finite"));
    }
}
