//! How far what a run reports would move: over other prompts, along other directions, with the models' labels shuffled.

mod compute;
mod directions;
mod prompt_sums;
mod results;
mod rows_file;
mod settings;

pub(crate) use compute::{Pair, intervals, shrinkage, shrunk_null, shuffled_labels};
pub(crate) use directions::{random_directions, write_projections};
pub(crate) use prompt_sums::{PromptIndex, PromptSums, PromptSumsWriter};
pub use results::{
    FallRecord, IntervalRecord, MeasureWithInterval, NullDraws, NullResults, NullStatistic,
    QuadrantFall, ShrinkageMeasures, ShrinkageResults, ShrunkResults, StatisticInterval,
    StatisticValue, UncertaintyResults,
};
pub use settings::NullSettings;

/// Neurons that are read and computed with at a time.
const SLICE: usize = 1024;
