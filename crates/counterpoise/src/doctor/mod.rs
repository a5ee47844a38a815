//! `doctor`: every file that a study needs, found, missing or wrong, before anything runs.
//!
//! study → a finding per file, from headers and small files only → table or JSON → exit code.

mod finding;
mod models;
mod needs;
mod report;
mod tuning;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use counterpoise_data::read_prompts;
use counterpoise_model::{Config, Tokenizer};
use counterpoise_probe::Probe;

use crate::output::print;
use crate::project;
use counterpoise_study::{Kinds, Study};
use finding::Finding;
use models::UNCHECKED;
use needs::Needs;
use report::Tally;

/// `doctor`
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// A study in studies/, here or above, by its name, or a study file.
    #[arg(long, value_name = "NAME|FILE", default_value = "small")]
    study: String,
    /// Print one JSON line on standard output, and nothing else there.
    #[arg(long)]
    json: bool,
}

/// Runs the command: prints the findings.
///
/// # Errors
/// A study that cannot be read; and, after the report, a file that is missing or wrong.
pub(crate) fn run(args: &DoctorArgs, kinds: &Kinds) -> Result<()> {
    let mut study = crate::studies::find(&args.study, kinds)?;
    let findings = examine(&mut study)?;
    let beginning = Tokenizer::read(&study.base).map(|tokenizer| tokenizer.beginning());
    let beginning = beginning.ok().flatten();
    let needs = Config::read(&study.base);
    let needs = needs.map(|config| Needs::of(&config, study.decoding, study.dtype, beginning));
    let needs = needs.ok();
    if args.json {
        let report = report::json(&study.name, &findings, needs.as_ref());
        print(&format!("{report}\n"))?;
    } else {
        print(&report::table(&findings))?;
        let needs = needs.map(|needs| format!("\n{needs}\n"));
        print(&needs.unwrap_or_default())?;
    }
    let tally = Tally::of(&findings);
    if !tally.passes() {
        bail!("{}: {tally}", project::shown(&study.file.path).display());
    }
    Ok(())
}

/// Looks at every file of the study.
fn examine(study: &mut Study) -> Result<Vec<Finding>> {
    let to_be_made = tuning::place(study);
    let (mut findings, base) = models::base(&study.base)?;
    match to_be_made {
        Some(finding) => findings.push(finding),
        None => findings.extend(models::tuned(&study.tuned, &base)?),
    }
    let config = base.config;
    findings.extend(tuning::inputs(study)?);
    findings.push(Finding::of("probe", &study.probe, || {
        probe(&study.probe, config.as_ref())
    })?);
    findings.push(Finding::of("prompts", &study.prompts, || {
        prompts(&study.prompts)
    })?);
    for (name, scorer) in &study.scorers {
        let found = scorer.part.check().map_err(|error| error.to_string());
        let role = format!("scorer {name}");
        add_inputs(&mut findings, &role, &scorer.inputs, &found)?;
        let caches = scorer.caches.iter();
        findings.extend(caches.map(|file| Finding::made(&role, file, found.clone())));
    }
    for metric in &study.metrics {
        let found = metric.part.check().map_err(|error| error.to_string());
        let role = format!("metric {}", metric.does.kind);
        add_inputs(&mut findings, &role, &metric.inputs, &found)?;
    }
    for row in &study.interventions {
        let found = row.intervention.check().map_err(|error| error.to_string());
        let role = format!("intervention {}", row.name);
        add_inputs(&mut findings, &role, &row.inputs, &found)?;
    }
    for direction in &study.directions {
        let found = direction.source.check().map_err(|error| error.to_string());
        let role = format!("direction {}", direction.name);
        add_inputs(&mut findings, &role, direction.input.as_slice(), &found)?;
    }
    for figure in &study.figures {
        let role = format!("figure {}", figure.does.kind);
        add_inputs(&mut findings, &role, &figure.inputs, &Ok(String::new()))?;
    }
    Ok(findings)
}

/// A finding for each file or folder that a part reads; what the part found in them goes with each.
fn add_inputs(
    findings: &mut Vec<Finding>,
    role: &str,
    inputs: &[PathBuf],
    found: &Result<String, String>,
) -> Result<()> {
    let whole = inputs.iter().all(|input| input.exists());
    for input in inputs {
        findings.push(match (input.is_dir(), whole) {
            (true, true) => Finding::of_folder(role, input, found.clone()),
            (true, false) => Finding::of_folder(role, input, Ok(UNCHECKED_BESIDE.to_owned())),
            (false, _) => Finding::of(role, input, || found.clone())?,
        });
    }
    Ok(())
}

/// What is said of a folder that was not looked into.
const UNCHECKED_BESIDE: &str = "there, but not checked: another file of this part is missing";

fn probe(path: &Path, config: Option<&Config>) -> Result<String, String> {
    let Some(config) = config else {
        return Ok(UNCHECKED.to_owned());
    };
    let probe = Probe::load(path, config.d_model).map_err(|error| error.to_string())?;
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
