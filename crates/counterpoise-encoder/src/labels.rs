//! What the outputs of a classifier are called, which of them is the toxicity, and how logits become scores.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::EncoderError;

/// What the output for the toxicity is called, in lower case, where nobody says which it is.
const TOXICITY: [&str; 3] = ["toxic", "toxicity", "hate"];

/// The labels of the outputs, in their order, and the file that names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// The labels.
    pub names: Vec<String>,
    /// The file.
    pub path: PathBuf,
}

impl Labels {
    /// Those of `config.json`; without `id2label` there are two, named as `transformers` names them.
    ///
    /// # Errors
    /// Outputs that are not numbered from 0; two tables that contradict each other.
    pub(crate) fn of_config(
        path: &Path,
        by_id: Option<BTreeMap<String, Value>>,
        by_label: Option<BTreeMap<String, Value>>,
    ) -> Result<Self, EncoderError> {
        let wrong = |found: String| EncoderError::Labels {
            path: path.to_owned(),
            found,
        };
        let Some(by_id) = by_id else {
            let names = ["LABEL_0", "LABEL_1"].map(str::to_owned).to_vec();
            let path = path.to_owned();
            return Ok(Self { names, path });
        };
        let mut names = Vec::with_capacity(by_id.len());
        for id in 0..by_id.len() {
            let name = by_id.get(&id.to_string());
            let missing = || {
                wrong(format!(
                    "`id2label` has {} labels and none for output {id}",
                    by_id.len()
                ))
            };
            names.push(text(name.ok_or_else(missing)?));
        }
        if names.is_empty() {
            return Err(wrong("`id2label` names no output".to_owned()));
        }
        for (label, id) in by_label.into_iter().flatten() {
            let id = text(&id); // some files have it as a text
            let other = id.parse().ok().and_then(|id: usize| names.get(id));
            if other != Some(&label) {
                let other = other.map_or("nothing", String::as_str);
                return Err(wrong(format!(
                    "`label2id` calls output {id} `{label}`, and `id2label` calls it `{other}`"
                )));
            }
        }
        let path = path.to_owned();
        Ok(Self { names, path })
    }

    /// The number of the output that is the toxicity: the one labelled `wanted`, or the only one that is named toxic,
    /// toxicity or hate.
    ///
    /// # Errors
    /// No such label, or more than one.
    pub fn toxicity(&self, wanted: Option<&str>) -> Result<usize, EncoderError> {
        if let Some(wanted) = wanted {
            let place = self.names.iter().position(|name| name == wanted);
            return place.ok_or_else(|| EncoderError::NoSuchLabel {
                path: self.path.clone(),
                label: wanted.to_owned(),
                labels: self.names.clone(),
            });
        }
        let is_toxicity = |name: &str| TOXICITY.contains(&name.to_lowercase().as_str());
        let mut found = (0..).zip(&self.names).filter(|(_, name)| is_toxicity(name));
        match (found.next(), found.next()) {
            (Some((output, _)), None) => Ok(output),
            _ => Err(EncoderError::NoToxicity {
                path: self.path.clone(),
                labels: self.names.clone(),
            }),
        }
    }
}

/// A label or a number as it is written, whether in quotes or not.
fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// How logits become scores, by the names of `problem_type` in `config.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProblemType {
    /// Any number of labels is true of a text: a sigmoid of each logit.
    #[serde(rename = "multi_label_classification")]
    MultiLabel,
    /// One label is true of a text: a softmax over all logits.
    #[serde(rename = "single_label_classification")]
    SingleLabel,
}

impl ProblemType {
    /// The one of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let known = [Self::MultiLabel, Self::SingleLabel];
        known.into_iter().find(|known| known.name() == name)
    }

    /// Both names, for an error.
    pub(crate) fn names() -> String {
        format!(
            "{} or {}",
            Self::MultiLabel.name(),
            Self::SingleLabel.name()
        )
    }

    fn name(self) -> &'static str {
        match self {
            Self::MultiLabel => "multi_label_classification",
            Self::SingleLabel => "single_label_classification",
        }
    }

    /// The one that goes without saying for this number of labels: a sigmoid of one, a softmax of two.
    pub(crate) fn of(labels: usize) -> Option<Self> {
        match labels {
            1 => Some(Self::MultiLabel),
            2 => Some(Self::SingleLabel),
            _ => None,
        }
    }

    /// The function, for a person.
    pub(crate) fn function(self) -> &'static str {
        match self {
            Self::MultiLabel => "sigmoid",
            Self::SingleLabel => "softmax",
        }
    }

    /// The score of `output`, between 0 and 1; `None` if a logit that it depends on is not finite.
    pub(crate) fn score(self, logits: &[f32], output: usize) -> Option<f64> {
        let logits = match self {
            Self::MultiLabel => &logits[output..=output],
            Self::SingleLabel => logits,
        };
        if !logits.iter().all(|logit| logit.is_finite()) {
            return None;
        }
        Some(match self {
            Self::MultiLabel => 1.0 / (1.0 + (-f64::from(logits[0])).exp()),
            Self::SingleLabel => {
                let chosen = f64::from(logits[output]);
                let relative = |&logit: &f32| (f64::from(logit) - chosen).exp();
                1.0 / logits.iter().map(relative).sum::<f64>()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn labels(names: &[&str]) -> Labels {
        Labels {
            names: names.iter().map(|&name| name.to_owned()).collect(),
            path: "config.json".into(),
        }
    }

    fn of_config(
        by_id: &[(&str, &str)],
        by_label: &[(&str, usize)],
    ) -> Result<Labels, EncoderError> {
        let by_id = by_id
            .iter()
            .map(|&(id, label)| (id.to_owned(), label.into()));
        let by_label = by_label
            .iter()
            .map(|&(label, id)| (label.to_owned(), id.into()));
        Labels::of_config(
            "config.json".as_ref(),
            Some(by_id.collect()),
            Some(by_label.collect()),
        )
    }

    #[test]
    fn the_toxicity_is_the_one_label_that_says_so() {
        let first = |names: &[&str]| labels(names).toxicity(None);
        assert_eq!(first(&["neutral", "toxic"]).unwrap(), 1);
        assert_eq!(first(&["nothate", "hate"]).unwrap(), 1);
        assert_eq!(first(&["Toxicity", "severe_toxicity"]).unwrap(), 0);
        for unclear in [
            &["LABEL_0", "LABEL_1"][..],
            &["toxic", "hate"],
            &["non-toxic", "severe_toxic"],
        ] {
            let error = first(unclear).unwrap_err().to_string();
            assert!(
                error.contains(unclear[1]) && error.contains("label = "),
                "{error}"
            );
        }
        assert_eq!(labels(&["a", "b"]).toxicity(Some("b")).unwrap(), 1);
        let error = labels(&["a", "b"])
            .toxicity(Some("B"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("`B`; the labels are a, b"), "{error}");
    }

    #[test]
    fn labels_are_in_the_order_of_their_numbers_and_told_once() {
        let many: Vec<(String, String)> = (0..12)
            .map(|id| (id.to_string(), format!("l{id}")))
            .collect();
        let many: Vec<(&str, &str)> = many
            .iter()
            .map(|(id, label)| (id.as_str(), label.as_str()))
            .collect();
        let found = of_config(&many, &[("l2", 2), ("l11", 11)]).unwrap();
        assert_eq!(
            (found.names[2].as_str(), found.names[10].as_str()),
            ("l2", "l10")
        );
        let error = of_config(&[("0", "a"), ("2", "b")], &[])
            .unwrap_err()
            .to_string();
        assert!(error.contains("none for output 1"), "{error}");
        let error = of_config(&[("0", "a"), ("1", "b")], &[("b", 0)])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("output 0 `b`") && error.contains("`a`"),
            "{error}"
        );
        assert!(of_config(&[], &[]).is_err());
    }

    #[test]
    fn scores_are_sigmoids_or_shares_and_never_made_of_what_is_no_number() {
        let score = ProblemType::MultiLabel.score(&[0.0, 800.0, -800.0], 1);
        assert_eq!(score, Some(1.0));
        assert_eq!(
            ProblemType::MultiLabel.score(&[f32::NAN, 0.0], 1),
            Some(0.5)
        );
        assert_eq!(ProblemType::MultiLabel.score(&[f32::NAN, 0.0], 0), None);
        let shares: f64 = (0..3)
            .filter_map(|output| ProblemType::SingleLabel.score(&[1.0, -2.0, 300.0], output))
            .sum();
        assert!((shares - 1.0).abs() < 1e-12);
        assert_eq!(ProblemType::SingleLabel.score(&[0.0, 0.0], 1), Some(0.5));
        assert_eq!(
            ProblemType::SingleLabel.score(&[f32::INFINITY, 0.0], 1),
            None
        );
    }
}
