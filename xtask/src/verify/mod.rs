//! `verify`: a finished run beside the published figures.
//!
//! published file, run folder → one comparison per figure → verify.md, standard output, exit code.

mod compare;
mod figures;
mod published;
mod report;
mod run;
#[cfg(test)]
mod tests;

use anyhow::{Result, bail};
use counterpoise_data::write_atomically;

use crate::cli::VerifyArgs;
use crate::output::print;
use crate::progress;
use crate::workspace;
use published::Published;
use report::Tally;
use run::FinishedRun;

/// Runs the command: writes `verify.md` into the run's folder and prints it.
///
/// # Errors
/// Files that are broken, and, after the report, a figure outside its band or missing.
pub(crate) fn run(args: &VerifyArgs) -> Result<()> {
    let published = match &args.published {
        Some(path) => Published::read(path)?,
        None => Published::read(&workspace::root().join("xtask/published/gpt2-medium.toml"))?,
    };
    let run = FinishedRun::read(&args.run)?;
    let comparisons = figures::all(&published, &run);
    let report = report::markdown(&run, &comparisons);
    let path = run.folder.join("verify.md");
    write_atomically(&path, report.as_bytes())?;
    print(&report)?;
    let tally = Tally::of(&comparisons);
    if !tally.passes() {
        bail!("{}: {tally}; see {}", run.folder.display(), path.display());
    }
    progress::line(&format!("{tally}; written to {}", path.display()));
    Ok(())
}
