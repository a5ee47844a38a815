//! What a score is made of, item by item: continuations, windows of a text, samples.

use serde::{Deserialize, Serialize};

use crate::bootstrap::bootstrap;

/// How the items of a score make its value, and how two scores are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// A mean; two are compared by their difference.
    Mean,
    /// The exponential of a mean, as a perplexity is; two are compared by their ratio.
    ExpMean,
}

/// The items of a score, in an order that is the same for every row of a study: item `i` of two rows is
/// the same prompt, window or sample. The score's value is `Σ total / Σ count` over those that are there,
/// on its [`Scale`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Items {
    /// How the value is made of them.
    pub scale: Scale,
    /// What each adds to the sum; `None` where it could not be scored.
    pub totals: Vec<Option<f64>>,
    /// How many each is a sum over, such as the tokens predicted in a window; empty if 1 each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<usize>,
}

impl Items {
    /// Values that a score is the mean of.
    #[must_use]
    pub fn mean_of(values: Vec<Option<f64>>) -> Self {
        Self {
            scale: Scale::Mean,
            totals: values,
            counts: Vec::new(),
        }
    }

    /// Negative log-likelihoods, each summed over a number of tokens, that a perplexity is made of.
    #[must_use]
    pub fn perplexity_of(windows: impl IntoIterator<Item = (f64, usize)>) -> Self {
        let (totals, counts) = windows
            .into_iter()
            .map(|(nll, predicted)| (Some(nll), predicted))
            .unzip();
        Self {
            scale: Scale::ExpMean,
            totals,
            counts,
        }
    }

    /// The items of several rows, averaged item by item; one that a row does not have is missing. `None` if they
    /// are not the same items, or of no row.
    #[must_use]
    pub fn average(rows: &[&Self]) -> Option<Self> {
        let (first, others) = rows.split_first()?;
        let same = |other: &&Self| {
            (other.scale, other.totals.len(), &other.counts)
                == (first.scale, first.totals.len(), &first.counts)
        };
        let average = |item: usize| {
            let totals: Option<Vec<f64>> = rows.iter().map(|row| row.totals[item]).collect();
            Some(totals?.iter().sum::<f64>() / rows.len() as f64)
        };
        others.iter().all(same).then(|| Self {
            totals: (0..first.totals.len()).map(average).collect(),
            ..(*first).clone()
        })
    }

    /// The value that the items make; `None` if none is there, or it is not finite.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        let value = self.scale.value(self.mean(0..self.totals.len()));
        value.is_finite().then_some(value)
    }

    /// The 95 % bootstrap interval of the value, over the items that are there; `None` for fewer than two.
    #[must_use]
    pub fn interval(&self) -> Option<[f64; 2]> {
        let there: Vec<usize> = (0..self.totals.len())
            .filter(|&item| self.totals[item].is_some())
            .collect();
        bootstrap(there.len(), |drawn| {
            let drawn = drawn.iter().map(|&index| there[index]);
            self.scale.value(self.mean(drawn))
        })
    }

    /// `Σ total / Σ count` over `items`, which may repeat; one that is missing adds nothing.
    pub(crate) fn mean(&self, items: impl Iterator<Item = usize>) -> f64 {
        let (mut sum, mut count) = (0.0, 0);
        for item in items {
            if let Some(total) = self.totals[item] {
                sum += total;
                count += self.counts.get(item).copied().unwrap_or(1);
            }
        }
        sum / count as f64
    }
}

impl Scale {
    /// The value that a mean is on this scale.
    #[must_use]
    pub fn value(self, mean: f64) -> f64 {
        match self {
            Self::Mean => mean,
            Self::ExpMean => mean.exp(),
        }
    }

    /// How a value compares with another: their difference, or their ratio.
    #[must_use]
    pub fn compared(self, value: f64, with: f64) -> f64 {
        match self {
            Self::Mean => value - with,
            Self::ExpMean => value / with,
        }
    }

    /// What [`Scale::compared`] is of two values that are equal.
    #[must_use]
    pub fn unchanged(self) -> f64 {
        match self {
            Self::Mean => 0.0,
            Self::ExpMean => 1.0,
        }
    }
}
