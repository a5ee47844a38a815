//! What is known of shares and sums over neurons beside their values: intervals, and what nulls say.

use counterpoise_groups::{Group, PerGroup, Statistic};

use super::{GROUPING, percent};
use crate::results::Results;
use crate::uncertainty::{NullDraws, ShrunkResults};

/// Intervals of 95 % over prompts, lower bound first; `None` where none was taken, and then a claim is judged by
/// its value alone.
///
/// They are the pivotal ones: peaks and sums over a group lie higher in resamples than in what was measured, and these
/// reflect that away.
#[derive(Clone, Debug, Default)]
pub(super) struct NeuronEvidence {
    /// Of the part of neurons with `r > 0`.
    pub(super) reducing: Option<[f64; 2]>,
    /// Of the net reduction.
    pub(super) net: Option<[f64; 2]>,
    /// Of the net reduction over the peak.
    pub(super) net_over_peak: Option<[f64; 2]>,
    /// Of each group's sum.
    pub(super) sums: Option<PerGroup<[f64; 2]>>,
    /// Of each group's share.
    pub(super) shares: Option<PerGroup<[f64; 2]>>,
    /// Of the share of TP− and AN− together.
    pub(super) erasing: Option<[f64; 2]>,
    /// What random directions say in place of the probe.
    pub(super) random_directions: Option<String>,
    /// What shrinking every activation by the same part says.
    pub(super) shrinkage: Option<String>,
}

impl NeuronEvidence {
    /// What a run found.
    pub(super) fn of(results: &Results) -> Self {
        let found = results.uncertainty.iter().flat_map(|all| &all.statistics);
        let interval = |statistic: Statistic| {
            let mut found = found.clone();
            let row = found.find(|row| row.statistic == statistic)?;
            Some(row.interval?.pivotal)
        };
        let of_groups = |statistic: fn(_, Group) -> Statistic| {
            PerGroup::from_fn(|group| interval(statistic(GROUPING, group))).all()
        };
        let neurons = results.reduction.neurons as f64;
        let nulls = results.nulls.as_ref();
        Self {
            reducing: interval(Statistic::Reducing)
                .map(|bounds| bounds.map(|bound| bound / neurons)),
            net: interval(Statistic::Net),
            net_over_peak: interval(Statistic::NetOverPeak),
            sums: of_groups(Statistic::Reduction),
            shares: of_groups(Statistic::Share),
            erasing: interval(Statistic::Erasing(GROUPING)),
            random_directions: nulls
                .and_then(|nulls| nulls.directions.as_ref())
                .map(p_values),
            shrinkage: nulls.and_then(|nulls| shares(&nulls.shrinkage)),
        }
    }

    /// The null of random directions, with what it says here.
    pub(super) fn random_directions(&self) -> String {
        null("the same along random directions", &self.random_directions)
    }

    /// The null of shrunken activations, with what it says here.
    pub(super) fn shrinkage(&self) -> String {
        null("all activations shrunk by the same part", &self.shrinkage)
    }
}

/// The p-values of the statistics that are judged together.
fn p_values(draws: &NullDraws) -> String {
    let judged = draws.statistics.iter().filter_map(|row| {
        let p = row.p_corrected?;
        let name = match row.statistic {
            Statistic::Share(_, group) => format!("{group} share"),
            other => other.to_string(),
        };
        Some(format!("{name} {p:.3}"))
    });
    let judged: Vec<String> = judged.collect();
    format!(
        "p of {} draws, corrected: {}",
        draws.draws,
        judged.join(", ")
    )
}

/// The groups' shares under shrinkage alone.
fn shares(shrunk: &ShrunkResults) -> Option<String> {
    let share = |group: Group| {
        let statistic = Statistic::Share(GROUPING, group);
        let row = shrunk
            .statistics
            .iter()
            .find(|row| row.statistic == statistic);
        Some(format!("{group} {}", percent(row?.value?)))
    };
    let shares: Option<Vec<String>> = Group::ALL.into_iter().map(share).collect();
    Some(format!("shares {}", shares?.join(", ")))
}

fn null(what: &str, found: &Option<String>) -> String {
    match found {
        Some(found) => format!("{what}: {found}"),
        None => format!("{what}: no such null in this run"),
    }
}
