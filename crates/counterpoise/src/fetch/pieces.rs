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
    /// What it names that is wanted too.
    pub(super) with: Option<With>,
}

/// What is wanted beside a file that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum With {
    /// The parts that an index of weights names, beside it.
    Shards,
}

impl HubFile {
    /// Whether `path` is where this file lies, below `folder`, or a folder that holds it; an index brings the weights
    /// beside it.
    fn lies_at(&self, folder: &Path, path: &Path) -> bool {
        let place = folder.join(&self.place);
        let weights = path.extension().is_some_and(|end| end == "safetensors");
        place.starts_with(path) || self.with.is_some() && weights && place.parent() == path.parent()
    }
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
        if fetched.any(|file| file.lies_at(&self.folder, path)) {
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

impl Repository {
    /// Whether the revision is a commit, which always holds the same files.
    pub(super) fn is_pinned(&self) -> bool {
        self.revision.len() == 40 && self.revision.bytes().all(|byte| byte.is_ascii_hexdigit())
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
const EMBEDDED: [(&str, &str); 6] = [
    (
        "gpt2-medium",
        include_str!("../../../../studies/hub/gpt2-medium.toml"),
    ),
    (
        "classifiers",
        include_str!("../../../../studies/hub/classifiers.toml"),
    ),
    (
        "gemma-2-2b",
        include_str!("../../../../studies/hub/gemma-2-2b.toml"),
    ),
    (
        "llama-3.1-8b",
        include_str!("../../../../studies/hub/llama-3.1-8b.toml"),
    ),
    (
        "mistral-7b",
        include_str!("../../../../studies/hub/mistral-7b.toml"),
    ),
    (
        "qwen3-1.7b",
        include_str!("../../../../studies/hub/qwen3-1.7b.toml"),
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
mod tests;
