//! What the claims about the tables have in common: toxicities and perplexities, judged.

use counterpoise_groups::Group;

use super::{Evidence, Judged, Measured, largest};
use crate::metric_names::{PERPLEXITY, TOXICITY};
use crate::study::PaperRow;
use counterpoise_groups::Role::{Base, Tuned};

/// Toxicities, each named by what was done.
pub(super) type Named = Vec<(String, f64)>;

/// Judges toxicities against the base and the tuned model's: `holds(base, they, tuned)`.
pub(super) fn judge(
    evidence: &Evidence<'_>,
    toxicities: Result<Named, String>,
    holds: impl Fn(f64, &[f64], f64) -> bool,
) -> Judged {
    let named = toxicities?;
    let base = evidence.untouched(Base, TOXICITY)?;
    let tuned = evidence.untouched(Tuned, TOXICITY)?;
    let shown: Vec<String> = (named.iter())
        .map(|(name, toxicity)| format!("{name}: {toxicity:.3}"))
        .collect();
    let toxicities: Vec<f64> = named.iter().map(|(_, toxicity)| *toxicity).collect();
    let value = format!("{} (base {base:.3}, tuned {tuned:.3})", shown.join(", "));
    Ok((value, holds(base, &toxicities, tuned)))
}

/// One toxicity, named.
pub(super) fn named(name: impl Into<String>, toxicity: Measured) -> Result<Named, String> {
    Ok(vec![(name.into(), toxicity?)])
}

/// Whether the row ablates the most toxic neurons.
pub(super) fn is_ablation(row: &PaperRow) -> bool {
    matches!(row, PaperRow::Ablate { .. })
}

/// Whether the row patches groups.
pub(super) fn is_patch(row: &PaperRow) -> bool {
    matches!(row, PaperRow::Patch(_))
}

/// The base model's toxicity with groups patched.
pub(super) fn patched(evidence: &Evidence<'_>, groups: &[Group]) -> Measured {
    let row = PaperRow::patch(groups.iter().copied());
    evidence.score(Base, &row, TOXICITY)
}

/// Judges the toxicities of patches, each of one group or more.
pub(super) fn patches(
    evidence: &Evidence<'_>,
    patches: &[&[Group]],
    holds: impl Fn(f64, &[f64], f64) -> bool,
) -> Judged {
    let toxicity = |groups: &&[Group]| {
        let names: Vec<String> = groups.iter().map(ToString::to_string).collect();
        Ok((names.join(" and "), patched(evidence, groups)?))
    };
    judge(evidence, patches.iter().map(toxicity).collect(), holds)
}

/// The largest change of a perplexity, relative to the base model's, over some of its rows.
pub(super) fn largest_change(
    evidence: &Evidence<'_>,
    wanted: impl Fn(&PaperRow) -> bool,
    what: &str,
    perplexity: &str,
) -> Result<f64, String> {
    let base = evidence.untouched(Base, PERPLEXITY)?;
    let scores = evidence.scores(wanted, what, perplexity)?;
    let change = |perplexity: &f64| (perplexity / base - 1.0).abs();
    Ok(largest(&scores.iter().map(change).collect::<Vec<_>>()))
}
