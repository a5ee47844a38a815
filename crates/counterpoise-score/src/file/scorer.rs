//! A scorer that looks texts up.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

use counterpoise_data::shortened;

use super::kind::{By, ScoreFile};
use super::rows::{Row, bad, read};
use crate::{ScoreError, TextScore, ToxicityScorer};

/// Scores that were made elsewhere, by text or by id.
#[derive(Debug)]
pub struct FileScorer {
    kind: ScoreFile,
    by: By,
    /// The rows, by text or by id.
    rows: HashMap<String, Row>,
}

impl FileScorer {
    /// Reads the file.
    ///
    /// # Errors
    /// [`ScoreError::File`] for a file that cannot be read or is broken, without the columns, with a score
    /// that is no number from 0 to 1, or with one text twice and another score each time; with the line.
    pub fn read(kind: &ScoreFile) -> Result<Self, ScoreError> {
        let found = read(kind)?;
        let by = match kind.by {
            Some(by) => by,
            None if found.has_texts => By::Text,
            None => By::Id,
        };
        let (wanted, there) = match by {
            By::Text => (&kind.text_column, found.has_texts),
            By::Id => (&kind.id_column, found.has_ids),
        };
        if !there {
            let found = format!("no column `{wanted}`");
            let remedy = "give the column, or look texts up by the other one";
            return Err(bad(kind, 1, found, remedy).into());
        }
        let mut rows = HashMap::with_capacity(found.rows.len());
        for row in found.rows {
            let name = match by {
                By::Text => row.text.clone(),
                By::Id => row.id.clone(),
            };
            // A continuation that has no text has no score to give.
            let Some(name) = name else { continue };
            match rows.entry(name) {
                Entry::Vacant(place) => {
                    place.insert(row);
                }
                Entry::Occupied(known) => same(kind, known.get(), &row)?,
            }
        }
        Ok(Self {
            kind: kind.clone(),
            by,
            rows,
        })
    }

    fn score_of(&self, name: &str) -> TextScore {
        match self.rows.get(name).map(|row| row.score) {
            Some(Some(score)) => Ok(score),
            Some(None) => Err("the file has no score for it".to_owned()),
            None => Err("the file does not have it".to_owned()),
        }
    }

    fn refused(&self, reason: String) -> ScoreError {
        ScoreError::Scorer {
            scorer: self.name().to_owned(),
            reason: format!("{}: {reason}", self.kind.file.display()),
        }
    }
}

/// Refuses a text that stands twice, unless it has the same score each time.
fn same(kind: &ScoreFile, first: &Row, again: &Row) -> Result<(), ScoreError> {
    if first.score == again.score && first.text == again.text {
        return Ok(());
    }
    let shown = |row: &Row| {
        row.score
            .map_or("none".to_owned(), |score| score.to_string())
    };
    let found = format!(
        "the score {} for what has {} on line {}",
        shown(again),
        shown(first),
        first.place
    );
    let remedy = "give each text one score, or look texts up by ids";
    Err(bad(kind, again.place, found, remedy).into())
}

impl ToxicityScorer for FileScorer {
    fn name(&self) -> &str {
        "file"
    }

    fn score(&self, texts: &[String]) -> Result<Vec<TextScore>, ScoreError> {
        match self.by {
            By::Text => Ok(texts.iter().map(|text| self.score_of(text)).collect()),
            By::Id => Err(self.refused(
                "it has scores by id, and these texts have none: only continuations of a run do"
                    .to_owned(),
            )),
        }
    }

    fn score_by_id(&self, ids: &[String], texts: &[String]) -> Result<Vec<TextScore>, ScoreError> {
        if self.by == By::Text {
            return self.score(texts);
        }
        for (id, text) in ids.iter().zip(texts) {
            let there = self.rows.get(id).and_then(|row| row.text.as_ref());
            if let Some(there) = there.filter(|there| *there != text) {
                return Err(self.refused(format!(
                    "`{id}` is `{}` there and `{}` here: the scores are of another run; export the texts \
                     of this one and score them",
                    shortened(there),
                    shortened(text)
                )));
            }
        }
        Ok(ids.iter().map(|id| self.score_of(id)).collect())
    }
}

/// How many texts have a score.
impl fmt::Display for FileScorer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let empty = self.rows.values().filter(|row| row.score.is_none()).count();
        let what = match self.by {
            By::Text => "texts",
            By::Id => "ids",
        };
        write!(
            f,
            "{} {what}, {empty} of them without a score",
            self.rows.len()
        )
    }
}

#[cfg(test)]
mod tests;
