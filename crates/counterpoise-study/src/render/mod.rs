//! Tables, claims and figures, made of a run's results and its neuron table alone.

mod against;
mod nulls;
mod page;
mod protocols;
mod tables;

pub use against::OtherRun;
pub use nulls::nulls_markdown;
pub(crate) use page::{REPORT_FILE, write_page};
pub use protocols::protocols_markdown;
pub use tables::tables;

use std::path::{Path, PathBuf};

use counterpoise_data::write_atomically;
use counterpoise_groups::NeuronTable;
use counterpoise_registry::{Description, PartTable, Registry};
use counterpoise_report::write_claims;

use crate::agreement::write_agreement;
use crate::attribution::{components_markdown, directions_markdown, vocabulary_markdown};
use crate::claims::claims;
use crate::error::{Context, Result};
use crate::figures::{FigureContext, FigureKind};
use crate::results::Results;
use crate::row::RowPlan;
use crate::study::Part;
use crate::toml_file::folder_of;

/// What was made of results.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The files that were written.
    pub written: Vec<PathBuf>,
    /// The figures that could not be drawn, and why.
    pub failures: Vec<String>,
}

/// Writes into `folder` what can be made without a model: tables and claims, if the rows were scored, the report on
/// intervals and nulls, the figures that the results list, built from `kinds`, and the page, which compares the run with
/// another one if there is one. A figure that cannot be drawn is among the
/// failures; the others are drawn.
///
/// # Errors
/// Results that no table can show, or a file that cannot be written.
pub fn render(
    results: &Results,
    table: &NeuronTable,
    folder: &Path,
    kinds: &Registry<dyn FigureKind>,
    against: Option<&OtherRun>,
) -> Result<Rendered> {
    let figures = (results.figures.as_slice(), kinds);
    render_with(results, table, folder, figures, against)
}

/// The same with these figures, and the kinds that they are built from.
fn render_with(
    results: &Results,
    table: &NeuronTable,
    folder: &Path,
    (figures, kinds): (&[Description], &Registry<dyn FigureKind>),
    against: Option<&OtherRun>,
) -> Result<Rendered> {
    let mut rendered = tables_and_claims(results, table, folder)?;
    let context = FigureContext::new(results, table, folder);
    for does in figures {
        let figure = figure(does, &results.study.file, kinds);
        let drawn = figure.and_then(|figure| figure.part.draw(&context));
        rendered.add(&does.kind, drawn);
    }
    let page = write_page(results, table, folder, context.into_drawn(), against)?;
    rendered.written.push(page);
    Ok(rendered)
}

/// Makes again what [`Study::run`](crate::Study::run) made of the results: as [`render`], but the figures only if the run drew
/// any.
///
/// # Errors
/// As for [`render`].
pub(crate) fn render_again(
    results: &Results,
    table: &NeuronTable,
    folder: &Path,
    kinds: &Registry<dyn FigureKind>,
) -> Result<Rendered> {
    let drawn = results
        .outputs
        .iter()
        .any(|path| path.starts_with("figures"));
    let listed = match drawn {
        true => results.figures.as_slice(),
        false => &[],
    };
    render_with(results, table, folder, (listed, kinds), None)
}

/// Writes the tables and the claims into `folder`, if the rows were scored, and the report on intervals and nulls.
///
/// # Errors
/// Results that no table can show, or a file that cannot be written.
pub(crate) fn tables_and_claims(
    results: &Results,
    table: &NeuronTable,
    folder: &Path,
) -> Result<Rendered> {
    let mut rendered = Rendered::default();
    if results.plan == RowPlan::Score {
        rendered.written.extend(tables(results).write(folder)?);
        rendered.written.extend(write_agreement(results, folder)?);
        let claims = claims(results, table);
        rendered.written.push(write_claims(&claims, folder)?);
        rendered.written.extend(protocols::write(results, folder)?);
    }
    if let Some(text) = nulls_markdown(results) {
        let path = folder.join("nulls.md");
        write_atomically(&path, text.as_bytes())?;
        rendered.written.push(path);
    }
    let components = results.components.as_ref().map(components_markdown);
    let vocabulary = results.vocabulary.as_ref().map(vocabulary_markdown);
    let directions = (!results.directions.is_empty())
        .then(|| directions_markdown(&results.directions, results.reduction, &results.groups));
    for (name, text) in [
        ("components.md", components),
        ("vocabulary.md", vocabulary),
        ("directions.md", directions),
    ] {
        if let Some(text) = text {
            let path = folder.join(name);
            write_atomically(&path, text.as_bytes())?;
            rendered.written.push(path);
        }
    }
    Ok(rendered)
}

impl Rendered {
    /// Adds what came of a figure of `kind`. A file that another figure wrote is not written over
    /// without a word.
    pub(crate) fn add(&mut self, kind: &str, drawn: Result<Vec<PathBuf>>) {
        match drawn {
            Ok(paths) if paths.iter().any(|path| self.written.contains(path)) => {
                let failure =
                    format!("figure {kind}: the study lists it twice; the second is kept");
                self.failures.push(failure);
            }
            Ok(paths) => self.written.extend(paths),
            Err(error) => self
                .failures
                .push(format!("figure {kind}: {}", error.in_full())),
        }
    }
}

/// The figure that results describe; the files it reads are taken from the folder of the study.
fn figure(
    does: &Description,
    study: &Path,
    kinds: &Registry<dyn FigureKind>,
) -> Result<Part<dyn FigureKind>> {
    let text = toml::to_string(does).map_err(|error| error.to_string());
    let text = text
        .ok()
        .with_context(|| format!("`{does}` cannot be read"))?;
    Part::of(kinds.build(&PartTable::parse(&text)?)?, &folder_of(study))
}
