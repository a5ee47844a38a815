//! The names of GPT-2's weights, for the reader of tensor files.

use counterpoise_weights::{Layout, Tying};

use crate::parameters::shapes;
use crate::{Config, Gpt2};

/// The output head, where it is not the embedding.
pub(crate) const HEAD: &str = "lm_head.weight";

/// The names that the weights of `model` go by.
pub(crate) fn layout(model: &Gpt2, config: &Config) -> Layout {
    let mut fields = shapes(model);
    fields.remove(HEAD);
    Layout {
        fields: fields.into_keys().collect(),
        embedding: "wte.weight",
        head: HEAD,
        tying: if config.tie_word_embeddings {
            Tying::Tied
        } else {
            Tying::Untied
        },
        is_buffer,
    }
}

/// Whether a name is a buffer that old checkpoints carry: causal masks, not parameters.
fn is_buffer(name: &str) -> bool {
    name.starts_with("h.") && (name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_are_no_parameters() {
        assert!(is_buffer("h.1.attn.bias"));
        assert!(is_buffer("h.11.attn.masked_bias"));
        assert!(!is_buffer("h.1.attn.c_attn.bias"));
    }
}
