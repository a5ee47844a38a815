//! Claims about table 2: patching the neuron groups (section 5).

use counterpoise_groups::Group::{self, AnMinus, ApPlus, TnPlus, TpMinus};
use counterpoise_report::Claim;

use super::judged::{is_ablation, is_patch, largest_change, patched, patches};
use super::{Evidence, Judged, claim, largest, percent, smallest};
use crate::metric_names::{PERPLEXITY, PERPLEXITY_FIRST_POSITION, TOXICITY};
use counterpoise_groups::Role::{Base, Tuned};

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

fn part_of_dpo(evidence: &Evidence<'_>) -> Judged {
    let base = evidence.untouched(Base, TOXICITY)?;
    let tuned = evidence.untouched(Tuned, TOXICITY)?;
    let patched = patched(evidence, &[TpMinus, AnMinus])?;
    if tuned >= base {
        return Err(format!(
            "DPO did not reduce toxicity: {base:.3} to {tuned:.3}"
        ));
    }
    let part = (base - patched) / (base - tuned);
    Ok((percent(part), part >= 0.75))
}

fn patches_change(evidence: &Evidence<'_>, perplexity: &str) -> Result<f64, String> {
    largest_change(evidence, is_patch, "patches groups", perplexity)
}

fn stable_perplexity(evidence: &Evidence<'_>) -> Judged {
    let change = patches_change(evidence, PERPLEXITY)?;
    let first = match patches_change(evidence, PERPLEXITY_FIRST_POSITION) {
        Ok(change) => percent(change),
        Err(_) => "not measured".to_owned(),
    };
    let value = format!("{} (at the first position only: {first})", percent(change));
    Ok((value, change <= 0.05))
}

fn patches_against_ablations(evidence: &Evidence<'_>) -> Judged {
    let patches = patches_change(evidence, PERPLEXITY)?;
    let what = "ablates the most toxic neurons";
    let ablations = largest_change(evidence, is_ablation, what, PERPLEXITY)?;
    let value = format!("{} against {}", percent(patches), percent(ablations));
    Ok((value, patches < ablations))
}
