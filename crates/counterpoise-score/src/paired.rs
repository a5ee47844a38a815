//! Scores of several rows over the same items, compared under the same draws.

use serde::{Deserialize, Serialize};

use crate::bootstrap::{CONFIDENCE, Resampled};
use crate::{Items, Scale, Score};

/// Items that several rows have in common: those that are there in each of them.
#[derive(Debug)]
pub struct Paired<'a> {
    rows: Vec<&'a Items>,
    common: Vec<usize>,
    left_out: usize,
}

/// A value, and what it was on other samples of the items.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// The value, over the items that all rows have.
    pub value: f64,
    /// What it was on other samples; `None` for fewer than two items, or where it was not finite.
    pub resampled: Option<Resampled>,
}

/// How one score compares with another over the items that both have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The metric.
    pub metric: String,
    /// Whether it is a difference of means or a ratio of perplexities.
    pub scale: Scale,
    /// The difference or ratio; `None` if it is missing.
    pub value: Option<f64>,
    /// Its 95 % interval, lower bound first.
    pub interval: Option<[f64; 2]>,
    /// The items it is over.
    pub n: usize,
    /// Items that one side or the other does not have.
    pub left_out: usize,
    /// Why it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
}

impl<'a> Paired<'a> {
    /// Pairs the items of rows.
    ///
    /// # Errors
    /// Why they cannot be paired: other numbers of items, or other weights; nothing in common.
    pub fn of(rows: impl IntoIterator<Item = &'a Items>) -> Result<Self, String> {
        let rows: Vec<&Items> = rows.into_iter().collect();
        let Some((first, others)) = rows.split_first() else {
            return Err("nothing to compare".to_owned());
        };
        for other in others {
            let (expected, found) = (first.totals.len(), other.totals.len());
            if expected != found {
                return Err(format!("not the same items: {expected} and {found}"));
            }
            if first.counts != other.counts || first.scale != other.scale {
                return Err("not the same items: they weigh differently".to_owned());
            }
        }
        let all = first.totals.len();
        let there = |item: &usize| rows.iter().all(|row| row.totals[*item].is_some());
        let common: Vec<usize> = (0..all).filter(there).collect();
        if common.is_empty() {
            return Err(format!("none of {all} items is there on both sides"));
        }
        Ok(Self {
            left_out: all - common.len(),
            rows,
            common,
        })
    }

    /// How many items all rows have.
    #[must_use]
    pub fn n(&self) -> usize {
        self.common.len()
    }

    /// How many items some row does not have.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// A statistic of the rows' values, in their order; resamples draw the same items for every row.
    pub fn estimate(&self, statistic: impl Fn(&[f64]) -> f64) -> Estimate {
        let over = |drawn: &[usize]| {
            let drawn: Vec<usize> = drawn.iter().map(|&index| self.common[index]).collect();
            statistic(&self.values(&drawn))
        };
        Estimate {
            value: statistic(&self.values(&self.common)),
            resampled: Resampled::of(self.common.len(), over),
        }
    }

    /// Each row's value over `items`, which may repeat.
    fn values(&self, items: &[usize]) -> Vec<f64> {
        let value = |row: &&Items| row.scale.value(row.mean(items.iter().copied()));
        self.rows.iter().map(value).collect()
    }
}

impl Estimate {
    /// The 95 % interval.
    #[must_use]
    pub fn interval(&self) -> Option<[f64; 2]> {
        Some(self.resampled.as_ref()?.interval(CONFIDENCE))
    }
}

impl Difference {
    /// How `score` compares with `from`, a score of the same metric: their difference, or for perplexities
    /// their ratio, over the items that both have. `None` for a score without items, of which nothing can be
    /// paired.
    #[must_use]
    pub fn between(score: &Score, from: &Score) -> Option<Self> {
        Self::resampled(score, from, |_| None)
    }

    /// [`Self::between`], of which `known` may know the resamples if both have every item.
    pub(crate) fn resampled(
        score: &Score,
        from: &Score,
        known: impl FnOnce(Scale) -> Option<Resampled>,
    ) -> Option<Self> {
        let scale = score.items.as_ref().or(from.items.as_ref())?.scale;
        let blank = Self {
            metric: score.metric.clone(),
            scale,
            value: None,
            interval: None,
            n: 0,
            left_out: 0,
            missing: None,
        };
        let missing = |reason: String| Self {
            missing: Some(reason),
            ..blank.clone()
        };
        let (Some(items), Some(others)) = (&score.items, &from.items) else {
            let why = score.missing.as_ref().or(from.missing.as_ref()).cloned();
            let why = why.unwrap_or_else(|| "one side has no values item by item".to_owned());
            return Some(missing(why));
        };
        let paired = match Paired::of([items, others]) {
            Ok(paired) => paired,
            Err(reason) => return Some(missing(reason)),
        };
        let compared = |values: &[f64]| scale.compared(values[0], values[1]);
        let estimate = match known(scale) {
            Some(resampled) => Estimate {
                value: compared(&paired.values(&paired.common)),
                resampled: Some(resampled),
            },
            None => paired.estimate(compared),
        };
        if !estimate.value.is_finite() {
            let found = estimate.value;
            return Some(missing(format!("it is {found}, which is not finite")));
        }
        Some(Self {
            value: Some(estimate.value),
            interval: estimate.interval(),
            n: paired.n(),
            left_out: paired.left_out(),
            ..blank
        })
    }
}

#[cfg(test)]
mod tests;
