//! `train attribute`: fits the linear head that PPLM steers by.

use anyhow::Result;
use counterpoise_probe::mean_hidden_states;
use counterpoise_train::AttributeHead;

use super::args::AttributeArgs;
use super::linear::Linear;

/// Runs the command.
///
/// # Errors
/// Bad input, comments of one class, an output that cannot be written.
pub(super) fn run(args: &AttributeArgs) -> Result<()> {
    let linear = Linear {
        what: "hidden states",
        read: mean_hidden_states,
        write: |fit, out| {
            let head = AttributeHead::of_log_odds(fit.probe.direction(), fit.bias)?;
            Ok(head.write(out)?)
        },
    };
    linear.run(&args.reading, &args.out)
}
