//! An output head that is not the token embedding.

use burn::module::{Module, Param};
use burn::nn::Initializer;
use burn::tensor::{Device, Tensor};

use crate::Config;
use crate::transformer::INIT_STD;

/// A matrix of its own that makes logits of the last norm's output.
#[derive(Module, Debug)]
pub struct Unembed {
    /// `[vocab_size, d_model]`
    pub weight: Param<Tensor<2>>,
}

impl Unembed {
    /// Weights as the embedding's are drawn.
    pub(crate) fn init(config: &Config, device: &Device) -> Self {
        let initializer = Initializer::Normal {
            mean: 0.0,
            std: INIT_STD,
        };
        Self {
            weight: initializer.init([config.vocab_size, config.d_model], device),
        }
    }
}
