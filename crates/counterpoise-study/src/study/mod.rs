//! A study: the models, the inputs and the interventions of a run, read from TOML.

mod contents;
mod figure_settings;
mod interventions;
mod paper_row;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use crate::error::{Context, Result};
use counterpoise_groups::Grouping;
use counterpoise_intervene::Registry;

use crate::toml_file::TomlFile;
pub use contents::ScorerTable;
use contents::{Contents, FigureTable};
pub use figure_settings::FigureSettings;
pub use interventions::{Role, StudyIntervention};
pub use paper_row::PaperRow;

/// What a run reads and does.
#[derive(Debug)]
pub struct Study {
    /// Its name: the file's, without `.toml`.
    pub name: String,
    /// The file it was read from.
    pub file: TomlFile,
    /// The base model's folder.
    pub base: PathBuf,
    /// The tuned model's folder or weight file.
    pub tuned: PathBuf,
    /// The toxicity probe.
    pub probe: PathBuf,
    /// The challenge prompts.
    pub prompts: PathBuf,
    /// The text for perplexity.
    pub text: PathBuf,
    /// The samples for F1.
    pub samples: PathBuf,
    /// What scores toxicity.
    pub scorer: ScorerTable,
    /// How prompts are continued.
    pub decoding: DecodingSizes,
    /// How the text is cut.
    pub perplexity: PerplexitySizes,
    /// What the figures show.
    pub figures: FigureSettings,
    /// The rows of the tables.
    pub interventions: Vec<StudyIntervention>,
}

/// Sizes that decide what is generated, and how much at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodingSizes {
    /// Tokens of a prompt that are read, from its start.
    pub max_prompt_tokens: usize,
    /// New tokens per prompt.
    pub max_new_tokens: usize,
    /// Prompts run together.
    pub batch_size: usize,
}

/// Sizes of the windows that perplexity is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerplexitySizes {
    /// Tokens per window; `None`: the paper's 1,024, or all of the model's positions if fewer.
    pub window: Option<usize>,
    /// Windows run together.
    pub batch_size: usize,
}

impl Study {
    /// Reads a study file. Relative paths in it are taken from its folder.
    ///
    /// # Errors
    /// A file that cannot be read, or with unknown keys, kinds or values, all with their line.
    pub fn read(path: &Path, registry: &Registry) -> Result<Self> {
        Self::of(TomlFile::read(path)?, registry)
    }

    /// The files that interventions read.
    pub fn intervention_files(&self) -> impl Iterator<Item = PathBuf> {
        self.interventions.iter().filter_map(|row| row.file.clone())
    }

    /// The study that `file` describes.
    ///
    /// # Errors
    /// As for [`Study::read`].
    pub fn of(file: TomlFile, registry: &Registry) -> Result<Self> {
        let contents: Contents = file.parse()?;
        let stem = file.path.file_stem().and_then(|stem| stem.to_str());
        let name = stem
            .with_context(|| format!("{}: its name is not UTF-8", file.path.display()))?
            .to_owned();
        let folder = file.folder();
        let interventions = interventions::read(&file, &contents.intervention, &folder, registry)?;
        let figures = figures(&file, contents.figures, &interventions)?;
        let path = |path: PathBuf| below(&folder, &path);
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
            interventions,
            name,
            file,
        })
    }
}

/// What the figures show, checked.
fn figures(
    file: &TomlFile,
    table: FigureTable,
    interventions: &[StudyIntervention],
) -> Result<FigureSettings> {
    let grouping = table.grouping.get_ref().parse::<Grouping>();
    grouping.map_err(|error| file.error(table.grouping.span(), error.to_string()))?;
    interventions::check_ablated(file, &table.ablated, interventions)?;
    let shifts = *table.shifts.get_ref();
    if let Some([from, to]) = shifts.iter().find(|[from, to]| from >= to) {
        let message = format!("`shifts` names the ranks {from} to {to}; expected from below to");
        return Err(file.error(table.shifts.span(), message));
    }
    Ok(FigureSettings {
        grouping: table.grouping.into_inner(),
        ablated: table.ablated.into_inner(),
        contributions: table.contributions,
        bins: table.bins,
        arrows: table.arrows,
        activations: table.activations,
        shifts,
    })
}

/// `path` taken from `folder`. Leading `..` are followed at once, so that messages stay readable.
pub(crate) fn below(folder: &Path, path: &Path) -> PathBuf {
    let (mut folder, mut path) = (folder, path);
    while let Ok(rest) = path.strip_prefix("..") {
        let Some(parent) = folder.parent() else { break };
        (folder, path) = (parent, rest);
    }
    folder.join(path)
}

#[cfg(test)]
mod tests;
