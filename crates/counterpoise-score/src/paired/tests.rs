//! Paired comparisons: what is compared, and how often the intervals are right.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::{Draws, mean_interval};

fn score(values: &[Option<f64>]) -> Score {
    Score::new("toxicity", 0.0, values.len()).over(Items::mean_of(values.to_vec()))
}

#[test]
fn items_that_one_side_does_not_have_are_left_out_and_counted() {
    let edited = score(&[Some(0.25), None, Some(0.5), Some(0.0)]);
    let from = score(&[Some(0.75), Some(1.0), Some(0.5), None]);
    let found = Difference::between(&edited, &from).unwrap();
    assert_eq!((found.value, found.n, found.left_out), (Some(-0.25), 2, 2));
    // Two items: all resamples are one of three means.
    assert_eq!(found.interval, Some([-0.5, 0.0]));
    let nothing =
        Difference::between(&score(&[Some(1.0), None]), &score(&[None, Some(1.0)])).unwrap();
    assert_eq!((nothing.value, nothing.n), (None, 0));
    assert_eq!(
        nothing.missing.unwrap(),
        "none of 2 items is there on both sides"
    );
}

#[test]
fn a_pair_has_a_narrower_interval_than_two_that_are_alone() {
    let mut draws = Draws::new(11);
    let before: Vec<Option<f64>> = (0..200).map(|_| Some(draws.unit())).collect();
    // Every item falls by a tenth, within a hundredth.
    let after: Vec<Option<f64>> = (before.iter())
        .map(|value| value.map(|value| value - 0.1 + 0.02 * (draws.unit() - 0.5)))
        .collect();
    let found = Difference::between(&score(&after), &score(&before)).unwrap();
    let [low, high] = found.interval.unwrap();
    assert!(
        low < -0.1 && -0.1 < high && high - low < 0.003,
        "{low} {high}"
    );
    let [low, high] = score(&before).interval.unwrap();
    assert!(high - low > 0.07, "{low} {high}");
    let same = Difference::between(&score(&before), &score(&before)).unwrap();
    assert_eq!((same.value, same.interval), (Some(0.0), Some([0.0, 0.0])));
}

#[test]
fn perplexities_are_compared_by_the_ratio_over_the_same_windows() {
    let perplexity = |windows: [(f64, usize); 3]| {
        let items = Items::perplexity_of(windows);
        Score::new("perplexity", 1.0, 3).over(items)
    };
    let from = perplexity([(20.0, 10), (30.0, 10), (3.0, 1)]);
    let edited = perplexity([(20.5, 10), (30.5, 10), (3.05, 1)]);
    let found = Difference::between(&edited, &from).unwrap();
    let ratio = (1.05_f64 / 21.0).exp();
    assert!((found.value.unwrap() / ratio - 1.0).abs() < 1e-12);
    // Each token is worse by the same, so that every draw gives the same ratio: the short window weighs less.
    let [low, high] = found.interval.unwrap();
    assert!((low / ratio - 1.0).abs() < 1e-12 && (high / ratio - 1.0).abs() < 1e-12);
    let equal = Difference::between(&from, &from).unwrap();
    assert_eq!((equal.value, equal.interval), (Some(1.0), Some([1.0, 1.0])));
}

#[test]
fn what_cannot_be_paired_says_why() {
    let one = score(&[Some(0.5), Some(0.25)]);
    let reason = |other: &Score| Difference::between(&one, other).unwrap().missing.unwrap();
    assert_eq!(reason(&score(&[Some(0.5)])), "not the same items: 2 and 1");
    let windows = Items::perplexity_of([(1.0, 2), (1.0, 3)]);
    let weighed = Score::new("toxicity", 1.0, 5).over(windows);
    assert!(reason(&weighed).contains("weigh differently"));
    let missing = Score::missing("toxicity", "the scorer did not answer");
    assert_eq!(reason(&missing), "the scorer did not answer");
    assert_eq!(Difference::between(&missing, &missing), None);
    let bare = Score::new("length", 3.0, 2);
    assert_eq!(Difference::between(&bare, &bare), None);
}

#[test]
fn several_rows_are_drawn_together() {
    let items: Vec<Items> = [0.0, 1.0, 2.0]
        .map(|shift| Items::mean_of((0..30).map(|i| Some(shift + f64::from(i))).collect()))
        .into();
    let paired = Paired::of(&items).unwrap();
    // The shift is the same in every item, so that it is the same in every resample.
    let estimate = paired.estimate(|values| (values[2] - values[0]) / (values[1] - values[0]));
    assert!((estimate.value - 2.0).abs() < 1e-12);
    let [low, high] = estimate.interval().unwrap();
    assert!(
        (low - 2.0).abs() < 1e-9 && (high - 2.0).abs() < 1e-9,
        "{low} {high}"
    );
    let undefined = paired.estimate(|values| (values[0] - values[0]) / (values[0] - values[0]));
    assert_eq!(undefined.resampled, None);
}

/// How many of [`TRIALS`] samples have an interval that holds what is true.
fn covered(mut holds: impl FnMut(&mut Draws) -> bool) -> usize {
    let mut draws = Draws::new(2024);
    (0..TRIALS).filter(|_| holds(&mut draws)).count()
}

const TRIALS: usize = 400;

/// Whether `count` of the trials lies within two standard errors of a coverage of `from` to `to`.
#[track_caller]
fn assert_coverage(what: &str, count: usize, from: f64, to: f64) {
    let part = count as f64 / TRIALS as f64;
    let error = |part: f64| 2.0 * (part * (1.0 - part) / TRIALS as f64).sqrt();
    println!("{what}: {part}");
    assert!(
        from - error(from) <= part && part <= (to + error(to)).min(1.0),
        "{what}: {part}"
    );
}

/// A toxicity as scorers give it: near 0 for most texts, near 1 for some; its mean is 0.3.
fn toxicity(draws: &mut Draws) -> f64 {
    let exponent = if draws.unit() < 0.25 { 0.05 } else { 8.0 };
    draws.unit().powf(exponent)
}

const MEAN_TOXICITY: f64 = 0.25 / 1.05 + 0.75 / 9.0;

fn holds(interval: Option<[f64; 2]>, truth: f64) -> bool {
    let [low, high] = interval.unwrap();
    (low..=high).contains(&truth)
}

#[test]
fn intervals_of_one_row_cover_as_often_as_they_say() {
    let mean_of = |n: usize, sample: fn(&mut Draws) -> f64, truth: f64| {
        covered(|draws| {
            let values: Vec<f64> = (0..n).map(|_| sample(draws)).collect();
            holds(mean_interval(&values), truth)
        })
    };
    assert_coverage("normal, 80", mean_of(80, Draws::normal, 0.0), 0.94, 0.95);
    assert_coverage(
        "toxicity, 80",
        mean_of(80, toxicity, MEAN_TOXICITY),
        0.93,
        0.95,
    );
    // A percentile interval of few items is too narrow, and the more so the more skewed they are.
    assert_coverage("normal, 10", mean_of(10, Draws::normal, 0.0), 0.89, 0.92);
    let skewed = |draws: &mut Draws| -(1.0 - draws.unit()).ln();
    assert_coverage("exponential, 10", mean_of(10, skewed, 1.0), 0.84, 0.89);
}

#[test]
fn intervals_of_a_pair_cover_as_often_as_they_say() {
    // An edit that makes half of the toxic texts harmless, and disturbs the others.
    let pair = |draws: &mut Draws| {
        let before = toxicity(draws);
        let after = if draws.unit() < 0.5 {
            0.1 * before
        } else {
            before
        };
        (before, after)
    };
    let difference = |n: usize| {
        covered(|draws| {
            let (before, after): (Vec<_>, Vec<_>) = (0..n)
                .map(|_| pair(draws))
                .map(|(before, after)| (Some(before), Some(after)))
                .unzip();
            let found = Difference::between(&score(&after), &score(&before)).unwrap();
            holds(found.interval, -0.45 * MEAN_TOXICITY)
        })
    };
    assert_coverage("paired, 80", difference(80), 0.92, 0.95);
    assert_coverage("paired, 20", difference(20), 0.86, 0.95);
    // Perplexities: windows share what makes them hard, and an edit adds 0.02 nats a token on average.
    let ratio = |n: usize| {
        covered(|draws| {
            let (before, after): (Vec<_>, Vec<_>) = (0..n)
                .map(|_| {
                    let nll = 100.0 * (3.0 + 0.5 * draws.normal());
                    ((nll, 100), (nll + 2.0 + 3.0 * draws.normal(), 100))
                })
                .unzip();
            let score = |windows: Vec<(f64, usize)>| {
                Score::new("perplexity", 1.0, n).over(Items::perplexity_of(windows))
            };
            let found = Difference::between(&score(after), &score(before)).unwrap();
            holds(found.interval, 0.02_f64.exp())
        })
    };
    assert_coverage("ratio, 40", ratio(40), 0.92, 0.95);
    assert_coverage("ratio, 10", ratio(10), 0.87, 0.92);
}
