//! Files of how well each number of an activation tells two classes apart.

use std::collections::BTreeMap;
use std::path::Path;

use counterpoise_hooks::HookPoint;
use counterpoise_weights::{Element, Stored, read_tensors, write_tensors};

use crate::ProbeError;

/// Areas under the receiver operating characteristic, one for each number of the activation at each hook point.
///
/// As safetensors: a tensor of 32-bit floats, `[width]`, for each point, under the point's name.
#[derive(Debug, Clone, PartialEq)]
pub struct AurocFile {
    /// By hook point, each `[width]`.
    pub points: BTreeMap<HookPoint, Vec<f64>>,
}

impl AurocFile {
    /// Reads a file.
    ///
    /// # Errors
    /// A file that cannot be read, tensors whose names are no hook points, other shapes, numbers outside of 0 to 1.
    pub fn read(path: &Path) -> Result<Self, ProbeError> {
        let in_file = |problem| ProbeError::Aurocs {
            path: path.to_owned(),
            problem,
        };
        let tensors = read_tensors(path)?;
        let points = tensors.iter().map(areas).collect::<Result<_, _>>();
        let points: BTreeMap<_, _> = points.map_err(in_file)?;
        match points.is_empty() {
            true => Err(in_file("expected at least one tensor, found none".into())),
            false => Ok(Self { points }),
        }
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ProbeError> {
        let tensor = |(point, areas): (&HookPoint, &Vec<f64>)| {
            let values = areas.iter().map(|&area| area as f32).collect();
            (point.to_string(), vec![areas.len()], values)
        };
        let tensors: Vec<_> = self.points.iter().map(tensor).collect();
        Ok(write_tensors(path, &tensors)?)
    }
}

/// One tensor's point and areas.
fn areas(stored: &Stored) -> Result<(HookPoint, Vec<f64>), String> {
    let name = &stored.name;
    let point = name.parse().map_err(|error| format!("tensor {error}"))?;
    if let Element::Other(found) = &stored.element {
        return Err(format!("tensor `{name}`: expected floats, found {found}"));
    }
    let [_] = stored.shape[..] else {
        let found = &stored.shape;
        return Err(format!(
            "tensor `{name}`: expected [width], found {found:?}"
        ));
    };
    let values = stored.values();
    let values = values.map_err(|reason| format!("tensor `{name}`: {reason}"))?;
    let outside = |area: &f32| !(0.0..=1.0).contains(area);
    if let Some(index) = values.iter().position(outside) {
        let found = values[index];
        return Err(format!(
            "tensor `{name}`: number {index} is {found}; expected an area from 0 to 1"
        ));
    }
    Ok((point, values.into_iter().map(f64::from).collect()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_was_written_is_read_and_anything_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("aura.safetensors");
        let of = |area| AurocFile {
            points: [
                (HookPoint::mlp_post(0), vec![0.5, area]),
                (HookPoint::mlp_out(11), vec![0.0, 1.0, 0.25]),
            ]
            .into(),
        };
        of(0.75).write(&path).unwrap();
        assert_eq!(AurocFile::read(&path).unwrap(), of(0.75));
        let refused = || AurocFile::read(&path).unwrap_err().to_string();
        for area in [1.5, f64::NAN] {
            of(area).write(&path).unwrap();
            let error = refused();
            assert!(
                error.contains("aura.safetensors: tensor `blocks.0.mlp.hook_post`: number 1 is"),
                "{error}"
            );
        }
        let tensor = |name: &str, shape| (name.to_owned(), shape, vec![0.5_f32, 0.5]);
        write_tensors(&path, &[tensor("probe", vec![2])]).unwrap();
        assert!(refused().contains("`probe` is not a hook point"));
        write_tensors(&path, &[tensor("hook_embed", vec![1, 2])]).unwrap();
        assert!(refused().contains("expected [width], found [1, 2]"));
    }
}
