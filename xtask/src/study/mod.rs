//! A study: the models, the inputs and the interventions of a run, read from TOML.

mod contents;
mod interventions;
mod paper_row;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use counterpoise_groups::Grouping;
use counterpoise_intervene::Registry;

use crate::toml_file::TomlFile;
use crate::workspace;
use contents::Contents;
pub(crate) use contents::{FigureTable, ScorerTable};
pub(crate) use interventions::{ModelRole, StudyIntervention};
pub(crate) use paper_row::PaperRow;

/// What a run reads and does.
#[derive(Debug)]
pub(crate) struct Study {
    /// Its name: the file's, without `.toml`.
    pub(crate) name: String,
    /// The file it was read from.
    pub(crate) file: TomlFile,
    /// The base model's folder.
    pub(crate) base: PathBuf,
    /// The tuned model's folder or weight file.
    pub(crate) tuned: PathBuf,
    /// The toxicity probe.
    pub(crate) probe: PathBuf,
    /// The challenge prompts.
    pub(crate) prompts: PathBuf,
    /// The text for perplexity.
    pub(crate) text: PathBuf,
    /// The samples for F1.
    pub(crate) samples: PathBuf,
    /// What scores toxicity.
    pub(crate) scorer: ScorerTable,
    /// How prompts are continued.
    pub(crate) decoding: DecodingSizes,
    /// How the text is cut.
    pub(crate) perplexity: PerplexitySizes,
    /// What the figures show.
    pub(crate) figures: FigureTable,
    /// Which definition the figures group neurons by.
    pub(crate) grouping: Grouping,
    /// The rows of the tables.
    pub(crate) interventions: Vec<StudyIntervention>,
}

/// Sizes that decide what is generated, and how much at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DecodingSizes {
    /// Tokens of a prompt that are read, from its start.
    pub(crate) max_prompt_tokens: usize,
    /// New tokens per prompt.
    pub(crate) max_new_tokens: usize,
    /// Prompts run together.
    pub(crate) batch_size: usize,
}

/// Sizes of the windows that perplexity is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PerplexitySizes {
    /// Tokens per window; `None`: the paper's 1,024, or all of the model's positions if fewer.
    pub(crate) window: Option<usize>,
    /// Windows run together.
    pub(crate) batch_size: usize,
}

impl Study {
    /// Reads a study: a name such as `mini` stands for `xtask/studies/mini.toml`; anything with a
    /// path separator or the extension `.toml` is a file.
    ///
    /// # Errors
    /// No such study; a file with unknown keys, kinds or values, all with their line.
    pub(crate) fn find(name_or_file: &str, registry: &Registry) -> Result<Self> {
        let given = Path::new(name_or_file);
        let is_file = given.components().count() > 1
            || given
                .extension()
                .is_some_and(|extension| extension == "toml");
        let path = if is_file {
            given.to_owned()
        } else {
            let path = studies().join(format!("{name_or_file}.toml"));
            if !path.is_file() {
                bail!(
                    "`--study {name_or_file}`: no such study in {}; there is {}; or name a `.toml` file",
                    studies().display(),
                    workspace::toml_names(&studies()).join(", ")
                );
            }
            path
        };
        Self::of(TomlFile::read(&path)?, registry)
    }

    /// The files that interventions read.
    pub(crate) fn intervention_files(&self) -> impl Iterator<Item = PathBuf> {
        self.interventions.iter().filter_map(|row| row.file.clone())
    }

    /// The study that `file` describes.
    ///
    /// # Errors
    /// As for [`Study::find`].
    pub(crate) fn of(file: TomlFile, registry: &Registry) -> Result<Self> {
        let contents: Contents = file.parse()?;
        let stem = file.path.file_stem().and_then(|stem| stem.to_str());
        let name = stem
            .with_context(|| format!("{}: its name is not UTF-8", file.path.display()))?
            .to_owned();
        let figures = contents.figures;
        let grouping = figures.grouping.get_ref().parse().map_err(
            |error: counterpoise_groups::GroupsError| {
                file.error(figures.grouping.span(), error.to_string())
            },
        )?;
        let interventions = interventions::read(&file, &contents.intervention, registry)?;
        interventions::check_ablated(&file, &figures.ablated, &interventions)?;
        if let Some([from, to]) = figures
            .shifts
            .get_ref()
            .iter()
            .find(|[from, to]| from >= to)
        {
            let message =
                format!("`shifts` names the ranks {from} to {to}; expected from below to");
            return Err(file.error(figures.shifts.span(), message));
        }
        let path = |path: PathBuf| workspace::root().join(path);
        Ok(Self {
            base: path(contents.models.base),
            tuned: path(contents.models.tuned),
            probe: path(contents.probe),
            prompts: path(contents.prompts),
            text: path(contents.text),
            samples: path(contents.samples),
            scorer: contents.scorer.map_path(path),
            decoding: DecodingSizes {
                max_prompt_tokens: contents.decoding.max_prompt_tokens.get(),
                max_new_tokens: contents.decoding.max_new_tokens.get(),
                batch_size: contents.decoding.batch_size.get(),
            },
            perplexity: PerplexitySizes {
                window: contents.perplexity.window.map(NonZeroUsize::get),
                batch_size: contents.perplexity.batch_size.get(),
            },
            figures,
            grouping,
            interventions,
            name,
            file,
        })
    }
}

fn studies() -> PathBuf {
    workspace::root().join("xtask").join("studies")
}

#[cfg(test)]
mod tests;
