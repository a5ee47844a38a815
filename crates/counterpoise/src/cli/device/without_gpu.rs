//! GPUs, where the program was built without them.

use anyhow::{Result, bail};
use counterpoise_study::ChosenDevice;

/// No GPU.
///
/// # Errors
/// Always, saying what to build instead.
pub(super) fn any() -> Result<ChosenDevice> {
    bail!(
        "`--device gpu`: this program was built without the feature `gpu`; build it with that feature, or use \
         `--device cpu`"
    )
}

/// No GPU, and why.
///
/// # Errors
/// Always.
pub(super) fn hardware() -> Result<ChosenDevice, String> {
    Err("this program was built without the feature `gpu`".to_owned())
}
