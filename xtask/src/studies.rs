//! The studies that come with the workspace, by their names.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use counterpoise_intervene::Registry;
use counterpoise_study::Study;

use crate::workspace;

/// Reads a study: a name such as `mini` stands for `xtask/studies/mini.toml`; anything with a path
/// separator or the extension `.toml` is a file.
///
/// # Errors
/// No such study; as [`Study::read`].
pub(crate) fn find(name_or_file: &str, registry: &Registry) -> Result<Study> {
    let given = Path::new(name_or_file);
    let is_file = given.components().count() > 1
        || given
            .extension()
            .is_some_and(|extension| extension == "toml");
    if is_file {
        return Ok(Study::read(given, registry)?);
    }
    let path = folder().join(format!("{name_or_file}.toml"));
    if !path.is_file() {
        bail!(
            "`--study {name_or_file}`: no such study in {}; there is {}; or name a `.toml` file",
            folder().display(),
            workspace::toml_names(&folder()).join(", ")
        );
    }
    Ok(Study::read(&path, registry)?)
}

fn folder() -> PathBuf {
    workspace::root().join("xtask").join("studies")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_studies_that_come_along_are_good() {
        let names = workspace::toml_names(&folder());
        assert!(names.contains(&"mini".to_owned()), "{names:?}");
        for name in names {
            let study = find(&name, &Registry::paper()).unwrap();
            assert_eq!(study.name, name);
        }
    }

    #[test]
    fn an_unknown_study_says_which_there_are() {
        let error = find("maxi", &Registry::paper()).unwrap_err().to_string();
        assert!(error.contains("maxi") && error.contains("mini"), "{error}");
    }
}
