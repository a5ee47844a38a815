//! The tables of `[tuned] from = "dpo"`: the files and the settings of each step.

use std::ops::Range;
use std::path::{Path, PathBuf};

use counterpoise_registry::{PartTable, RegistryError};
use serde::{Deserialize, Serialize};

use super::KIND;
use crate::making::PairsSettings;
use crate::training::{DpoSettings, ReadingSettings};

/// How a tuned model is made.
#[derive(Clone, Debug)]
pub(crate) struct FromDpo {
    pub(super) pairs: PairsSource,
    pub(super) dpo: DpoSettings,
}

/// Where preference pairs come from.
#[derive(Clone, Debug)]
pub(super) enum PairsSource {
    /// They are ready: a file of JSON lines, or a folder of such.
    Ready(PathBuf),
    /// They are made of the sentences of a text.
    Made {
        text: PathBuf,
        head: HeadSource,
        settings: PairsSettings,
    },
}

/// Where the attribute head comes from.
#[derive(Clone, Debug)]
pub(super) enum HeadSource {
    /// It is ready.
    Ready(PathBuf),
    /// It is fitted to labelled comments.
    Fitted {
        comments: PathBuf,
        settings: ReadingSettings,
    },
}

/// The paths in `[tuned.attribute]`.
#[derive(Deserialize)]
struct AttributePaths {
    comments: PathBuf,
}

/// The paths in `[tuned.pairs]`.
#[derive(Deserialize)]
struct PairsPaths {
    file: Option<PathBuf>,
    from: Option<PathBuf>,
    head: Option<PathBuf>,
}

/// A table without keys.
#[derive(Deserialize)]
struct Nothing {}

const ATTRIBUTE: &str = "tuned.attribute";
const PAIRS: &str = "tuned.pairs";
const DPO: &str = "tuned.dpo";

/// Reads the table `[tuned]`, without its `from`.
///
/// # Errors
/// Keys that are not known, missing or too many, and settings that no step takes, each with its place.
pub(crate) fn read(table: &PartTable<'_>) -> Result<FromDpo, RegistryError> {
    let mut table = table.clone();
    let attribute = table.take("attribute")?;
    let pairs = table.take("pairs")?;
    let dpo = table.take("dpo")?;
    table.read::<Nothing>(KIND)?;
    let Some(pairs) = pairs else {
        let reason = "missing table `[tuned.pairs]`: `from` in it names a text, or `file` pairs that are ready";
        return Err(refused(KIND, reason, table.span()));
    };
    Ok(FromDpo {
        pairs: pairs_source(pairs, attribute)?,
        dpo: dpo_settings(dpo)?,
    })
}

fn pairs_source(
    table: PartTable<'_>,
    attribute: Option<PartTable<'_>>,
) -> Result<PairsSource, RegistryError> {
    let place = |key: &str| table.key_span(key);
    let (file_at, table_at) = (place("file"), table.span());
    let (paths, rest) = table.split(|key| matches!(key, "file" | "from" | "head"));
    let PairsPaths { file, from, head } = paths.read(PAIRS)?;
    let text = match (file, from) {
        (Some(_), Some(_)) => {
            return Err(refused(
                PAIRS,
                "`file` beside `from`; leave one out",
                file_at,
            ));
        }
        (None, None) => {
            let reason = "missing key `from`, a text, or `file`, pairs that are ready";
            return Err(refused(PAIRS, reason, table_at));
        }
        (Some(file), None) => {
            if let Some(attribute) = attribute {
                let reason = "pairs that are ready (`file` in `[tuned.pairs]`) need no head; leave the table out";
                return Err(refused(ATTRIBUTE, reason, attribute.span()));
            }
            if head.is_some() {
                let reason = "`head` beside `file`: pairs that are ready need no head";
                return Err(refused(PAIRS, reason, file_at));
            }
            rest.read::<Nothing>("tuned.pairs with `file`")?;
            return Ok(PairsSource::Ready(file));
        }
        (None, Some(text)) => text,
    };
    let settings: PairsSettings = rest.read(PAIRS)?;
    let checked = settings.pplm().check();
    checked.map_err(|error| refused(PAIRS, &error.to_string(), rest.span()))?;
    Ok(PairsSource::Made {
        text,
        head: head_source(head, attribute, rest.span())?,
        settings,
    })
}

fn head_source(
    head: Option<PathBuf>,
    attribute: Option<PartTable<'_>>,
    pairs: Range<usize>,
) -> Result<HeadSource, RegistryError> {
    match (head, attribute) {
        (Some(head), None) => Ok(HeadSource::Ready(head)),
        (None, Some(table)) => {
            let (paths, rest) = table.split(|key| key == "comments");
            let AttributePaths { comments } = paths.read(ATTRIBUTE)?;
            Ok(HeadSource::Fitted {
                comments,
                settings: rest.read(ATTRIBUTE)?,
            })
        }
        (Some(_), Some(table)) => {
            let reason = "beside `head` in `[tuned.pairs]`, which is ready; leave one out";
            Err(refused(ATTRIBUTE, reason, table.span()))
        }
        (None, None) => {
            let reason = "PPLM steers by a head: name one by `head`, or give the comments that it is fitted to in \
                          `[tuned.attribute]`";
            Err(refused(PAIRS, reason, pairs))
        }
    }
}

fn dpo_settings(table: Option<PartTable<'_>>) -> Result<DpoSettings, RegistryError> {
    let Some(table) = table else {
        return Ok(DpoSettings::default());
    };
    let settings: DpoSettings = table.read(DPO)?;
    let checked = settings
        .dpo()
        .and_then(|dpo| dpo.check().map_err(Into::into));
    match checked {
        Ok(()) => Ok(settings),
        Err(error) => Err(refused(DPO, &error.to_string(), table.span())),
    }
}

fn refused(table: &str, reason: &str, span: Range<usize>) -> RegistryError {
    RegistryError::Parameters {
        kind: table.to_owned(),
        reason: reason.to_owned(),
        span: Some(span),
    }
}

/// The tables as a study file has them, defaults included.
#[derive(Serialize)]
pub(super) struct Described<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute: Option<DescribedAttribute<'a>>,
    pairs: DescribedPairs<'a>,
    dpo: DpoSettings,
}

#[derive(Serialize)]
struct DescribedAttribute<'a> {
    comments: &'a Path,
    #[serde(flatten)]
    settings: ReadingSettings,
}

#[derive(Default, Serialize)]
struct DescribedPairs<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<&'a Path>,
    #[serde(flatten)]
    settings: Option<PairsSettings>,
}

impl FromDpo {
    pub(super) fn described(&self) -> Described<'_> {
        let (mut attribute, mut pairs) = (None, DescribedPairs::default());
        match &self.pairs {
            PairsSource::Ready(file) => pairs.file = Some(file),
            PairsSource::Made {
                text,
                head,
                settings,
            } => {
                pairs.from = Some(text);
                pairs.settings = Some(*settings);
                match head {
                    HeadSource::Ready(file) => pairs.head = Some(file),
                    HeadSource::Fitted { comments, settings } => {
                        let settings = *settings;
                        attribute = Some(DescribedAttribute { comments, settings });
                    }
                }
            }
        }
        Described {
            attribute,
            pairs,
            dpo: self.dpo,
        }
    }

    /// The files that are read.
    pub(super) fn files(&mut self) -> Vec<&mut PathBuf> {
        match &mut self.pairs {
            PairsSource::Ready(file) => vec![file],
            PairsSource::Made { text, head, .. } => match head {
                HeadSource::Ready(head) => vec![head, text],
                HeadSource::Fitted { comments, .. } => vec![comments, text],
            },
        }
    }

    /// What a file is that is read.
    pub(super) fn role(&self, file: &Path) -> &'static str {
        match &self.pairs {
            PairsSource::Ready(_) => "pairs",
            PairsSource::Made { head, .. } => match head {
                HeadSource::Ready(head) if head == file => "head",
                HeadSource::Fitted { comments, .. } if comments == file => "comments",
                _ => "text",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parse(text: &str) -> Result<FromDpo, RegistryError> {
        read(&PartTable::parse(text).unwrap())
    }

    /// The message, and the text at its place.
    fn refusal(text: &str) -> (String, String) {
        let error = parse(text).unwrap_err();
        let place = error.span().unwrap();
        (error.to_string(), text[place].to_owned())
    }

    const WHOLE: &str = "[attribute]\ncomments = 'c.csv'\nlimit = 900\n[pairs]\nfrom = 't.txt'\nsteered = 'top-3'\n\
                         kl_scale = 0\n[dpo]\nsteps = 2\nloss = 'ipo'\nheld_out = 4\n";

    #[test]
    fn settings_are_those_of_the_commands_under_their_names() {
        let read = parse(WHOLE).unwrap();
        let PairsSource::Made { settings, .. } = read.pairs else {
            unreachable!("a text was given");
        };
        assert_eq!(settings.pplm().kl_scale, 0.0);
        assert_eq!(settings.pplm().steered.to_string(), "top-3");
        let dpo = read.dpo.dpo().unwrap();
        assert_eq!(dpo.duration, counterpoise_train::Duration::Steps(2));
        assert_eq!(dpo.learning_rate, 1e-6);
    }

    #[test]
    fn what_is_read_is_described_as_a_table_that_reads_the_same() {
        for text in [
            WHOLE,
            "[pairs]\nfile = 'p.jsonl'",
            "[pairs]\nfrom = 't.txt'\nhead = 'h.pt'\n[dpo]\nepochs = 3\npatience = 2",
        ] {
            let first = parse(text).unwrap();
            let described = toml::to_string(&first.described()).unwrap();
            let again = parse(&described).unwrap();
            assert_eq!(format!("{again:?}"), format!("{first:?}"), "{described}");
        }
    }

    #[test]
    fn what_no_step_takes_is_refused_at_its_place() {
        let cases = [
            ("", "missing table `[tuned.pairs]`", ""),
            ("[pair]\nx = 1", "unknown key `pair`", "pair"),
            ("[pairs]\nx = 1", "missing key `from`", "[pairs]"),
            (
                "[pairs]\nfile = 'p'\nfrom = 't'",
                "`file` beside `from`",
                "file",
            ),
            (
                "[pairs]\nfile = 'p'\niterations = 2",
                "unknown key `iterations`",
                "iterations",
            ),
            (
                "[pairs]\nfile = 'p'\n[attribute]\ncomments = 'c'",
                "need no head",
                "[attribute]",
            ),
            ("[pairs]\nfile = 'p'\nhead = 'h'", "need no head", "file"),
            ("[pairs]\nfrom = 't'", "`[tuned.attribute]`", "[pairs]"),
            (
                "[pairs]\nfrom = 't'\n[attribute]\nlimit = 3",
                "missing key `comments`",
                "[attribute]",
            ),
            (
                "[pairs]\nfrom = 't'\nhead = 'h'\n[attribute]\ncomments = 'c'",
                "leave one out",
                "[attribute]",
            ),
            (
                "[pairs]\nfile = 'p'\n[dpo]\nbetta = 1",
                "unknown key `betta`",
                "betta",
            ),
            (
                "[pairs]\nfile = 'p'\n[dpo]\nsteps = 1\nepochs = 1",
                "expected one of them",
                "[dpo]",
            ),
            ("[pairs]\nfile = 'p'\n[dpo]\nbeta = -1", "beta", "[dpo]"),
            ("[pairs]\nfile = 'p'\n[dpo]\nsteps = 0", "nonzero", "0"),
            (
                "[pairs]\nfrom = 't'\nhead = 'h'\ngm_scale = 2",
                "`gm_scale`",
                "[pairs]",
            ),
            (
                "[pairs]\nfrom = 't'\nhead = 'h'\nsteered = 'best'",
                "top-K",
                "'best'",
            ),
            (
                "[pairs]\nfrom = 't'\n[attribute]\ncomments = 'c'\nheld_out_every = 1",
                "at least 2",
                "1",
            ),
        ];
        for (text, expected, place) in cases {
            let (message, found) = refusal(text);
            assert!(message.contains(expected), "{text:?}: {message}");
            assert!(found.starts_with(place), "{text:?}: {found:?}");
        }
    }
}
