//! Where the models of a run compute, and why there.

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

/// A device as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRecord {
    /// The backend and the hardware behind it.
    pub name: String,
    /// Why this one.
    pub why: String,
}

/// A device, and how it was chosen.
#[derive(Clone, Debug)]
pub struct ChosenDevice {
    /// What is recorded of it.
    pub record: DeviceRecord,
    /// burn's handle.
    pub device: Device,
}
