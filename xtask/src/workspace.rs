//! Where the workspace lies, for the paths that studies name.

use std::path::{Path, PathBuf};

/// The root of the workspace that this runner was built in.
pub(crate) fn root() -> PathBuf {
    let runner = Path::new(env!("CARGO_MANIFEST_DIR"));
    runner.parent().unwrap_or(runner).to_owned()
}

/// `path` as it is shown and recorded: relative to the workspace where it lies inside.
pub(crate) fn shown(path: &Path) -> PathBuf {
    path.strip_prefix(root()).unwrap_or(path).to_owned()
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs;

    use super::*;

    #[test]
    fn paths_inside_are_shown_from_the_root() {
        assert!(root().join("Cargo.lock").is_file());
        assert_eq!(shown(&root().join("xtask")), Path::new("xtask"));
        assert_eq!(shown(Path::new("/elsewhere")), Path::new("/elsewhere"));
    }

    /// Every Rust source file below `folder`.
    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                found.push(path);
            }
        }
    }

    #[test]
    fn every_source_file_says_what_it_is_for_and_stays_short() {
        let mut files = Vec::new();
        for folder in ["crates", "xtask"] {
            sources(&root().join(folder), &mut files);
        }
        assert!(files.len() > 100, "only {} files", files.len());
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            let (file, lines) = (file.display(), text.lines().count());
            assert!(
                text.starts_with("//! "),
                "{file} does not begin with what it is for"
            );
            assert!(
                lines <= 400,
                "{file} has {lines} lines: more than one concept?"
            );
        }
    }
}
