//! Safetensors files made for a test: tensors of 32-bit floats unless another type is asked for.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::{TensorView, serialize};

/// A tensor to be written.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) type Tensors = BTreeMap<String, Made>;

impl Made {
    /// A matrix of so many rows.
    pub(crate) fn rows(rows: usize, values: &[f32]) -> Self {
        Self {
            dtype: Dtype::F32,
            shape: vec![rows, values.len() / rows],
            bytes: values.iter().flat_map(|x| x.to_le_bytes()).collect(),
        }
    }

    /// The same values in bfloat16, which loses what does not fit.
    pub(crate) fn brain(&self) -> Self {
        let (values, _) = self.bytes.as_chunks::<4>();
        Self {
            dtype: Dtype::BF16,
            shape: self.shape.clone(),
            bytes: values.iter().flat_map(|x| [x[2], x[3]]).collect(),
        }
    }
}

/// The weights of a model of two fields, `h.0.a.weight` and `wte.weight`, their names behind `prefix`.
pub(crate) fn model(prefix: &str) -> Tensors {
    let a = Made::rows(2, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let wte = Made::rows(2, &[0.5, -0.5]);
    let named = [("h.0.a.weight", a), ("wte.weight", wte)];
    named
        .into_iter()
        .map(|(name, tensor)| (format!("{prefix}{name}"), tensor))
        .collect()
}

/// Adds a number as the tensor `name`.
pub(crate) fn with(mut tensors: Tensors, name: &str, value: f32) -> Tensors {
    tensors.insert(name.to_owned(), Made::rows(1, &[value]));
    tensors
}

pub(crate) fn write(path: &Path, tensors: &Tensors) {
    write_with(path, tensors, None);
}

pub(crate) fn write_with(
    path: &Path,
    tensors: &Tensors,
    metadata: Option<HashMap<String, String>>,
) {
    let views = tensors.iter().map(|(name, made)| {
        let view = TensorView::new(made.dtype, made.shape.clone(), &made.bytes);
        (name, view.unwrap())
    });
    fs::write(path, serialize(views, metadata).unwrap()).unwrap();
}
