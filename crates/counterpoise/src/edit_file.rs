//! Edit files: interventions for a single command, in the tables of a study.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use counterpoise_data::is_parquet;
use counterpoise_groups::NeuronTable;
use counterpoise_intervene::{InterveneError, Intervention, Prepared, Subject, prepare_all};
use counterpoise_model::{Tokenizer, Transformer};
use counterpoise_study::{Kinds, TomlFile, read_intervention};
use serde::Deserialize;

/// What an edit file says.
#[derive(Debug)]
pub(crate) struct EditFile {
    /// The neuron table that ranks, groups and tuned means are taken from.
    pub(crate) neurons: Option<PathBuf>,
    /// What is done to the model, in order.
    pub(crate) interventions: Vec<Arc<dyn Intervention>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    neurons: Option<PathBuf>,
}

impl EditFile {
    /// Reads an edit file: `[[intervention]]` tables, and optionally `neurons`, the path of a
    /// neuron table. Relative paths are taken from the file's folder.
    ///
    /// # Errors
    /// A file that cannot be read, has unknown keys, describes no intervention, or one that does
    /// not exist; the message names file and line.
    pub(crate) fn read(path: &Path, kinds: &Kinds) -> Result<Self> {
        Self::of(&TomlFile::read(path)?, kinds)
    }

    fn of(file: &TomlFile, kinds: &Kinds) -> Result<Self> {
        let mut document = file.document()?;
        let tables = document.take_all("intervention");
        let tables = tables.map_err(|error| file.refused(error))?;
        let contents: Contents = document.read("edit").map_err(|error| file.refused(error))?;
        if let Some(path) = &contents.neurons {
            file.check_path(&document, path)?;
        }
        if tables.is_empty() {
            bail!(
                "{}: expected at least one [[intervention]] table, found none",
                file.path.display()
            );
        }
        let mut interventions = Vec::new();
        for table in tables {
            interventions.push(read_intervention(file, table, &kinds.interventions)?.part);
        }
        Ok(Self {
            neurons: contents.neurons.map(|path| file.folder().join(path)),
            interventions,
        })
    }
}

/// Applies the interventions of an edit file, or none, to a model.
///
/// # Errors
/// Files that cannot be read, and interventions that do not fit the model.
pub(crate) fn prepare_edited(
    model: Transformer,
    tokenizer: &Tokenizer,
    edit: Option<&Path>,
    neurons: Option<&Path>,
    kinds: &Kinds,
) -> Result<Prepared> {
    let Some(path) = edit else {
        return Ok(Prepared::new(model));
    };
    let edit = EditFile::read(path, kinds)?;
    let table = match neurons.or(edit.neurons.as_deref()) {
        Some(path) => Some(read_neuron_table(path)?),
        None => None,
    };
    let subject = match &table {
        Some(table) => Subject::measured(&model, table)?,
        None => Subject::of(&model),
    };
    let subject = subject.with_tokenizer(tokenizer);
    prepare_all(&edit.interventions, model, &subject).map_err(|error| {
        let hint = match error {
            InterveneError::NoTable { .. } => {
                " (no neuron table was given: neither `neurons` in the file nor `--neurons`)"
            }
            _ => "",
        };
        anyhow!(error).context(format!("{}{hint}", path.display()))
    })
}

/// Reads a neuron table, Parquet or CSV by its first bytes.
///
/// # Errors
/// A file that is no neuron table.
pub(crate) fn read_neuron_table(path: &Path) -> Result<NeuronTable> {
    let read = match is_parquet(path) {
        true => NeuronTable::read_parquet,
        false => NeuronTable::read_csv,
    };
    Ok(read(path)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::Device;
    use counterpoise_model::Config;

    use super::*;

    fn parse(text: &str) -> Result<EditFile> {
        let file = TomlFile {
            path: "edits/some.toml".into(),
            text: text.to_owned(),
        };
        EditFile::of(&file, &crate::kinds().unwrap())
    }

    fn message(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn tables_of_a_study_are_edits() {
        let edit = parse(
            "neurons = 'neurons.csv'\n[[intervention]]\nname = 'x'\nlabel = 'X'\nmodel = 'base'\n\
             tables = [1]\nkind = 'ablate'\nneurons = { published_top = 100 }\n\
             [[intervention]]\nkind = 'patch'\nfile = 'values.csv'\n",
        )
        .unwrap();
        let folder = TomlFile {
            path: "edits/some.toml".into(),
            text: String::new(),
        }
        .folder();
        assert_eq!(edit.neurons, Some(folder.join("neurons.csv")));
        assert_eq!(edit.interventions.len(), 2);
        let patch = format!("{:?}", edit.interventions[1]);
        assert!(patch.contains("edits/values.csv"), "{patch}");
    }

    #[test]
    fn errors_name_file_and_line() {
        assert_eq!(
            message(""),
            "edits/some.toml: expected at least one [[intervention]] table, found none"
        );
        let unknown = message("neuron = 'neurons.csv'");
        assert!(unknown.starts_with("edits/some.toml:1: "), "{unknown}");
        let kind = message("\n[[intervention]]\nkind = 'ablat'\n");
        assert!(kind.starts_with("edits/some.toml:3: `ablat`"), "{kind}");
        let escaped = message("[[intervention]]\nkind = 'patch'\nfile = \"data\\new.csv\"\n");
        assert!(
            escaped.starts_with("edits/some.toml:3: the path"),
            "{escaped}"
        );
        let table = message("neurons = \"a\\test.csv\"\n[[intervention]]\nkind = 'none'\n");
        assert!(table.starts_with("edits/some.toml:1: the path"), "{table}");
        let key = message(
            "[[intervention]]\nkind = 'none'\n[[intervention]]\nkind = 'scale_keys'\nfaktor = 2\n",
        );
        assert!(key.starts_with("edits/some.toml:5: "), "{key}");
        assert!(key.contains("faktor"), "{key}");
    }

    #[test]
    fn edits_are_prepared_and_a_missing_table_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("edit.toml");
        let model = Transformer::init(&Config::new(16, 8, 4, 2, 2), 1, &Device::flex());
        let mini = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/mini");
        let tokenizer = Tokenizer::read(&mini).unwrap();
        let prepare = |text: &str| {
            std::fs::write(&path, text).unwrap();
            let kinds = crate::kinds().unwrap();
            prepare_edited(model.clone(), &tokenizer, Some(&path), None, &kinds)
        };
        let listed = "[[intervention]]\nkind = 'ablate'\nneurons = { list = [[1, 3]] }\n";
        let prepared = prepare(listed).unwrap();
        assert_eq!(prepared.neurons(), 1);
        let ranked = "[[intervention]]\nkind = 'ablate'\nneurons = { top = 3 }\n";
        let error = format!("{:#}", prepare(ranked).unwrap_err());
        assert!(error.contains("--neurons"), "{error}");
        for other in [
            "{ list = [[9, 3]] }",
            "{ list = [[1, 3], [1, 3]] }",
            "{ list = [] }",
        ] {
            let text = format!("[[intervention]]\nkind = 'ablate'\nneurons = {other}\n");
            let error = format!("{:#}", prepare(&text).unwrap_err());
            assert!(error.contains("edit.toml"), "{error}");
            assert!(!error.contains("--neurons"), "{error}");
        }
    }
}
