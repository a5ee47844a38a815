//! Paths as they are printed.

use std::path::{Path, PathBuf};

/// `path` as it is printed: relative to the current folder where it lies below.
pub(super) fn shown(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    match path.strip_prefix(here) {
        Ok(below) if below != Path::new("") => below.to_owned(),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_below_the_current_folder_are_printed_from_there() {
        let here = std::env::current_dir().unwrap_or_default();
        assert_eq!(shown(&here.join("data/a")), Path::new("data/a"));
        assert_eq!(shown(&here), here);
        assert_eq!(shown(Path::new("/elsewhere")), Path::new("/elsewhere"));
    }
}
