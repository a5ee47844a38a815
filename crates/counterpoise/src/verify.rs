//! `verify`: a finished run beside the published figures.

use anyhow::{Result, bail};
use counterpoise_data::write_atomically;
use counterpoise_study::{Published, Results, StudyError, Verification, verify};

use crate::cli::VerifyArgs;
use crate::output::print;
use crate::progress;

/// Runs the command: writes `verify.md` into the run's folder and prints it.
///
/// # Errors
/// Files that are broken, and, after the report, a figure outside its band or missing.
pub(crate) fn run(args: &VerifyArgs) -> Result<()> {
    let results = Results::read(&args.run)?;
    let published = match &args.published {
        Some(path) => Published::read(path)?,
        None => match Published::of_study(&results.study.name)? {
            Some(published) => published,
            None => bail!(
                "{}: nothing is published of the model of study `{}`; name the figures to compare with by `--published \
                 FILE.toml`",
                args.run.display(),
                results.study.name
            ),
        },
    };
    let table = match results.neuron_table(&args.run) {
        Ok(table) => Ok(table),
        // A table that is not there makes its figures missing; one that is broken is an error.
        Err(StudyError::NoNeuronTable(reason)) => Err(reason),
        Err(error) => return Err(error.into()),
    };
    let table = table.as_ref().map_err(Clone::clone);
    let Verification { report, tally } = verify(&published, &results, table);
    let path = args.run.join("verify.md");
    write_atomically(&path, report.as_bytes())?;
    print(&report)?;
    if !tally.passes() {
        bail!("{}: {tally}; see {}", args.run.display(), path.display());
    }
    progress::line(&format!("{tally}; written to {}", path.display()));
    Ok(())
}
