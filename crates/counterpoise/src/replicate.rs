//! `replicate`: runs a study, whole or in parts.

use anyhow::{Result, bail};
use counterpoise_study::{Kinds, Progress, RowPlan, RunOptions, Silent};

use crate::cli::{Part, ReplicateArgs};
use crate::progress::Bars;
use crate::project;
use crate::studies;

/// Runs the command.
///
/// # Errors
/// As [`counterpoise_study::Study::run`]; and at the end, what failed.
pub(crate) fn run(args: &ReplicateArgs, kinds: &Kinds) -> Result<()> {
    let study = studies::find(&args.study, kinds)?;
    let (plan, figures) = parts(&args.only);
    let beside_studies = || project::root().join("out").join(&study.name);
    let options = RunOptions {
        device: match args.quiet {
            true => args.device.open()?,
            false => args.device.take()?,
        },
        out: args.out.clone().unwrap_or_else(beside_studies),
        plan,
        figures,
        limit: args.limit,
    };
    let mut heard: Box<dyn Progress> = match args.quiet {
        true => Box::new(Silent),
        false => Box::new(Bars::default()),
    };
    let results = study.run(&options, heard.as_mut())?;
    let (files, folder) = (1 + results.outputs.len(), options.out.display());
    heard.line(&format!("{files} files written to {folder}"));
    if plan != RowPlan::None {
        let report = options.out.join("report.html");
        heard.line(&format!("open {}", report.display()));
    }
    if results.failures.is_empty() {
        return Ok(());
    }
    bail!(
        "{} of the study's results are missing: {}",
        results.failures.len(),
        results.failures.join("; ")
    )
}

/// Which rows are run, and whether figures are drawn: everything, unless `only` some parts are asked for.
fn parts(only: &[Part]) -> (RowPlan, bool) {
    let wanted = |part| only.is_empty() || only.contains(&part);
    let figures = wanted(Part::Figures);
    let plan = match (wanted(Part::Tables), figures) {
        (true, _) => RowPlan::Score,
        (false, true) => RowPlan::RecordForFigures,
        (false, false) => RowPlan::None,
    };
    (plan, figures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_asked_for_is_made() {
        assert_eq!(parts(&[]), (RowPlan::Score, true));
        assert_eq!(parts(&[Part::Tables]), (RowPlan::Score, false));
        let figures = parts(&[Part::Figures, Part::Neurons]);
        assert_eq!(figures, (RowPlan::RecordForFigures, true));
        assert_eq!(parts(&[Part::Neurons]), (RowPlan::None, false));
    }
}
