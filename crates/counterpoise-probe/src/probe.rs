//! The probe: a direction in the residual stream along which text is more toxic.

use std::path::Path;

use counterpoise_weights::write_single;

use crate::projection::dot;
use crate::{ProbeError, direction_file};

/// Name of the tensor [`Probe::save`] writes.
const TENSOR: &str = "probe";

/// A linear probe `v_toxic`: the weight vector of the toxic class over the residual stream.
///
/// The direction is finite and not zero, which every constructor checks.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    direction: Vec<f32>, // [d]
}

impl Probe {
    /// A probe with the given direction, `[d]`.
    ///
    /// # Errors
    /// [`ProbeError::NotFinite`] or [`ProbeError::Zero`] if nothing can be projected onto it.
    pub fn new(direction: Vec<f32>) -> Result<Self, ProbeError> {
        let bad = |(_, value): &(usize, f32)| !value.is_finite();
        if let Some((index, found)) = direction.iter().copied().enumerate().find(bad) {
            return Err(ProbeError::NotFinite { index, found });
        }
        if direction.iter().all(|&value| value == 0.0) {
            return Err(ProbeError::Zero);
        }
        Ok(Self { direction })
    }

    /// Reads a probe of `width` elements: one float tensor, `[d]` or `[1, d]`, in a `.safetensors`
    /// file or in a `.pt` or `.pth` file written by `torch.save`. Pickled code is never run.
    ///
    /// # Errors
    /// [`ProbeError::Weights`] for a file that cannot be read, holds other than one tensor, or whose pickle asks for code;
    /// [`ProbeError::InFile`] with the path and what else is wrong: the element type or shape, the width, or the values.
    pub fn load(path: &Path, width: usize) -> Result<Self, ProbeError> {
        let load = || {
            let direction = direction_file::read(path)?;
            if direction.len() != width {
                return Err(ProbeError::Width {
                    expected: width,
                    found: direction.len(),
                });
            }
            Self::new(direction)
        };
        load().map_err(|problem| match problem {
            ProbeError::Weights(_) => problem, // names the path
            _ => ProbeError::InFile {
                path: path.to_owned(),
                problem: Box::new(problem),
            },
        })
    }

    /// Writes the probe as a safetensors file with one F32 tensor `probe` of shape `[d]`, to a
    /// temporary file that is then renamed to `path`.
    ///
    /// # Errors
    /// [`ProbeError::Weights`] if the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), ProbeError> {
        Ok(write_single(path, TENSOR, &self.direction)?)
    }

    /// The direction `v_toxic` as stored, `[d]`.
    pub fn direction(&self) -> &[f32] {
        &self.direction
    }

    /// Width `d` of the residual stream the probe belongs to.
    pub fn width(&self) -> usize {
        self.direction.len()
    }

    /// `|v_toxic|`, always above 0.
    pub fn norm(&self) -> f64 {
        let squares = self.direction.iter().map(|&x| f64::from(x) * f64::from(x));
        squares.sum::<f64>().sqrt()
    }

    /// The unit probe `u = v_toxic/|v_toxic|`, `[d]`.
    pub fn unit(&self) -> Vec<f64> {
        let norm = self.norm();
        self.direction
            .iter()
            .map(|&x| f64::from(x) / norm)
            .collect()
    }

    /// The cosine of the angle to another direction.
    pub fn cosine(&self, other: &Self) -> f64 {
        dot(&self.direction, &other.unit()) / self.norm()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_unit_probe_has_length_one_and_the_same_direction() {
        let probe = Probe::new(vec![3.0, 0.0, -4.0]).unwrap();
        assert_eq!(probe.norm(), 5.0);
        assert_eq!(probe.unit(), [0.6, 0.0, -0.8]);
    }

    #[test]
    fn the_tiniest_direction_still_has_a_unit() {
        let probe = Probe::new(vec![f32::from_bits(1), 0.0]).unwrap();
        assert_eq!(probe.unit(), [1.0, 0.0]);
    }

    #[test]
    fn a_direction_that_is_none_is_an_error() {
        assert!(matches!(Probe::new(vec![0.0; 3]), Err(ProbeError::Zero)));
        assert!(matches!(Probe::new(vec![]), Err(ProbeError::Zero)));
        assert!(matches!(
            Probe::new(vec![1.0, f32::NAN]),
            Err(ProbeError::NotFinite { index: 1, .. })
        ));
        assert!(matches!(
            Probe::new(vec![f32::INFINITY]),
            Err(ProbeError::NotFinite { index: 0, .. })
        ));
    }
}
