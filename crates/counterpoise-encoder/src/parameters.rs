//! The names and shapes of a classifier's weights, as `transformers` stores them.

use std::collections::BTreeMap;

use counterpoise_weights::{Layout, Matrices, Tying};

use crate::config::{EncoderConfig, Family};

/// Names of the modules that both families have under other names.
pub(crate) struct HeadNames {
    /// The layer before the hyperbolic tangent.
    pub(crate) dense: &'static str,
    /// The layer that gives the logits.
    pub(crate) out: &'static str,
}

/// Where a family keeps its head.
pub(crate) fn head_names(family: Family) -> HeadNames {
    match family {
        Family::Bert => HeadNames {
            dense: "bert.pooler.dense",
            out: "classifier",
        },
        Family::Roberta => HeadNames {
            dense: "classifier.dense",
            out: "classifier.out_proj",
        },
    }
}

/// The shape of every parameter by name; matrices are `[out, in]`.
pub(crate) fn shapes(config: &EncoderConfig, labels: usize) -> BTreeMap<String, Vec<usize>> {
    let (d, d_mlp) = (config.hidden_size, config.intermediate_size);
    let root = config.family.model_type();
    let mut shapes = BTreeMap::new();
    for (table, rows) in [
        ("word", config.vocab_size),
        ("position", config.max_position_embeddings),
        ("token_type", config.type_vocab_size),
    ] {
        let name = format!("{root}.embeddings.{table}_embeddings.weight");
        shapes.insert(name, vec![rows, d]);
    }
    let mut module = |name: String, weight: Vec<usize>, out: usize| {
        shapes.insert(format!("{name}.weight"), weight);
        shapes.insert(format!("{name}.bias"), vec![out]);
    };
    module(format!("{root}.embeddings.LayerNorm"), vec![d], d);
    for layer in 0..config.num_hidden_layers {
        let name = |part: &str| format!("{root}.encoder.layer.{layer}.{part}");
        for part in ["query", "key", "value"] {
            module(name(&format!("attention.self.{part}")), vec![d, d], d);
        }
        module(name("attention.output.dense"), vec![d, d], d);
        module(name("attention.output.LayerNorm"), vec![d], d);
        module(name("intermediate.dense"), vec![d_mlp, d], d_mlp);
        module(name("output.dense"), vec![d, d_mlp], d);
        module(name("output.LayerNorm"), vec![d], d);
    }
    let head = head_names(config.family);
    module(head.dense.to_owned(), vec![d, d], d);
    module(head.out.to_owned(), vec![labels, d], labels);
    shapes
}

/// The names that the weights go by.
pub(crate) fn layout(config: &EncoderConfig, labels: usize) -> Layout {
    Layout {
        fields: shapes(config, labels).into_keys().collect(),
        embedding: match config.family {
            Family::Bert => "bert.embeddings.word_embeddings.weight",
            Family::Roberta => "roberta.embeddings.word_embeddings.weight",
        },
        // A classifier has none: one that a file holds is reported as unexpected, by this name.
        head: "lm_head.weight",
        tying: Tying::Untied,
        matrices: Matrices::OutputsFirst,
        is_buffer,
    }
}

/// Whether a name is a buffer that files of older versions carry: numbers that count, not parameters.
fn is_buffer(name: &str) -> bool {
    name.ends_with("embeddings.position_ids") || name.ends_with("embeddings.token_type_ids")
}

/// The name that a layer norm's weight or bias has today, where `name` is the one that it had in TensorFlow.
pub(crate) fn without_old_name(name: &str) -> Option<String> {
    let renamed = [
        ("LayerNorm.gamma", "LayerNorm.weight"),
        ("LayerNorm.beta", "LayerNorm.bias"),
    ];
    renamed.into_iter().find_map(|(old, new)| {
        let root = name.strip_suffix(old)?;
        Some(format!("{root}{new}"))
    })
}

/// Whether a name is that of RoBERTa's pooler, which `RobertaForSequenceClassification` does not use and older versions
/// stored.
pub(crate) fn is_unused_pooler(family: Family, name: &str) -> bool {
    family == Family::Roberta && name.starts_with("roberta.pooler.dense.")
}
