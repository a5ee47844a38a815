//! Texts of several rows on the same prompts.

use serde::Serialize;

use crate::PageError;
use crate::pack::packed;

/// Most bytes that all texts together may take in the page, compressed and in base64.
const ROOM: usize = 1_200_000;

/// Prompts, and what each row wrote on them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Generations {
    /// The prompts.
    pub prompts: Vec<String>,
    /// The rows, the most important first: those that there is no room for are left out from the end.
    pub rows: Vec<TextRow>,
    /// Rows that are not shown and why, in sentences.
    pub left_out: Vec<String>,
}

/// What one row wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct TextRow {
    /// Its name, unique among the rows.
    pub name: String,
    /// What it is called.
    pub label: String,
    /// A text for each prompt; `None` where there is none.
    pub texts: Vec<Option<String>>,
    /// By metric, a value for each prompt; `None` where it is missing.
    pub scores: Vec<(String, Vec<Option<f64>>)>,
}

#[derive(Serialize)]
pub(crate) struct PackedGenerations {
    count: usize,
    prompts: String,
    rows: Vec<PackedRow>,
    left_out: Vec<String>,
}

#[derive(Serialize)]
struct PackedRow {
    name: String,
    label: String,
    metrics: Vec<String>,
    data: String,
}

#[derive(Serialize)]
struct RowData<'a> {
    texts: &'a [Option<String>],
    scores: Vec<Vec<Option<f64>>>,
}

impl Generations {
    /// Prompts and rows, each compressed by itself; rows that there is no room for are named among those left out.
    pub(crate) fn packed(&self) -> Result<PackedGenerations, PageError> {
        let prompts = packed(json(&self.prompts)?.as_bytes())?;
        let mut room = ROOM.saturating_sub(prompts.len());
        let mut found = PackedGenerations {
            count: self.prompts.len(),
            prompts,
            rows: Vec::new(),
            left_out: self.left_out.clone(),
        };
        for row in &self.rows {
            let data = row.packed(self.prompts.len())?;
            if data.len() > room {
                let why = "for want of room; its texts are in the run's folder";
                found
                    .left_out
                    .push(format!("{} ({}): left out {why}.", row.label, row.name));
                continue;
            }
            room -= data.len();
            found.rows.push(PackedRow {
                name: row.name.clone(),
                label: row.label.clone(),
                metrics: row
                    .scores
                    .iter()
                    .map(|(metric, _)| metric.clone())
                    .collect(),
                data,
            });
        }
        Ok(found)
    }
}

impl TextRow {
    fn packed(&self, prompts: usize) -> Result<String, PageError> {
        let lengths = self.scores.iter().map(|(_, values)| values.len());
        let mut lengths = lengths.chain([self.texts.len()]);
        if let Some(found) = lengths.find(|length| *length != prompts) {
            return Err(PageError::Texts {
                row: self.name.clone(),
                expected: prompts,
                found,
            });
        }
        let rounded = |values: &Vec<Option<f64>>| {
            let values = values.iter().map(|value| value.map(four_digits));
            values.collect()
        };
        let data = RowData {
            texts: &self.texts,
            scores: self
                .scores
                .iter()
                .map(|(_, values)| rounded(values))
                .collect(),
        };
        packed(json(&data)?.as_bytes())
    }
}

fn json(value: &impl Serialize) -> Result<String, PageError> {
    serde_json::to_string(value).map_err(|error| PageError::Data(error.to_string()))
}

/// `value` to four significant digits, which is what is shown.
fn four_digits(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn row(name: &str, texts: Vec<Option<String>>) -> TextRow {
        let scores = vec![("toxicity".to_owned(), vec![Some(0.123_456); texts.len()])];
        TextRow {
            name: name.to_owned(),
            label: name.to_uppercase(),
            texts,
            scores,
        }
    }

    #[test]
    fn a_row_that_there_is_no_room_for_is_named() {
        // Digits of a product with no pattern that compression finds.
        let noise: String = (0..900_000u64)
            .map(|i| char::from(b'!' + (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 57) as u8 % 90))
            .collect();
        let generations = Generations {
            prompts: vec!["p".to_owned()],
            rows: vec![
                row("small", vec![Some("t".to_owned())]),
                row("large", vec![Some(noise.repeat(3))]),
                row("last", vec![None]),
            ],
            left_out: Vec::new(),
        };
        let packed = generations.packed().unwrap();
        let names: Vec<&str> = packed.rows.iter().map(|row| row.name.as_str()).collect();
        let large = generations.rows[1].packed(1).unwrap().len();
        assert_eq!(names.len() + packed.left_out.len(), 3);
        assert_eq!(names.contains(&"large"), large <= ROOM);
        assert!(names.contains(&"small") && names.contains(&"last"));
    }

    #[test]
    fn texts_of_other_prompts_are_refused() {
        let generations = Generations {
            prompts: vec!["p".to_owned(), "q".to_owned()],
            rows: vec![row("short", vec![None])],
            left_out: Vec::new(),
        };
        let error = generations.packed().err().unwrap().to_string();
        assert!(error.contains("`short`: expected 2"), "{error}");
    }

    #[test]
    fn scores_keep_what_is_shown() {
        assert_eq!(four_digits(0.123_456), 0.1235);
        assert_eq!(four_digits(0.0), 0.0);
    }
}
