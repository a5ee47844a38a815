//! What `config.json` says about rotary positions, as it was written before and since `transformers` 5.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::sizes::Checked;
use crate::rotary::YarnEnds;
use crate::{ModelError, Rotary, RotaryScaling};

/// `rope_parameters`, or what is left of it in `rope_scaling`.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct RopeFields {
    #[serde(default)]
    rope_theta: Option<f64>,
    #[serde(default)]
    partial_rotary_factor: Option<f64>,
    #[serde(default, alias = "type")]
    rope_type: Option<String>,
    #[serde(default)]
    factor: Option<f64>,
    #[serde(default)]
    low_freq_factor: Option<f64>,
    #[serde(default)]
    high_freq_factor: Option<f64>,
    #[serde(default)]
    original_max_position_embeddings: Option<f64>,
    #[serde(default)]
    beta_fast: Option<f64>,
    #[serde(default)]
    beta_slow: Option<f64>,
    #[serde(default)]
    attention_factor: Option<f64>,
    #[serde(default)]
    mscale: Option<f64>,
    #[serde(default)]
    mscale_all_dim: Option<f64>,
    #[serde(default)]
    truncate: Option<bool>,
}

/// `rope_parameters`: of all blocks, or of each of several kinds.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum RopeParameters {
    /// By the names in `layer_types`.
    OfKinds(BTreeMap<String, RopeFields>),
    OfAll(RopeFields),
}

/// What every family's `rope_theta` is where a file does not say.
const DEFAULT_BASE: f64 = 10_000.0;

impl RopeFields {
    /// The rotation of heads of which `part` is rotated; `base` is the `rope_theta` that stands beside these fields.
    pub(super) fn rotary(
        &self,
        base: Option<f64>,
        part: f64,
        d_head: usize,
        n_positions: usize,
        checked: Checked<'_>,
    ) -> Result<Rotary, ModelError> {
        let base = self.rope_theta.or(base).unwrap_or(DEFAULT_BASE);
        checked.positive("rope_theta", base)?;
        let part = self.partial_rotary_factor.unwrap_or(part);
        if !(part > 0.0 && part <= 1.0) {
            return checked.unsupported("partial_rotary_factor", "above 0 and at most 1", part);
        }
        let width = (d_head as f64 * part) as usize;
        if width == 0 || !width.is_multiple_of(2) {
            return checked.unsupported("head_dim", "an even number of rotated values", width);
        }
        Ok(Rotary {
            base,
            width,
            scaling: self.scaling(n_positions, checked)?,
        })
    }

    fn scaling(
        &self,
        n_positions: usize,
        checked: Checked<'_>,
    ) -> Result<RotaryScaling, ModelError> {
        let needed = |field: &'static str, value: Option<f64>| match value {
            Some(value) if value > 0.0 && value.is_finite() => Ok(value),
            Some(value) => checked.unsupported(field, "a number above 0", value),
            None => checked.unsupported(field, "a number above 0", "not there"),
        };
        let original = || {
            let field = "original_max_position_embeddings";
            needed(field, self.original_max_position_embeddings)
        };
        Ok(match self.rope_type.as_deref().unwrap_or("default") {
            "default" => RotaryScaling::Unscaled,
            "linear" => RotaryScaling::Linear {
                factor: needed("factor", self.factor)?,
            },
            "llama3" => RotaryScaling::Llama3 {
                factor: needed("factor", self.factor)?,
                low_freq_factor: needed("low_freq_factor", self.low_freq_factor)?,
                high_freq_factor: needed("high_freq_factor", self.high_freq_factor)?,
                original_positions: original()?,
            },
            "yarn" => {
                let original_positions = match self.original_max_position_embeddings {
                    Some(_) => original()?,
                    None => n_positions as f64,
                };
                let factor = match self.factor {
                    Some(_) => needed("factor", self.factor)?,
                    None => n_positions as f64 / original_positions,
                };
                RotaryScaling::Yarn {
                    factor,
                    beta_fast: needed("beta_fast", self.beta_fast.or(Some(32.0)))?,
                    beta_slow: needed("beta_slow", self.beta_slow.or(Some(1.0)))?,
                    original_positions,
                    attention_factor: self.yarn_attention_factor(factor),
                    ends: match self.truncate {
                        Some(false) => YarnEnds::Exact,
                        _ => YarnEnds::Rounded,
                    },
                }
            }
            other => {
                let expected = "default, linear, llama3 or yarn";
                return checked.unsupported("rope_type", expected, other);
            }
        })
    }

    /// By how much YaRN makes attention sharper.
    fn yarn_attention_factor(&self, factor: f64) -> f64 {
        let grown = |by: f64| match factor <= 1.0 {
            true => 1.0,
            false => 0.1 * by * factor.ln() + 1.0,
        };
        match (self.attention_factor, self.mscale, self.mscale_all_dim) {
            (Some(given), ..) => given,
            (None, Some(one), Some(all)) if one != 0.0 && all != 0.0 => grown(one) / grown(all),
            _ => grown(1.0),
        }
    }
}
