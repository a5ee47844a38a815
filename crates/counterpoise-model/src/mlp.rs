//! The MLP: `act(h·up + b)·down + b` (paper, equations 2 and 3), or gated, `(act(h·gate)·(h·up))·down`.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use counterpoise_hooks::{BlockPoint, HookPoint, Hooks, Pass};

use crate::transformer::INIT_STD;
use crate::{Activation, Config, Linear, MlpKind, ModelError};

/// One block's MLP. Column `i` of `up.weight` is the key vector `k_i`, in a gated MLP beside that of `gate.weight`, and row
/// `i` of `down.weight` the value vector `v_i`.
#[derive(Module, Debug)]
pub struct Mlp {
    /// Gate keys, `[d_model, d_mlp]`, of a gated MLP.
    pub gate: Option<Linear>,
    /// Keys, `[d_model, d_mlp]`.
    pub up: Linear,
    /// Values, `[d_mlp, d_model]`.
    pub down: Linear,
    #[module(skip)]
    activation: Activation,
}

impl Mlp {
    pub(crate) fn init(config: &Config, residual_std: f64, device: &Device) -> Self {
        let (d_model, d_mlp, bias) = (config.d_model, config.d_mlp, config.biases.mlp);
        let keys = || Linear::init(d_model, d_mlp, INIT_STD, bias, device);
        Self {
            gate: match config.mlp {
                MlpKind::Plain => None,
                MlpKind::Gated => Some(keys()),
            },
            up: keys(),
            down: Linear::init(d_mlp, d_model, residual_std, bias, device),
            activation: config.activation,
        }
    }

    /// `[batch, seq, d_model]` to `[batch, seq, d_model]`.
    pub(crate) fn forward(
        &self,
        input: Tensor<3>,
        layer: usize,
        pass: &Pass,
        hooks: &mut Hooks<'_>,
    ) -> Result<Tensor<3>, ModelError> {
        let point = |at| HookPoint::Block { layer, at };
        let post = match &self.gate {
            Some(gate) => {
                let pre = gate.forward(input.clone()); // [batch, seq, d_mlp]
                let pre = hooks.at(point(BlockPoint::MlpPre), pre, pass)?;
                let linear = self.up.forward(input); // [batch, seq, d_mlp]
                let linear = hooks.at(point(BlockPoint::MlpPreLinear), linear, pass)?;
                self.activation.of_gated(pre, linear)
            }
            None if hooks.listens(point(BlockPoint::MlpPre)) => {
                let pre = self.up.forward(input); // [batch, seq, d_mlp]
                let pre = hooks.at(point(BlockPoint::MlpPre), pre, pass)?;
                self.activation.of(pre)
            }
            None => {
                let product = self.up.product(input);
                match self.up.bias.as_ref().map(Param::val) {
                    Some(bias) => self.activation.of_biased(product, bias),
                    None => self.activation.of(product),
                }
            }
        };
        let post = hooks.at(point(BlockPoint::MlpPost), post, pass)?; // [batch, seq, d_mlp]
        Ok(self.down.forward(post)) // [batch, seq, d_model]
    }
}
