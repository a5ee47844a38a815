//! `components.md` and `vocabulary.md`.

use std::fmt::Write;

use counterpoise_report::cell;

use super::{ComponentReduction, ComponentResults, VocabularyResults};

/// The table of components; largest changes first.
pub(crate) fn components_markdown(found: &ComponentResults) -> String {
    let mut text = String::from(
        "# What each component writes along the probe\n\nMeans over generated tokens, of the unit probe. Everything that is \
         written adds up to the residual stream after the last block; a reduction is what the tuned model writes less. \
         Heads stand apart unless a norm follows attention: then all of them are one component, after that norm.\n\n",
    );
    for (model, identity) in [
        ("base", found.identity.base),
        ("tuned", found.identity.tuned),
    ] {
        let verdict = match identity.holds() {
            true => "within",
            false => "**not within**",
        };
        let _ = writeln!(
            text,
            "- {model} model: the components add up to {:.6}, the residual stream is {:.6}; {verdict} {:e} of the larger",
            identity.sum, identity.residual, identity.tolerance
        );
    }
    text.push_str("\n| Component | Base | Tuned | Reduction |\n|---|---:|---:|---:|\n");
    let mut rows: Vec<&ComponentReduction> = found.components.iter().collect();
    rows.sort_by(|a, b| b.reduction.abs().total_cmp(&a.reduction.abs()));
    for row in rows.into_iter().chain([&found.residual]) {
        let _ = writeln!(
            text,
            "| {} | {:.6} | {:.6} | {:+.6} |",
            cell(&row.component),
            row.base,
            row.tuned,
            row.reduction
        );
    }
    text
}

/// The tokens of each vector.
pub(crate) fn vocabulary_markdown(found: &VocabularyResults) -> String {
    let mut text = format!(
        "# Vectors read as tokens\n\nA token's score: {}. Unembedding: {}.\n\n| Vector | Cosine to the probe | Tokens, highest score \
         first |\n|---|---:|---|\n",
        found.score, found.unembedding
    );
    for row in &found.rows {
        let tokens: Vec<String> = row
            .tokens
            .iter()
            .map(|token| cell(&token.shown()))
            .collect();
        let (vector, cosine) = (&row.vector, row.cosine);
        let _ = writeln!(text, "| {vector} | {cosine:.4} | {} |", tokens.join(" "));
    }
    text
}
