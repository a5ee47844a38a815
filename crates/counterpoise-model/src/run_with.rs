//! One text through the model under one edit: for a quick look.

use burn::tensor::Tensor;
use counterpoise_hooks::{Edit, Hooks};

use crate::{Batch, KvCache, ModelError, Transformer};

impl Transformer {
    /// The logits after each token of a text, `[1, seq, vocab_size]`, under `edit`.
    ///
    /// ```
    /// use burn::tensor::Device;
    /// use counterpoise_hooks::{HookPoint, edit_at};
    /// use counterpoise_model::{Config, Transformer};
    ///
    /// let model = Transformer::init(&Config::new(64, 32, 16, 2, 4), 1, &Device::flex());
    /// let point = HookPoint::mlp_post(1);
    /// let plain = model.run_with(&[5, 9, 2], edit_at(point, |x, _| x))?;
    /// let ablated = model.run_with(&[5, 9, 2], edit_at(point, |x, _| x * 0.0))?;
    /// assert!((ablated - plain).abs().max().into_scalar::<f32>() > 0.0);
    /// # Ok::<(), counterpoise_model::ModelError>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Transformer::forward`]; a token that the model does not know.
    pub fn run_with(&self, tokens: &[u32], edit: impl Edit) -> Result<Tensor<3>, ModelError> {
        let Batch { tokens, pass } = Batch::left_padded(&[tokens], self)?;
        let pass = pass.of_text();
        let mut hooks = Hooks::new().edit(&edit);
        let hidden = self.forward(tokens, &pass, &mut KvCache::new(), &mut hooks)?;
        Ok(self.logits(hidden))
    }
}
