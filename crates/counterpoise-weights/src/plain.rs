//! What a file that `torch.save` wrote holds beside its tensors: texts, numbers, lists and dictionaries.

use std::path::Path;

use burn_store::pytorch_reader::{PickleValue, PytorchReader};
use serde_json::Value;

use crate::WeightsError;
use crate::torch_check::check;
use crate::torch_file::bad;

/// The contents of a file of PyTorch's as JSON. Tensors, and whatever else JSON has not, are `null`; nothing of the file is
/// run.
///
/// # Errors
/// A file that cannot be read, is no such file, or asks for code.
pub fn read_plain(path: &Path) -> Result<Value, WeightsError> {
    check(path)?;
    let root = PytorchReader::read_pickle_data(path, None);
    Ok(json(root.map_err(|error| bad(path, &error.to_string()))?))
}

fn json(value: PickleValue) -> Value {
    match value {
        PickleValue::Bool(value) => value.into(),
        PickleValue::Int(value) => value.into(),
        PickleValue::Float(value) => value.into(),
        PickleValue::String(value) => value.into(),
        PickleValue::List(values) => values.into_iter().map(json).collect(),
        PickleValue::Dict(entries) => {
            let mut entries: Vec<(String, Value)> = (entries.into_iter())
                .map(|(key, value)| (key, json(value)))
                .collect();
            entries.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Object(entries.into_iter().collect())
        }
        PickleValue::None | PickleValue::Bytes(_) | PickleValue::Unsupported(_) => Value::Null,
    }
}
