//! The crate on files and on a model: formats, bad files, projections, features.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod components;
mod features;
mod files;
mod projections;

use burn::tensor::Device;
use counterpoise_model::{Config, Transformer};

/// A small random model: 3 blocks, width 8, 32 neurons a block.
pub(crate) fn model() -> Transformer {
    Transformer::init(&Config::new(40, 16, 8, 3, 2), 7, &Device::flex())
}
