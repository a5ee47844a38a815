//! What a study reads and where each piece comes from: `hub/<study>.toml` of this crate.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use counterpoise_study::TomlFile;
use serde::Deserialize;

use super::Program;
use super::shown::shown;

/// The lists: the study's name and its text.
const LISTS: [(&str, &str); 1] = [("gpt2-medium", include_str!("../../hub/gpt2-medium.toml"))];

/// The pieces of a study.
#[derive(Debug)]
pub(crate) struct Pieces {
    /// The study's name.
    pub(crate) study: String,
    /// The folder that places are relative to; absolute.
    pub(crate) folder: PathBuf,
    /// What the hub has.
    pub(crate) repositories: Vec<Repository>,
    /// What it has not.
    pub(crate) by_hand: Vec<ByHand>,
}

/// A repository of the hub, and which of its files are wanted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Repository {
    /// Such as `openai-community/gpt2-medium`.
    pub(crate) name: String,
    /// What it holds.
    pub(crate) kind: Kind,
    /// A commit, a tag or a branch.
    pub(crate) revision: String,
    /// The files.
    pub(crate) files: Vec<HubFile>,
}

/// What a repository holds; the hub keeps the kinds apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// A model.
    Model,
    /// A data set.
    Dataset,
}

/// A file of a repository.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HubFile {
    /// Its path in the repository.
    pub(crate) name: String,
    /// Where the study looks for it.
    pub(crate) place: PathBuf,
}

/// A piece that a person has to download, or a command has to make.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ByHand {
    /// Where the study looks for it.
    pub(crate) place: PathBuf,
    /// What it is.
    pub(crate) what: String,
    /// Where to download it.
    from: Option<String>,
    /// The command that makes it.
    make: Option<String>,
    /// What is to be done after that command.
    then: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    repository: Vec<Repository>,
    by_hand: Vec<ByHand>,
}

impl Pieces {
    /// The pieces of the study `name`, to lie in `folder`, or else in `data/<name>` of the program's folder.
    ///
    /// # Errors
    /// A study of which no pieces are known; a broken list; a folder without a name.
    pub(crate) fn of(name: &str, folder: Option<&Path>, program: &Program) -> Result<Self> {
        let Some((_, text)) = LISTS.iter().find(|(known, _)| *known == name) else {
            let known = LISTS.map(|(known, _)| known).join(" or ");
            bail!(
                "`{name}`: no files to fetch are known for a study of this name; expected {known}"
            );
        };
        let list = TomlFile {
            path: PathBuf::from(format!("hub/{name}.toml")),
            text: (*text).to_owned(),
        };
        let contents: Contents = list.parse()?;
        let folder = match folder {
            Some(folder) => std::path::absolute(folder)
                .with_context(|| format!("`{}` names no folder", folder.display()))?,
            None => program.folder.join("data").join(name),
        };
        Ok(Self {
            study: name.to_owned(),
            folder,
            repositories: contents.repository,
            by_hand: contents.by_hand,
        })
    }

    /// Where the file at `place` lies.
    pub(crate) fn path(&self, place: &Path) -> PathBuf {
        self.folder.join(place)
    }

    /// How the piece that a study looks for at `path` is to be had, if it is one of these.
    fn origin(&self, path: &Path, program: &Program) -> Option<String> {
        let is_here = |place: &Path| self.path(place) == path;
        for from in &self.repositories {
            if let Some(file) = from.files.iter().find(|file| is_here(&file.place)) {
                return Some(self.how_to_fetch(from, file, program));
            }
        }
        let piece = self.by_hand.iter().find(|piece| is_here(&piece.place))?;
        Some(piece.sources(&self.folder, program).join("; or "))
    }

    #[cfg(feature = "hub")]
    fn how_to_fetch(&self, _: &Repository, _: &HubFile, program: &Program) -> String {
        format!("run `{} fetch {}`", program.name, self.study)
    }

    #[cfg(not(feature = "hub"))]
    fn how_to_fetch(&self, from: &Repository, file: &HubFile, _: &Program) -> String {
        format!("download {} of {from} from huggingface.co", file.name)
    }
}

impl ByHand {
    /// How to come by it: a sentence for each way.
    pub(crate) fn sources(&self, folder: &Path, program: &Program) -> Vec<String> {
        let folder = shown(folder).display().to_string();
        let here = |text: &String| {
            let text = text.replace("{folder}", &folder);
            text.replace("{program}", program.name)
        };
        let download = self
            .from
            .as_ref()
            .map(|from| format!("download it from {from}"));
        let make = self.make.as_ref().map(|command| {
            let then = self
                .then
                .as_ref()
                .map(|then| format!(", then {}", here(then)));
            format!("run `{}`{}", here(command), then.unwrap_or_default())
        });
        download.into_iter().chain(make).collect()
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Model => "model",
            Kind::Dataset => "data set",
        };
        write!(f, "the {kind} {} at revision {}", self.name, self.revision)
    }
}

/// How the file that some study looks for at `path` is to be had, if any list has it.
///
/// # Errors
/// A list that is broken.
pub(crate) fn origin(path: &Path, program: &Program) -> Result<Option<String>> {
    for (name, _) in LISTS {
        if let Some(origin) = Pieces::of(name, None, program)?.origin(path, program) {
            return Ok(Some(origin));
        }
    }
    Ok(None)
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
    fn every_file_that_a_listed_study_reads_has_an_origin() {
        let program = program();
        for (name, _) in LISTS {
            let study = program.study(Some(name)).unwrap();
            let in_base = ["config.json", "tokenizer.json", "model.safetensors"];
            let mut files: Vec<PathBuf> = in_base.map(|file| study.base.join(file)).into();
            let single = [&study.tuned, &study.probe, &study.prompts];
            files.extend(single.map(Clone::clone));
            files.extend([study.text.clone(), study.samples.clone()]);
            files.push(study.scorer.file().to_owned());
            for file in files {
                let origin = origin(&file, &program).unwrap();
                assert!(origin.is_some(), "{}", file.display());
            }
        }
    }

    #[test]
    fn every_piece_says_how_it_is_to_be_had_and_no_two_share_a_place() {
        let program = program();
        for (name, _) in LISTS {
            let pieces = Pieces::of(name, None, &program).unwrap();
            let fetched = pieces.repositories.iter().flat_map(|from| &from.files);
            let mut places: Vec<_> = fetched.map(|file| file.place.clone()).collect();
            for piece in &pieces.by_hand {
                let sources = piece.sources(&pieces.folder, &program);
                assert!(!sources.is_empty(), "{}", piece.what);
                assert!(!sources.concat().contains('{'), "{sources:?}");
                places.push(piece.place.clone());
            }
            assert!(places.iter().all(|place| place.is_relative()));
            let all = places.len();
            places.sort();
            places.dedup();
            assert_eq!(places.len(), all);
        }
    }

    #[test]
    fn a_file_of_no_list_has_no_origin() {
        let elsewhere = Path::new("/elsewhere/config.json");
        assert_eq!(origin(elsewhere, &program()).unwrap(), None);
    }
}
