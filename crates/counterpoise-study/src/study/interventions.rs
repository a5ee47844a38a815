//! The interventions of a study: what a row of its tables is called, and what it does.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use counterpoise_groups::Role;
use counterpoise_intervene::Intervention;
use counterpoise_registry::{Description, PartTable, Registry};
use serde::{Deserialize, Serialize};

use super::Part;
use crate::error::{Result, StudyError, refuse};
use crate::toml_file::TomlFile;

/// Keys of an `[[intervention]]` that only a study reads; an edit file may carry them over unread.
const STUDY_KEYS: [&str; 6] = ["name", "label", "model", "tables", "control_of", "draws"];

/// One row of the tables.
#[derive(Debug)]
pub struct StudyIntervention {
    /// Names the row, and its file of generations.
    pub name: String,
    /// What the tables call it.
    pub label: String,
    /// The model it is done to.
    pub model: Role,
    /// The numbers of the tables it stands in.
    pub tables: Vec<u32>,
    /// The name of the row that it is a control of, and which of its draws it is.
    pub control: Option<Control>,
    /// What is done: kind and parameters.
    pub does: Description,
    /// The files it reads.
    pub inputs: Vec<PathBuf>,
    /// What is done.
    pub intervention: Arc<dyn Intervention>,
}

/// What makes a row a control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// The row's name that it is a control of.
    pub of: String,
    /// The control's name; with more than one draw each has its own `name`, this one with its number.
    pub name: String,
    /// Which of its draws this is, counted from 1; `None` if nothing in it is drawn.
    pub draw: Option<u32>,
}

/// The keys beside `kind` and its parameters.
#[derive(Deserialize)]
struct RowTable {
    name: String,
    label: String,
    model: Option<Role>,
    tables: Option<Vec<u32>>,
    control_of: Option<String>,
    draws: Option<NonZeroU32>,
}

/// Where faults of a row are, in bytes.
struct Spans {
    name: Range<usize>,
    model: Range<usize>,
    tables: Range<usize>,
    control_of: Range<usize>,
    draws: Range<usize>,
}

/// A row as it was read, before the rows that it names are known.
struct ReadRow {
    row: RowTable,
    spans: Spans,
    /// What it does; once for each draw.
    parts: Vec<Part<dyn Intervention>>,
}

/// Builds the intervention of an edit file's table; what only a study reads may stand in it.
///
/// # Errors
/// An unknown kind, or parameters that do not fit it, with file and line.
pub fn read_intervention(
    file: &TomlFile,
    table: PartTable<'_>,
    registry: &Registry<dyn Intervention>,
) -> Result<Part<dyn Intervention>> {
    let (_, parameters) = table.split(|key| STUDY_KEYS.contains(&key));
    Part::build(file, &parameters, registry)
}

/// Reads every `[[intervention]]` of a study.
///
/// # Errors
/// None at all, a name that is taken or cannot name a file, unknown kinds and keys.
pub(super) fn read(
    file: &TomlFile,
    tables: Vec<PartTable<'_>>,
    registry: &Registry<dyn Intervention>,
) -> Result<Vec<StudyIntervention>> {
    if tables.is_empty() {
        refuse!(
            "{}: expected at least one [[intervention]] table, found none",
            file.path.display()
        );
    }
    let rows: Vec<ReadRow> = (tables.into_iter())
        .map(|table| read_one(file, table, registry))
        .collect::<Result<_>>()?;
    let places: Vec<(Role, Vec<u32>)> = (rows.iter())
        .map(|row| place(file, row, &rows))
        .collect::<Result<_>>()?;
    let mut names = BTreeSet::new();
    let mut interventions = Vec::with_capacity(rows.len());
    for (read, (model, tables)) in rows.into_iter().zip(places) {
        let span = read.spans.name.clone();
        for intervention in read.interventions(model, &tables) {
            if !names.insert(intervention.name.clone()) {
                let name = intervention.name;
                let message = format!("a second intervention named `{name}`; name it otherwise");
                return Err(file.error(span, message));
            }
            interventions.push(intervention);
        }
    }
    Ok(interventions)
}

fn read_one(
    file: &TomlFile,
    table: PartTable<'_>,
    registry: &Registry<dyn Intervention>,
) -> Result<ReadRow> {
    let spans = Spans {
        name: table.key_span("name"),
        model: table.key_span("model"),
        tables: table.key_span("tables"),
        control_of: table.key_span("control_of"),
        draws: table.key_span("draws"),
    };
    let (row, parameters) = table.split(|key| STUDY_KEYS.contains(&key));
    let row: RowTable = row
        .read("intervention")
        .map_err(|error| file.refused(error))?;
    let safe = |name: &str| {
        !name.is_empty()
            && !name.starts_with('.')
            && (name.chars()).all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    if !safe(&row.name) {
        let message = "`name` also names a file; use letters, digits, `-`, `_` and `.`";
        return Err(row.refused(file, spans.name, message));
    }
    let built = registry
        .build(&parameters)
        .map_err(|error| file.refused(error))?;
    let refused = |message: &str| row.refused(file, spans.draws.clone(), message);
    let parts = match row.draws {
        None => vec![Part::checked(file, &parameters, built)?],
        Some(_) if row.control_of.is_none() => {
            return Err(refused("`draws` goes with `control_of`"));
        }
        Some(draws) => (1..=draws.get())
            .map(|draw| {
                let redrawn = built.redrawn(draw).ok_or_else(|| {
                    refused(
                        "`draws`: nothing in this intervention is drawn at random; leave it out",
                    )
                })?;
                Part::checked(file, &parameters, redrawn)
            })
            .collect::<Result<_>>()?,
    };
    Ok(ReadRow { row, spans, parts })
}

/// The model of a row, and its tables: a control's are those of the row that it is a control of.
fn place(file: &TomlFile, read: &ReadRow, rows: &[ReadRow]) -> Result<(Role, Vec<u32>)> {
    let ReadRow { row, spans, .. } = read;
    let refused =
        |span: &Range<usize>, message: &str| Err(row.refused(file, span.clone(), message));
    let Some(controlled) = &row.control_of else {
        return match (row.model, &row.tables) {
            (None, _) => refused(&spans.model, "missing key `model`: `base` or `tuned`"),
            (_, None) => refused(&spans.tables, "missing key `tables`: their numbers"),
            (_, Some(tables)) if tables.is_empty() || tables.contains(&0) => refused(
                &spans.tables,
                "`tables`: expected the numbers of the tables it stands in, at least one, from 1",
            ),
            (Some(model), Some(tables)) => Ok((model, tables.clone())),
        };
    };
    for (key, given, span) in [
        ("model", row.model.is_some(), &spans.model),
        ("tables", row.tables.is_some(), &spans.tables),
    ] {
        if given {
            let message =
                format!("`{key}`: a control has that of the row `control_of` names; leave it out");
            return refused(span, &message);
        }
    }
    match rows.iter().find(|other| other.row.name == *controlled) {
        Some(other) if other.row.control_of.is_none() => place(file, other, rows),
        Some(_) => refused(
            &spans.control_of,
            &format!(
                "`control_of`: `{controlled}` is a control itself; name the row that both are controls of"
            ),
        ),
        None => refused(
            &spans.control_of,
            &format!("`control_of`: the study has no intervention named `{controlled}`"),
        ),
    }
}

impl ReadRow {
    /// The rows that the table asks for: one, or one for each draw.
    fn interventions(self, model: Role, tables: &[u32]) -> impl Iterator<Item = StudyIntervention> {
        let Self { row, parts, .. } = self;
        (1..).zip(parts).map(move |(number, part)| {
            let draw = row.draws.map(|_| number);
            StudyIntervention {
                name: match draw {
                    Some(draw) => format!("{}.{draw}", row.name),
                    None => row.name.clone(),
                },
                label: row.label.clone(),
                model,
                tables: tables.to_vec(),
                control: row.control_of.clone().map(|of| Control {
                    of,
                    name: row.name.clone(),
                    draw,
                }),
                does: part.does,
                inputs: part.inputs,
                intervention: part.part,
            }
        })
    }
}

impl RowTable {
    fn refused(&self, file: &TomlFile, span: Range<usize>, message: &str) -> StudyError {
        file.error(span, format!("intervention `{}`: {message}", self.name))
    }
}
