//! The two parameterised layers of GPT-2, with a checkpoint's names and layouts.

use burn::module::{Module, Param};
use burn::nn::Initializer;
use burn::tensor::module::layer_norm;
use burn::tensor::{Device, Tensor};

/// A linear layer as Hugging Face's `Conv1D` stores it: weight `[in, out]`, so `x·W + b` needs no
/// transpose.
#[derive(Module, Debug)]
pub struct Conv1d {
    /// `[in, out]`
    pub weight: Param<Tensor<2>>,
    /// `[out]`
    pub bias: Param<Tensor<1>>,
}

impl Conv1d {
    /// Normal weights of standard deviation `std`, zero bias.
    pub(crate) fn init(d_in: usize, d_out: usize, std: f64, device: &Device) -> Self {
        Self {
            weight: Initializer::Normal { mean: 0.0, std }.init([d_in, d_out], device),
            bias: Initializer::Zeros.init([d_out], device),
        }
    }

    /// `[batch, seq, in]` to `[batch, seq, out]`.
    pub fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        self.product(input) + self.bias.val().unsqueeze()
    }

    /// `x·W` alone.
    pub(crate) fn product(&self, input: Tensor<3>) -> Tensor<3> {
        let [batch, seq, d_in] = input.dims();
        let product = input.reshape([batch * seq, d_in]).matmul(self.weight.val());
        let [_, d_out] = product.dims();
        product.reshape([batch, seq, d_out])
    }
}

/// Layer norm over the last axis, with a checkpoint's `weight` and `bias`.
#[derive(Module, Debug)]
pub struct LayerNorm {
    /// `[d_model]`
    pub weight: Param<Tensor<1>>,
    /// `[d_model]`
    pub bias: Param<Tensor<1>>,
    epsilon: f64,
}

impl LayerNorm {
    /// Weight one, bias zero.
    pub(crate) fn init(d_model: usize, epsilon: f64, device: &Device) -> Self {
        Self {
            weight: Initializer::Ones.init([d_model], device),
            bias: Initializer::Zeros.init([d_model], device),
            epsilon,
        }
    }

    /// `[batch, seq, d_model]`, centred, scaled, weighted and shifted.
    pub fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        layer_norm(
            input,
            self.weight.val(),
            Some(self.bias.val()),
            self.epsilon,
        )
    }

    /// Only centred and scaled, as TransformerLens's `hook_normalized` shows it.
    pub fn normalize(&self, input: Tensor<3>) -> Tensor<3> {
        let ones = Tensor::ones_like(&self.weight.val());
        layer_norm(input, ones, None, self.epsilon)
    }

    /// The weight and bias on an activation already [normalised](Self::normalize).
    pub fn affine(&self, normalized: Tensor<3>) -> Tensor<3> {
        normalized * self.weight.val().unsqueeze() + self.bias.val().unsqueeze()
    }
}
