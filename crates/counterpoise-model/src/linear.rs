//! A linear layer.

use burn::module::{Module, Param};
use burn::nn::Initializer;
use burn::tensor::{Device, Tensor};

use crate::kernels::{add_bias, product};

/// A linear layer whose weight is `[in, out]`, so that `x·W + b` needs no transpose.
#[derive(Module, Debug)]
pub struct Linear {
    /// `[in, out]`
    pub weight: Param<Tensor<2>>,
    /// `[out]`, where the layer has one.
    pub bias: Option<Param<Tensor<1>>>,
}

/// Whether a layer adds a bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bias {
    /// It does.
    Added,
    /// It does not.
    Absent,
}

impl Linear {
    /// Normal weights of standard deviation `std`, zero bias.
    pub(crate) fn init(d_in: usize, d_out: usize, std: f64, bias: Bias, device: &Device) -> Self {
        Self {
            weight: Initializer::Normal { mean: 0.0, std }.init([d_in, d_out], device),
            bias: match bias {
                Bias::Added => Some(Initializer::Zeros.init([d_out], device)),
                Bias::Absent => None,
            },
        }
    }

    /// `[batch, seq, in]` to `[batch, seq, out]`.
    pub fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        let product = self.product(input);
        match &self.bias {
            Some(bias) => add_bias(product, bias.val()),
            None => product,
        }
    }

    /// `x·W` alone.
    pub(crate) fn product(&self, input: Tensor<3>) -> Tensor<3> {
        let [batch, seq, d_in] = input.dims();
        let product = product(input.reshape([batch * seq, d_in]), self.weight.val());
        let [_, d_out] = product.dims();
        product.reshape([batch, seq, d_out])
    }
}
