//! The model: embeddings, blocks, last norm, output head.

use std::sync::{Mutex, PoisonError};

use burn::module::{Module, ModuleVisitor, Param};
use burn::nn::{Embedding, EmbeddingConfig, Initializer};
use burn::tensor::{Device, Int, Tensor, TensorData};
use counterpoise_hooks::{HookPoint, Hooks, Pass};

use crate::kernels::{log_likelihoods, product, widen};
use crate::rotary::Rotations;
use crate::{
    Block, Config, KvCache, ModelError, Norm, PositionEncoding, Precision, Unembed, check_tokens,
    parameters,
};

/// Standard deviation of a new model's weights, as GPT-2's.
pub(crate) const INIT_STD: f64 = 0.02;

/// Up to this many rows, a product with the embedding on the left is faster: the CPU backend packs
/// a right-hand side that is transposed, and the embedding is large.
const FEW_ROWS: usize = 128;

/// A decoder-only language model.
#[derive(Module, Debug)]
pub struct Transformer {
    /// Token embedding, `[vocab_size, d_model]`.
    pub embed: Embedding,
    /// Position embedding, `[offset + n_positions, d_model]`, of a model that has one.
    pub pos_embed: Option<Embedding>,
    /// The blocks.
    pub blocks: Vec<Block>,
    /// The last norm.
    pub ln_final: Norm,
    /// The output head, where it is not the token embedding.
    pub unembed: Option<Unembed>,
    #[module(skip)]
    config: Config,
}

impl Transformer {
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
            EmbeddingConfig::new(rows, config.d_model)
                .with_initializer(initializer)
                .init(device)
        };
        let positions = match config.positions {
            PositionEncoding::Learned { offset } => Some(offset + config.n_positions),
            PositionEncoding::Rotary(_) => None,
        };
        Self {
            embed: embedding(config.vocab_size),
            pos_embed: positions.map(embedding),
            blocks: (0..config.n_layer)
                .map(|layer| Block::init(config, layer, residual_std, device))
                .collect(),
            ln_final: config.norm_of(config.d_model, device),
            unembed: (!config.tie_word_embeddings).then(|| Unembed::init(config, device)),
            config: config.clone(),
        }
    }

    /// The same model with a head of its own, not drawn yet.
    pub(crate) fn with_own_head(self, device: &Device) -> Self {
        Self {
            unembed: Some(Unembed::init(&self.config, device)),
            ..self
        }
    }

    /// What it was made from.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What makes logits of the last norm's output: the head, otherwise the token embedding, `[vocab_size, d_model]`,
    /// in the precision that it is kept in ([`widen`](crate::widen)).
    pub fn unembedding(&self) -> Tensor<2> {
        match &self.unembed {
            Some(head) => head.weight.val(),
            None => self.embed.weight.val(),
        }
    }

    /// Feeds `tokens`, `[batch, seq]`, as the columns `pass` describes, after what `cache` holds,
    /// and returns the last norm's output `[batch, seq, d_model]`, the input of
    /// [`logits`](Self::logits).
    ///
    /// Positions and attention come from `pass`: padding is never attended to, and every row gets
    /// the positions it would have alone.
    ///
    /// # Errors
    /// A pass that is not about `tokens`, does not continue `cache` or runs past `n_positions`, a
    /// hook at a point that this model does not have, and whatever a hook reports.
    pub fn forward(
        &self,
        tokens: Tensor<2, Int>,
        pass: &Pass,
        cache: &mut KvCache,
        hooks: &mut Hooks<'_>,
    ) -> Result<Tensor<3>, ModelError> {
        self.check_pass(tokens.dims(), pass, cache)?;
        self.forward_embedded(widen(self.embed.forward(tokens)), pass, cache, hooks)
    }

    /// [`forward`](Self::forward), fed rows of the token embedding or mixtures of them, `[batch, seq, d_model]`, in place of
    /// tokens. What the model does to its embedding (`embed_scale`, positions) is done to them.
    ///
    /// # Errors
    /// As for [`forward`](Self::forward).
    pub fn forward_embedded(
        &self,
        embed: Tensor<3>,
        pass: &Pass,
        cache: &mut KvCache,
        hooks: &mut Hooks<'_>,
    ) -> Result<Tensor<3>, ModelError> {
        hooks.check(&self.points())?;
        let [batch, seq, _] = embed.dims();
        self.check_pass([batch, seq], pass, cache)?;
        let device = self.device();
        let embed = match self.config.embed_scale {
            Some(scale) => embed.mul_scalar(scale),
            None => embed,
        };
        let embed = hooks.at(HookPoint::Embed, embed, pass)?;
        let mut resid = match &self.pos_embed {
            Some(pos_embed) => {
                let positions = widen(pos_embed.forward(self.positions(pass, &device)));
                let positions = shown(positions, embed.dims(), pass, hooks)?;
                embed + positions
            }
            None => embed,
        }; // [batch, seq, d_model]
        let rotations = Rotations::of(&self.config, pass, &device);
        for (layer, block) in self.blocks.iter().enumerate() {
            let rotation = rotations.of_block(&self.config, layer);
            resid = block.forward(resid, layer, rotation, pass, cache, hooks)?;
        }
        let scale_at = HookPoint::FinalScale;
        let normalized = (self.ln_final).normalize_at(resid, scale_at, pass, hooks)?;
        let normalized = hooks.at(HookPoint::FinalNormalized, normalized, pass)?;
        Ok(self.ln_final.affine(normalized))
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
            product(weight, hidden.transpose()).transpose()
        } else {
            product(hidden, weight.transpose())
        }; // [rows, vocab_size]
        let logits = match self.config.logit_soft_cap {
            Some(cap) => logits.div_scalar(cap).tanh().mul_scalar(cap),
            None => logits,
        };
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
        let soft_cap = self.config.logit_soft_cap;
        log_likelihoods(hidden, self.unembedding(), soft_cap, tokens)
    }

    /// The fewest bits that any matrix of the model is kept in.
    pub fn precision(&self) -> Precision {
        parameters::precision(self)
    }

    /// The number of tokens the model knows.
    pub fn vocab_size(&self) -> usize {
        self.config.vocab_size
    }

    /// The longest text the model can read, in tokens.
    pub fn n_positions(&self) -> usize {
        self.config.n_positions
    }

    /// Blocks.
    pub fn n_layer(&self) -> usize {
        self.blocks.len()
    }

    /// Neurons per MLP.
    pub fn d_mlp(&self) -> usize {
        self.config.d_mlp
    }

    /// Width of the residual stream.
    pub fn d_model(&self) -> usize {
        self.config.d_model
    }

    /// The device the weights are on.
    pub fn device(&self) -> Device {
        self.embed.weight.device()
    }

    /// The row of the position embedding for each column: `[batch, seq]`, or `[1, seq]` when all rows agree.
    fn positions(&self, pass: &Pass, device: &Device) -> Tensor<2, Int> {
        let offset = match self.config.positions {
            PositionEncoding::Learned { offset } => offset,
            PositionEncoding::Rotary(_) => 0,
        };
        let rows = if pass.is_padded() { pass.batch() } else { 1 };
        let seq = pass.seq();
        let positions = (0..rows)
            .flat_map(|row| {
                (0..seq).map(move |column| (offset + pass.position(row, column)) as i64)
            })
            .collect::<Vec<_>>();
        Tensor::from_data(TensorData::new(positions, [rows, seq]), device)
    }

    fn check_pass(
        &self,
        [batch, seq]: [usize; 2],
        pass: &Pass,
        cache: &KvCache,
    ) -> Result<(), ModelError> {
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

/// Shows position embeddings, `[batch, seq, d_model]` or `[1, seq, d_model]`, to the hooks as `dims`.
fn shown(
    positions: Tensor<3>,
    dims: [usize; 3],
    pass: &Pass,
    hooks: &mut Hooks<'_>,
) -> Result<Tensor<3>, ModelError> {
    match hooks.listens(HookPoint::PosEmbed) {
        true => Ok(hooks.at(HookPoint::PosEmbed, positions.expand(dims), pass)?),
        false => Ok(positions),
    }
}
