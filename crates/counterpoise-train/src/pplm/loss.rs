//! The loss whose gradient keys and values are moved by.

use burn::tensor::activation::{log_softmax, softmax};
use burn::tensor::{Int, Tensor, TensorData};
use counterpoise_hooks::{Hooks, Pass};
use counterpoise_model::{KeysValues, KvCache, ModelError, Transformer, product};

use super::past::{Delta, moved};
use crate::AttributeHead;

/// An attribute head on the model's device.
pub(super) struct Head {
    weight: Tensor<2>, // [d_model, 2]
    bias: Tensor<2>,   // [1, 2]
}

impl Head {
    pub(super) fn new(head: &AttributeHead, model: &Transformer) -> Self {
        let device = model.device();
        let weight = TensorData::new(head.weight().concat(), [2, head.width()]);
        Self {
            weight: Tensor::from_data(weight, &device).transpose(),
            bias: Tensor::from_data([head.bias()], &device),
        }
    }

    /// The same head in another element type.
    #[cfg(test)]
    pub(super) fn cast(&self, dtype: burn::tensor::DType) -> Self {
        Self {
            weight: self.weight.clone().cast(dtype),
            bias: self.bias.clone().cast(dtype),
        }
    }

    /// `−log p(attribute)` of mean hidden states, `[batch, d_model]` to `[batch, 1]`.
    fn loss(&self, mean: Tensor<2>) -> Tensor<2> {
        let logits = mean.matmul(self.weight.clone()) + self.bias.clone();
        log_softmax(logits, 1).narrow(1, 1, 1).neg()
    }
}

/// Where the texts of a batch stand: each row's last token is to be fed behind moved keys and values.
pub(super) struct Place<'a> {
    pub(super) model: &'a Transformer,
    pub(super) head: &'a Head,
    pub(super) kl_scale: f64,
    /// The last tokens, `[batch, 1]`.
    pub(super) last: Tensor<2, Int>,
    /// The pass that feeds them.
    pub(super) pass: &'a Pass,
    /// Keys and values of the columns before the last, as they were moved for the tokens before.
    pub(super) past: &'a [KeysValues],
    /// The model's own keys and values of all columns, the last among them.
    pub(super) own: Vec<KeysValues>,
    /// The model's own next token: logits `[batch, vocab_size]`.
    pub(super) own_logits: Tensor<2>,
    /// The sum of the model's own hidden states of the columns before the last, `[batch, d_model]`.
    pub(super) sum: Tensor<2>,
    /// Of how many hidden states each row's mean is: its tokens and one more, `[batch, 1]`.
    pub(super) count: Tensor<2>,
}

impl Place<'_> {
    /// The loss of each row where the past is moved by `deltas`, `[batch]`.
    ///
    /// As published, the last token's hidden state counts but passes no gradient on: the gradient is that of
    /// [`losses_of`](Self::losses_of) by the logits alone.
    pub(super) fn losses(&self, deltas: &[Delta]) -> Result<Tensor<1>, ModelError> {
        let (hidden, logits) = self.fed(deltas)?;
        self.losses_of(hidden.detach(), logits)
    }

    /// The last tokens behind the past, moved by `deltas`: hidden states `[batch, d_model]` and logits `[batch, vocab_size]`.
    pub(super) fn fed(&self, deltas: &[Delta]) -> Result<(Tensor<2>, Tensor<2>), ModelError> {
        let (model, last) = (self.model, self.last.clone());
        let mut cache = moved(self.past, deltas);
        let hidden = model.forward(last, self.pass, &mut cache, &mut Hooks::new())?; // [batch, 1, d_model]
        let logits = model.logits(hidden.clone());
        let ([batch, _, d_model], [_, _, vocab_size]) = (hidden.dims(), logits.dims());
        Ok((
            hidden.reshape([batch, d_model]),
            logits.reshape([batch, vocab_size]),
        ))
    }

    /// The loss of each row, `[batch]`, where the last token's hidden state and the next token's logits are these.
    pub(super) fn losses_of(
        &self,
        hidden: Tensor<2>,
        logits: Tensor<2>,
    ) -> Result<Tensor<1>, ModelError> {
        let [batch, d_model] = hidden.dims();
        let expected = product(softmax(logits.clone(), 1), self.model.embed.weight.val());
        let mut own = KvCache::of(self.own.clone());
        let after = self.pass.generated(vec![true; batch]);
        let next = (self.model).forward_embedded(
            expected.reshape([batch, 1, d_model]),
            &after,
            &mut own,
            &mut Hooks::new(),
        )?;
        let sum = self.sum.clone() + hidden + next.reshape([batch, d_model]);
        let attribute = self.head.loss(sum / self.count.clone());

        let log_q = log_softmax(logits, 1);
        let own_log_q = log_softmax(self.own_logits.clone(), 1);
        let divergence = (log_q.clone().exp() * (log_q - own_log_q)).sum_dim(1); // [batch, 1]
        Ok((attribute + divergence.mul_scalar(self.kl_scale)).reshape([batch]))
    }
}
