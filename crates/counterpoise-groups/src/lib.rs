//! Where fine-tuning lowers what a language model writes along a toxicity probe, neuron by neuron.
//!
//! The principal type is [`NeuronTable`]: every MLP neuron of a base and a tuned model with its
//! mean activation, its projection on the probe and its cosine with it. From a table follow the
//! [`TotalReduction`], the four groups of neurons ([`GroupAssignment`]), the rankings
//! ([`Ranking`]) and the data of the paper's figures: [`cumulative_reduction`] (1b),
//! [`GroupAssignment::shares`] (2a), [`binned_contributions`] (2b), [`shifts`] (2c, 4, 5) and
//! [`layer_reductions`] (3). [`uncertainty`] says how far these would move over other prompts,
//! directions and labels. Sums are in `f64` and in table or rank order, so that they come out
//! the same every time.
//!
//! The crate knows no model and no tensors: it starts from numbers, or from a table in a file.
//!
//! # Example
//!
//! ```
//! use counterpoise_groups::{Group, GroupAssignment, Grouping, Measurements, NeuronTable};
//!
//! // One layer of two neurons: a toxic one, and an anti-toxic one with negative activation.
//! let base = Measurements {
//!     mean_activation: vec![vec![0.5, -0.25]],
//!     value_projection: vec![vec![2.0, -2.0]],
//!     cosine: vec![vec![0.8, -0.6]],
//! };
//! // Fine-tuning dampens both.
//! let tuned = Measurements {
//!     mean_activation: vec![vec![0.125, -0.125]],
//!     ..base.clone()
//! };
//!
//! let table = NeuronTable::new(&base, &tuned)?;
//! assert_eq!(table.rows()[0].reduction(), 0.75); // 0.5 · 2 − 0.125 · 2
//!
//! let groups = GroupAssignment::new(&table, Grouping::ActivationChange);
//! assert_eq!(groups.groups(), [Some(Group::TpMinus), Some(Group::AnMinus)]);
//! assert_eq!(groups.shares()?[Group::TpMinus], 0.75);
//! # Ok::<(), counterpoise_groups::GroupsError>(())
//! ```

mod aggregates;
mod assignment;
mod columns;
mod contributions;
mod cumulative;
mod error;
mod groups;
mod layers;
mod measurements;
mod neuron;
#[cfg(feature = "parquet")]
mod parquet;
mod per_group;
mod ranking;
mod read_csv;
mod record;
mod reduction;
mod role;
#[cfg(test)]
mod samples;
pub mod scaling;
mod shifts;
mod statistic;
mod table;
pub mod uncertainty;

pub use aggregates::Aggregates;
pub use assignment::GroupAssignment;
pub use columns::COLUMNS;
pub use contributions::{ContributionBin, binned_contributions};
pub use cumulative::{CumulativePoint, cumulative_reduction};
pub use error::{GroupsError, Place};
pub use groups::{Group, Grouping};
pub use layers::{LayerReduction, layer_reductions};
pub use measurements::Measurements;
pub use neuron::{Measured, Neuron, NeuronId, Orientation};
pub use per_group::PerGroup;
pub use ranking::{Ranking, top_toxic, top_toxic_positively_activated};
pub use reduction::TotalReduction;
pub use role::Role;
pub use shifts::{NeuronShift, shifts};
pub use statistic::Statistic;
pub use table::NeuronTable;
