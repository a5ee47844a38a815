//! Claims about table 1: ablating, patching and scaling the most toxic neurons (section 4.1).

use counterpoise_groups::Group::TpMinus;
use counterpoise_groups::{Ranking, scaling::scale_rank};
use counterpoise_intervene::Activated;
use counterpoise_report::{Claim, with_commas};

use super::judged::{is_ablation, judge, named, patches};
use super::{Evidence, Judged, Measured, claim, percent, smallest};
use crate::metric_names::{PERPLEXITY, TOXICITY};
use crate::study::PaperRow;
use counterpoise_groups::Role::{Base, Tuned};

/// Ablating, patching and scaling the most toxic neurons.
pub(super) fn section_4_1(evidence: &Evidence<'_>) -> Vec<Claim> {
    let mut claims = ablating(evidence);
    claims.extend(patching_and_scaling(evidence));
    claims
}

/// DPO, and ablating the most toxic neurons.
fn ablating(evidence: &Evidence<'_>) -> Vec<Claim> {
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
    ]
}

/// Patching and scaling the most toxic neurons.
fn patching_and_scaling(evidence: &Evidence<'_>) -> Vec<Claim> {
    vec![
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

fn dpo(evidence: &Evidence<'_>) -> Judged {
    let base = evidence.untouched(Base, TOXICITY)?;
    let tuned = evidence.untouched(Tuned, TOXICITY)?;
    Ok((format!("{tuned:.3} (base {base:.3})"), tuned < base))
}

/// Judges the lowest toxicity that an ablation reaches.
fn best_ablation(evidence: &Evidence<'_>, holds: impl Fn(f64, &[f64], f64) -> bool) -> Judged {
    let what = "ablates the most toxic neurons";
    let ablated = evidence.scores(is_ablation, what, TOXICITY);
    let lowest = ablated.map(|toxicities| smallest(&toxicities));
    judge(evidence, named("lowest", lowest), holds)
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
        let toxicity = evidence.score(Tuned, &row, TOXICITY)?;
        Ok((format!("×{factor}"), toxicity))
    };
    judge(evidence, factors.iter().map(toxicity).collect(), holds)
}

fn ablated(evidence: &Evidence<'_>, published: usize, among: Activated) -> Measured {
    let row = PaperRow::Ablate { published, among };
    evidence.score(Base, &row, TOXICITY)
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
            shown.push(format!("top {}: the same neurons", with_commas(published)));
            continue;
        }
        let any = ablated(evidence, published, Activated::Any)?;
        let positively = ablated(evidence, published, Activated::Positively)?;
        shown.push(format!(
            "top {}: {positively:.3} against {any:.3}",
            with_commas(published)
        ));
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
    let base = evidence.untouched(Base, PERPLEXITY)?;
    let ablated = evidence.scores(many, "ablates 1,000 neurons or more", PERPLEXITY)?;
    let increase = smallest(&ablated) / base - 1.0;
    Ok((percent(increase), increase > 0.05))
}
