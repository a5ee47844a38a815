//! What is known of shares and sums over neurons beside their values: intervals, and what nulls say.

use counterpoise_groups::PerGroup;

/// Intervals of 95 % over prompts, lower bound first; `None` where none was taken, and then a claim is judged by
/// its value alone.
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
    /// The null of random directions, with what it says here.
    pub(super) fn random_directions(&self) -> String {
        null("the same along random directions", &self.random_directions)
    }

    /// The null of shrunken activations, with what it says here.
    pub(super) fn shrinkage(&self) -> String {
        null("all activations shrunk by the same part", &self.shrinkage)
    }
}

fn null(what: &str, found: &Option<String>) -> String {
    match found {
        Some(found) => format!("{what}: {found}"),
        None => format!("{what}: no such null in this run"),
    }
}
