//! `doctor`: every file that a study needs, found, missing or wrong, before anything runs.
//!
//! study → a finding per file, from headers and small files only → table or JSON → exit code.

mod finding;
mod models;
mod report;

use std::path::Path;

use anyhow::{Result, bail};
use clap::Args;
use counterpoise_data::{read_prompts, read_samples, read_text};
use counterpoise_eval::LexicalScorer;
use counterpoise_model::Config;
use counterpoise_probe::Probe;

use crate::cli::Program;
use crate::cli::output::print;
use crate::cli::pieces;
use crate::cli::shown::shown;
use counterpoise_study::{ScorerTable, Study};
use finding::Finding;
use models::UNCHECKED;
use report::Tally;

/// `doctor`
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// A study by its name (`study` prints the names), or a study file.
    #[arg(long, value_name = "NAME|FILE.toml")]
    study: Option<String>,
    /// Print one JSON line on standard output, and nothing else there.
    #[arg(long)]
    json: bool,
}

/// Runs the command: prints the findings.
///
/// # Errors
/// A study that cannot be read; and, after the report, a file that is missing or wrong.
pub(crate) fn run(args: &DoctorArgs, program: &Program) -> Result<()> {
    let study = program.study(args.study.as_deref())?;
    let mut findings = examine(&study)?;
    for finding in &mut findings {
        finding.add_origin(|path| pieces::origin(path, program))?;
    }
    if args.json {
        print(&format!("{}\n", report::json(&study.name, &findings)))?;
    } else {
        print(&report::table(&findings))?;
    }
    let tally = Tally::of(&findings);
    if !tally.passes() {
        bail!("{}: {tally}", shown(&study.file.path).display());
    }
    Ok(())
}

/// Looks at every file of the study.
fn examine(study: &Study) -> Result<Vec<Finding>> {
    let (mut findings, config) = models::base(&study.base)?;
    findings.extend(models::tuned(&study.tuned, &study.base, config.as_ref())?);
    let mut add = |role: &str, path: &Path, check: &dyn Fn(&Path) -> Result<String, String>| {
        findings.push(Finding::of(role, path, || check(path))?);
        anyhow::Ok(())
    };
    add("probe", &study.probe, &|path| probe(path, config.as_ref()))?;
    add("prompts", &study.prompts, &prompts)?;
    add("text", &study.text, &text)?;
    add("samples", &study.samples, &samples)?;
    match &study.scorer {
        ScorerTable::Lexical { file } => add("scorer", file, &scorer)?,
    }
    for file in study.intervention_files() {
        add("intervention", &file, &|_| Ok(String::new()))?;
    }
    Ok(findings)
}

fn probe(path: &Path, config: Option<&Config>) -> Result<String, String> {
    let Some(config) = config else {
        return Ok(UNCHECKED.to_owned());
    };
    let probe = Probe::load(path, config.n_embd).map_err(|error| error.to_string())?;
    Ok(format!("{} wide", probe.width()))
}

fn prompts(path: &Path) -> Result<String, String> {
    let set = read_prompts(path).map_err(|error| error.to_string())?;
    let used = set.prompts.len();
    Ok(match set.not_challenging {
        0 => format!("{used} prompts"),
        others => format!("{used} prompts, and {others} that are not challenging"),
    })
}

fn text(path: &Path) -> Result<String, String> {
    let text = read_text(path).map_err(|error| error.to_string())?;
    Ok(format!("{} characters", text.chars().count()))
}

fn samples(path: &Path) -> Result<String, String> {
    let samples = read_samples(path).map_err(|error| error.to_string())?;
    Ok(format!("{} samples", samples.len()))
}

fn scorer(path: &Path) -> Result<String, String> {
    LexicalScorer::load(path).map_err(|error| error.to_string())?;
    Ok("a lexical scorer".to_owned())
}
