//! A study: the models, the inputs and the parts of a run, read from TOML.

mod contents;
mod controls;
mod directions;
mod interventions;
mod paper_row;
mod part;
mod sweep;
mod tuning;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use counterpoise_eval::{DecodingSizes, MetricKind, Protocol};
use counterpoise_groups::Role;
use counterpoise_model::Precision;
use counterpoise_registry::PartTable;
use counterpoise_score::ScorerKind;

use crate::attribution::AttributionSettings;
use crate::error::{Context, Result, refuse};
use crate::figures::{ComponentReductions, FigureKind, NearestTokens, paper_figures};
use crate::kinds::Kinds;
use crate::toml_file::TomlFile;
use crate::tuned::{TUNED_FOLDER, TunedKind, TunedRecord};
use crate::uncertainty::NullSettings;
use contents::{Contents, ScorerName, TitleTable};
pub use directions::StudyDirection;
pub use interventions::{Control, StudyIntervention, read_intervention};
pub use paper_row::PaperRow;
pub use part::Part;
pub use sweep::Swept;
pub(crate) use sweep::plain;

/// What a run reads and does.
#[derive(Debug)]
pub struct Study {
    /// Its name: the file's, without `.toml`.
    pub name: String,
    /// The file it was read from.
    pub file: TomlFile,
    /// The base model's folder.
    pub base: PathBuf,
    /// The tuned model's folder or weight file. Where the study makes it, that is known when it is made or found:
    /// [`Study::make_tuned`], [`Study::find_tuned`].
    pub tuned: PathBuf,
    /// What makes the tuned model, where the study names none.
    pub tuning: Option<Part<dyn TunedKind>>,
    /// What it was made from.
    pub tuned_from: Option<TunedRecord>,
    /// What both models' matrices are kept in.
    pub dtype: Precision,
    /// The toxicity probe.
    pub probe: PathBuf,
    /// The challenge prompts.
    pub prompts: PathBuf,
    /// How prompts are continued.
    pub decoding: DecodingSizes,
    /// How prompts and texts are read: what is drawn and judged is of the first of these.
    pub protocols: Vec<Protocol>,
    /// How much is drawn at random for the nulls.
    pub nulls: NullSettings,
    /// What else is attributed to the direction.
    pub attribution: AttributionSettings,
    /// What groups are sorted by beside the probe.
    pub directions: Vec<StudyDirection>,
    /// What each table is called, by its number.
    pub tables: BTreeMap<u32, String>,
    /// What scores toxicity, by name.
    pub scorers: Vec<(String, Part<dyn ScorerKind>)>,
    /// What is measured: the columns of the tables.
    pub metrics: Vec<Part<dyn MetricKind>>,
    /// What is drawn.
    pub figures: Vec<Part<dyn FigureKind>>,
    /// What is done: the rows of the tables.
    pub interventions: Vec<StudyIntervention>,
}

impl Study {
    /// Reads a study file. Relative paths in it are taken from its folder.
    ///
    /// # Errors
    /// A file that cannot be read, or with unknown keys, kinds or values, all with their line.
    pub fn read(path: &Path, kinds: &Kinds) -> Result<Self> {
        Self::of(TomlFile::read(path)?, kinds)
    }

    /// The study that `file` describes.
    ///
    /// # Errors
    /// As for [`Study::read`].
    pub fn of(file: TomlFile, kinds: &Kinds) -> Result<Self> {
        let mut document = file.document()?;
        let lists = [
            "intervention",
            "figure",
            "scorer",
            "metric",
            "table",
            "direction",
        ]
        .map(|key| document.take_all(key).map_err(|error| file.refused(error)));
        let tuning = document
            .take("tuned")
            .map_err(|error| file.refused(error))?;
        let contents: Contents = document
            .read("study")
            .map_err(|error| file.refused(error))?;
        for path in contents.paths() {
            file.check_path(&document, path)?;
        }
        let protocols = contents
            .protocols()
            .map_err(|(key, message)| file.error(document.key_span(key), message.to_owned()))?;
        let [rows, drawn, scorers, measured, titled, listed] = lists;
        let interventions = interventions::read(&file, rows?, &kinds.interventions)?;
        let tuning = tuning::read(&file, tuning, &contents, &document, kinds)?;
        let mut figures = figures(&file, drawn?, kinds, &interventions, contents.attribution)?;
        tuning::add_figures(&mut figures, tuning.as_ref(), &file)?;
        let scorers = read_scorers(&file, scorers?, kinds)?;
        let metrics = metrics(&file, measured?, kinds)?;
        let tables = titles(&file, titled?)?;
        let directions = directions::read(&file, listed?)?;
        let folder = file.folder();
        let path = |path: PathBuf| below(&folder, &path);
        let stem = file.path.file_stem().and_then(|stem| stem.to_str());
        let name = stem
            .with_context(|| format!("{}: its name is not UTF-8", file.path.display()))?
            .to_owned();
        Ok(Self {
            base: path(contents.models.base),
            tuned: (contents.models.tuned).map_or_else(|| PathBuf::from(TUNED_FOLDER), path),
            tuning,
            tuned_from: None,
            dtype: contents.models.dtype,
            probe: path(contents.probe),
            prompts: path(contents.prompts),
            decoding: contents.decoding.sizes(),
            protocols,
            nulls: contents.nulls,
            attribution: contents.attribution,
            directions,
            tables,
            scorers,
            metrics,
            figures,
            interventions,
            name,
            file,
        })
    }

    /// The files that the parts read, each with the part that reads it.
    pub fn part_inputs(&self) -> Vec<(String, PathBuf)> {
        let scorers = (self.scorers.iter())
            .map(|(name, scorer)| (format!("scorer {name}"), scorer.inputs.clone()));
        let metrics = (self.metrics.iter()).map(|metric| {
            (
                format!("metric {}", metric.does.kind),
                metric.inputs.clone(),
            )
        });
        let rows = (self.interventions.iter())
            .map(|row| (format!("intervention {}", row.name), row.inputs.clone()));
        let figures = (self.figures.iter()).map(|figure| {
            (
                format!("figure {}", figure.does.kind),
                figure.inputs.clone(),
            )
        });
        let directions = (self.directions.iter()).map(|direction| {
            (
                format!("direction {}", direction.name),
                direction.input.iter().cloned().collect(),
            )
        });
        let tuning = (self.tuning.iter()).map(|tuning| {
            (
                format!("tuned from {}", tuning.does.kind),
                tuning.inputs.clone(),
            )
        });
        (tuning
            .chain(scorers)
            .chain(metrics)
            .chain(rows)
            .chain(figures)
            .chain(directions))
        .flat_map(|(part, files)| files.into_iter().map(move |file| (part.clone(), file)))
        .collect()
    }
}

fn metrics(
    file: &TomlFile,
    tables: Vec<PartTable<'_>>,
    kinds: &Kinds,
) -> Result<Vec<Part<dyn MetricKind>>> {
    if tables.is_empty() {
        refuse!(
            "{}: expected at least one [[metric]] table, such as kind = \"toxicity\"; found none",
            file.path.display()
        );
    }
    let build = |table: &PartTable<'_>| Part::build(file, table, &kinds.metrics);
    tables.iter().map(build).collect()
}

/// The scorers by their names; one without a name is called what its kind is.
pub(crate) fn read_scorers(
    file: &TomlFile,
    tables: Vec<PartTable<'_>>,
    kinds: &Kinds,
) -> Result<Vec<(String, Part<dyn ScorerKind>)>> {
    let mut scorers: Vec<(String, Part<dyn ScorerKind>)> = Vec::new();
    for table in tables {
        let span = table.span();
        let (name, parameters) = table.split(|key| key == "name");
        let name: ScorerName = name.read("scorer").map_err(|error| file.refused(error))?;
        let scorer = Part::build(file, &parameters, &kinds.scorers)?;
        let name = name.name.unwrap_or_else(|| scorer.does.kind.clone());
        if scorers.iter().any(|(known, _)| *known == name) {
            let message = format!("a second scorer named `{name}`; give it another `name`");
            return Err(file.error(span, message));
        }
        scorers.push((name, scorer));
    }
    Ok(scorers)
}

/// The figures; if the study lists none, the paper's and what follows from `attribution`. One that shows a row has to name it.
fn figures(
    file: &TomlFile,
    tables: Vec<PartTable<'_>>,
    kinds: &Kinds,
    interventions: &[StudyIntervention],
    attribution: AttributionSettings,
) -> Result<Vec<Part<dyn FigureKind>>> {
    if tables.is_empty() {
        let folder = file.folder();
        let mut all = paper_figures(interventions);
        if attribution.components {
            all.push(Box::new(ComponentReductions {}));
        }
        if attribution.vocabulary_neurons > 0 && attribution.vocabulary_tokens > 0 {
            all.push(Box::new(NearestTokens::default()));
        }
        return all
            .into_iter()
            .map(|figure| Part::of(figure, &folder))
            .collect();
    }
    let mut figures = Vec::with_capacity(tables.len());
    for table in &tables {
        let figure = Part::build(file, table, &kinds.figures)?;
        let on_base = |row: &&StudyIntervention| row.model == Role::Base;
        if let Some(name) = figure.part.shown_row()
            && !(interventions.iter().filter(on_base)).any(|row| row.name == name)
        {
            let message = format!(
                "`{}` shows the row `{name}`; expected the name of an intervention on the base model",
                figure.does.kind
            );
            return Err(file.error(table.span(), message));
        }
        figures.push(figure);
    }
    Ok(figures)
}

/// The titles of the paper's tables, and of the study's own.
fn titles(file: &TomlFile, tables: Vec<PartTable<'_>>) -> Result<BTreeMap<u32, String>> {
    let mut titles: BTreeMap<u32, String> = [
        (1, "ablating, patching and scaling the most toxic neurons"),
        (2, "patching neuron groups"),
    ]
    .map(|(number, title)| (number, title.to_owned()))
    .into();
    for table in tables {
        let title: TitleTable = table.read("table").map_err(|error| file.refused(error))?;
        titles.insert(title.number, title.title);
    }
    Ok(titles)
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
mod mutated;
#[cfg(test)]
mod tests;
