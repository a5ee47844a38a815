//! Norms over the last axis: layer norm and root-mean-square norm.

use burn::module::{Module, Param};
use burn::nn::Initializer;
use burn::tensor::module::layer_norm;
use burn::tensor::{Device, Tensor};
use counterpoise_hooks::{HookPoint, Hooks, Pass};

use crate::kernels::rms_norm;
use crate::{Bias, ModelError};

/// How a norm scales its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NormKind {
    /// Centred, and divided by the standard deviation.
    Layer,
    /// Divided by the root of the mean square.
    Rms,
    /// The same, and multiplied by `1 + weight` in place of the weight, as Gemma stores it.
    RmsPlusOne,
}

/// A norm with a checkpoint's weight, and its bias where it has one.
#[derive(Module, Debug)]
pub struct Norm {
    /// `[width]`
    pub weight: Param<Tensor<1>>,
    /// `[width]`
    pub bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    kind: NormKind,
    epsilon: f64,
}

impl Norm {
    /// A norm that only scales: weight one, or what stands for it, bias zero.
    pub(crate) fn init(
        kind: NormKind,
        epsilon: f64,
        width: usize,
        bias: Bias,
        device: &Device,
    ) -> Self {
        let weight = match kind {
            NormKind::Layer | NormKind::Rms => Initializer::Ones,
            NormKind::RmsPlusOne => Initializer::Zeros,
        };
        Self {
            weight: weight.init([width], device),
            bias: match bias {
                Bias::Added => Some(Initializer::Zeros.init([width], device)),
                Bias::Absent => None,
            },
            kind,
            epsilon,
        }
    }

    /// `[batch, seq, width]`, scaled, weighted and shifted.
    pub fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        match self.kind {
            NormKind::Layer => {
                let bias = self.bias.as_ref().map(Param::val);
                layer_norm(input, self.weight.val(), bias, self.epsilon)
            }
            NormKind::Rms | NormKind::RmsPlusOne => self.affine(self.normalize(input)),
        }
    }

    /// Only scaled, as TransformerLens's `hook_normalized` shows it.
    pub fn normalize(&self, input: Tensor<3>) -> Tensor<3> {
        match self.kind {
            NormKind::Layer => {
                let ones = Tensor::ones_like(&self.weight.val());
                layer_norm(input, ones, None, self.epsilon)
            }
            NormKind::Rms | NormKind::RmsPlusOne => rms_norm(input, self.epsilon),
        }
    }

    /// [`forward`](Self::forward), shown to the hooks: `scale_at`, what is divided by, `[batch, seq, 1]`, and `normalized_at`,
    /// the result before weight and bias. What no hook changes has the bits that it has where nobody listens.
    pub(crate) fn forward_at(
        &self,
        input: Tensor<3>,
        [scale_at, normalized_at]: [HookPoint; 2],
        pass: &Pass,
        hooks: &mut Hooks<'_>,
    ) -> Result<Tensor<3>, ModelError> {
        if !(hooks.listens(scale_at) || hooks.listens(normalized_at)) {
            return Ok(self.forward(input));
        }
        let own = self.normalize(input.clone());
        let normalized = self.normalize_at(input.clone(), scale_at, pass, hooks)?;
        let normalized = hooks.at(normalized_at, normalized, pass)?;
        // A layer norm takes its weight in the same pass, which rounds otherwise than a second one.
        let unchanged = normalized.clone().equal(own);
        let weighted = self.affine(normalized);
        Ok(weighted.mask_where(unchanged, self.forward(input)))
    }

    /// [`normalize`](Self::normalize), with what is divided by, `[batch, seq, 1]`, shown to the hooks at `scale_at`.
    pub(crate) fn normalize_at(
        &self,
        input: Tensor<3>,
        scale_at: HookPoint,
        pass: &Pass,
        hooks: &mut Hooks<'_>,
    ) -> Result<Tensor<3>, ModelError> {
        if !hooks.listens(scale_at) {
            return Ok(self.normalize(input));
        }
        let scale = self.scale(input.clone());
        let seen = hooks.at(scale_at, scale.clone(), pass)?;
        // Exactly 1 where no hook changes the scale.
        Ok(self.normalize(input) * (scale / seen))
    }

    /// What [`normalize`](Self::normalize) divides by, `[batch, seq, 1]`.
    fn scale(&self, input: Tensor<3>) -> Tensor<3> {
        let centred = match self.kind {
            NormKind::Layer => input.clone() - input.mean_dim(2),
            NormKind::Rms | NormKind::RmsPlusOne => input,
        };
        centred.square().mean_dim(2).add_scalar(self.epsilon).sqrt()
    }

    /// The weight and bias on an activation already [normalised](Self::normalize).
    pub fn affine(&self, normalized: Tensor<3>) -> Tensor<3> {
        let weighted = normalized * self.gain().unsqueeze();
        match &self.bias {
            Some(bias) => weighted + bias.val().unsqueeze(),
            None => weighted,
        }
    }

    /// What a [normalised](Self::normalize) activation is multiplied by, `[width]`.
    pub fn gain(&self) -> Tensor<1> {
        match self.kind {
            NormKind::Layer | NormKind::Rms => self.weight.val(),
            NormKind::RmsPlusOne => self.weight.val().add_scalar(1.0),
        }
    }

    /// `[batch, seq, n * width]`, each part of the norm's own width [normalised](Self::forward) alone, as the queries of
    /// each head are.
    pub(crate) fn forward_parts(&self, input: Tensor<3>) -> Tensor<3> {
        let [batch, seq, all] = input.dims();
        let [width] = self.weight.dims();
        let parts = input.reshape([batch, seq * all / width, width]);
        self.forward(parts).reshape([batch, seq, all])
    }
}
