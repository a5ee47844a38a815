//! One transformer block: `x + attn(ln1(x))`, then `x + mlp(ln2(x))`, or both at once.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use counterpoise_hooks::{BlockPoint, HookPoint, Hooks, Pass};

use crate::rotary::Rotation;
use crate::{Attention, BlockOrder, Config, KvCache, Mlp, ModelError, Norm, NormPlaces};

/// One transformer block.
#[derive(Module, Debug)]
pub struct Block {
    /// Before attention.
    pub ln1: Option<Norm>,
    /// Attention.
    pub attn: Attention,
    /// After attention, before its output is added to the residual stream.
    pub ln1_post: Option<Norm>,
    /// Before the MLP.
    pub ln2: Option<Norm>,
    /// The MLP.
    pub mlp: Mlp,
    /// After the MLP, before its output is added to the residual stream.
    pub ln2_post: Option<Norm>,
    #[module(skip)]
    order: BlockOrder,
}

impl Block {
    pub(crate) fn init(config: &Config, layer: usize, residual_std: f64, device: &Device) -> Self {
        let norm_of = |places: &[NormPlaces]| {
            let there = places.contains(&config.norm_places);
            there.then(|| config.norm_of(config.d_model, device))
        };
        let before = || norm_of(&[NormPlaces::Before, NormPlaces::Around]);
        let after = || norm_of(&[NormPlaces::After, NormPlaces::Around]);
        Self {
            ln1: before(),
            attn: Attention::init(config, layer, residual_std, device),
            ln1_post: after(),
            ln2: before(),
            mlp: Mlp::init(config, residual_std, device),
            ln2_post: after(),
            order: config.block_order,
        }
    }

    /// `[batch, seq, d_model]` to `[batch, seq, d_model]`.
    pub(crate) fn forward(
        &self,
        resid_pre: Tensor<3>,
        layer: usize,
        rotation: Option<&Rotation>,
        pass: &Pass,
        cache: &mut KvCache,
        hooks: &mut Hooks<'_>,
    ) -> Result<Tensor<3>, ModelError> {
        let point = |at| HookPoint::Block { layer, at };
        let resid_pre = hooks.at(point(BlockPoint::ResidPre), resid_pre, pass)?;
        let normed =
            |norm: &Option<Norm>, at: [BlockPoint; 2], input, hooks: &mut Hooks<'_>| match norm {
                Some(norm) => norm.forward_at(input, at.map(point), pass, hooks),
                None => Ok(input),
            };
        let at = [BlockPoint::Ln1Scale, BlockPoint::Ln1Normalized];
        let input = normed(&self.ln1, at, resid_pre.clone(), hooks)?;
        let attn = self
            .attn
            .forward(input, layer, rotation, pass, cache, hooks)?;
        let at = [BlockPoint::Ln1PostScale, BlockPoint::Ln1PostNormalized];
        let attn_out = normed(&self.ln1_post, at, attn, hooks)?;
        let attn_out = hooks.at(point(BlockPoint::AttnOut), attn_out, pass)?;
        let (resid_mid, input) = match self.order {
            BlockOrder::Sequential => {
                let resid_mid = resid_pre + attn_out;
                let resid_mid = hooks.at(point(BlockPoint::ResidMid), resid_mid, pass)?;
                (resid_mid.clone(), resid_mid)
            }
            // The MLP does not see what attention adds.
            BlockOrder::Parallel => (resid_pre.clone() + attn_out, resid_pre),
        };
        let at = [BlockPoint::Ln2Scale, BlockPoint::Ln2Normalized];
        let input = normed(&self.ln2, at, input, hooks)?;
        let mlp = self.mlp.forward(input, layer, pass, hooks)?;
        let mlp = match &self.ln2_post {
            Some(_) => hooks.at(point(BlockPoint::MlpSum), mlp, pass)?,
            None => mlp,
        };
        let at = [BlockPoint::Ln2PostScale, BlockPoint::Ln2PostNormalized];
        let mlp_out = normed(&self.ln2_post, at, mlp, hooks)?;
        let mlp_out = hooks.at(point(BlockPoint::MlpOut), mlp_out, pass)?;
        Ok(hooks.at(point(BlockPoint::ResidPost), resid_mid + mlp_out, pass)?)
    }
}
