//! Claims about table 2: patching the neuron groups (section 5).

use counterpoise_groups::Group::{self, AnMinus, ApPlus, TnPlus, TpMinus};
use counterpoise_groups::Role::{self, Base, Tuned};
use counterpoise_report::Claim;

use super::conditions::{
    Condition, Measured, Side, any_holds, judge_all, shown_interval, strongest, toxicity, weakest,
};
use super::{Evidence, Judged, claim, is_ablation, is_patch, percent};
use crate::metric_names::{PERPLEXITY, PERPLEXITY_FIRST_POSITION, TOXICITY};
use crate::row::RowResults;
use crate::study::PaperRow;

/// Controls that a patch of groups asks for.
const WANTED: &str = "own base means, matched random neurons, or the groups of a random direction";

/// Patching the groups.
pub(super) fn section_5(evidence: &Evidence<'_>) -> Vec<Claim> {
    let mut claims = toxicities(evidence);
    claims.extend(perplexities(evidence));
    claims
}

/// What patches do to toxicity.
fn toxicities(evidence: &Evidence<'_>) -> Vec<Claim> {
    let top_three: &[&[Group]] = &[&[TpMinus, AnMinus, TnPlus]];
    let single: &[&[Group]] = &[&[TpMinus], &[TnPlus], &[AnMinus], &[ApPlus]];
    let largest: &[&[Group]] = &[&[TpMinus], &[AnMinus], &[TnPlus]];
    let all: &[&[Group]] = &[&Group::ALL];
    let two: &[&[Group]] = &[&[TpMinus, AnMinus]];
    let one = |statement: &str, quantity: &str, judged, groups| {
        claim("5", statement, quantity, judged, controls(evidence, groups))
    };
    vec![
        one(
            "Patching each of the three groups that contribute most (TP−, AN−, TN+) reduces toxicity.",
            "toxicity with each patched; below the base model's each time",
            patches(evidence, largest, Side::Below, Base),
            largest,
        ),
        one(
            "No single group replicates DPO's full effect.",
            "toxicity with each of the four groups patched; above the tuned model's each time",
            patches(evidence, single, Side::Above, Tuned),
            single,
        ),
        one(
            "Patching TP− and AN− together comes close to DPO (published: 87 % of its reduction).",
            "part of DPO's toxicity reduction; at least 75 %",
            part_of_dpo(evidence),
            two,
        ),
        one(
            "Patching the top three groups surpasses DPO.",
            "toxicity with TP−, AN− and TN+ patched; below the tuned model's",
            patches(evidence, top_three, Side::Below, Tuned),
            top_three,
        ),
        one(
            "Patching all four groups surpasses DPO.",
            "toxicity with all four patched; below the tuned model's",
            patches(evidence, all, Side::Below, Tuned),
            all,
        ),
    ]
}

/// What patches do to perplexity.
fn perplexities(evidence: &Evidence<'_>) -> Vec<Claim> {
    let control = "own base means: a patch that shifts nothing and still holds neurons fixed";
    let all = [PaperRow::patch(Group::ALL)];
    let control = || evidence.controls(Base, &all, PERPLEXITY, control);
    vec![
        claim(
            "5",
            "Patching affects general language capabilities only minorly: perplexity is stable.",
            "largest change of perplexity over all patches, applied at every position; within 5 % of the base model's",
            stable_perplexity(evidence),
            control(),
        ),
        claim(
            "5",
            "Patching preserves perplexity, unlike ablation.",
            "largest change of perplexity over all patches; below that over all ablations",
            patches_against_ablations(evidence),
            control(),
        ),
    ]
}

/// The controls of patches, each of one group or more.
pub(super) fn controls(evidence: &Evidence<'_>, patches: &[&[Group]]) -> String {
    let rows: Vec<PaperRow> = (patches.iter())
        .map(|groups| PaperRow::patch(groups.iter().copied()))
        .collect();
    evidence.controls(Base, &rows, TOXICITY, WANTED)
}

/// Judges the toxicities of patches, each of one group or more, against an unedited model's.
pub(super) fn patches(
    evidence: &Evidence<'_>,
    patches: &[&[Group]],
    side: Side,
    model: Role,
) -> Judged {
    let other = evidence.unedited_toxicity(model)?;
    let condition = |groups: &&[Group]| {
        let names: Vec<String> = groups.iter().map(ToString::to_string).collect();
        let patched = patched(evidence, groups)?;
        Ok(toxicity(&names.join(" and "), patched, side, other))
    };
    let conditions: Vec<Condition> = patches
        .iter()
        .map(condition)
        .collect::<Result<_, String>>()?;
    judge_all(&conditions)
}

/// The base model's toxicity with groups patched.
fn patched<'e>(evidence: &'e Evidence<'_>, groups: &[Group]) -> Result<Measured<'e>, String> {
    let row = PaperRow::patch(groups.iter().copied());
    evidence.score(Base, &row, TOXICITY)
}

fn part_of_dpo(evidence: &Evidence<'_>) -> Judged {
    const CLOSE: f64 = 0.75;
    let base = evidence.untouched(Base, TOXICITY)?;
    let tuned = evidence.untouched(Tuned, TOXICITY)?;
    let patched = patched(evidence, &[TpMinus, AnMinus])?;
    if tuned.value >= base.value {
        return Err(format!(
            "DPO did not reduce toxicity: {:.3} to {:.3}",
            base.value, tuned.value
        ));
    }
    let margin = Condition::of(&[base, tuned, patched], |values| {
        (values[0] - values[2]) / (values[0] - values[1]) - CLOSE
    });
    let interval = margin.interval().map(|ends| ends.map(|end| end + CLOSE));
    let shown = shown_interval(interval, percent);
    let shown = format!("{} {shown}", percent(margin.margin + CLOSE));
    judge_all(&[margin.shown(shown)])
}

/// How far a perplexity is from the base model's, relative to it.
fn change(perplexity: f64, base: f64) -> f64 {
    (perplexity / base - 1.0).abs()
}

/// That each patch changes a perplexity by less than `most`.
fn stable(evidence: &Evidence<'_>, metric: &str, most: f64) -> Result<Vec<Condition>, String> {
    let base = evidence.untouched(Base, PERPLEXITY)?;
    let rows = evidence.rows(is_patch, "patches groups")?;
    let condition = |(paper, row): &(PaperRow, &RowResults)| {
        let perplexity = Measured::of(row, metric)?;
        let margin = Condition::of(&[perplexity, base], |values| {
            most - change(values[0], values[1])
        });
        let interval = margin
            .interval()
            .map(|[low, high]| [most - high, most - low]);
        let shown = format!(
            "{} {} with {paper}",
            percent(most - margin.margin),
            shown_interval(interval, percent)
        );
        Ok(margin.shown(shown))
    };
    rows.iter().map(condition).collect()
}

fn stable_perplexity(evidence: &Evidence<'_>) -> Judged {
    const MOST: f64 = 0.05;
    let conditions = stable(evidence, PERPLEXITY, MOST)?;
    let first = stable(evidence, PERPLEXITY_FIRST_POSITION, MOST);
    let first = match first.as_deref().map(weakest) {
        Ok(Some(largest)) => percent(MOST - largest.margin),
        _ => "not measured".to_owned(),
    };
    let largest = weakest(&conditions).map_or("", |condition| condition.shown.as_str());
    let value = format!("{largest} (at the first position only: {first})");
    Ok((value, super::conditions::all_hold(&conditions)))
}

/// Some ablation changes perplexity more than every patch does.
fn patches_against_ablations(evidence: &Evidence<'_>) -> Judged {
    let base = evidence.untouched(Base, PERPLEXITY)?;
    let patches = evidence.rows(is_patch, "patches groups")?;
    let mut scores = vec![base];
    for (_, row) in &patches {
        scores.push(Measured::of(row, PERPLEXITY)?);
    }
    let largest = |values: &[f64]| {
        let changes = values[1..].iter().map(|value| change(*value, values[0]));
        changes.fold(f64::NEG_INFINITY, f64::max)
    };
    let condition = |(paper, row): &(PaperRow, &RowResults)| {
        let ablated = Measured::of(row, PERPLEXITY)?;
        let margin = Condition::of(&[&scores[..], &[ablated]].concat(), |values| {
            let (ablated, patched) = (values[values.len() - 1], &values[..values.len() - 1]);
            change(ablated, values[0]) - largest(patched)
        });
        let shown = format!(
            "{paper} changes {} more {}",
            percent(margin.margin),
            shown_interval(margin.interval(), percent)
        );
        Ok(margin.shown(shown))
    };
    let ablations = evidence.rows(is_ablation, "ablates the most toxic neurons")?;
    let conditions: Vec<Condition> =
        (ablations.iter().map(condition)).collect::<Result<_, String>>()?;
    let values: Vec<f64> = scores.iter().map(|score| score.value).collect();
    let strongest = strongest(&conditions).map_or("", |condition| condition.shown.as_str());
    let value = format!("patches at most {}; {strongest}", percent(largest(&values)));
    Ok((value, any_holds(&conditions)))
}
