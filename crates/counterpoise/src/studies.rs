//! Studies by their names.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use counterpoise_study::{Kinds, Study};

use crate::project::{self, STUDIES};

/// Reads a study: a name such as `mini` stands for `studies/mini.toml`, here or in a folder above;
/// anything with a path separator or the extension `.toml` is a file.
///
/// # Errors
/// No such study; as [`Study::read`].
pub(crate) fn find(name_or_file: &str, kinds: &Kinds) -> Result<Study> {
    let given = Path::new(name_or_file);
    let is_file = given.components().count() > 1
        || given
            .extension()
            .is_some_and(|extension| extension == "toml");
    if is_file {
        return Ok(Study::read(given, kinds)?);
    }
    let folder = folder();
    let path = folder.join(format!("{name_or_file}.toml"));
    if path.is_file() {
        return Ok(Study::read(&path, kinds)?);
    }
    let known = project::toml_names(&folder);
    let there = match known.as_slice() {
        [] => "there is none; `counterpoise init gpt2-medium` writes the paper's".to_owned(),
        names => format!("there is {}", names.join(", ")),
    };
    bail!(
        "`--study {name_or_file}`: no such study in {}: {there}; or name a `.toml` file",
        project::shown(&folder).display()
    )
}

/// The folder of a study's run: the one given, or `out/<study>` beside `studies/`.
pub(crate) fn out(study: &Study, given: Option<&Path>) -> PathBuf {
    let beside_studies = || project::root().join("out").join(&study.name);
    given.map_or_else(beside_studies, Path::to_owned)
}

/// Whether there is a study of this name: in `studies/`, or among those that `init` writes.
#[cfg(feature = "hub")]
pub(crate) fn exists(name: &str) -> bool {
    crate::init::is_embedded(name) || folder().join(format!("{name}.toml")).is_file()
}

fn folder() -> PathBuf {
    project::root().join(STUDIES)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_studies_that_come_along_are_good() {
        let names = project::toml_names(&folder());
        assert!(names.contains(&"mini".to_owned()), "{names:?}");
        for name in names {
            let study = find(&name, &crate::kinds().unwrap()).unwrap();
            assert_eq!(study.name, name);
        }
    }

    #[test]
    fn an_unknown_study_says_which_there_are() {
        let error = find("maxi", &crate::kinds().unwrap())
            .unwrap_err()
            .to_string();
        assert!(error.contains("maxi") && error.contains("mini"), "{error}");
    }
}
