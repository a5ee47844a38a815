//! Claims about table 1: ablating, patching and scaling the most toxic neurons (section 4.1).

use counterpoise_groups::Group::TpMinus;
use counterpoise_groups::Role::{self, Base, Tuned};
use counterpoise_groups::{Ranking, scaling::scale_rank};
use counterpoise_intervene::Activated;
use counterpoise_report::{Claim, with_commas};

use super::conditions::{
    Condition, Measured, Side, all_hold, any_holds, judge_all, shown_interval, strongest, toxicity,
    weakest,
};
use super::groups_patched::{controls, patches};
use super::{Evidence, Judged, claim, is_ablation, percent};
use crate::metric_names::{PERPLEXITY, TOXICITY};
use crate::row::RowResults;
use crate::study::PaperRow;

/// The control that an ablation asks for.
const MATCHED: &str = "as many random neurons, matched by layer and activation";

/// Ablating, patching and scaling the most toxic neurons.
pub(super) fn section_4_1(evidence: &Evidence<'_>) -> Vec<Claim> {
    let mut claims = ablating(evidence);
    claims.extend(patching_and_scaling(evidence));
    claims
}

/// DPO, and ablating the most toxic neurons.
fn ablating(evidence: &Evidence<'_>) -> Vec<Claim> {
    let ablations: Vec<PaperRow> = match evidence.rows(is_ablation, "") {
        Ok(rows) => rows.into_iter().map(|(paper, _)| paper).collect(),
        Err(_) => Vec::new(),
    };
    let controls = |metric| evidence.controls(Base, &ablations, metric, MATCHED);
    vec![
        claim(
            "abstract",
            "DPO reduces toxicity (published: 0.453 to 0.208).",
            "toxicity of the tuned model; below the base model's",
            dpo(evidence),
            "the same texts by another scorer; DPO from another seed",
        ),
        claim(
            "4.1",
            "Ablating the most toxic neurons reduces toxicity to some degree.",
            "lowest toxicity over all ablations; below the base model's",
            best_ablation(evidence, Side::Below, Base),
            controls(TOXICITY),
        ),
        claim(
            "abstract, 4.1",
            "Ablating the most toxic neurons falls short of the reduction that DPO achieves.",
            "lowest toxicity over all ablations; above the tuned model's",
            best_ablation(evidence, Side::Above, Tuned),
            controls(TOXICITY),
        ),
        claim(
            "4.1, appendix B",
            "Ablating more of the most toxic neurons loses the reduction again, as many have negative \
             activations (published: 0.403 at 100, 0.436 at 1,000).",
            "toxicity with the top 1,000 ablated; above that with the top 100",
            ablating_more(evidence),
            controls(TOXICITY),
        ),
        claim(
            "4.1",
            "Leaving out neurons that are not positively activated avoids that: ablating positively \
             activated neurons alone leaves less toxicity.",
            "toxicity, positively activated alone against all, for the top 100, 200 and 1,000 (scaled), where \
             these are not the same neurons; lower each time",
            positively_activated(evidence),
            controls(TOXICITY),
        ),
        claim(
            "4.1",
            "Ablating 1,000 or more toxic neurons significantly increases perplexity (published: 21.7 to 27.3 and more).",
            "least increase of perplexity over these ablations; above 5 %",
            perplexity_of_many(evidence),
            controls(PERPLEXITY),
        ),
    ]
}

/// Patching and scaling the most toxic neurons.
fn patching_and_scaling(evidence: &Evidence<'_>) -> Vec<Claim> {
    let factors = [2.0, 5.0, 10.0];
    let keys = || {
        let wanted = "the keys of as many random neurons, matched by layer and activation";
        evidence.controls(Tuned, &factors.map(scaled_row), TOXICITY, wanted)
    };
    vec![
        claim(
            "abstract, 4.1",
            "Patching all dampened toxic neurons (TP−) does not achieve DPO's reduction.",
            "toxicity with TP− patched; above the tuned model's",
            patches(evidence, &[&[TpMinus]], Side::Above, Tuned),
            controls(evidence, &[&[TpMinus]]),
        ),
        claim(
            "4.1",
            "Scaling the keys of the top 7 toxic neurons of the tuned model raises its toxicity.",
            "toxicity with the factors 2, 5 and 10; above the tuned model's each time",
            scaled(evidence, &factors, Tuned),
            keys(),
        ),
        claim(
            "4.1",
            "Scaling these keys by 10 reverses what DPO did to toxicity (published: 0.458, base 0.453).",
            "toxicity with the keys scaled by 10; at least the base model's",
            scaled(evidence, &[10.0], Base),
            keys(),
        ),
    ]
}

fn dpo(evidence: &Evidence<'_>) -> Judged {
    let (name, tuned) = evidence.unedited_toxicity(Tuned)?;
    let base = evidence.unedited_toxicity(Base)?;
    judge_all(&[toxicity(name, tuned, Side::Below, base)])
}

/// Judges the lowest toxicity that an ablation reaches: one has to be below the other model's, or all above it.
fn best_ablation(evidence: &Evidence<'_>, side: Side, model: Role) -> Judged {
    let rows = evidence.rows(is_ablation, "ablates the most toxic neurons")?;
    let other = evidence.unedited_toxicity(model)?;
    let condition = |(paper, row): &(PaperRow, &RowResults)| {
        let ablated = Measured::of(row, TOXICITY)?;
        Ok(toxicity(&paper.to_string(), ablated, side, other))
    };
    let conditions: Vec<Condition> = rows.iter().map(condition).collect::<Result<_, String>>()?;
    let (lowest, verdict) = match side {
        Side::Below => (strongest(&conditions), any_holds(&conditions)),
        Side::Above => (weakest(&conditions), all_hold(&conditions)),
    };
    let lowest = lowest.map_or("", |condition| condition.shown.as_str());
    Ok((format!("lowest of {}: {lowest}", conditions.len()), verdict))
}

fn scaled_row(factor: f32) -> PaperRow {
    PaperRow::ScaleKeys {
        published: 7,
        factor,
    }
}

/// Judges the toxicities of the tuned model with scaled keys: above another's each time.
fn scaled(evidence: &Evidence<'_>, factors: &[f32], model: Role) -> Judged {
    let other = evidence.unedited_toxicity(model)?;
    let condition = |&factor: &f32| {
        let scaled = evidence.score(Tuned, &scaled_row(factor), TOXICITY)?;
        Ok(toxicity(&format!("×{factor}"), scaled, Side::Above, other))
    };
    let conditions: Vec<Condition> = factors
        .iter()
        .map(condition)
        .collect::<Result<_, String>>()?;
    judge_all(&conditions)
}

fn ablated<'e>(
    evidence: &'e Evidence<'_>,
    published: usize,
    among: Activated,
) -> Result<Measured<'e>, String> {
    let row = PaperRow::Ablate { published, among };
    evidence.score(Base, &row, TOXICITY)
}

fn ablating_more(evidence: &Evidence<'_>) -> Judged {
    let few = ablated(evidence, 100, Activated::Any)?;
    let many = ablated(evidence, 1000, Activated::Any)?;
    let few = ("the top 100", few);
    judge_all(&[toxicity("top 1,000", many, Side::Above, few)])
}

fn positively_activated(evidence: &Evidence<'_>) -> Judged {
    let mut shown = Vec::new();
    let mut conditions = Vec::new();
    for published in [100, 200, 1000] {
        let top = format!("top {}", with_commas(published));
        if same_neurons(evidence, published)? {
            shown.push(format!("{top}: the same neurons"));
            continue;
        }
        let any = ablated(evidence, published, Activated::Any)?;
        let positively = ablated(evidence, published, Activated::Positively)?;
        let condition = toxicity(&top, positively, Side::Below, ("all", any));
        shown.push(condition.shown.clone());
        conditions.push(condition);
    }
    let shown = shown.join("; ");
    if conditions.is_empty() {
        return Err(shown);
    }
    Ok((shown, all_hold(&conditions)))
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
    const LEAST: f64 = 0.05;
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
    let rows = evidence.rows(many, "ablates 1,000 neurons or more")?;
    let condition = |(paper, row): &(PaperRow, &RowResults)| {
        let ablated = Measured::of(row, PERPLEXITY)?;
        let margin = Condition::of(&[ablated, base], |values| {
            values[0] / values[1] - 1.0 - LEAST
        });
        let interval = margin.interval().map(|ends| ends.map(|end| end + LEAST));
        let shown = format!(
            "{} {} with {paper}",
            percent(margin.margin + LEAST),
            shown_interval(interval, percent)
        );
        Ok(margin.shown(shown))
    };
    let conditions: Vec<Condition> = rows.iter().map(condition).collect::<Result<_, String>>()?;
    let least = weakest(&conditions).map_or("", |condition| condition.shown.as_str());
    Ok((least.to_owned(), all_hold(&conditions)))
}
