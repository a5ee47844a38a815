//! What a model expects of its weights: the names of its fields, and which of them may be stored otherwise.

use std::collections::BTreeSet;

/// The names that a model's weights go by.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Every field, as `h.0.attn.c_attn.weight`.
    pub fields: BTreeSet<String>,
    /// The token embedding, which the head may share.
    pub embedding: &'static str,
    /// The name of the output head.
    pub head: &'static str,
    /// Whether the head is the token embedding.
    pub tying: Tying,
    /// How matrices are laid out.
    pub matrices: Matrices,
    /// Whether a name, without what wraps it, is a buffer that files may carry: no parameter, and left out.
    pub is_buffer: fn(&str) -> bool,
}

/// How the matrices of a model's layers are laid out in its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matrices {
    /// `[in, out]`, as GPT-2 has them.
    InputsFirst,
    /// `[out, in]`, as PyTorch's `Linear` has them.
    OutputsFirst,
}

/// Whether a model's head shares its token embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tying {
    /// The configuration says so.
    Tied,
    /// The head is a parameter of its own.
    Untied,
}

impl Layout {
    /// Whether a name, without what wraps it, is one under which heads are stored.
    pub(crate) fn is_head(&self, name: &str) -> bool {
        const OTHERS: [&str; 3] = [
            "embed_out.weight",
            "output_projection.weight",
            "lm_head.weight",
        ];
        let inside = name
            .strip_prefix("lm_head.")
            .is_some_and(|rest| rest.ends_with(".weight"));
        name == self.head || inside || OTHERS.contains(&name)
    }

    /// The field that a name ends with, and what stands before it.
    pub(crate) fn split<'a>(&self, name: &'a str) -> Option<(&'a str, &'a str)> {
        let dots = name.match_indices('.').map(|(place, _)| place + 1);
        std::iter::once(0)
            .chain(dots)
            .map(|place| name.split_at(place))
            .find(|(_, field)| self.fields.contains(*field))
    }
}
