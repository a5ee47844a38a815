//! A run's results beside the published figures.
//!
//! published figures, results, neuron table → one comparison per figure → Markdown and a tally.

mod compare;
mod figures;
mod published;
mod report;
#[cfg(test)]
mod tests;

pub use published::Published;
pub use report::Tally;

use counterpoise_groups::NeuronTable;

use crate::results::Results;
use report::markdown;

/// Published figures compared with a run's.
#[derive(Clone, Debug)]
pub struct Verification {
    /// Every comparison, as Markdown.
    pub report: String,
    /// How many came out how.
    pub tally: Tally,
}

/// Compares a run with what was published. A neuron table that is missing, for the reason given, makes
/// the figures of neurons missing.
#[must_use]
pub fn verify(
    published: &Published,
    results: &Results,
    table: Result<&NeuronTable, String>,
) -> Verification {
    let run = Run { results, table };
    let comparisons = figures::all(published, &run);
    Verification {
        report: markdown(&run, &comparisons),
        tally: Tally::of(&comparisons),
    }
}

/// A finished run.
struct Run<'a> {
    results: &'a Results,
    table: Result<&'a NeuronTable, String>,
}
