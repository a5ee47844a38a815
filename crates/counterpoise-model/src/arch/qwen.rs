//! Qwen 2 and 2.5, whose queries, keys and values have a bias, and Qwen 3, which norms queries and keys in its place.

use std::path::Path;

use super::Family;
use super::decoder::DecoderFields;
use super::llama::NAMES;
use super::sizes::Checked;
use crate::{Bias, Biases, Config, ModelError, QkNorm};

/// Qwen 2 and 2.5.
pub(super) static QWEN2: Family = Family {
    model_type: "qwen2",
    read: read_qwen2,
    names: NAMES,
};

/// Qwen 3.
pub(super) static QWEN3: Family = Family {
    model_type: "qwen3",
    read: read_qwen3,
    names: NAMES,
};

fn read_qwen2(path: &Path) -> Result<Config, ModelError> {
    let fields = DecoderFields::read(path)?;
    let config = fields.config(&QWEN2, path)?;
    Ok(Config {
        windows: windows(&fields, path)?,
        biases: Biases {
            qkv: Bias::Added,
            attn_out: Bias::Absent,
            mlp: Bias::Absent,
            norm: Bias::Absent,
        },
        ..config
    })
}

fn read_qwen3(path: &Path) -> Result<Config, ModelError> {
    let fields = DecoderFields::read(path)?;
    let config = fields.config(&QWEN3, path)?;
    Ok(Config {
        windows: windows(&fields, path)?,
        qk_norm: Some(QkNorm::PerHead),
        biases: Biases {
            mlp: Bias::Absent,
            ..config.biases
        },
        ..config
    })
}

/// A sliding window is used only if the file asks for it.
fn windows(fields: &DecoderFields, path: &Path) -> Result<Vec<Option<usize>>, ModelError> {
    let checked = Checked(path);
    match (fields.use_sliding_window, fields.max_window_layers) {
        (Some(true), Some(first)) => fields.windows(first, checked),
        (Some(true), None) if fields.layer_types.is_none() => {
            checked.unsupported("max_window_layers", "a number of blocks", "not there")
        }
        (Some(true), None) => fields.windows(0, checked),
        (Some(false) | None, _) => Ok(Vec::new()),
    }
}
