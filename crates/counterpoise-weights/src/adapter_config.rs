//! `adapter_config.json`: how PEFT scales an adapter's factors, and whether they are all there is to it.

use std::path::{Path, PathBuf};

use counterpoise_data::{read_json, shortened};
use regex::Regex;
use serde_json::{Map, Value};

use crate::WeightsError;

/// The name of the file.
pub(crate) const NAME: &str = "adapter_config.json";

/// Fields that change nothing about the merged weights, whatever they say: what was trained and how, and the layout of
/// the weights, which their shapes tell.
const HARMLESS: [&str; 22] = [
    "peft_type",
    "task_type",
    "auto_mapping",
    "peft_version",
    "base_model_name_or_path",
    "revision",
    "inference_mode",
    "target_modules",
    "exclude_modules",
    "lora_dropout",
    "fan_in_fan_out",
    "layers_to_transform",
    "layers_pattern",
    "megatron_core",
    "loftq_config",
    "eva_config",
    "qalora_group_size",
    "runtime_config",
    "ensure_weight_tying",
    "r",
    "lora_alpha",
    "use_rslora",
];

/// First values of the factors that leave the base model's weights as they are.
const PLAIN_STARTS: [&str; 4] = ["gaussian", "eva", "orthogonal", "lora_ga"];

/// What an adapter's factors are scaled by.
#[derive(Debug)]
pub(crate) struct AdapterConfig {
    rank: usize,
    alpha: f64,
    stabilised: Stabilised,
    ranks: Vec<(Regex, f64)>,
    alphas: Vec<(Regex, f64)>,
}

/// What `lora_alpha` is divided by.
#[derive(Debug, Clone, Copy)]
enum Stabilised {
    /// The rank.
    No,
    /// The square root of the rank (`use_rslora`).
    Yes,
}

impl AdapterConfig {
    /// Reads the file in a folder.
    ///
    /// # Errors
    /// A file that cannot be read; an adapter that is more than plain LoRA, by the field that says so.
    pub(crate) fn read(folder: &Path) -> Result<Self, WeightsError> {
        let path = folder.join(NAME);
        let fields: Map<String, Value> = read_json(&path, "the configuration of a LoRA adapter")?;
        Self::parse(&path, &fields)
    }

    fn parse(path: &Path, fields: &Map<String, Value>) -> Result<Self, WeightsError> {
        let bad = |found: String| WeightsError::Adapter {
            path: PathBuf::from(path),
            found,
        };
        if let Some((name, value)) = fields.iter().find(|(name, value)| !is_plain(name, value)) {
            let found = format!("`{}`: {}", shortened(name), shortened(&value.to_string()));
            return Err(bad(found));
        }
        if fields.get("peft_type").is_none() {
            return Err(bad("no `peft_type`".to_owned()));
        }
        let number = |name: &str| {
            let value = fields.get(name).and_then(Value::as_f64);
            let positive = value.filter(|value| value.is_finite() && *value > 0.0);
            positive.ok_or_else(|| bad(format!("no number above 0 as `{name}`")))
        };
        let patterns = |name: &str| patterns(fields.get(name)).map_err(bad);
        let stabilised = match fields.get("use_rslora") {
            Some(Value::Bool(true)) => Stabilised::Yes,
            _ => Stabilised::No,
        };
        Ok(Self {
            rank: number("r")? as usize,
            alpha: number("lora_alpha")?,
            stabilised,
            ranks: patterns("rank_pattern")?,
            alphas: patterns("alpha_pattern")?,
        })
    }

    /// What the product of a module's factors is multiplied by.
    ///
    /// # Errors
    /// A rank other than the configuration gives that module.
    pub(crate) fn scale(&self, module: &str, rank: usize) -> Result<f32, String> {
        let of = |patterns: &[(Regex, f64)]| {
            let found = patterns.iter().find(|(regex, _)| regex.is_match(module));
            found.map(|(_, value)| *value)
        };
        let expected = of(&self.ranks).unwrap_or(self.rank as f64);
        if expected != rank as f64 {
            let module = shortened(module);
            return Err(format!(
                "factors of rank {rank} for `{module}`, where {NAME} says {expected}"
            ));
        }
        let alpha = of(&self.alphas).unwrap_or(self.alpha);
        Ok(match self.stabilised {
            Stabilised::No => (alpha / rank as f64) as f32,
            Stabilised::Yes => (alpha / (rank as f64).sqrt()) as f32,
        })
    }
}

/// Whether a field says nothing that plain LoRA is without.
fn is_plain(name: &str, value: &Value) -> bool {
    match name {
        "peft_type" => value == "LORA",
        "bias" => value == "none",
        "rank_pattern" | "alpha_pattern" => true,
        "init_lora_weights" => match value {
            Value::String(start) => PLAIN_STARTS.contains(&start.as_str()),
            other => other.is_boolean() || other.is_null(),
        },
        name if HARMLESS.contains(&name) => true,
        _ => match value {
            Value::Null | Value::Bool(false) => true,
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty(),
            _ => false,
        },
    }
}

/// The values for modules whose names end as a pattern says, in the order in which PEFT tries them.
fn patterns(field: Option<&Value>) -> Result<Vec<(Regex, f64)>, String> {
    let patterns = match field {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(patterns)) => patterns,
        Some(other) => return Err(format!("a pattern of {}", shortened(&other.to_string()))),
    };
    let parsed = patterns.iter().map(|(pattern, value)| {
        let shown = shortened(pattern);
        let value = value.as_f64().filter(|value| *value > 0.0);
        let value = value.ok_or_else(|| format!("the pattern `{shown}` without a number"))?;
        let regex = Regex::new(&format!(r"^(?:(.*\.)?({pattern}))$"));
        let regex = regex.map_err(|_| format!("the pattern `{shown}`, which is not understood"))?;
        Ok((regex, value))
    });
    parsed.collect()
}
