//! What the figures of a study show.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

/// The published ranks that figures show, which are scaled to the number of neurons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FigureSettings {
    /// The grouping that colours neurons, by its name.
    pub grouping: String,
    /// Figure 1a: the intervention whose layer projections stand beside base and tuned.
    pub ablated: String,
    /// Figure 2b: how many of the neurons that reduce most.
    pub contributions: NonZeroUsize,
    /// Figure 2b: in how many bins.
    pub bins: NonZeroUsize,
    /// Figure 2c: how many of the neurons that reduce most.
    pub arrows: NonZeroUsize,
    /// Figure 4: how many of the most toxic neurons.
    pub activations: NonZeroUsize,
    /// Figures 5a and 5b: ranks of toxic neurons, from and to.
    pub shifts: [[usize; 2]; 2],
}
