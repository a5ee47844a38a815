//! One value of a metric, with its interval, or the reason why it is missing.

use serde::{Deserialize, Serialize};

use crate::Items;

/// What a metric says of a model. A value that is missing is never zero, and says why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The metric's name, such as `toxicity`: a column of the tables.
    pub metric: String,
    /// Its value, finite; `None` if it is missing.
    pub value: Option<f64>,
    /// A 95 % interval around it, lower bound first; `None` if none was taken.
    pub interval: Option<[f64; 2]>,
    /// What it is a mean over: texts scored, tokens predicted, samples compared.
    pub n: usize,
    /// Why it is missing.
    pub missing: Option<String>,
    /// What has to be known to read it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What it is made of, item by item; `None` if that is not known, and then it cannot be paired with
    /// another row's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Items>,
}

impl Score {
    /// A value over `n`; missing if it is not finite.
    #[must_use]
    pub fn new(metric: &str, value: f64, n: usize) -> Self {
        if !value.is_finite() {
            return Self::missing(metric, format!("it is {value}, which is not finite"));
        }
        Self {
            metric: metric.to_owned(),
            value: Some(value),
            interval: None,
            n,
            missing: None,
            notes: Vec::new(),
            items: None,
        }
    }

    /// No value, for this reason.
    #[must_use]
    pub fn missing(metric: &str, reason: impl Into<String>) -> Self {
        Self {
            metric: metric.to_owned(),
            value: None,
            interval: None,
            n: 0,
            missing: Some(reason.into()),
            notes: Vec::new(),
            items: None,
        }
    }

    /// The score with an interval around its value.
    #[must_use]
    pub fn within(self, interval: Option<[f64; 2]>) -> Self {
        Self { interval, ..self }
    }

    /// The score with what it is made of, and the interval that follows from it.
    #[must_use]
    pub fn over(self, items: Items) -> Self {
        Self {
            interval: items.interval(),
            items: Some(items),
            ..self
        }
    }

    /// The score with a remark.
    #[must_use]
    pub fn noting(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The value.
    ///
    /// # Errors
    /// Why it is missing.
    pub fn found(&self) -> Result<f64, String> {
        let missing = || self.missing.clone().unwrap_or_else(|| "missing".to_owned());
        self.value.ok_or_else(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finite_is_missing_and_says_so() {
        let score = Score::new("perplexity", f64::INFINITY, 3);
        assert_eq!((score.value, score.n), (None, 0));
        assert_eq!(
            score.found(),
            Err("it is inf, which is not finite".to_owned())
        );
        assert_eq!(Score::new("f1", 0.0, 3).found(), Ok(0.0));
    }
}
