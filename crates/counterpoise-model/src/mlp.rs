//! The MLP: `act(h·c_fc + b)·c_proj + b` (paper, equations 2 and 3).

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use counterpoise_hooks::{BlockPoint, HookPoint, Hooks, Pass};

use crate::activation::Activation;
use crate::layers::Conv1d;
use crate::{Config, ModelError};

/// One block's MLP. Column `i` of `c_fc.weight` is the key vector `k_i`, row `i` of
/// `c_proj.weight` the value vector `v_i`.
#[derive(Module, Debug)]
pub struct Mlp {
    /// Keys, `[d_model, d_mlp]`.
    pub c_fc: Conv1d,
    /// Values, `[d_mlp, d_model]`.
    pub c_proj: Conv1d,
    #[module(skip)]
    activation: Activation,
}

impl Mlp {
    pub(crate) fn init(config: &Config, residual_std: f64, device: &Device) -> Self {
        let (d_model, d_mlp) = (config.n_embd, config.d_mlp());
        Self {
            c_fc: Conv1d::init(d_model, d_mlp, crate::gpt2::INIT_STD, device),
            c_proj: Conv1d::init(d_mlp, d_model, residual_std, device),
            activation: config.activation(),
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
        let post = match hooks.listens(point(BlockPoint::MlpPre)) {
            true => {
                let pre = self.c_fc.forward(input); // [batch, seq, d_mlp]
                let pre = hooks.at(point(BlockPoint::MlpPre), pre, pass)?;
                self.activation.of(pre)
            }
            false => {
                let product = self.c_fc.product(input);
                self.activation.of_biased(product, self.c_fc.bias.val())
            }
        };
        let post = hooks.at(point(BlockPoint::MlpPost), post, pass)?; // [batch, seq, d_mlp]
        let out = self.c_proj.forward(post); // [batch, seq, d_model]
        Ok(hooks.at(point(BlockPoint::MlpOut), out, pass)?)
    }
}
