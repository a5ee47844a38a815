//! The interventions of a study: what a row of its tables is called, and what it does.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::{Result, refuse};
use counterpoise_intervene::{Intervention, Registry};
use counterpoise_report::PaperTable;
use serde::{Deserialize, Serialize};
use toml::{Spanned, Table, Value};

use super::PaperRow;
use crate::intervention_table::{STUDY_KEYS, build, resolved, without_study_keys};
use crate::toml_file::TomlFile;

/// Which of the two models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The model before fine-tuning.
    Base,
    /// The model after it.
    Tuned,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Base => "base",
            Self::Tuned => "tuned",
        })
    }
}

/// One row of the tables.
#[derive(Debug)]
pub struct StudyIntervention {
    /// Names the row, and its file of generations.
    pub name: String,
    /// What the tables call it.
    pub label: String,
    /// The model it is done to.
    pub model: Role,
    /// The tables it stands in.
    pub tables: Vec<PaperTable>,
    /// The row of the paper's tables that it is, if it is one.
    pub paper: Option<PaperRow>,
    /// `kind` and its parameters, as the study has them.
    pub does: Table,
    /// A file it reads, such as a patch's values.
    pub file: Option<PathBuf>,
    /// What is done.
    pub intervention: Box<dyn Intervention>,
}

/// The keys beside `kind` and its parameters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowTable {
    name: String,
    label: String,
    model: Role,
    tables: Vec<u8>,
}

/// Reads every `[[intervention]]` of a study.
///
/// # Errors
/// None at all, a name that is taken or cannot name a file, unknown kinds and keys.
pub(super) fn read(
    file: &TomlFile,
    tables: &[Spanned<Table>],
    folder: &Path,
    registry: &Registry,
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
        let read = read_one(file, table, folder, registry)?;
        if !names.insert(read.name.clone()) {
            let message = format!(
                "a second intervention named `{}`; name it otherwise",
                read.name
            );
            return Err(file.error(table.span(), message));
        }
        interventions.push(read);
    }
    Ok(interventions)
}

fn read_one(
    file: &TomlFile,
    table: &Spanned<Table>,
    folder: &Path,
    registry: &Registry,
) -> Result<StudyIntervention> {
    let fail = |message: String| file.error(table.span(), message);
    let mut row = table.get_ref().clone();
    row.retain(|key, _| STUDY_KEYS.contains(&key));
    let row: RowTable = row
        .try_into()
        .map_err(|error: toml::de::Error| fail(format!("intervention: {}", error.message())))?;
    let safe = |name: &str| {
        !name.is_empty()
            && !name.starts_with('.')
            && (name.chars()).all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    if !safe(&row.name) {
        return Err(fail(format!(
            "intervention `{}`: `name` also names a file; use letters, digits, `-`, `_` and `.`",
            row.name
        )));
    }
    if row.tables.is_empty() {
        return Err(fail(format!(
            "intervention `{}`: `tables` is empty; expected 1, 2 or both",
            row.name
        )));
    }
    let tables = row.tables.iter().map(|number| match number {
        1 => Ok(PaperTable::One),
        2 => Ok(PaperTable::Two),
        other => Err(fail(format!(
            "intervention `{}`: there is no table {other}; expected 1 or 2",
            row.name
        ))),
    });
    let does = without_study_keys(table.get_ref().clone());
    let parameters = resolved(does.clone(), folder);
    Ok(StudyIntervention {
        tables: tables.collect::<Result<_>>()?,
        paper: PaperRow::of(&does),
        does,
        file: parameters
            .get("file")
            .and_then(Value::as_str)
            .map(PathBuf::from),
        intervention: build(file, table, parameters, registry)?,
        name: row.name,
        label: row.label,
        model: row.model,
    })
}

/// Checks that figure 1a's ablated row is an intervention on the base model.
///
/// # Errors
/// A name that no such intervention has.
pub(super) fn check_ablated(
    file: &TomlFile,
    ablated: &Spanned<String>,
    interventions: &[StudyIntervention],
) -> Result<()> {
    let on_base = |row: &&StudyIntervention| row.model == Role::Base;
    if (interventions.iter().filter(on_base)).any(|row| row.name == *ablated.get_ref()) {
        return Ok(());
    }
    let message = format!(
        "`ablated` is `{}`; expected the name of an intervention on the base model",
        ablated.get_ref()
    );
    Err(file.error(ablated.span(), message))
}
