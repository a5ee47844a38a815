//! Claims about the tables: toxicity and perplexity under interventions (sections 4.1 and 5).

use counterpoise_groups::Group::{self, AnMinus, ApPlus, TnPlus, TpMinus};
use counterpoise_groups::{Ranking, scaling::scale_rank};
use counterpoise_intervene::Activated;
use counterpoise_report::{Claim, Quantity};

use super::{Evidence, Judged, claim, largest, percent, smallest};
use crate::replicate::rows::Score;
use crate::study::ModelRole::{Base, Tuned};
use crate::study::PaperRow;

/// Ablating, patching and scaling the most toxic neurons.
pub(super) fn section_4_1(evidence: &Evidence<'_>) -> Vec<Claim> {
    vec![
        claim(
            "abstract",
            "DPO reduces toxicity (published: 0.453 to 0.208).",
            "toxicity of the tuned model; below the base model's",
            dpo(evidence),
        ),
        claim(
            "4.1",
            "Ablating the most toxic neurons reduces toxicity to some degree.",
            "lowest toxicity over all ablations; below the base model's",
            best_ablation(evidence, |base, ablated, _| smallest(ablated) < base),
        ),
        claim(
            "abstract, 4.1",
            "Ablating the most toxic neurons falls short of the reduction that DPO achieves.",
            "lowest toxicity over all ablations; above the tuned model's",
            best_ablation(evidence, |_, ablated, tuned| smallest(ablated) > tuned),
        ),
        claim(
            "4.1, appendix B",
            "Ablating more of the most toxic neurons loses the reduction again, as many have negative \
             activations (published: 0.403 at 100, 0.436 at 1,000).",
            "toxicity with the top 1,000 ablated; above that with the top 100",
            ablating_more(evidence),
        ),
        claim(
            "4.1",
            "Leaving out neurons that are not positively activated avoids that: ablating positively \
             activated neurons alone leaves less toxicity.",
            "toxicity, positively activated alone against all, for the top 100, 200 and 1,000 (scaled), where \
             these are not the same neurons; lower each time",
            positively_activated(evidence),
        ),
        claim(
            "4.1",
            "Ablating 1,000 or more toxic neurons significantly increases perplexity (published: 21.7 to 27.3 and more).",
            "least increase of perplexity over these ablations; above 5 %",
            perplexity_of_many(evidence),
        ),
        claim(
            "abstract, 4.1",
            "Patching all dampened toxic neurons (TP−) does not achieve DPO's reduction.",
            "toxicity with TP− patched; above the tuned model's",
            patches(evidence, &[&[TpMinus]], |_, patched, tuned| {
                smallest(patched) > tuned
            }),
        ),
        claim(
            "4.1",
            "Scaling the keys of the top 7 toxic neurons of the tuned model raises its toxicity.",
            "lowest toxicity over the factors 2, 5 and 10; above the tuned model's",
            scaled(evidence, &[2.0, 5.0, 10.0], |_, scaled, tuned| {
                smallest(scaled) > tuned
            }),
        ),
        claim(
            "4.1",
            "Scaling these keys by 10 reverses what DPO did to toxicity (published: 0.458, base 0.453).",
            "toxicity with the keys scaled by 10; at least the base model's",
            scaled(evidence, &[10.0], |base, scaled, _| {
                smallest(scaled) >= base
            }),
        ),
    ]
}

/// Patching the groups.
pub(super) fn section_5(evidence: &Evidence<'_>) -> Vec<Claim> {
    let top_three = [TpMinus, AnMinus, TnPlus];
    vec![
        claim(
            "5",
            "Patching each of the three groups that contribute most (TP−, AN−, TN+) reduces toxicity.",
            "toxicity with each patched; below the base model's each time",
            patches(
                evidence,
                &[&[TpMinus], &[AnMinus], &[TnPlus]],
                |base, patched, _| largest(patched) < base,
            ),
        ),
        claim(
            "5",
            "No single group replicates DPO's full effect.",
            "toxicity with each of the four groups patched; above the tuned model's each time",
            patches(
                evidence,
                &[&[TpMinus], &[TnPlus], &[AnMinus], &[ApPlus]],
                |_, patched, tuned| smallest(patched) > tuned,
            ),
        ),
        claim(
            "5",
            "Patching TP− and AN− together comes close to DPO (published: 87 % of its reduction).",
            "part of DPO's toxicity reduction; at least 75 %",
            part_of_dpo(evidence),
        ),
        claim(
            "5",
            "Patching the top three groups surpasses DPO.",
            "toxicity with TP−, AN− and TN+ patched; below the tuned model's",
            patches(evidence, &[&top_three], |_, patched, tuned| {
                largest(patched) < tuned
            }),
        ),
        claim(
            "5",
            "Patching all four groups surpasses DPO.",
            "toxicity with all four patched; below the tuned model's",
            patches(evidence, &[&Group::ALL], |_, patched, tuned| {
                largest(patched) < tuned
            }),
        ),
        claim(
            "5",
            "Patching affects general language capabilities only minorly: perplexity is stable.",
            "largest change of perplexity over all patches, applied at every position; within 5 % of the base model's",
            stable_perplexity(evidence),
        ),
        claim(
            "5",
            "Patching preserves perplexity, unlike ablation.",
            "largest change of perplexity over all patches; below that over all ablations",
            patches_against_ablations(evidence),
        ),
    ]
}

/// Toxicities, each named by what was done.
type Named = Vec<(String, f64)>;

/// Judges toxicities against the base and the tuned model's: `holds(base, they, tuned)`.
fn judge(
    evidence: &Evidence<'_>,
    toxicities: Result<Named, String>,
    holds: impl Fn(f64, &[f64], f64) -> bool,
) -> Judged {
    let named = toxicities?;
    let base = evidence.untouched(Base, Quantity::Toxicity)?;
    let tuned = evidence.untouched(Tuned, Quantity::Toxicity)?;
    let shown: Vec<String> = (named.iter())
        .map(|(name, toxicity)| format!("{name} {toxicity:.3}"))
        .collect();
    let toxicities: Vec<f64> = named.iter().map(|(_, toxicity)| *toxicity).collect();
    let value = format!("{} (base {base:.3}, tuned {tuned:.3})", shown.join(", "));
    Ok((value, holds(base, &toxicities, tuned)))
}

fn named(name: impl Into<String>, toxicity: Score) -> Result<Named, String> {
    Ok(vec![(name.into(), toxicity?)])
}

fn is_ablation(row: &PaperRow) -> bool {
    matches!(row, PaperRow::Ablate { .. })
}

fn is_patch(row: &PaperRow) -> bool {
    matches!(row, PaperRow::Patch(_))
}

fn dpo(evidence: &Evidence<'_>) -> Judged {
    let base = evidence.untouched(Base, Quantity::Toxicity)?;
    let tuned = evidence.untouched(Tuned, Quantity::Toxicity)?;
    Ok((format!("{tuned:.3} (base {base:.3})"), tuned < base))
}

/// Judges the lowest toxicity that an ablation reaches.
fn best_ablation(evidence: &Evidence<'_>, holds: impl Fn(f64, &[f64], f64) -> bool) -> Judged {
    let what = "ablates the most toxic neurons";
    let ablated = evidence.scores(is_ablation, what, Quantity::Toxicity);
    let lowest = ablated.map(|toxicities| smallest(&toxicities));
    judge(evidence, named("lowest", lowest), holds)
}

fn patched(evidence: &Evidence<'_>, groups: &[Group]) -> Score {
    let row = PaperRow::patch(groups.iter().copied());
    evidence.score(Base, &row, Quantity::Toxicity)
}

/// Judges the toxicities of patches, each of one group or more.
fn patches(
    evidence: &Evidence<'_>,
    patches: &[&[Group]],
    holds: impl Fn(f64, &[f64], f64) -> bool,
) -> Judged {
    let toxicity = |groups: &&[Group]| {
        let names: Vec<String> = groups.iter().map(ToString::to_string).collect();
        Ok((names.join("·"), patched(evidence, groups)?))
    };
    judge(evidence, patches.iter().map(toxicity).collect(), holds)
}

/// Judges the toxicities of the tuned model with scaled keys.
fn scaled(
    evidence: &Evidence<'_>,
    factors: &[f32],
    holds: impl Fn(f64, &[f64], f64) -> bool,
) -> Judged {
    let toxicity = |&factor: &f32| {
        let row = PaperRow::ScaleKeys {
            published: 7,
            factor,
        };
        let toxicity = evidence.score(Tuned, &row, Quantity::Toxicity)?;
        Ok((format!("×{factor}"), toxicity))
    };
    judge(evidence, factors.iter().map(toxicity).collect(), holds)
}

fn ablated(evidence: &Evidence<'_>, published: usize, among: Activated) -> Score {
    let row = PaperRow::Ablate { published, among };
    evidence.score(Base, &row, Quantity::Toxicity)
}

fn ablating_more(evidence: &Evidence<'_>) -> Judged {
    let few = ablated(evidence, 100, Activated::Any)?;
    let many = ablated(evidence, 1000, Activated::Any)?;
    Ok((format!("{many:.3} against {few:.3}"), many > few))
}

fn positively_activated(evidence: &Evidence<'_>) -> Judged {
    let mut shown = Vec::new();
    let mut lower = Vec::new();
    for published in [100, 200, 1000] {
        if same_neurons(evidence, published)? {
            shown.push(format!("top {published}: the same neurons"));
            continue;
        }
        let any = ablated(evidence, published, Activated::Any)?;
        let positively = ablated(evidence, published, Activated::Positively)?;
        shown.push(format!("top {published}: {positively:.3} against {any:.3}"));
        lower.push(positively < any);
    }
    let shown = shown.join(", ");
    if lower.is_empty() {
        return Err(shown);
    }
    Ok((shown, !lower.contains(&false)))
}

/// Whether the most toxic neurons, as many as `published` scales to, are all positively activated.
fn same_neurons(evidence: &Evidence<'_>, published: usize) -> Result<bool, String> {
    let count = scale_rank(published, evidence.table.rows().len());
    let top = |ranking: Ranking| {
        let neurons = ranking.at(evidence.table, 0..count);
        neurons.map_err(|error| error.to_string())
    };
    Ok(top(Ranking::Toxic)? == top(Ranking::ToxicPositivelyActivated)?)
}

fn perplexity_of_many(evidence: &Evidence<'_>) -> Judged {
    let many = |row: &PaperRow| {
        matches!(
            row,
            PaperRow::Ablate {
                published: 1000..,
                ..
            }
        )
    };
    let base = evidence.untouched(Base, Quantity::Perplexity)?;
    let ablated = evidence.scores(many, "ablates 1,000 neurons or more", Quantity::Perplexity)?;
    let increase = smallest(&ablated) / base - 1.0;
    Ok((percent(increase), increase > 0.05))
}

fn part_of_dpo(evidence: &Evidence<'_>) -> Judged {
    let base = evidence.untouched(Base, Quantity::Toxicity)?;
    let tuned = evidence.untouched(Tuned, Quantity::Toxicity)?;
    let patched = patched(evidence, &[TpMinus, AnMinus])?;
    if tuned >= base {
        return Err(format!(
            "DPO did not reduce toxicity: {base:.3} to {tuned:.3}"
        ));
    }
    let part = (base - patched) / (base - tuned);
    Ok((percent(part), part >= 0.75))
}

/// The largest change of a perplexity, relative to the base model's, over some of its rows.
fn largest_change(
    evidence: &Evidence<'_>,
    wanted: impl Fn(&PaperRow) -> bool,
    what: &str,
    perplexity: Quantity,
) -> Result<f64, String> {
    let base = evidence.untouched(Base, Quantity::Perplexity)?;
    let scores = evidence.scores(wanted, what, perplexity)?;
    let change = |perplexity: &f64| (perplexity / base - 1.0).abs();
    Ok(largest(&scores.iter().map(change).collect::<Vec<_>>()))
}

fn patches_change(evidence: &Evidence<'_>, perplexity: Quantity) -> Result<f64, String> {
    largest_change(evidence, is_patch, "patches groups", perplexity)
}

fn stable_perplexity(evidence: &Evidence<'_>) -> Judged {
    let change = patches_change(evidence, Quantity::Perplexity)?;
    let first = match patches_change(evidence, Quantity::PerplexityFirstPosition) {
        Ok(change) => percent(change),
        Err(_) => "not measured".to_owned(),
    };
    let value = format!("{} (at the first position only: {first})", percent(change));
    Ok((value, change <= 0.05))
}

fn patches_against_ablations(evidence: &Evidence<'_>) -> Judged {
    let patches = patches_change(evidence, Quantity::Perplexity)?;
    let what = "ablates the most toxic neurons";
    let ablations = largest_change(evidence, is_ablation, what, Quantity::Perplexity)?;
    let value = format!("{} against {}", percent(patches), percent(ablations));
    Ok((value, patches < ablations))
}
