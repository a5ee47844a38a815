//! Detoxify's checkpoints: a dictionary with the weights as `state_dict`, and how they were trained as `config`.

use std::path::Path;

use counterpoise_weights::read_plain;
use serde_json::Value;

use crate::EncoderError;
use crate::labels::Labels;

/// What a checkpoint says of its outputs, if it says anything.
///
/// # Errors
/// A `.ckpt` without `state_dict`; labels for more outputs than there are.
pub(crate) fn labels(path: &Path) -> Result<Option<Labels>, EncoderError> {
    if path.extension().is_some_and(|end| end == "safetensors") {
        return Ok(None);
    }
    let root = read_plain(path)?;
    let is_checkpoint = path.extension().is_some_and(|end| end == "ckpt");
    if is_checkpoint && !root.get("state_dict").is_some_and(Value::is_object) {
        return Err(EncoderError::NoStateDict {
            path: path.to_owned(),
            found: contents(&root),
        });
    }
    let training = |part: &str| root.get("config")?.get(part)?.get("args");
    let list = |name: &str| -> Vec<String> {
        let list = training("dataset").and_then(|args| args.get(name));
        let names = list.and_then(Value::as_array).into_iter().flatten();
        names.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut names = list("classes");
    if names.is_empty() {
        return Ok(None);
    }
    let outputs = training("arch").and_then(|args| args.get("num_classes"));
    let outputs = outputs
        .and_then(Value::as_u64)
        .map_or(names.len(), |count| count as usize);
    let identities = list("identity_classes");
    if names.len() + identities.len() == outputs {
        names.extend(identities);
    }
    if names.len() > outputs {
        return Err(EncoderError::Labels {
            path: path.to_owned(),
            found: format!(
                "{} `classes` for {outputs} outputs (`num_classes`)",
                names.len()
            ),
        });
    }
    names.extend((names.len()..outputs).map(|output| format!("LABEL_{output}")));
    let path = path.to_owned();
    Ok(Some(Labels { names, path }))
}

/// The keys of a dictionary, or what there is instead.
fn contents(root: &Value) -> String {
    match root {
        Value::Object(entries) if entries.is_empty() => "an empty dictionary".to_owned(),
        Value::Object(entries) => {
            let names: Vec<String> = entries.keys().cloned().collect();
            format!(
                "a dictionary with {}",
                counterpoise_weights::list_names(&names)
            )
        }
        _ => "no dictionary".to_owned(),
    }
}
