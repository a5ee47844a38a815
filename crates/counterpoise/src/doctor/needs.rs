//! What a model takes: parameters, bytes, operations, counted from its configuration alone.

use std::fmt;

use counterpoise_eval::DecodingSizes;
use counterpoise_model::{Bias, Config, NormPlaces, PositionEncoding, Precision, QkNorm};
use indicatif::DecimalBytes;
use serde_json::{Value, json};

use crate::bench::CostModel;

/// Tokens of the text that operations are counted for.
const WINDOW: usize = 1024;

/// What a base model takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Needs {
    /// Parameters, a tied head counted once.
    parameters: u64,
    /// What the study keeps matrices in.
    dtype: Precision,
    /// A prompt and its continuation, the longest that the study has.
    sizes: DecodingSizes,
    /// Tokens that the tokenizer puts before a text: one or none.
    begun: usize,
    /// Operations of that.
    continuation: f64,
    /// Operations of reading a window of text.
    window: f64,
}

impl Needs {
    /// Those of the model of `config`, under the lengths of a study, with the `beginning` token that its tokenizer puts
    /// before a text.
    pub(super) fn of(
        config: &Config,
        sizes: DecodingSizes,
        dtype: Precision,
        beginning: Option<u32>,
    ) -> Self {
        let cost = CostModel::of(config);
        let begun = usize::from(beginning.is_some());
        let (read, new) = (begun + sizes.max_prompt_tokens, sizes.max_new_tokens);
        Self {
            parameters: parameters(config),
            dtype,
            sizes,
            begun,
            continuation: cost.read(read + new - 1, new),
            window: cost.read(begun + WINDOW, begun + WINDOW - 1),
        }
    }

    /// As JSON, operations in GFLOP.
    pub(super) fn json(&self) -> Value {
        json!({
            "parameters": self.parameters,
            "dtype": self.dtype.to_string(),
            "gflop_per_continuation": self.continuation / 1e9,
            "gflop_per_window": self.window / 1e9,
            "tokens_before_a_text": self.begun,
        })
    }
}

impl fmt::Display for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = |each: u64| DecimalBytes(each * self.parameters);
        let DecodingSizes {
            max_prompt_tokens,
            max_new_tokens,
            ..
        } = self.sizes;
        let begun = match self.begun {
            0 => "",
            _ => ", each behind a beginning token",
        };
        write!(
            f,
            "base model: {:.3} billion parameters, {} in 32-bit floats and {} in 16-bit ones; one model at a \
             time is in memory, here in {}; {max_prompt_tokens} + {max_new_tokens} tokens take {:.3} GFLOP, {WINDOW} tokens of a text {:.3} GFLOP{begun}; `counterpoise bench` \
             measures this machine's GFLOP/s",
            self.parameters as f64 / 1e9,
            bytes(4),
            bytes(2),
            self.dtype,
            self.continuation / 1e9,
            self.window / 1e9,
        )
    }
}

/// How many parameters a model has.
fn parameters(config: &Config) -> u64 {
    let Config {
        d_model, n_layer, ..
    } = *config;
    let cost = CostModel::of(config);
    let (d_z, d_kv, d_mlp) = (cost.d_z, cost.d_kv, cost.d_mlp);
    let biased = |bias: Bias, width: usize| match bias {
        Bias::Added => width,
        Bias::Absent => 0,
    };
    let biases = config.biases;
    let norm = d_model + biased(biases.norm, d_model);
    let norms = match config.norm_places {
        NormPlaces::Before | NormPlaces::After => 2,
        NormPlaces::Around => 4,
    };
    let qk_norms = match config.qk_norm {
        None => 0,
        Some(QkNorm::PerHead) => 2 * config.d_head,
        Some(QkNorm::Whole) => d_z + d_kv,
    };
    let in_block = d_model * (2 * d_z + 2 * d_kv + cost.mlp_matrices * d_mlp)
        + biased(biases.qkv, d_z + 2 * d_kv)
        + biased(biases.attn_out, d_model)
        + biased(biases.mlp, (cost.mlp_matrices - 1) * d_mlp + d_model)
        + norms * norm
        + qk_norms;
    let positions = match config.positions {
        PositionEncoding::Learned { offset } => offset + config.n_positions,
        PositionEncoding::Rotary(_) => 0,
    };
    let heads = if config.tie_word_embeddings { 1 } else { 2 };
    let rows = heads * config.vocab_size + positions;
    (n_layer * in_block + rows * d_model + norm) as u64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::{Path, PathBuf};

    use burn::module::Module;
    use burn::tensor::Device;
    use counterpoise_model::load;

    use super::*;

    fn family(name: &str) -> PathBuf {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
        fixtures.join("golden/families").join(name)
    }

    /// A family's miniature configuration with other sizes: blocks, width, neurons, heads, their keys' and values', width of
    /// a head, tokens.
    fn sized(name: &str, sizes: [usize; 7], tied: bool) -> Config {
        let [
            n_layer,
            d_model,
            d_mlp,
            n_head,
            n_kv_head,
            d_head,
            vocab_size,
        ] = sizes;
        Config {
            n_layer,
            d_model,
            d_mlp,
            n_head,
            n_kv_head,
            d_head,
            vocab_size,
            tie_word_embeddings: tied,
            ..Config::read(&family(name)).unwrap()
        }
    }

    #[test]
    fn models_have_the_published_numbers_of_parameters() {
        let gemma = [26, 2304, 9216, 8, 4, 256, 256_000];
        let gemma = sized("gemma2", gemma, true);
        assert_eq!(parameters(&gemma), 2_614_341_888);
        let mistral = [32, 4096, 14_336, 32, 8, 128, 32_000];
        let mistral = sized("mistral", mistral, false);
        assert_eq!(parameters(&mistral), 7_241_732_096);
        let qwen = [28, 2048, 6144, 16, 8, 128, 151_936];
        let qwen = sized("qwen3", qwen, true);
        assert_eq!(parameters(&qwen), 1_720_574_976);
        let gpt2 = Config::new(50_257, 1024, 1024, 24, 16);
        assert_eq!(parameters(&gpt2), 354_823_168);
    }

    #[test]
    fn every_family_has_as_many_as_its_tensors_hold() {
        let families = std::fs::read_dir(family("")).unwrap();
        let mut seen = 0;
        for folder in families {
            let folder = folder.unwrap().path();
            let model = load(&folder, &Device::flex()).unwrap().model;
            let held = model.num_params() as u64;
            let named = folder.display();
            assert_eq!(parameters(model.config()), held, "{named}");
            seen += 1;
        }
        assert_eq!(seen, 13);
    }
}
