//! The output folder of a run, and what was written there.

use std::fs;
use std::path::{Path, PathBuf};

use crate::compact_json;
use crate::error::{Context, Result, StudyError};
use counterpoise_data::{AtomicFile, write_atomically, write_json_lines};
use counterpoise_groups::NeuronTable;
use serde::Serialize;

use crate::items_file;
use crate::results::{RESULTS_FILE, Results};
use crate::row::RowResults;

/// The output folder.
#[derive(Debug)]
pub(crate) struct Outputs {
    folder: PathBuf,
    written: Vec<PathBuf>,
}

impl Outputs {
    /// Opens `folder`, and makes sure that it can be written to.
    ///
    /// # Errors
    /// A folder that cannot be made or written to.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        // Opened and dropped: the temporary file goes when it is dropped.
        AtomicFile::create(&folder.join(RESULTS_FILE))?;
        Ok(Self {
            folder: folder.to_owned(),
            written: Vec::new(),
        })
    }

    /// Removes what runs that were killed were writing here. Nobody else may be writing here.
    ///
    /// # Errors
    /// A file that cannot be removed.
    pub(crate) fn clean(&self) -> Result<()> {
        let folders = ["", "generations", "figures"].map(|name| self.folder.join(name));
        folders
            .iter()
            .try_for_each(|folder| remove_half_written(folder))
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What was written so far, relative to the folder.
    pub(crate) fn written(&self) -> &[PathBuf] {
        &self.written
    }

    /// Notes a file that somebody else wrote.
    pub(crate) fn note(&mut self, path: PathBuf) {
        let relative = path.strip_prefix(&self.folder).unwrap_or(&path).to_owned();
        self.written.push(relative);
    }

    /// Writes `neurons.csv` and `neurons.parquet`.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(crate) fn neuron_table(&mut self, table: &NeuronTable) -> Result<()> {
        let (csv, parquet) = (
            self.folder.join("neurons.csv"),
            self.folder.join("neurons.parquet"),
        );
        table.write_csv(&csv)?;
        table.write_parquet(&parquet)?;
        self.note(csv);
        self.note(parquet);
        Ok(())
    }

    /// Writes `generations/<intervention>.jsonl`.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(crate) fn generations<T: Serialize>(
        &mut self,
        intervention: &str,
        rows: impl IntoIterator<Item = T>,
    ) -> Result<()> {
        let path = self.generations_path(intervention);
        write_json_lines(&path, rows)?;
        self.note(path);
        Ok(())
    }

    /// Where the generations of an intervention are.
    pub(crate) fn generations_path(&self, intervention: &str) -> PathBuf {
        self.folder.join(Self::generations_file(intervention))
    }

    /// The same, relative to the folder.
    pub(crate) fn generations_file(intervention: &str) -> PathBuf {
        Path::new("generations").join(format!("{intervention}.jsonl"))
    }

    /// Writes `items.jsonl`, if any row was scored item by item.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(crate) fn items(&mut self, rows: &[RowResults]) -> Result<()> {
        if let Some(path) = items_file::write(rows, &self.folder)? {
            self.note(path);
        }
        Ok(())
    }

    /// Writes the results without their items, the last file of a run.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(crate) fn results(&self, results: &Results) -> Result<()> {
        write_results(&self.folder, results)
    }
}

/// Removes what runs that were killed were writing directly in `folder`: files under a temporary name, which begins with a dot.
/// Nobody else may be writing there.
pub(crate) fn remove_half_written(folder: &Path) -> Result<()> {
    let removed = || {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if name.as_encoded_bytes().starts_with(b".counterpoise-") {
                fs::remove_file(entry.path())?;
            }
        }
        Ok::<_, StudyError>(())
    };
    if !folder.is_dir() {
        return Ok(());
    }
    removed().with_context(|| format!("{}: cannot be cleaned up", folder.display()))
}

/// Writes the results of a run, without their items, into its folder.
///
/// # Errors
/// A file that cannot be written.
pub(crate) fn write_results(folder: &Path, results: &Results) -> Result<()> {
    let bytes = compact_json::to_vec(&items_file::without_items(results))?;
    Ok(write_atomically(&folder.join(RESULTS_FILE), &bytes)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_output_folder_is_made_and_left_clean() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("a/b");
        let mut outputs = Outputs::open(&folder).unwrap();
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        outputs.generations("base", ["text"]).unwrap();
        let expected = ["generations/base.jsonl"].map(PathBuf::from);
        assert_eq!(outputs.written(), expected);
    }

    #[test]
    fn an_unwritable_folder_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = Outputs::open(&file.join("out")).unwrap_err();
        assert!(error.to_string().contains("cannot be written"), "{error}");
    }
}
