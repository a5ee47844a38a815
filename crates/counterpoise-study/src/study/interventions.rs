//! The interventions of a study: what a row of its tables is called, and what it does.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use counterpoise_groups::Role;
use counterpoise_intervene::Intervention;
use counterpoise_registry::{Description, PartTable, Registry};
use serde::Deserialize;

use super::Part;
use crate::error::{Result, refuse};
use crate::toml_file::TomlFile;

/// Keys of an `[[intervention]]` that only a study reads; an edit file may carry them over unread.
const STUDY_KEYS: [&str; 4] = ["name", "label", "model", "tables"];

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
    /// What is done: kind and parameters.
    pub does: Description,
    /// The files it reads.
    pub inputs: Vec<PathBuf>,
    /// What is done.
    pub intervention: Arc<dyn Intervention>,
}

/// The keys beside `kind` and its parameters.
#[derive(Deserialize)]
struct RowTable {
    name: String,
    label: String,
    model: Role,
    tables: Vec<u32>,
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
    let mut names = BTreeSet::new();
    let mut interventions = Vec::with_capacity(tables.len());
    for table in tables {
        let name_span = table.key_span("name");
        let read = read_one(file, table, registry)?;
        if !names.insert(read.name.clone()) {
            let message = format!(
                "a second intervention named `{}`; name it otherwise",
                read.name
            );
            return Err(file.error(name_span, message));
        }
        interventions.push(read);
    }
    Ok(interventions)
}

fn read_one(
    file: &TomlFile,
    table: PartTable<'_>,
    registry: &Registry<dyn Intervention>,
) -> Result<StudyIntervention> {
    let [name, tables] = ["name", "tables"].map(|key| table.key_span(key));
    let (row, parameters) = table.split(|key| STUDY_KEYS.contains(&key));
    let row: RowTable = row
        .read("intervention")
        .map_err(|error| file.refused(error))?;
    let safe = |name: &str| {
        !name.is_empty()
            && !name.starts_with('.')
            && (name.chars()).all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    let fail = |span, message: &str| {
        Err(file.error(span, format!("intervention `{}`: {message}", row.name)))
    };
    if !safe(&row.name) {
        return fail(
            name,
            "`name` also names a file; use letters, digits, `-`, `_` and `.`",
        );
    }
    if row.tables.is_empty() || row.tables.contains(&0) {
        return fail(
            tables,
            "`tables`: expected the numbers of the tables it stands in, at least one, from 1",
        );
    }
    let Part {
        does, inputs, part, ..
    } = Part::build(file, &parameters, registry)?;
    Ok(StudyIntervention {
        name: row.name,
        label: row.label,
        model: row.model,
        tables: row.tables,
        does,
        inputs,
        intervention: part,
    })
}
