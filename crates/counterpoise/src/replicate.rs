//! `replicate`: runs a study, whole, in parts or in shares; `merge`, which puts shares together.

use anyhow::{Result, bail};
use counterpoise_study::{
    Kinds, Progress, Results, RowPlan, RunOptions, Share, Silent, Stage, Study,
};

use crate::cli::{Part, ReplicateArgs, RunArgs, StageChoice};
use crate::progress::{self, Bars};
use crate::studies;

/// Runs the command.
///
/// # Errors
/// As [`counterpoise_study::Study::run`]; and at the end, what failed.
pub(crate) fn run(args: &ReplicateArgs, kinds: &Kinds) -> Result<()> {
    let mut prepared = Prepared::new(&args.run, kinds)?;
    match args.shard {
        None => prepared.make_tuned()?,
        // Whoever makes the others would make it too.
        Some(_) => prepared.find_tuned()?,
    }
    let Prepared {
        study,
        options,
        heard,
    } = &mut prepared;
    let (Some(shard), Some(stage)) = (args.shard, args.stage) else {
        let results = study.run(options, heard.as_mut())?;
        return prepared.end(&results);
    };
    let stage = match stage {
        StageChoice::Measure => Stage::Measure,
        StageChoice::Rows => Stage::Rows,
    };
    let failures = study.run_share(Share { stage, shard }, options, heard.as_mut())?;
    heard.line(&format!("share {shard} of {stage} is there"));
    told(&failures)
}

/// Runs `merge`.
///
/// # Errors
/// As [`counterpoise_study::Study::merge`]; and at the end, what failed.
pub(crate) fn merge(args: &RunArgs, kinds: &Kinds) -> Result<()> {
    let mut prepared = Prepared::new(args, kinds)?;
    prepared.find_tuned()?;
    let results = (prepared.study).merge(&prepared.options, prepared.heard.as_mut())?;
    prepared.end(&results)
}

/// A study, ready to be run.
struct Prepared {
    study: Study,
    options: RunOptions,
    /// Who is told.
    heard: Box<dyn Progress>,
}

impl Prepared {
    fn new(args: &RunArgs, kinds: &Kinds) -> Result<Self> {
        if args.quiet {
            progress::hush();
        }
        let study = studies::find(&args.study, kinds)?;
        let (plan, figures) = parts(&args.only);
        let options = RunOptions {
            device: match args.quiet {
                true => args.device.open()?,
                false => args.device.take()?,
            },
            out: studies::out(&study, args.out.as_deref()),
            plan,
            figures,
            limit: args.limit,
        };
        Ok(Self {
            study,
            options,
            heard: match args.quiet {
                true => Box::new(Silent),
                false => Box::new(Bars::default()),
            },
        })
    }

    /// Makes the tuned model, where the study says how.
    fn make_tuned(&mut self) -> Result<()> {
        let RunOptions { out, device, .. } = &self.options;
        Ok(self.study.make_tuned(out, device, self.heard.as_mut())?)
    }

    /// Finds the tuned model, where the study says how it is made.
    fn find_tuned(&mut self) -> Result<()> {
        Ok(self.study.find_tuned(&self.options.out)?)
    }

    /// Says what was written, and what failed.
    fn end(&mut self, results: &Results) -> Result<()> {
        let out = &self.options.out;
        let (files, folder) = (1 + results.outputs.len(), out.display());
        self.heard
            .line(&format!("{files} files written to {folder}"));
        if self.options.plan != RowPlan::None {
            let report = out.join("report.html");
            self.heard.line(&format!("open {}", report.display()));
        }
        told(&results.failures)
    }
}

/// An error that names what failed, if anything did.
fn told(failures: &[String]) -> Result<()> {
    if failures.is_empty() {
        return Ok(());
    }
    bail!(
        "{} of the study's results are missing: {}",
        failures.len(),
        failures.join("; ")
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
