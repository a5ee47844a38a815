//! `render`: tables, claims and figures of a finished run, made again without a model.

use anyhow::{Result, bail};
use counterpoise_study::{Kinds, Results, RowPlan, render};

use crate::cli::RenderArgs;
use crate::progress;

/// Runs the command.
///
/// # Errors
/// A folder that no run has finished in, and what cannot be made of its results.
pub(crate) fn run(args: &RenderArgs, kinds: &Kinds) -> Result<()> {
    let results = Results::read(&args.run)?;
    let table = results.neuron_table(&args.run)?;
    if results.plan == RowPlan::None {
        bail!(
            "{}: the run measured neurons only; run `replicate` without `--only neurons` first",
            args.run.display()
        );
    }
    let rendered = render(&results, &table, &args.run, &kinds.figures)?;
    let (files, folder) = (rendered.written.len(), args.run.display());
    progress::line(&format!("{files} files written to {folder}"));
    if rendered.failures.is_empty() {
        return Ok(());
    }
    bail!("{}", rendered.failures.join("; "))
}
