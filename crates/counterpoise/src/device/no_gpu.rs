//! No GPUs: the program was built without them.

use counterpoise_study::ChosenDevice;

const REASON: &str = "this program was built without its feature `gpu`";

/// Never a GPU.
pub(super) fn hardware() -> Result<ChosenDevice, String> {
    Err(REASON.to_owned())
}

/// Never an adapter.
pub(super) fn any() -> Result<ChosenDevice, String> {
    Err(REASON.to_owned())
}
