//! One `[[intervention]]` table, as study and edit files share it.

use std::path::Path;

use crate::error::Result;
use counterpoise_intervene::{Intervention, Registry};
use toml::{Spanned, Table, Value};

use crate::study::below;
use crate::toml_file::TomlFile;

/// Keys that only a study reads; an edit file may carry them over unread.
pub const STUDY_KEYS: [&str; 4] = ["name", "label", "model", "tables"];

/// The table without the keys that only a study reads: `kind` and its parameters.
#[must_use]
pub fn without_study_keys(mut table: Table) -> Table {
    for key in STUDY_KEYS {
        table.remove(key);
    }
    table
}

/// The parameters with a relative `file` taken from `folder`.
#[must_use]
pub fn resolved(mut parameters: Table, folder: &Path) -> Table {
    if let Some(Value::String(file)) = parameters.get_mut("file") {
        *file = below(folder, Path::new(file))
            .to_string_lossy()
            .into_owned();
    }
    parameters
}

/// Builds what `parameters` describe; errors name the file and the table's line.
///
/// # Errors
/// An unknown kind, or parameters that do not fit it.
pub fn build(
    file: &TomlFile,
    table: &Spanned<Table>,
    parameters: Table,
    registry: &Registry,
) -> Result<Box<dyn Intervention>> {
    registry
        .build(parameters)
        .map_err(|error| file.error(table.span(), error.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn study_keys_go_and_relative_files_are_resolved() {
        let table: Table = "name = 'a'\nlabel = 'A'\nmodel = 'base'\ntables = [1]\n\
                            kind = 'patch'\nfile = 'values.csv'"
            .parse()
            .unwrap();
        let left = resolved(without_study_keys(table), Path::new("folder"));
        assert_eq!(left.keys().collect::<Vec<_>>(), ["file", "kind"]);
        let expected = Path::new("folder").join("values.csv");
        assert_eq!(left["file"].as_str(), expected.to_str());
        let absolute: Table = "file = '/values.csv'".parse().unwrap();
        let left = resolved(absolute, Path::new("folder"));
        assert_eq!(left["file"].as_str(), Some("/values.csv"));
    }
}
