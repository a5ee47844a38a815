//! `report.html`: all of a run as one page.

mod distributions;
mod neurons;
mod texts;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use counterpoise_data::write_atomically;
use counterpoise_groups::NeuronTable;
use counterpoise_page::{Page, PageFigure, Section};
use counterpoise_report::{cell, claims_markdown, with_commas};

use super::against::{self, OtherRun};
use super::{nulls_markdown, protocols_markdown, tables};
use crate::attribution::{components_markdown, vocabulary_markdown};
use crate::claims::claims;
use crate::error::Result;
use crate::results::Results;
use crate::row::RowPlan;
use crate::verify::{Published, verify};

/// The file's name.
pub(crate) const REPORT_FILE: &str = "report.html";

/// Writes the page into `folder` and returns its path. It says nothing of when the run was and how long it took, so that the
/// same inputs give the same bytes.
///
/// # Errors
/// Generations that cannot be read; a file that cannot be written.
pub(crate) fn write_page(
    results: &Results,
    table: &NeuronTable,
    folder: &Path,
    figures: Vec<PageFigure>,
    against: Option<&OtherRun>,
) -> Result<PathBuf> {
    let page = Page {
        title: format!("Study {}", results.study.name),
        sections: sections(results, table, figures, against)?,
        neurons: neurons::neurons(results, table, folder)?,
        generations: texts::generations(results, folder)?,
    };
    let path = folder.join(REPORT_FILE);
    write_atomically(&path, page.html()?.as_bytes())?;
    Ok(path)
}

fn sections(
    results: &Results,
    table: &NeuronTable,
    figures: Vec<PageFigure>,
    against: Option<&OtherRun>,
) -> Result<Vec<Section>> {
    // Tokens of toxic vectors stand in the section that is blurred.
    let (of_tokens, figures): (Vec<_>, Vec<_>) = figures
        .into_iter()
        .partition(|figure| figure.name == "nearest_tokens");
    let mut sections = vec![Section::of("run", "Run", run(results))];
    let mut add = |id: &str, title: &str, markdown: Option<String>| {
        sections.extend(markdown.map(|markdown| Section::of(id, title, markdown)));
    };
    add(
        "against",
        "Against another run",
        against.map(|other| against::markdown(results, other)),
    );
    if results.plan == RowPlan::Score {
        add(
            "claims",
            "Claims",
            Some(claims_markdown(&claims(results, table))?),
        );
        let tables = tables(results);
        for number in tables.numbers() {
            let text = tables.markdown(number)?;
            add(
                &format!("table{number}"),
                &format!("Table {number}"),
                Some(text),
            );
        }
        let published = Published::of_study(&results.study.name)?;
        let report = published.map(|published| verify(&published, results, Ok(table)).report);
        add("published", "Published figures", report);
    }
    add("protocols", "Protocols", protocols_markdown(results));
    if !figures.is_empty() {
        sections.push(Section::of("figures", "Figures", "").with(figures));
    }
    let controls = distributions::controls(results);
    if !controls.is_empty() {
        let text = "Every draw of a control beside the row that it is a control of and the unedited model.";
        sections.push(Section::of("controls", "Controls", text).with(controls));
    }
    if let Some(text) = nulls_markdown(results) {
        let nulls = distributions::nulls(results);
        sections.push(Section::of("nulls", "Nulls and intervals", text).with(nulls));
    }
    let components = results.components.as_ref().map(components_markdown);
    sections.extend(components.map(|text| Section::of("components", "Components", text)));
    let vocabulary = results.vocabulary.as_ref().map(vocabulary_markdown);
    let section = |text| Section::of("vocabulary", "Vocabulary", text);
    sections.extend(vocabulary.map(|text| section(text).blurred().with(of_tokens)));
    Ok(sections)
}

/// What was run on what.
fn run(results: &Results) -> String {
    let mut text = String::new();
    if !results.failures.is_empty() {
        text.push_str("**Missing in these results:**\n\n");
        for failure in &results.failures {
            let _ = writeln!(text, "- {}", cell(failure));
        }
        text.push('\n');
    }
    let versions = &results.versions;
    let prompts = &results.prompts;
    let facts = [
        ("Study", results.study.name.clone()),
        ("SHA-256 of the study file", results.study.sha256.clone()),
        (
            "Device",
            format!("{} ({})", results.device.name, results.device.why),
        ),
        (
            "Versions",
            format!(
                "counterpoise {}, burn {}, {}",
                versions.counterpoise, versions.burn, versions.rustc
            ),
        ),
        ("Protocol", results.protocol.to_string()),
        (
            "Challenge prompts",
            format!(
                "{} used, {} of them cut",
                with_commas(prompts.used),
                with_commas(prompts.truncated)
            ),
        ),
        (
            "Tokens generated",
            format!(
                "base {}, tuned {}",
                results.models.base.generated_tokens, results.models.tuned.generated_tokens
            ),
        ),
        ("MLP neurons", with_commas(results.reduction.neurons)),
        ("Scorers", joined(&results.scorers)),
        ("Metrics", joined(&results.metrics)),
        ("Drawn at random", results.seeds.clone()),
    ];
    text.push_str("| | |\n|---|---|\n");
    for (name, value) in facts {
        let _ = writeln!(text, "| {name} | {} |", cell(&value));
    }
    text.push_str("\n| Input | File | Bytes | SHA-256 |\n|---|---|---:|---|\n");
    for file in &results.inputs {
        let bytes = usize::try_from(file.bytes).unwrap_or(usize::MAX);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            cell(&file.role),
            cell(&file.path.display().to_string()),
            with_commas(bytes),
            file.sha256
        );
    }
    text
}

fn joined(parts: &[impl ToString]) -> String {
    let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
    parts.join("; ")
}
