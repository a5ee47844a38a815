//! Intervals, nulls and the measures of shrinkage, computed of a measured pair.

use counterpoise_groups::uncertainty::{
    Drawn, Interval, Moments, PromptWeights, RelativeFall, Resampling, Shrinkage, shrunk,
};
use counterpoise_groups::{Aggregates, Group, Measurements, NeuronTable, Statistic};
use counterpoise_score::{Draws, RESAMPLES};

use super::SLICE;
use super::prompt_sums::PromptSums;
use super::results::{
    FallRecord, MeasureWithInterval, NullDraws, QuadrantFall, ShrinkageMeasures, ShrunkResults,
    StatisticInterval, StatisticValue, UncertaintyResults,
};
use crate::error::Result;

/// Both models, measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair<'a> {
    /// The base and the tuned model.
    pub(crate) measured: [&'a Measurements; 2],
    /// Both, joined.
    pub(crate) table: &'a NeuronTable,
}

/// Aggregates and moments over resamples of the prompts; none of fewer than two prompts.
///
/// # Errors
/// Sums that cannot be read, or are damaged.
pub(crate) fn resampled(
    pair: &Pair<'_>,
    sums: [&mut PromptSums<'_>; 2],
    advance: &mut dyn FnMut(usize),
) -> Result<Vec<Drawn>> {
    let tokens = [sums[0].tokens(), sums[1].tokens()];
    let prompts = tokens[0].len();
    if prompts < 2 {
        return Ok(Vec::new());
    }
    let weights = PromptWeights::resampled(RESAMPLES, prompts);
    let tokens = [&tokens[0][..], &tokens[1]];
    run(
        Resampling::of_prompts(pair.measured, weights, tokens),
        sums,
        advance,
    )
}

/// The intervals over prompts.
///
/// # Errors
/// As for [`resampled`].
pub(crate) fn intervals(
    pair: &Pair<'_>,
    sums: [&mut PromptSums<'_>; 2],
    advance: &mut dyn FnMut(usize),
) -> Result<(UncertaintyResults, Vec<Moments>)> {
    let prompts = sums[0].tokens().len();
    let drawn = resampled(pair, sums, advance)?;
    let measured = Aggregates::of(pair.table);
    let of = |statistic| {
        let value = measured.get(statistic);
        let resamples = drawn.iter().map(|drawn| drawn.aggregates.get(statistic));
        StatisticInterval {
            statistic,
            value,
            interval: value
                .and_then(|value| Interval::of(value, resamples))
                .map(Into::into),
        }
    };
    let results = UncertaintyResults {
        method: format!(
            "95 % bootstrap intervals over prompts, drawn with replacement, the same prompts for both models; groups \
             are assigned anew in each resample; draws: {}",
            Draws::description()
        ),
        prompts,
        resamples: drawn.len(),
        statistics: Statistic::all().map(of).collect(),
    };
    Ok((
        results,
        drawn.into_iter().map(|drawn| drawn.moments).collect(),
    ))
}

/// The statistics with the models' labels swapped on random prompts.
///
/// # Errors
/// As for [`resampled`].
pub(crate) fn shuffled_labels(
    pair: &Pair<'_>,
    sums: [&mut PromptSums<'_>; 2],
    shuffles: usize,
    advance: &mut dyn FnMut(usize),
) -> Result<NullDraws> {
    let tokens = [sums[0].tokens(), sums[1].tokens()];
    let weights = PromptWeights::swapped(shuffles, tokens[0].len());
    let tokens = [&tokens[0][..], &tokens[1]];
    let drawn = run(
        Resampling::of_labels(pair.measured, weights, tokens),
        sums,
        advance,
    )?;
    let draws: Vec<_> = (drawn.iter())
        .map(|drawn| move |statistic: Statistic| drawn.aggregates.get(statistic))
        .collect();
    Ok(NullDraws::new(
        "on each prompt, with the chance of a half, what both models did is exchanged: activations, and what they \
         write through each model's own value vectors"
            .to_owned(),
        |statistic| Aggregates::of(pair.table).get(statistic),
        &draws,
    ))
}

/// Adds every neuron, slice after slice.
fn run(
    mut resampling: Resampling<'_>,
    [base, tuned]: [&mut PromptSums<'_>; 2],
    advance: &mut dyn FnMut(usize),
) -> Result<Vec<Drawn>> {
    let neurons = base.neurons();
    for start in (0..neurons).step_by(SLICE) {
        let slice = start..(start + SLICE).min(neurons);
        resampling.add(&base.read(slice.clone())?, &tuned.read(slice.clone())?);
        advance(slice.len());
    }
    Ok(resampling.finish())
}

/// The statistics had tuning done nothing but scale every activation by one factor.
pub(crate) fn shrunk_null(pair: &Pair<'_>) -> ShrunkResults {
    let shrinkage = Shrinkage::of(pair.table, &pair.measured[1].mean_activation.concat());
    let s = shrinkage.magnitude_fall;
    let found = s.map(|s| shrunk(pair.table, s));
    let value = |statistic| StatisticValue {
        statistic,
        value: found.and_then(|found| found.get(statistic)),
    };
    ShrunkResults {
        what: "tuned means put at (1 − s) times the base means, value vectors left as they were; s is such that the mean \
               magnitude of mean activations falls as it did: s = 1 − Σ|m'|/Σ|m|"
            .to_owned(),
        s,
        statistics: found.map_or_else(Vec::new, |_| Statistic::all().map(value).collect()),
    }
}

/// How mean activations changed: the base means against `tuned`, in table order, and over resamples of prompts.
pub(crate) fn shrinkage(
    table: &NeuronTable,
    tuned: &[f64],
    resamples: &[Moments],
) -> ShrinkageMeasures {
    let found = Shrinkage::of(table, tuned);
    let within = |measure: fn(&Moments) -> Option<f64>| {
        let value = measure(&found.moments);
        let interval = value.and_then(|value| Interval::of(value, resamples.iter().map(measure)));
        MeasureWithInterval {
            value,
            percentile: interval.map(|interval| interval.percentile),
        }
    };
    ShrinkageMeasures {
        deviation_ratio: within(Moments::deviation_ratio),
        slope: within(Moments::slope),
        correlation: found.moments.correlation(),
        magnitude_fall: found.magnitude_fall,
        fall: found.fall.as_ref().map(fall),
        reversed: found.reversed.as_ref().map(fall),
    }
}

fn fall(found: &RelativeFall) -> FallRecord {
    let quadrant = |group: Group| QuadrantFall {
        quadrant: group.quadrant().to_owned(),
        neurons: found.neurons[group],
        mean: found.quadrants[group],
    };
    FallRecord {
        cut: found.cut,
        median: found.median,
        mean: found.mean,
        quadrants: Group::ALL.map(quadrant).into(),
    }
}
