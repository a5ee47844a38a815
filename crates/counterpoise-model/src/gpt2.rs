//! GPT-2: embeddings, blocks, last layer norm, output head.

use std::sync::{Mutex, PoisonError};

use burn::module::{Module, ModuleVisitor, Param};
use burn::nn::{Embedding, EmbeddingConfig, Initializer};
use burn::tensor::{Device, Int, Tensor, TensorData};
use counterpoise_hooks::{HookPoint, Hooks, Pass};

use crate::kernels::log_likelihoods;
use crate::layers::LayerNorm;
use crate::{Block, Config, Head, KvCache, ModelError, check_tokens};

/// Standard deviation of GPT-2's initial weights.
pub(crate) const INIT_STD: f64 = 0.02;

/// Up to this many positions, a product with the embedding on the left is faster: the CPU backend packs
/// a right-hand side that is transposed, and the embedding is large.
const FEW_ROWS: usize = 128;

/// A GPT-2 language model.
#[derive(Module, Debug)]
pub struct Gpt2 {
    /// Token embedding, `[vocab_size, d_model]`.
    pub wte: Embedding,
    /// Position embedding, `[n_positions, d_model]`.
    pub wpe: Embedding,
    /// The blocks.
    pub h: Vec<Block>,
    /// The last layer norm.
    pub ln_f: LayerNorm,
    /// The output head, where it is not the token embedding.
    pub lm_head: Option<Head>,
}

impl Gpt2 {
    /// A new model with GPT-2's initialisation, the same for the same `seed` on the same device.
    ///
    /// Weights into the residual stream are scaled by `1/√(2·n_layer)`, so that its variance does
    /// not grow with depth. The device's random numbers are seeded again.
    pub fn init(config: &Config, seed: u64, device: &Device) -> Self {
        /// A device has one stream of random numbers for all threads.
        static DRAWING: Mutex<()> = Mutex::new(());
        let _alone = DRAWING.lock().unwrap_or_else(PoisonError::into_inner);
        device.seed(seed);
        let model = Self::undrawn(config, device);
        model.visit(&mut DrawNow);
        model
    }

    /// The model's shape: its weights are drawn on first use, unless others replace them before.
    pub(crate) fn undrawn(config: &Config, device: &Device) -> Self {
        let residual_std = INIT_STD / (2.0 * config.n_layer as f64).sqrt();
        let embedding = |rows| {
            let initializer = Initializer::Normal {
                mean: 0.0,
                std: INIT_STD,
            };
            EmbeddingConfig::new(rows, config.n_embd)
                .with_initializer(initializer)
                .init(device)
        };
        Self {
            wte: embedding(config.vocab_size),
            wpe: embedding(config.n_positions),
            h: (0..config.n_layer)
                .map(|layer| Block::init(config, layer, residual_std, device))
                .collect(),
            ln_f: LayerNorm::init(config.n_embd, config.layer_norm_epsilon, device),
            lm_head: (!config.tie_word_embeddings).then(|| Head::init(config, device)),
        }
    }

    /// The same model with a head of its own, not drawn yet.
    pub(crate) fn with_own_head(self, config: &Config, device: &Device) -> Self {
        Self {
            lm_head: Some(Head::init(config, device)),
            ..self
        }
    }

    /// What makes logits of the last layer norm's output: the head, otherwise the token embedding, `[vocab_size,
    /// d_model]`.
    pub fn unembedding(&self) -> Tensor<2> {
        match &self.lm_head {
            Some(head) => head.weight.val(),
            None => self.wte.weight.val(),
        }
    }

    /// Feeds `tokens`, `[batch, seq]`, as the columns `pass` describes, after what `cache` holds,
    /// and returns the last layer norm's output `[batch, seq, d_model]`, the input of
    /// [`logits`](Self::logits).
    ///
    /// Positions and attention come from `pass`: padding is never attended to, and every row gets
    /// the positions it would have alone.
    ///
    /// # Errors
    /// A pass that is not about `tokens`, does not continue `cache` or runs past `n_positions`, a
    /// hook at a block that does not exist, and whatever a hook reports.
    pub fn forward(
        &self,
        tokens: Tensor<2, Int>,
        pass: &Pass,
        cache: &mut KvCache,
        hooks: &mut Hooks<'_>,
    ) -> Result<Tensor<3>, ModelError> {
        hooks.check(self.h.len())?;
        self.check_pass(&tokens, pass, cache)?;
        let device = tokens.device();
        let embed = hooks.at(HookPoint::Embed, self.wte.forward(tokens), pass)?;
        let positions = self.wpe.forward(positions(pass, &device));
        let pos_embed = match hooks.listens(HookPoint::PosEmbed) {
            true => hooks.at(HookPoint::PosEmbed, positions.expand(embed.dims()), pass)?,
            false => positions,
        };
        let mut resid = embed + pos_embed; // [batch, seq, d_model]
        for (layer, block) in self.h.iter().enumerate() {
            resid = block.forward(resid, layer, pass, cache, hooks)?;
        }
        let normalized = self.ln_f.normalize(resid);
        let normalized = hooks.at(HookPoint::FinalNormalized, normalized, pass)?;
        Ok(self.ln_f.affine(normalized))
    }

    /// Feeds whole unpadded texts, `[batch, seq]`, without hooks or a kept cache; for training.
    ///
    /// # Errors
    /// Texts without tokens, or longer than `n_positions`.
    pub fn hidden(&self, tokens: Tensor<2, Int>) -> Result<Tensor<3>, ModelError> {
        let [batch, seq] = tokens.dims();
        self.forward(
            tokens,
            &Pass::whole(batch, seq),
            &mut KvCache::new(),
            &mut Hooks::new(),
        )
    }

    /// Projects [`forward`](Self::forward)'s output onto the vocabulary, `[batch, seq,
    /// vocab_size]`. This is the widest product of the model: pass only the positions you need.
    pub fn logits(&self, hidden: Tensor<3>) -> Tensor<3> {
        let [batch, seq, d_model] = hidden.dims();
        let rows = batch * seq;
        let (weight, hidden) = (self.unembedding(), hidden.reshape([rows, d_model]));
        let logits = if rows <= FEW_ROWS {
            weight.matmul(hidden.transpose()).transpose()
        } else {
            hidden.matmul(weight.transpose())
        }; // [rows, vocab_size]
        let [_, vocab_size] = logits.dims();
        logits.reshape([batch, seq, vocab_size])
    }

    /// The log-likelihood, to base e, of one token of `tokens` `[rows]` after each row of `hidden` `[rows,
    /// d_model]`, [`forward`](Self::forward)'s output. Not a number where the logits are none.
    ///
    /// # Errors
    /// As many tokens as there are rows are needed, each of the vocabulary; logits that cannot be read
    /// back from the device.
    pub fn log_likelihoods(
        &self,
        hidden: Tensor<2>,
        tokens: &[u32],
    ) -> Result<Vec<f64>, ModelError> {
        let ([rows, _], vocab_size) = (hidden.dims(), self.vocab_size());
        if rows != tokens.len() {
            let found = tokens.len();
            return Err(ModelError::Output(format!(
                "{found} tokens for {rows} rows"
            )));
        }
        check_tokens(tokens, vocab_size)?;
        log_likelihoods(hidden, self.unembedding(), tokens)
    }

    /// The number of tokens the model knows.
    pub fn vocab_size(&self) -> usize {
        self.wte.weight.dims()[0]
    }

    /// The longest text the model can read, in tokens.
    pub fn n_positions(&self) -> usize {
        self.wpe.weight.dims()[0]
    }

    /// Neurons per MLP.
    pub fn d_mlp(&self) -> usize {
        self.h
            .first()
            .map_or(0, |block| block.mlp.c_fc.bias.dims()[0])
    }

    /// Width of the residual stream.
    pub fn d_model(&self) -> usize {
        self.wte.weight.dims()[1]
    }

    /// The device the weights are on.
    pub fn device(&self) -> Device {
        self.wte.weight.device()
    }

    fn check_pass(
        &self,
        tokens: &Tensor<2, Int>,
        pass: &Pass,
        cache: &KvCache,
    ) -> Result<(), ModelError> {
        let [batch, seq] = tokens.dims();
        if (batch, seq) != (pass.batch(), pass.seq()) || batch * seq == 0 {
            return Err(ModelError::Pass {
                tokens: [batch, seq],
                pass: [pass.batch(), pass.seq()],
            });
        }
        if cache.columns() != pass.past() {
            return Err(ModelError::Cache {
                cached: cache.columns(),
                past: pass.past(),
            });
        }
        let longest = (0..batch)
            .map(|row| pass.position(row, seq - 1) + 1)
            .max()
            .unwrap_or(0);
        if longest > self.n_positions() {
            return Err(ModelError::TooLong {
                what: "the text".to_owned(),
                found: longest,
                n_positions: self.n_positions(),
            });
        }
        Ok(())
    }
}

/// Makes burn draw every initial weight now, in the order of the fields, so that nothing else that
/// uses the device's random numbers can come in between.
struct DrawNow;

impl ModuleVisitor for DrawNow {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        param.val();
    }
}

/// Each column's position in its own row's text: `[batch, seq]`, or `[1, seq]` when all rows agree.
fn positions(pass: &Pass, device: &Device) -> Tensor<2, Int> {
    let rows = if pass.is_padded() { pass.batch() } else { 1 };
    let seq = pass.seq();
    let positions = (0..rows)
        .flat_map(|row| (0..seq).map(move |column| pass.position(row, column) as i64))
        .collect::<Vec<_>>();
    Tensor::from_data(TensorData::new(positions, [rows, seq]), device)
}
