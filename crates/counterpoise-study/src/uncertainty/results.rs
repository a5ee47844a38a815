//! What a run found out about how far its numbers would move.

use counterpoise_groups::Statistic;
use counterpoise_groups::uncertainty::{Interval, Null, holm};
use serde::{Deserialize, Serialize};

/// Intervals over prompts of what all neurons reduce together, and each group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UncertaintyResults {
    /// How the intervals were taken, in a sentence.
    pub method: String,
    /// Prompts that were drawn from.
    pub prompts: usize,
    /// How often.
    pub resamples: usize,
    /// A row for each statistic.
    pub statistics: Vec<StatisticInterval>,
}

/// A statistic with its interval over prompts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatisticInterval {
    /// Which.
    #[serde(flatten)]
    pub statistic: Statistic,
    /// As measured; `None` where it is not defined.
    pub value: Option<f64>,
    /// How far it moves over prompts; `None` where a resample has no value.
    #[serde(flatten)]
    pub interval: Option<IntervalRecord>,
}

/// An [`Interval`] as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct IntervalRecord {
    /// The percentile interval, 95 %.
    pub percentile: [f64; 2],
    /// That reflected about the value.
    pub pivotal: [f64; 2],
    /// The resamples' mean.
    pub resampled_mean: f64,
}

impl From<Interval> for IntervalRecord {
    fn from(interval: Interval) -> Self {
        Self {
            percentile: interval.percentile,
            pivotal: interval.pivotal,
            resampled_mean: interval.mean,
        }
    }
}

/// The statistics where nothing is to be found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NullResults {
    /// Along random directions; `None` if the study asks for none.
    pub directions: Option<NullDraws>,
    /// With the models' labels swapped on random prompts; `None` if the study asks for none.
    pub labels: Option<NullDraws>,
    /// With every activation scaled by one factor.
    pub shrinkage: ShrunkResults,
}

/// The statistics over the draws of a null.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NullDraws {
    /// What was drawn, in a sentence.
    pub what: String,
    /// How often.
    pub draws: usize,
    /// A row for each statistic.
    pub statistics: Vec<NullStatistic>,
}

/// A statistic and its draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NullStatistic {
    /// Which.
    #[serde(flatten)]
    pub statistic: Statistic,
    /// As measured; `None` where it is not defined.
    pub measured: Option<f64>,
    /// Per cent of the draws below it; one that equals it counts half.
    pub percentile: Option<f64>,
    /// Two-sided: `(1 + extreme)/(1 + draws)`, extreme being as far from the draws' median as what was measured.
    pub p: Option<f64>,
    /// That by the method of Holm, for the statistics that are judged together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_corrected: Option<f64>,
    /// Its value on every draw; `null` where it is not defined.
    pub values: Vec<Option<f64>>,
}

impl NullStatistic {
    /// What was measured, beside the draws.
    #[must_use]
    pub fn null(&self) -> Null<'_> {
        Null {
            measured: self.measured,
            values: &self.values,
        }
    }
}

impl NullDraws {
    /// The statistics of `measured` beside those of the draws, each a function that gives a statistic's value.
    pub(crate) fn new(
        what: String,
        measured: impl Fn(Statistic) -> Option<f64>,
        draws: &[impl Fn(Statistic) -> Option<f64>],
    ) -> Self {
        let of = |statistic| {
            let values: Vec<_> = draws.iter().map(|draw| draw(statistic)).collect();
            let mut row = NullStatistic {
                statistic,
                measured: measured(statistic),
                percentile: None,
                p: None,
                p_corrected: None,
                values,
            };
            row.percentile = row.null().percentile();
            row.p = row.null().p_value();
            row
        };
        let mut statistics: Vec<_> = Statistic::all().map(of).collect();
        let judged = |row: &&mut NullStatistic| {
            row.p.is_some() && Statistic::judged().any(|judged| judged == row.statistic)
        };
        let mut judged: Vec<_> = statistics.iter_mut().filter(judged).collect();
        let p_values: Vec<f64> = judged.iter().filter_map(|row| row.p).collect();
        for (row, corrected) in judged.iter_mut().zip(holm(&p_values)) {
            row.p_corrected = Some(corrected);
        }
        Self {
            what,
            draws: draws.len(),
            statistics,
        }
    }
}

/// The statistics had tuning done nothing but scale every activation by `1 − s`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShrunkResults {
    /// What was done and how `s` was found, in a sentence.
    pub what: String,
    /// `1 − Σ|m'|/Σ|m|`; `None` where all base means are 0.
    pub s: Option<f64>,
    /// A row for each statistic; none without `s`.
    pub statistics: Vec<StatisticValue>,
}

/// A statistic's value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatisticValue {
    /// Which.
    #[serde(flatten)]
    pub statistic: Statistic,
    /// Its value; `None` where it is not defined.
    pub value: Option<f64>,
}

/// How mean activations changed, whatever direction their neurons write along.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShrinkageResults {
    /// Each model on the text that it wrote itself.
    pub own_text: ShrinkageMeasures,
    /// Both models on the text that the base model wrote, fed to the tuned model token by token.
    pub forced_text: ShrinkageMeasures,
    /// Generated tokens of the base model's text.
    pub forced_tokens: u64,
}

/// [`Shrinkage`](counterpoise_groups::uncertainty::Shrinkage), as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShrinkageMeasures {
    /// Standard deviation over neurons of the tuned means, over that of the base means.
    pub deviation_ratio: MeasureWithInterval,
    /// Slope of total least squares of the tuned means on the base means.
    pub slope: MeasureWithInterval,
    /// Correlation of both models' means.
    pub correlation: Option<f64>,
    /// `1 − Σ|m'|/Σ|m|`.
    pub magnitude_fall: Option<f64>,
    /// `(m − m')/m`.
    pub fall: Option<FallRecord>,
    /// `(m' − m)/m'`.
    pub reversed: Option<FallRecord>,
}

/// A number, and its percentile interval over prompts where one was taken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasureWithInterval {
    /// The number; `None` where it is not defined.
    pub value: Option<f64>,
    /// Its interval.
    pub percentile: Option<[f64; 2]>,
}

/// Relative falls of mean activations, those outside the pooled 10th to 90th percentile left out of the means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FallRecord {
    /// The pooled percentiles.
    pub cut: [f64; 2],
    /// Median over all neurons.
    pub median: f64,
    /// Mean over those within the cut.
    pub mean: f64,
    /// The same by quadrant.
    pub quadrants: Vec<QuadrantFall>,
}

/// The relative fall of a quadrant's neurons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuadrantFall {
    /// TP, TN, AP or AN.
    pub quadrant: String,
    /// Neurons within the cut.
    pub neurons: usize,
    /// Their mean; `None` where there are none.
    pub mean: Option<f64>,
}
