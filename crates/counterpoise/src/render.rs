//! `render`: tables, claims and figures of a finished run, made again without a model.

use anyhow::{Result, bail};
use counterpoise_study::{Kinds, OtherRun, Results, RowPlan, render};

use crate::cli::RenderArgs;
use crate::progress;
use crate::project;

/// Runs the command.
///
/// # Errors
/// A folder that no run has finished in, and what cannot be made of its results.
pub(crate) fn run(args: &RenderArgs, kinds: &Kinds) -> Result<()> {
    let _lock = project::lock(&args.run)?;
    let results = Results::read(&args.run)?;
    let table = results.neuron_table(&args.run)?;
    if results.plan == RowPlan::None {
        bail!(
            "{}: the run measured neurons only; run `replicate` without `--only neurons` first",
            args.run.display()
        );
    }
    let against = args.against.as_deref().map(OtherRun::read).transpose()?;
    let rendered = render(
        &results,
        &table,
        &args.run,
        &kinds.figures,
        against.as_ref(),
    )?;
    let (files, folder) = (rendered.written.len(), args.run.display());
    progress::line(&format!("{files} files written to {folder}"));
    progress::line(&format!("open {}", args.run.join("report.html").display()));
    if rendered.failures.is_empty() {
        return Ok(());
    }
    bail!("{}", rendered.failures.join("; "))
}
