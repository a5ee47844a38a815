//! Tensors of the golden files, as `f64` values.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

/// One tensor of a golden file.
#[derive(Debug)]
pub(crate) struct Array {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f64>,
}

pub(crate) fn read(path: &Path) -> BTreeMap<String, Array> {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let array = |view: TensorView<'_>| Array {
        shape: view.shape().to_vec(),
        values: values(&view),
    };
    let arrays = file
        .iter()
        .map(|(name, view)| (name.to_owned(), array(view)));
    arrays.collect()
}

fn values(view: &TensorView<'_>) -> Vec<f64> {
    let bytes = view.data();
    match view.dtype() {
        Dtype::F64 => bytes
            .as_chunks()
            .0
            .iter()
            .map(|&x| f64::from_le_bytes(x))
            .collect(),
        Dtype::F32 => bytes
            .as_chunks()
            .0
            .iter()
            .map(|&x| f64::from(f32::from_le_bytes(x)))
            .collect(),
        // The upper half of an f32.
        Dtype::BF16 => bytes
            .as_chunks()
            .0
            .iter()
            .map(|&[low, high]| f64::from(f32::from_le_bytes([0, 0, low, high])))
            .collect(),
        Dtype::U8 => bytes.iter().map(|&x| f64::from(x)).collect(),
        other => panic!("{other:?} is not a type of the golden files"),
    }
}
