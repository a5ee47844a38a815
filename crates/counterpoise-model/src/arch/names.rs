//! What a family's weights are called in its files.

use counterpoise_weights::Matrices;

/// What a family's weights are called in its files.
pub(crate) struct Names {
    /// Stands before every field but the head.
    pub(crate) prefix: &'static str,
    /// The token embedding.
    pub(crate) embed: &'static str,
    /// The position embedding; not looked for in a model without one.
    pub(crate) pos_embed: &'static str,
    /// The list of blocks.
    pub(crate) blocks: &'static str,
    /// The last norm.
    pub(crate) ln_final: &'static str,
    /// The output head.
    pub(crate) head: &'static str,
    /// Queries, keys and values, in a block.
    pub(crate) qkv: Qkv,
    /// One layer of a block that is the gate and then `up`.
    pub(crate) gate_and_up: Option<&'static str>,
    /// The other layers of a block: what they are called here, and in files.
    pub(crate) modules: &'static [(&'static str, &'static str)],
    /// How matrices are laid out.
    pub(crate) matrices: Matrices,
}

/// How a family's files have queries, keys and values.
pub(crate) enum Qkv {
    /// One layer: all queries, all keys, all values.
    Together(&'static str),
    /// Three layers.
    Apart([&'static str; 3]),
    /// One layer: of each head its queries, its keys, its values.
    ByHead(&'static str),
}

/// Buffers that files of some families carry: causal masks and rotary frequencies.
pub(crate) fn is_buffer(name: &str) -> bool {
    const BUFFERS: [&str; 5] = [
        "attn.bias",
        "attn.masked_bias",
        "attention.bias",
        "attention.masked_bias",
        "rotary_emb.inv_freq",
    ];
    let mut parts = name.split('.');
    let in_block = parts.any(|part| part.chars().all(|digit| digit.is_ascii_digit()));
    let is = |buffer: &&str| {
        let before = name.strip_suffix(*buffer);
        before.is_some_and(|before| before.ends_with('.'))
    };
    in_block && BUFFERS.iter().any(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_and_frequencies_are_no_parameters() {
        assert!(is_buffer("h.1.attn.bias"));
        assert!(is_buffer("h.11.attn.masked_bias"));
        assert!(is_buffer("layers.3.self_attn.rotary_emb.inv_freq"));
        assert!(!is_buffer("h.1.attn.c_attn.bias"));
        assert!(!is_buffer("attn.bias"));
        assert!(!is_buffer("layers.3.self_attn.bias"));
    }
}
