//! What a study reads and where each piece comes from: `studies/hub/<study>.toml`, or a list that comes with
//! the program.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use counterpoise_study::TomlFile;
use serde::Deserialize;

use crate::project::{self, STUDIES};

/// The pieces of a study.
#[derive(Debug)]
pub(crate) struct Pieces {
    /// The study's name.
    pub(super) study: String,
    /// The folder that places are relative to; absolute.
    pub(super) folder: PathBuf,
    /// What the hub has.
    pub(super) repositories: Vec<Repository>,
    /// What it has not.
    pub(super) by_hand: Vec<ByHand>,
}

/// A repository of the hub, and which of its files are wanted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Repository {
    /// Such as `openai-community/gpt2-medium`.
    pub(super) name: String,
    /// What it holds.
    pub(super) kind: Kind,
    /// A commit, a tag or a branch.
    pub(super) revision: String,
    /// What its licence is, where that is to be told.
    pub(super) licence: Option<String>,
    /// The files.
    pub(super) files: Vec<HubFile>,
}

/// What a repository holds; the hub keeps the kinds apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// A model.
    Model,
    /// A data set.
    Dataset,
}

/// A file of a repository.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HubFile {
    /// Its path in the repository.
    pub(super) name: String,
    /// Where the study looks for it.
    pub(super) place: PathBuf,
}

/// A piece that a person has to download, or a command has to make.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ByHand {
    /// Where the study looks for it.
    pub(super) place: PathBuf,
    /// What it is.
    pub(super) what: String,
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
    /// The pieces of the study `name`, to lie in `folder`, or in `data/<name>` beside `studies/`.
    ///
    /// # Errors
    /// A study of which no pieces are known; a broken file; a folder without a name.
    pub(crate) fn of(name: &str, folder: Option<&Path>) -> Result<Self> {
        let file = list(name)?;
        let contents = file.document()?.read("list");
        let contents: Contents = contents.map_err(|error| file.refused(error))?;
        let folder = match folder {
            Some(folder) => std::path::absolute(folder)
                .with_context(|| format!("`{}` names no folder", folder.display()))?,
            None => project::root().join("data").join(name),
        };
        Ok(Self {
            study: name.to_owned(),
            folder,
            repositories: contents.repository,
            by_hand: contents.by_hand,
        })
    }

    /// Where the file at `place` lies.
    pub(super) fn path(&self, place: &Path) -> PathBuf {
        self.folder.join(place)
    }

    /// How the piece that a study looks for at `path` can be obtained, if it is one of these.
    fn origin(&self, path: &Path) -> Option<String> {
        // A folder is to be had with the files that lie in it.
        let is_here = |place: &Path| self.path(place).starts_with(path);
        let mut fetched = self.repositories.iter().flat_map(|from| &from.files);
        if fetched.any(|file| is_here(&file.place)) {
            return Some(format!("run `counterpoise fetch {}`", self.study));
        }
        let piece = self.by_hand.iter().find(|piece| is_here(&piece.place))?;
        Some(piece.sources(&self.folder).join("; or "))
    }
}

impl ByHand {
    /// How to come by it: a sentence for each way.
    pub(super) fn sources(&self, folder: &Path) -> Vec<String> {
        let folder = project::shown(folder).display().to_string();
        let here = |text: &String| text.replace("{folder}", &folder);
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

/// How the file that some study looks for at `path` can be obtained, if any list has it.
///
/// # Errors
/// A list that is broken.
pub(crate) fn origin(path: &Path) -> Result<Option<String>> {
    for name in known() {
        if let Some(origin) = Pieces::of(&name, None)?.origin(path) {
            return Ok(Some(origin));
        }
    }
    Ok(None)
}

/// The lists that come with the program.
const EMBEDDED: [(&str, &str); 2] = [
    (
        "gpt2-medium",
        include_str!("../../../../studies/hub/gpt2-medium.toml"),
    ),
    (
        "classifiers",
        include_str!("../../../../studies/hub/classifiers.toml"),
    ),
];

/// The folder of lists of one's own.
fn lists() -> PathBuf {
    project::root().join(STUDIES).join("hub")
}

/// The list of a study: one's own, or that of the program.
fn list(name: &str) -> Result<TomlFile> {
    let own = lists().join(format!("{name}.toml"));
    if own.is_file() {
        return Ok(TomlFile::read(&own)?);
    }
    match EMBEDDED.iter().find(|(embedded, _)| *embedded == name) {
        Some((_, text)) => Ok(TomlFile {
            path: own,
            text: (*text).to_owned(),
        }),
        None => bail!(
            "`{name}`: no list of files to fetch for this study in {}; there is {}",
            project::shown(&lists()).display(),
            known().join(", ")
        ),
    }
}

/// The studies whose pieces are known.
fn known() -> Vec<String> {
    let mut names = project::toml_names(&lists());
    names.extend(EMBEDDED.map(|(name, _)| name.to_owned()));
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_file_that_a_listed_study_reads_has_an_origin() {
        let studies = known()
            .into_iter()
            .filter(|name| crate::studies::exists(name));
        let studies: Vec<String> = studies.collect();
        assert!(studies.contains(&"gpt2-medium".to_owned()));
        for name in studies {
            let study = crate::studies::find(&name, &crate::kinds().unwrap()).unwrap();
            let in_base = ["config.json", "tokenizer.json", "model.safetensors"];
            let mut files: Vec<PathBuf> = in_base.map(|file| study.base.join(file)).into();
            let single = [&study.tuned, &study.probe, &study.prompts];
            files.extend(single.map(Clone::clone));
            files.extend(study.part_inputs().into_iter().map(|(_, file)| file));
            for file in files {
                assert!(origin(&file).unwrap().is_some(), "{}", file.display());
            }
        }
    }

    #[test]
    fn every_piece_says_how_it_is_to_be_had_and_no_two_share_a_place() {
        for name in known() {
            let pieces = Pieces::of(&name, None).unwrap();
            let fetched = pieces.repositories.iter().flat_map(|from| &from.files);
            let mut places: Vec<_> = fetched.map(|file| file.place.clone()).collect();
            for piece in &pieces.by_hand {
                let sources = piece.sources(&pieces.folder);
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
        assert_eq!(origin(Path::new("/elsewhere/config.json")).unwrap(), None);
    }
}
