//! Scores of many rows, each compared with each: every row is resampled once.

use crate::bootstrap::{RESAMPLES, Resampled, resamples};
use crate::{Difference, Score};

/// Scores of one metric that are compared pair by pair.
///
/// A resample draws the same items for every row, so what a row's value is on it does not depend on what it is compared with.
/// Rows with missing items have fewer in common with some than with others; they are resampled for each pair.
#[derive(Debug)]
pub struct Differences<'a> {
    scores: Vec<&'a Score>,
    /// The value of each row on every resample of all items; `None` where items are missing.
    resampled: Vec<Option<Vec<f64>>>,
}

impl<'a> Differences<'a> {
    /// Resamples every score.
    #[must_use]
    pub fn of(scores: impl IntoIterator<Item = &'a Score>) -> Self {
        let scores: Vec<&Score> = scores.into_iter().collect();
        let mut resampled: Vec<Option<Vec<f64>>> = vec![None; scores.len()];
        let mut sizes: Vec<usize> = scores.iter().filter_map(|score| whole(score)).collect();
        sizes.sort_unstable();
        sizes.dedup();
        for n in sizes {
            let mut values: Vec<(usize, Vec<f64>)> = (0..scores.len())
                .filter(|&place| whole(scores[place]) == Some(n))
                .map(|place| (place, Vec::with_capacity(RESAMPLES)))
                .collect();
            resamples(RESAMPLES, n, |drawn| {
                for (place, values) in &mut values {
                    if let Some(items) = &scores[*place].items {
                        let mean = items.mean(drawn.iter().copied());
                        values.push(items.scale.value(mean));
                    }
                }
            });
            for (place, values) in values {
                resampled[place] = Some(values);
            }
        }
        Self { scores, resampled }
    }

    /// How the score at place `one` compares with that at `other`: what [`Difference::between`] says.
    ///
    /// # Panics
    /// If there is no such score.
    #[must_use]
    pub fn between(&self, one: usize, other: usize) -> Option<Difference> {
        let (score, from) = (self.scores[one], self.scores[other]);
        let values = [one, other].map(|place| self.resampled[place].as_deref());
        Difference::resampled(score, from, |scale| match values {
            [Some(values), Some(others)] => {
                let pairs = values.iter().zip(others);
                Resampled::from_values(pairs.map(|(a, b)| scale.compared(*a, *b)).collect())
            }
            _ => None,
        })
    }
}

/// How many items a score has, if none is missing and there are enough to resample.
fn whole(score: &Score) -> Option<usize> {
    let totals = &score.items.as_ref()?.totals;
    (totals.len() > 1 && totals.iter().all(Option::is_some)).then_some(totals.len())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Draws, Items};

    #[test]
    fn every_pair_is_what_it_is_alone() {
        let mut draws = Draws::new(5);
        let mut values = |n: usize| (0..n).map(|_| Some(draws.unit())).collect::<Vec<_>>();
        let mean = |values| Score::new("toxicity", 0.5, 40).over(Items::mean_of(values));
        let mut lacking = values(40);
        lacking[7] = None;
        let mut scores = vec![
            mean(values(40)),
            mean(values(40)),
            mean(lacking),
            mean(values(9)),
        ];
        for by in [1.0, 1.5] {
            let windows = (0..30).map(|i| (by * f64::from(i % 7) + 2.0, 10 + i as usize % 3));
            let items = Items::perplexity_of(windows);
            scores.push(Score::new("perplexity", 1.0, 30).over(items));
        }
        scores.push(Score::missing("toxicity", "nobody scored it"));
        scores.push(mean(vec![Some(0.5)]));
        let differences = Differences::of(&scores);
        let mut with_interval = 0;
        for (one, score) in scores.iter().enumerate() {
            for (other, from) in scores.iter().enumerate() {
                let found = differences.between(one, other);
                assert_eq!(found, Difference::between(score, from), "{one} {other}");
                with_interval += usize::from(found.is_some_and(|found| found.interval.is_some()));
            }
        }
        assert!(with_interval > 10);
        let known = differences
            .resampled
            .iter()
            .filter(|values| values.is_some());
        assert_eq!(known.count(), 5);
    }
}
