//! Files of directions: vectors for a whole model, or for each of its blocks.

use std::path::Path;

use counterpoise_weights::{Element, Stored, read_tensors, write_tensors};

use crate::DirectionError;

/// Vectors in the order of their importance, as a file holds them.
#[derive(Debug, Clone, PartialEq)]
pub enum DirectionFile {
    /// The same for every block: one tensor, `[d]` or `[k, d]`, under any name; a probe is one.
    Shared(Vec<Vec<f64>>),
    /// Each block's own: tensors `blocks.0`, `blocks.1` and so on, each `[d]` or `[k, d]`. `[n_layer][k][d]`
    PerBlock(Vec<Vec<Vec<f64>>>),
}

impl DirectionFile {
    /// Reads a `.safetensors`, `.pt` or `.pth` file.
    ///
    /// # Errors
    /// A file that cannot be read, tensors of other shapes or names, numbers that are not finite.
    pub fn read(path: &Path) -> Result<Self, DirectionError> {
        let in_file = |problem| DirectionError::InFile {
            path: path.to_owned(),
            problem,
        };
        let tensors = read_tensors(path)?;
        match &tensors[..] {
            [] => Err(in_file(
                "expected at least one tensor, found none".to_owned(),
            )),
            [one] if !one.name.starts_with("blocks.") => {
                Ok(Self::Shared(vectors(one).map_err(in_file)?))
            }
            several => (0..several.len())
                .map(|block| {
                    let name = format!("blocks.{block}");
                    let stored = several.iter().find(|tensor| tensor.name == name);
                    let stored = stored.ok_or_else(|| {
                        let found: Vec<&str> =
                            several.iter().map(|one| one.name.as_str()).collect();
                        in_file(format!(
                            "expected one tensor, or `blocks.0` to `blocks.{}`; found {}",
                            several.len() - 1,
                            found.join(", ")
                        ))
                    })?;
                    vectors(stored).map_err(in_file)
                })
                .collect::<Result<_, _>>()
                .map(Self::PerBlock),
        }
    }

    /// Writes the vectors as safetensors of 32-bit floats: `directions`, or `blocks.0` and so on, each `[k, d]`. The file
    /// appears whole or not at all.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), DirectionError> {
        let tensor = |name: String, vectors: &Vec<Vec<f64>>| {
            let width = vectors.first().map_or(0, Vec::len);
            let values = vectors.iter().flatten().map(|&x| x as f32).collect();
            (name, vec![vectors.len(), width], values)
        };
        let tensors: Vec<_> = match self {
            Self::Shared(vectors) => vec![tensor("directions".to_owned(), vectors)],
            Self::PerBlock(blocks) => (blocks.iter().enumerate())
                .map(|(block, vectors)| tensor(format!("blocks.{block}"), vectors))
                .collect(),
        };
        Ok(write_tensors(path, &tensors)?)
    }
}

/// The vectors of one tensor, `[k][d]`.
fn vectors(stored: &Stored) -> Result<Vec<Vec<f64>>, String> {
    let name = &stored.name;
    if let Element::Other(found) = &stored.element {
        return Err(format!("tensor `{name}`: expected floats, found {found}"));
    }
    let width = match stored.shape[..] {
        [width] | [_, width] if !stored.is_empty() => width,
        _ => {
            let found = &stored.shape;
            return Err(format!(
                "tensor `{name}`: expected [d] or [k, d], found {found:?}"
            ));
        }
    };
    let values = stored
        .values()
        .map_err(|reason| format!("tensor `{name}`: {reason}"))?;
    if let Some(index) = values.iter().position(|x| !x.is_finite()) {
        let found = values[index];
        return Err(format!(
            "tensor `{name}`: number {index} is {found}, not finite"
        ));
    }
    let row = |row: &[f32]| row.iter().map(|&x| f64::from(x)).collect();
    Ok(values.chunks_exact(width).map(row).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("directions.safetensors");
        for written in [
            DirectionFile::Shared(vec![vec![1.0, 2.0], vec![0.5, -1.0]]),
            DirectionFile::PerBlock((0..12).map(|i| vec![vec![f64::from(i), 1.0]]).collect()),
        ] {
            written.write(&path).unwrap();
            assert_eq!(DirectionFile::read(&path).unwrap(), written);
        }
    }

    #[test]
    fn files_of_anything_else_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("other.safetensors");
        let refused = |tensors: &[(&str, Vec<usize>, Vec<f32>)]| {
            let named = tensors
                .iter()
                .cloned()
                .map(|(name, shape, values)| (name.to_owned(), shape, values));
            write_tensors(&path, &named.collect::<Vec<_>>()).unwrap();
            let error = DirectionFile::read(&path).unwrap_err().to_string();
            assert!(error.contains("other.safetensors: "), "{error}");
            error
        };
        let one = || vec![1.0, 2.0];
        let two = [("blocks.0", vec![2], one()), ("blocks.2", vec![2], one())];
        assert!(refused(&two).contains("`blocks.0` to `blocks.1`; found blocks.0, blocks.2"));
        assert!(refused(&[("u", vec![1, 1, 2], one())]).contains("expected [d] or [k, d]"));
        assert!(refused(&[("u", vec![2], vec![1.0, f32::NAN])]).contains("number 1 is NaN"));
    }
}
