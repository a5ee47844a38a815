//! Where studies, results and data lie: beside the nearest `studies/`.

use std::path::{Path, PathBuf};

use counterpoise_data::{DataError, FolderLock};

/// The folder of studies.
pub(crate) const STUDIES: &str = "studies";

/// The folder that holds `studies/`: the current one or the nearest above it. The current one if none does.
pub(crate) fn root() -> PathBuf {
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let holds_studies = |folder: &&Path| folder.join(STUDIES).is_dir();
    let found = here.ancestors().find(holds_studies);
    found.map_or_else(|| here.clone(), Path::to_owned)
}

/// `path` as it is shown: relative to the current folder where it lies inside.
pub(crate) fn shown(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).to_owned()
}

/// Locks the folder of a finished run for one that changes it; `None` if there is no such folder.
///
/// # Errors
/// As [`FolderLock::alone`].
pub(crate) fn lock(run: &Path) -> Result<Option<FolderLock>, DataError> {
    run.is_dir().then(|| FolderLock::alone(run)).transpose()
}

/// The names of the `.toml` files in `folder`, without that ending, in their order.
pub(crate) fn toml_names(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = files
        .filter_map(|file| Some(file.file_name().to_str()?.strip_suffix(".toml")?.to_owned()))
        .collect();
    names.sort();
    names
}
