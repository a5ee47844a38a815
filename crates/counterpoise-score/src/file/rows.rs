//! The rows of a file of scores, whichever format it is in.

use counterpoise_data::{
    CsvFile, DataError, is_parquet, read_json_lines, read_utf8, shortened, was_not_finite,
};
use serde_json::{Map, Value};

use super::ScoreFile;

/// One row.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    /// Its line, or in Parquet its row, from 1.
    pub(super) place: usize,
    /// Its id, where the file has ids.
    pub(super) id: Option<String>,
    /// Its text, where the file has texts.
    pub(super) text: Option<String>,
    /// Its score; `None` if it is empty.
    pub(super) score: Option<f64>,
}

/// A file's rows, and which columns it has.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) rows: Vec<Row>,
    pub(super) has_texts: bool,
    pub(super) has_ids: bool,
}

/// Reads every row.
///
/// # Errors
/// A file that cannot be read, without a column of scores, or with neither texts nor ids; a score that is
/// no number from 0 to 1; each with its line.
pub(super) fn read(kind: &ScoreFile) -> Result<Rows, DataError> {
    let rows = match is_parquet(&kind.file) {
        true => parquet(kind)?,
        false => {
            let text = read_utf8(&kind.file)?;
            match text.trim_start().starts_with('{') {
                true => json(kind, &text)?,
                false => csv(kind)?,
            }
        }
    };
    for row in &rows.rows {
        if let Some(score) = row.score.filter(|score| !(0.0..=1.0).contains(score)) {
            let found = format!("the score {score}");
            return Err(bad(kind, row.place, found, "give scores from 0 to 1"));
        }
    }
    Ok(rows)
}

/// An error in a row of the file.
pub(super) fn bad(
    kind: &ScoreFile,
    place: usize,
    found: String,
    remedy: &'static str,
) -> DataError {
    DataError::Row {
        path: kind.file.clone(),
        line: place,
        expected: shape(kind),
        found,
        remedy,
    }
}

/// What a row is, in errors.
fn shape(kind: &ScoreFile) -> String {
    let ScoreFile {
        text_column,
        id_column,
        score_column,
        ..
    } = kind;
    format!("a row with `{text_column}` or `{id_column}`, and `{score_column}`")
}

/// Which of `names` are the columns of texts, ids and scores.
fn places<'n>(
    kind: &ScoreFile,
    names: impl Iterator<Item = &'n str>,
) -> Result<[Option<usize>; 3], DataError> {
    let names: Vec<&str> = names.map(str::trim).collect();
    let mut found = [None; 3];
    let wanted = [&kind.text_column, &kind.id_column, &kind.score_column];
    for (place, wanted) in found.iter_mut().zip(wanted) {
        let mut same = (0..names.len()).filter(|&index| names[index] == wanted);
        *place = same.next();
        if same.next().is_some() {
            let found = format!("more than one column `{wanted}`");
            return Err(bad(kind, 1, found, "name each column once"));
        }
    }
    let [text, id, score] = found;
    if score.is_none() || (text.is_none() && id.is_none()) {
        let found = format!("the columns {}", shortened(&names.join(", ")));
        let remedy = "name the columns so, or give their names by `text_column`, `id_column` and `score_column`";
        return Err(bad(kind, 1, found, remedy));
    }
    Ok(found)
}

fn csv(kind: &ScoreFile) -> Result<Rows, DataError> {
    let file = CsvFile::read(&kind.file, &shape(kind))?;
    let [text, id, score] = places(kind, file.names())?;
    if file.records().is_empty() {
        return Err(file.without_records());
    }
    let mut rows = Vec::with_capacity(file.records().len());
    for record in file.records() {
        let fields: Vec<&str> = record.fields().collect();
        let field = |place: Option<usize>| place.and_then(|place| fields.get(place).copied());
        let score = match number(field(score).unwrap_or_default()) {
            Ok(score) => score,
            Err(found) => return Err(bad(kind, record.line(), found, NOT_A_SCORE)),
        };
        rows.push(Row {
            place: record.line(),
            id: field(id).map(str::to_owned),
            text: field(text).map(str::to_owned),
            score,
        });
    }
    Ok(Rows {
        rows,
        has_texts: text.is_some(),
        has_ids: id.is_some(),
    })
}

const NOT_A_SCORE: &str = "give a number from 0 to 1, or leave the field empty";

/// A score as CSV has it; empty, or what pandas and R write for nothing, is none.
fn number(field: &str) -> Result<Option<f64>, String> {
    let field = field.trim();
    if ["", "nan", "na", "n/a", "null", "none"].contains(&field.to_ascii_lowercase().as_str()) {
        return Ok(None);
    }
    let number: Option<f64> = field.parse().ok();
    let number = number.ok_or_else(|| format!("the score `{}`", shortened(field)))?;
    Ok(Some(number))
}

fn json(kind: &ScoreFile, text: &str) -> Result<Rows, DataError> {
    let objects: Vec<Map<String, Value>> = read_json_lines(&kind.file, &shape(kind))?;
    let lines = text.lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.trim().is_empty());
    let mut rows = Vec::with_capacity(objects.len());
    let (mut has_texts, mut has_ids) = (false, false);
    for ((index, _), object) in lines.zip(&objects) {
        let fault = |found| bad(kind, index + 1, found, "correct this row");
        let string = |column: &str| match object.get(column) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => Err(fault(format!(
                "`{column}`: {}",
                shortened(&other.to_string())
            ))),
        };
        let score = match object.get(&kind.score_column) {
            None => return Err(fault(format!("no `{}`", kind.score_column))),
            Some(Value::Null) => None,
            Some(value) if was_not_finite(value) => {
                let found = "a score that is not finite, such as NaN".to_owned();
                return Err(bad(
                    kind,
                    index + 1,
                    found,
                    "write null where there is no score",
                ));
            }
            Some(value) => match value.as_f64() {
                Some(score) => Some(score),
                None => {
                    return Err(fault(format!(
                        "the score {}",
                        shortened(&value.to_string())
                    )));
                }
            },
        };
        has_texts |= object.contains_key(&kind.text_column);
        has_ids |= object.contains_key(&kind.id_column);
        rows.push(Row {
            place: index + 1,
            id: string(&kind.id_column)?,
            text: string(&kind.text_column)?,
            score,
        });
    }
    if !has_texts && !has_ids {
        let keys = objects.first().map(|object| object.keys().cloned());
        let keys: Vec<String> = keys.into_iter().flatten().collect();
        let found = format!("the keys {}", shortened(&keys.join(", ")));
        return Err(bad(
            kind,
            1,
            found,
            "name the keys so, or give them as columns",
        ));
    }
    Ok(Rows {
        rows,
        has_texts,
        has_ids,
    })
}

#[cfg(feature = "parquet")]
fn parquet(kind: &ScoreFile) -> Result<Rows, DataError> {
    use counterpoise_data::{Number, ParquetFile};

    let file = ParquetFile::read(&kind.file)?;
    let [text, id, _] = places(kind, file.names())?;
    let column = |place: Option<usize>, name: &str| match place {
        Some(_) => file.texts(name).map(Some),
        None => Ok(None),
    };
    let texts = column(text, &kind.text_column)?;
    let ids = column(id, &kind.id_column)?;
    let scores = file.numbers(&kind.score_column)?;
    let at = |column: &Option<Vec<Option<String>>>, index: usize| {
        let value = column
            .as_ref()
            .and_then(|column| column.get(index).cloned());
        value.flatten()
    };
    let row = |(index, score): (usize, Option<Number>)| Row {
        place: index + 1,
        id: at(&ids, index),
        text: at(&texts, index),
        score: match score {
            Some(Number::Whole(whole)) => Some(whole as f64),
            Some(Number::Float(float)) => Some(float).filter(|float| !float.is_nan()),
            None => None,
        },
    };
    Ok(Rows {
        rows: scores.into_iter().enumerate().map(row).collect(),
        has_texts: text.is_some(),
        has_ids: id.is_some(),
    })
}

#[cfg(not(feature = "parquet"))]
fn parquet(kind: &ScoreFile) -> Result<Rows, DataError> {
    Err(DataError::ParquetNotBuilt {
        path: kind.file.clone(),
    })
}
