//! The studies that a program knows by their names.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use counterpoise_study::{Study, TomlFile};

use super::Program;
use super::output::print;

/// The studies that come along, which need no file: name and text.
const BUILT_IN: [(&str, &str); 1] = [(
    "gpt2-medium",
    include_str!("../../studies/gpt2-medium.toml"),
)];

/// `study`
#[derive(Debug, Args)]
pub struct StudyArgs {
    /// The study to print; the names of all are printed unless given.
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

/// A study that can be named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KnownStudy {
    name: String,
    source: Source,
}

/// Where a study's text is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    /// In the program; its paths are relative to the program's folder.
    BuiltIn(&'static str),
    /// In a file; its paths are relative to the file's folder.
    File(PathBuf),
}

impl KnownStudy {
    /// The study in the file `path`, named `name`.
    pub(super) fn in_file(name: &str, path: &Path) -> Self {
        Self {
            name: name.to_owned(),
            source: Source::File(path.to_owned()),
        }
    }

    /// Its file; one that is built in is as if it lay in `folder`.
    fn file(&self, folder: &Path) -> Result<TomlFile> {
        match &self.source {
            Source::File(path) => Ok(TomlFile::read(path)?),
            Source::BuiltIn(text) => Ok(TomlFile {
                path: folder.join(format!("{}.toml", self.name)),
                text: (*text).to_owned(),
            }),
        }
    }
}

/// The studies that come along.
pub(super) fn built_in() -> Vec<KnownStudy> {
    let known = BUILT_IN.map(|(name, text)| KnownStudy {
        name: name.to_owned(),
        source: Source::BuiltIn(text),
    });
    known.into()
}

impl Program {
    /// The study that `--study` names: a known one by its name; anything with a path separator or the
    /// extension `.toml` is a file.
    ///
    /// # Errors
    /// No such study; none named where there is no default; as [`Study::read`].
    pub(super) fn study(&self, given: Option<&str>) -> Result<Study> {
        let Some(given) = given.or(self.default_study.as_deref()) else {
            bail!(
                "no study is named; expected `--study NAME`, of {}, or `--study FILE.toml`",
                self.study_names()
            );
        };
        let path = Path::new(given);
        let is_file = path.components().count() > 1
            || path
                .extension()
                .is_some_and(|extension| extension == "toml");
        if is_file {
            return Ok(Study::read(path, &self.registry)?);
        }
        let file = self.known(given, "--study ")?.file(&self.folder)?;
        Ok(Study::of(file, &self.registry)?)
    }

    /// The study of that name; `option` is what it was given by.
    fn known(&self, name: &str, option: &str) -> Result<&KnownStudy> {
        match self.studies.iter().find(|known| known.name == name) {
            Some(known) => Ok(known),
            None => bail!(
                "`{option}{name}`: no study of this name; expected {}, or a `.toml` file",
                self.study_names()
            ),
        }
    }

    fn study_names(&self) -> String {
        let names: Vec<&str> = (self.studies.iter())
            .map(|known| known.name.as_str())
            .collect();
        names.join(" or ")
    }
}

/// Runs the command: prints a study's file, to be changed and named with `--study FILE.toml`.
///
/// # Errors
/// No study of this name, or its file cannot be read.
pub(super) fn run(args: &StudyArgs, program: &Program) -> Result<()> {
    match &args.name {
        Some(name) => print(&program.known(name, "study ")?.file(&program.folder)?.text),
        None => {
            let names = program
                .studies
                .iter()
                .map(|known| format!("{}\n", known.name));
            print(&names.collect::<String>())
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use counterpoise_intervene::Registry;

    use super::*;

    fn program() -> Program {
        Program::new("counterpoise", Registry::paper())
    }

    #[test]
    fn the_studies_that_come_along_are_good_and_look_in_the_program_s_folder() {
        let folder = tempfile::tempdir().unwrap();
        let program = program().in_folder(folder.path());
        let here = std::fs::canonicalize(folder.path()).unwrap();
        for (name, _) in BUILT_IN {
            let study = program.study(Some(name)).unwrap();
            assert_eq!(study.name, name);
            assert!(study.base.starts_with(here.join("data").join(name)));
        }
    }

    #[test]
    fn an_unknown_study_says_which_there_are() {
        for wrong in [Some("maxi"), None] {
            let error = program().study(wrong).unwrap_err().to_string();
            assert!(error.contains("gpt2-medium"), "{error}");
        }
    }

    #[test]
    fn a_study_file_of_the_program_is_found_by_its_name_and_is_the_default() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.toml");
        std::fs::write(&path, BUILT_IN[0].1).unwrap();
        let program = program().with_default_study("mine", &path);
        let here = std::fs::canonicalize(folder.path()).unwrap();
        for given in [None, Some("mine"), path.to_str()] {
            let study = program.study(given).unwrap();
            assert!(study.base.starts_with(&here), "{}", study.base.display());
        }
    }
}
