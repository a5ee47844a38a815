//! `train probe`: fits the toxicity probe of a model.

use anyhow::Result;
use counterpoise_probe::mean_residuals;

use super::args::ProbeArgs;
use super::linear::Linear;

/// Runs the command.
///
/// # Errors
/// Bad input, comments of one class, an output that cannot be written.
pub(super) fn run(args: &ProbeArgs) -> Result<()> {
    let linear = Linear {
        what: "residual streams",
        read: mean_residuals,
        write: |fit, out| Ok(fit.probe.save(out)?),
    };
    linear.run(&args.reading, &args.out)
}
