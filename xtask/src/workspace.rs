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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_inside_are_shown_from_the_root() {
        assert!(root().join("Cargo.lock").is_file());
        assert_eq!(shown(&root().join("xtask")), Path::new("xtask"));
        assert_eq!(shown(Path::new("/elsewhere")), Path::new("/elsewhere"));
    }
}
