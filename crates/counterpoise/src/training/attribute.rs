//! `train attribute`: fits the linear head that PPLM steers by.

use std::path::Path;

use anyhow::Result;
use counterpoise_probe::mean_hidden_states;
use counterpoise_train::AttributeHead;

use super::args::AttributeArgs;
use super::linear::Linear;
use super::reading::Reading;
use crate::commands::Made;
use crate::device::OnDemand;

const HEAD: Linear = Linear {
    what: "hidden states",
    read: mean_hidden_states,
    write: |fit, out| {
        let head = AttributeHead::of_log_odds(fit.probe.direction(), fit.bias)?;
        Ok(head.write(out)?)
    },
};

/// Runs the command.
///
/// # Errors
/// Bad input, comments of one class, an output that cannot be written.
pub(super) fn run(args: &AttributeArgs) -> Result<()> {
    HEAD.run(&args.reading, &args.out)
}

/// Fits a head and writes it to `out`.
///
/// # Errors
/// As for the command.
pub(crate) fn make(reading: &Reading, out: &Path, device: OnDemand<'_>) -> Result<Made> {
    HEAD.make(reading, out, device)
}
