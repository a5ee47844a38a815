//! `replicate`: runs a study, whole or in parts.

use anyhow::{Result, bail};
use counterpoise_study::{RowPlan, RunOptions};

use crate::cli::Program;
use crate::cli::command::{Part, ReplicateArgs};
use crate::cli::progress::{self, Bars};

/// Runs the command.
///
/// # Errors
/// As [`counterpoise_study::Study::run`]; and at the end, what failed.
pub(crate) fn run(args: &ReplicateArgs, program: &Program) -> Result<()> {
    let study = program.study(args.study.as_deref())?;
    let (plan, figures) = parts(&args.only);
    let by_name = || program.folder.join("out").join(&study.name);
    let options = RunOptions {
        device: args.device.take()?,
        out: args.out.clone().unwrap_or_else(by_name),
        plan,
        figures,
        limit: args.limit,
    };
    let results = study.run(&options, &mut Bars::default())?;
    let (files, folder) = (1 + results.outputs.len(), options.out.display());
    progress::line(&format!("{files} files written to {folder}"));
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
        (false, true) => RowPlan::RecordFigure1a,
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
        assert_eq!(figures, (RowPlan::RecordFigure1a, true));
        assert_eq!(parts(&[Part::Neurons]), (RowPlan::None, false));
    }
}
