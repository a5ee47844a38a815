//! Directions that a study attributes reductions to, beside its probe.

use std::collections::BTreeSet;
use std::path::PathBuf;

use counterpoise_intervene::DirectionSource;
use counterpoise_registry::PartTable;
use serde::Deserialize;

use super::below;
use crate::error::Result;
use crate::toml_file::TomlFile;

/// One `[[direction]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct StudyDirection {
    /// What results call it.
    pub name: String,
    /// Where it comes from, as the study has it.
    pub written: DirectionSource,
    /// The same with its file taken from the study's folder.
    pub source: DirectionSource,
    /// That file, if it is read from one.
    pub input: Option<PathBuf>,
}

/// `[[direction]]` as it is written.
#[derive(Deserialize)]
struct DirectionTable {
    name: String,
    direction: DirectionSource,
}

/// Reads the directions of a study, each with a name of its own.
///
/// # Errors
/// Unknown keys, sources that are none, a name given twice, with file and line.
pub(super) fn read(file: &TomlFile, tables: Vec<PartTable<'_>>) -> Result<Vec<StudyDirection>> {
    let (folder, mut names) = (file.folder(), BTreeSet::new());
    let direction = |table: PartTable<'_>| {
        let read = table.read("direction");
        let read: DirectionTable = read.map_err(|error| file.refused(error))?;
        if !names.insert(read.name.clone()) {
            let message = format!(
                "a second direction named `{}`; give it another `name`",
                read.name
            );
            return Err(file.error(table.span(), message));
        }
        let mut source = read.direction.clone();
        let input = match source.file() {
            Some(path) => {
                file.check_path(&table, path)?;
                *path = below(&folder, path);
                Some(path.clone())
            }
            None => None,
        };
        Ok(StudyDirection {
            name: read.name,
            written: read.direction,
            source,
            input,
        })
    };
    tables.into_iter().map(direction).collect()
}
