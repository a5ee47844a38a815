//! The MLP's non-linearity, by the names that `transformers` gives it.

use burn::tensor::Tensor;
use burn::tensor::activation::{hard_swish, leaky_relu, mish, relu, sigmoid, silu, tanh};

use crate::kernels::{GeluErf, GeluTanh, Silu, add_bias_and, gated, gelu_erf, gelu_tanh};

/// A non-linearity, as `config.json` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// GPT-2's GELU, by a hyperbolic tangent.
    GeluTanh,
    /// GELU by the error function.
    Gelu,
    /// The same, cut off at −10 and 10.
    Gelu10,
    /// `x·σ(1.702·x)`
    QuickGelu,
    /// `max(x, 0)`
    Relu,
    /// The square of ReLU.
    Relu2,
    /// ReLU, cut off at 6.
    Relu6,
    /// ReLU, with a slope of 0.01 below 0.
    LeakyRelu,
    /// `x·σ(x)`
    Silu,
    /// `x·tanh(ln(1 + eˣ))`
    Mish,
    /// `x·ReLU6(x + 3)/6`
    HardSwish,
    /// `σ(x)`
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// `x`
    Linear,
}

/// Every name; some mean the same function, up to rounding.
const NAMES: [(&str, Activation); 20] = [
    ("gelu", Activation::Gelu),
    ("gelu_10", Activation::Gelu10),
    ("gelu_accurate", Activation::GeluTanh),
    ("gelu_fast", Activation::GeluTanh),
    ("gelu_new", Activation::GeluTanh),
    ("gelu_python", Activation::Gelu),
    ("gelu_python_tanh", Activation::GeluTanh),
    ("gelu_pytorch_tanh", Activation::GeluTanh),
    ("hardswish", Activation::HardSwish),
    ("leaky_relu", Activation::LeakyRelu),
    ("linear", Activation::Linear),
    ("mish", Activation::Mish),
    ("quick_gelu", Activation::QuickGelu),
    ("relu", Activation::Relu),
    ("relu2", Activation::Relu2),
    ("relu6", Activation::Relu6),
    ("sigmoid", Activation::Sigmoid),
    ("silu", Activation::Silu),
    ("swish", Activation::Silu),
    ("tanh", Activation::Tanh),
];

impl Activation {
    /// The activation of this name in `transformers`.
    pub fn named(name: &str) -> Option<Self> {
        let known = NAMES.iter().find(|(known, _)| *known == name);
        known.map(|&(_, activation)| activation)
    }

    /// The name that GPT-2's files have for it, or else its first in the alphabet.
    pub(crate) fn name(self) -> &'static str {
        let own = |(_, activation): &&(&str, Self)| *activation == self;
        match self {
            Self::GeluTanh => "gelu_new",
            _ => NAMES.iter().find(own).map_or("linear", |&(name, _)| name),
        }
    }

    /// Every name there is, for an error.
    pub fn names() -> String {
        let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
        format!("one of {}", names.join(", "))
    }

    /// The function of each value.
    pub fn of<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        match self {
            Self::GeluTanh => gelu_tanh(x),
            Self::Gelu => gelu_erf(x),
            Self::Gelu10 => gelu_erf(x).clamp(-10.0, 10.0),
            Self::QuickGelu => x.clone() * sigmoid(x.mul_scalar(1.702)),
            Self::Relu => relu(x),
            Self::Relu2 => relu(x).square(),
            Self::Relu6 => relu(x).clamp_max(6.0),
            Self::LeakyRelu => leaky_relu(x, 0.01),
            Self::Silu => silu(x),
            Self::Mish => mish(x),
            Self::HardSwish => hard_swish(x),
            Self::Sigmoid => sigmoid(x),
            Self::Tanh => tanh(x),
            Self::Linear => x,
        }
    }

    /// The function of each value of `x + bias`, `[batch, seq, width]` and `[width]`.
    pub fn of_biased(self, x: Tensor<3>, bias: Tensor<1>) -> Tensor<3> {
        match self {
            Self::GeluTanh => add_bias_and::<GeluTanh>(x, bias),
            Self::Gelu => add_bias_and::<GeluErf>(x, bias),
            other => other.of(x + bias.unsqueeze()),
        }
    }

    /// The function of each value of `pre`, times that of `linear`: what a gated MLP computes, both `[batch, seq, width]`.
    pub(crate) fn of_gated(self, pre: Tensor<3>, linear: Tensor<3>) -> Tensor<3> {
        match self {
            Self::Silu => gated::<Silu>(pre, linear),
            Self::GeluTanh => gated::<GeluTanh>(pre, linear),
            Self::Gelu => gated::<GeluErf>(pre, linear),
            other => other.of(pre) * linear,
        }
    }
}
