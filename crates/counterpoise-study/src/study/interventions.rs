//! The interventions of a study: what a row of its tables is called, and what it does.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use counterpoise_groups::Role;
use counterpoise_intervene::Intervention;
use counterpoise_registry::{Description, PartTable, Registry, SweepPoint};
use serde::{Deserialize, Serialize};
use toml::Value;

use super::Part;
use super::controls::{self, Place};
use super::sweep::{Swept, label};
use crate::error::{Result, StudyError, refuse};
use crate::toml_file::TomlFile;

/// Keys of an `[[intervention]]` that only a study reads; an edit file may carry them over unread.
const STUDY_KEYS: [&str; 6] = ["name", "label", "model", "tables", "control_of", "draws"];

/// The key that makes a row many; its values are parameters, so an edit file cannot leave it unread.
const SWEEP: &str = "sweep";

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
    /// The sweep that it is a row of, and its values, if it is one of a sweep.
    pub sweep: Option<Swept>,
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
pub(super) struct RowTable {
    pub(super) name: String,
    label: String,
    pub(super) model: Option<Role>,
    pub(super) tables: Option<Vec<u32>>,
    pub(super) control_of: Option<String>,
    draws: Option<NonZeroU32>,
}

/// Where faults of a row are, in bytes.
pub(super) struct Spans {
    name: Range<usize>,
    pub(super) model: Range<usize>,
    pub(super) tables: Range<usize>,
    pub(super) control_of: Range<usize>,
    draws: Range<usize>,
}

/// A row as it was read, before the rows that it names are known.
pub(super) struct ReadRow {
    pub(super) row: RowTable,
    pub(super) spans: Spans,
    /// One, or one for each combination of a sweep's values.
    pub(super) points: Vec<Point>,
}

/// What a row does, with the values of a sweep in place.
pub(super) struct Point {
    /// The parameters swept over, with their values here; `None` without a sweep.
    pub(super) values: Option<Vec<(String, Value)>>,
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
    if parameters.has(SWEEP) {
        let message = "`sweep` makes several rows, an edit file one; set one of the values instead";
        return Err(file.error(parameters.key_span(SWEEP), message.to_owned()));
    }
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
    let places: Vec<Place> = (rows.iter())
        .map(|row| controls::place(file, row, &rows))
        .collect::<Result<_>>()?;
    let mut names = BTreeSet::new();
    let mut interventions = Vec::with_capacity(rows.len());
    for (read, place) in rows.into_iter().zip(places) {
        let span = read.spans.name.clone();
        for intervention in read.interventions(&place) {
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
    let swept = parameters.sweep().map_err(|error| file.refused(error))?;
    let points = match swept {
        None => {
            let parts = read_parts(file, &parameters, registry, &row, &spans)?;
            let values = None;
            vec![Point { values, parts }]
        }
        Some(points) => (points.into_iter())
            .map(|SweepPoint { values, table }| {
                // A nested value may be at fault where its table stands.
                let parts = read_parts(file, &table, registry, &row, &spans)
                    .map_err(|error| error.noting(&format!("with {}", label(&values))))?;
                let values = Some(values);
                Ok(Point { values, parts })
            })
            .collect::<Result<_>>()?,
    };
    Ok(ReadRow { row, spans, points })
}

/// What a row does, once for each draw.
fn read_parts(
    file: &TomlFile,
    parameters: &PartTable<'_>,
    registry: &Registry<dyn Intervention>,
    row: &RowTable,
    spans: &Spans,
) -> Result<Vec<Part<dyn Intervention>>> {
    let built = registry
        .build(parameters)
        .map_err(|error| file.refused(error))?;
    let refused = |message: &str| row.refused(file, spans.draws.clone(), message);
    let Some(draws) = row.draws else {
        return Ok(vec![Part::checked(file, parameters, built)?]);
    };
    if row.control_of.is_none() {
        return Err(refused("`draws` goes with `control_of`"));
    }
    let part = |draw| {
        let redrawn = built.redrawn(draw).ok_or_else(|| {
            refused("`draws`: nothing in this intervention is drawn at random; leave it out")
        })?;
        Part::checked(file, parameters, redrawn)
    };
    (1..=draws.get()).map(part).collect()
}

impl ReadRow {
    /// The names of its rows, draws aside.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        let name = |(number, point): (usize, &Point)| match point.values {
            Some(_) => format!("{}.{number}", self.row.name),
            None => self.row.name.clone(),
        };
        (1..).zip(&self.points).map(name)
    }

    /// The rows that the table asks for: one, or one for each combination of a sweep's values and each draw.
    fn interventions(self, place: &Place) -> Vec<StudyIntervention> {
        let names: Vec<String> = self.names().collect();
        let Self { row, points, .. } = self;
        let mut interventions = Vec::new();
        for (index, (name, point)) in names.into_iter().zip(points).enumerate() {
            let Point { values, parts } = point;
            let sweep = values.as_deref().map(|values| Swept::of(&row.name, values));
            let label = match &values {
                Some(values) => format!("{}, {}", row.label, label(values)),
                None => row.label.clone(),
            };
            for (number, part) in (1..).zip(parts) {
                let draw = row.draws.map(|_| number);
                interventions.push(StudyIntervention {
                    name: draw.map_or_else(|| name.clone(), |draw| format!("{name}.{draw}")),
                    label: label.clone(),
                    model: place.model,
                    tables: place.tables.clone(),
                    control: place.control_of(index).map(|of| Control {
                        of,
                        name: name.clone(),
                        draw,
                    }),
                    sweep: sweep.clone(),
                    does: part.does,
                    inputs: part.inputs,
                    intervention: part.part,
                });
            }
        }
        interventions
    }
}

impl RowTable {
    pub(super) fn refused(&self, file: &TomlFile, span: Range<usize>, message: &str) -> StudyError {
        file.error(span, format!("intervention `{}`: {message}", self.name))
    }
}
