//! Texts continued token by token, steered or not.

use burn::tensor::{Int, Tensor, TensorData};
use counterpoise_hooks::{Hooks, Pass};
use counterpoise_model::{
    Batch, EndTokens, KeysValues, KvCache, Transformer, check_tokens, token_tensor,
};

use super::Pplm;
use super::loss::{Head, Place};
use super::next_token::{Chooser, fused, logits};
use super::past::moved;
use crate::{AttributeHead, TrainError};

/// A model, a head and the settings: what texts are steered with.
pub struct Steering<'a> {
    settings: &'a Pplm,
    model: &'a Transformer,
    head: Head,
    begun: usize,
}

/// The continuation of one prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct Continuation {
    /// The new tokens; one that ends the text is the last.
    pub tokens: Vec<u32>,
    /// The loss before each step, for each new token; none where nothing is moved: in a text that is not steered, and before
    /// the first token after a prompt of a single token. `[tokens][iterations]`
    pub losses: Vec<Vec<f64>>,
}

impl<'a> Steering<'a> {
    pub(super) fn new(
        settings: &'a Pplm,
        model: &'a Transformer,
        head: &AttributeHead,
        begun: usize,
    ) -> Self {
        Self {
            settings,
            model,
            head: Head::new(head, model),
            begun,
        }
    }

    /// Continues prompts together, steered. They are those numbered from `first` on, which decides what is drawn for
    /// them. A text ends with a token of `stop`, or after as many tokens as the settings say.
    ///
    /// # Errors
    /// No prompts; prompts without tokens, with unknown ones, or too long for the model; a loss that is not finite.
    pub fn steered(
        &self,
        prompts: &[&[u32]],
        first: usize,
        stop: &EndTokens,
    ) -> Result<Vec<Continuation>, TrainError> {
        let mut texts = Texts::begin(self, prompts)?;
        let choice = self.settings.steered;
        let mut chooser = Chooser::new(choice, self.settings.seed, first, prompts.len());
        loop {
            let (steered, losses) = texts.steered_logits(self)?;
            let own = logits(texts.own_logits.clone())?;
            let both = steered.iter().zip(&own);
            let share = self.settings.gm_scale;
            let rows: Vec<_> = both
                .map(|(steered, own)| fused(steered, own, share))
                .collect();
            texts.add(chooser.choose(&rows), losses, stop);
            if texts.are_finished(self.settings.max_new_tokens) {
                return Ok(texts.done);
            }
            texts.feed(self)?;
        }
    }

    /// Continues prompts together as [`steered`](Self::steered) does, by the model's own next tokens.
    ///
    /// # Errors
    /// As for [`steered`](Self::steered).
    pub fn unsteered(
        &self,
        prompts: &[&[u32]],
        first: usize,
        stop: &EndTokens,
    ) -> Result<Vec<Continuation>, TrainError> {
        let mut texts = Texts::begin(self, prompts)?;
        let choice = self.settings.unsteered;
        let mut chooser = Chooser::new(choice, self.settings.seed, first, prompts.len());
        loop {
            let rows = logits(texts.own_logits.clone())?;
            texts.add(chooser.choose(&rows), Vec::new(), stop);
            if texts.are_finished(self.settings.max_new_tokens) {
                return Ok(texts.done);
            }
            texts.feed(self)?;
        }
    }

    /// Refuses prompts that cannot be continued.
    fn check(&self, prompts: &[&[u32]]) -> Result<(), TrainError> {
        const ITEM: &str = "prompt";
        if prompts.is_empty() {
            return Err(TrainError::setting("prompts", "at least 1", 0));
        }
        let model = self.model;
        for (index, prompt) in prompts.iter().enumerate() {
            if prompt.len() <= self.begun {
                return Err(TrainError::Empty {
                    item: ITEM,
                    index,
                    part: "the text",
                });
            }
            let found = prompt.len() + self.settings.max_new_tokens;
            let expected = model.n_positions();
            if found > expected {
                return Err(TrainError::TooLong {
                    item: "prompt with its new tokens",
                    index,
                    expected,
                    found,
                });
            }
            check_tokens(*prompt, model.vocab_size())
                .map_err(|reason| TrainError::in_item(ITEM, index, reason))?;
        }
        Ok(())
    }
}

/// Numbers of each row.
type Rows = Vec<Vec<f64>>;

/// The texts of a batch, as far as they have come.
pub(super) struct Texts {
    pub(super) done: Vec<Continuation>,
    ended: Vec<bool>,
    /// Each row's last token, `[batch, 1]`.
    pub(super) last: Tensor<2, Int>,
    /// The pass that feeds them.
    pub(super) pass: Pass,
    /// Keys and values of the columns before the last, as they were moved; of no block, where there is no such column.
    pub(super) past: Vec<KeysValues>,
    /// The model's own keys and values of all columns.
    own: KvCache,
    /// The model's own next token, `[batch, 1, vocab_size]`.
    own_logits: Tensor<3>,
    /// The sum of the model's own hidden states of the columns before the last, `[batch, d_model]`.
    sum: Tensor<2>,
    /// The model's own hidden state of the last column, `[batch, d_model]`.
    last_hidden: Tensor<2>,
    /// Keys and values, moved, of all columns, once the last token has been fed behind them.
    next_past: Vec<KeysValues>,
}

impl Texts {
    /// Feeds the prompts.
    pub(super) fn begin(steering: &Steering<'_>, prompts: &[&[u32]]) -> Result<Self, TrainError> {
        steering.check(prompts)?;
        let model = steering.model;
        let Batch { tokens, pass } = Batch::left_padded(prompts, model)?;
        let [batch, seq] = tokens.dims();
        let mut own = KvCache::new();
        let hidden = model.forward(tokens.clone(), &pass, &mut own, &mut Hooks::new())?; // [batch, seq, d_model]
        let d_model = model.d_model();
        let before = seq - 1;
        let counted = counted(&pass, steering.begun, before, &hidden);
        let sum = match before {
            0 => Tensor::zeros([batch, d_model], &model.device()),
            _ => (hidden.clone().narrow(1, 0, before) * counted)
                .sum_dim(1)
                .reshape([batch, d_model]),
        };
        let last_hidden = hidden.narrow(1, before, 1);
        let past = match before {
            0 => Vec::new(),
            _ => columns(own.keys_and_values(), before),
        };
        Ok(Self {
            done: vec![
                Continuation {
                    tokens: Vec::new(),
                    losses: Vec::new(),
                };
                batch
            ],
            ended: vec![false; batch],
            last: tokens.narrow(1, before, 1),
            pass: pass.part(before..seq),
            past,
            own,
            own_logits: model.logits(last_hidden.clone()),
            sum,
            last_hidden: last_hidden.reshape([batch, d_model]),
            next_past: Vec::new(),
        })
    }

    /// Where the texts stand, for the loss.
    pub(super) fn place<'a>(&'a self, steering: &'a Steering<'_>) -> Place<'a> {
        let [batch, _, vocab_size] = self.own_logits.dims();
        let count = |row: usize| (self.pass.position(row, 0) + 2 - steering.begun) as f32;
        let counts: Vec<f32> = (0..batch).map(count).collect();
        Place {
            model: steering.model,
            head: &steering.head,
            kl_scale: steering.settings.kl_scale,
            last: self.last.clone(),
            pass: &self.pass,
            past: &self.past,
            own: self.own.keys_and_values(),
            own_logits: self.own_logits.clone().reshape([batch, vocab_size]),
            sum: self.sum.clone(),
            count: Tensor::from_data(TensorData::new(counts, [batch, 1]), &self.sum.device()),
        }
    }

    /// Moves the past and feeds the last tokens behind it: logits `[batch][vocab_size]`, and each row's losses.
    fn steered_logits(&mut self, steering: &Steering<'_>) -> Result<(Rows, Rows), TrainError> {
        let (mut cache, losses) = if self.past.is_empty() {
            (KvCache::new(), Vec::new())
        } else if steering.settings.iterations == 0 {
            (KvCache::of(self.past.clone()), Vec::new())
        } else {
            let mut perturbation = steering.settings.perturb(&self.place(steering))?;
            for (row, losses) in perturbation.losses.iter_mut().enumerate() {
                if self.pass.position(row, 0) == 0 {
                    losses.clear(); // nothing but padding was there to move
                }
            }
            let cache = moved(&self.past, &perturbation.deltas);
            (cache, perturbation.losses)
        };
        let model = steering.model;
        let last = self.last.clone();
        let hidden = model.forward(last, &self.pass, &mut cache, &mut Hooks::new())?; // [batch, 1, d_model]
        self.next_past = cache.keys_and_values();
        Ok((logits(model.logits(hidden))?, losses))
    }

    /// Appends a token to each text that has not ended.
    fn add(&mut self, next: Vec<u32>, losses: Vec<Vec<f64>>, stop: &EndTokens) {
        let mut losses = losses.into_iter();
        for (row, &token) in next.iter().enumerate() {
            let losses = losses.next().unwrap_or_default();
            if self.ended[row] {
                continue;
            }
            let text = &mut self.done[row];
            text.tokens.push(token);
            text.losses.push(losses);
            self.ended[row] = stop.contains(token);
        }
        self.last = token_tensor(&next, [next.len(), 1], &self.sum.device());
    }

    fn are_finished(&self, max_new_tokens: usize) -> bool {
        let mut texts = self.done.iter().zip(&self.ended);
        texts.all(|(text, &ended)| ended || text.tokens.len() == max_new_tokens)
    }

    /// Feeds the tokens just appended to the unmoved model.
    fn feed(&mut self, steering: &Steering<'_>) -> Result<(), TrainError> {
        let model = steering.model;
        let [batch, d_model] = self.sum.dims();
        self.past = std::mem::take(&mut self.next_past);
        self.sum = self.sum.clone() + self.last_hidden.clone();
        self.pass = self.pass.generated(vec![true; batch]);
        let last = self.last.clone();
        let hidden = model.forward(last, &self.pass, &mut self.own, &mut Hooks::new())?;
        self.own_logits = model.logits(hidden.clone());
        self.last_hidden = hidden.reshape([batch, d_model]);
        Ok(())
    }
}

/// 1 where a column is a token of its row's own text, else 0, `[batch, columns, 1]`.
fn counted(pass: &Pass, begun: usize, columns: usize, like: &Tensor<3>) -> Tensor<3> {
    let own = |row: usize, column: usize| column >= pass.padding()[row] + begun;
    let values = (0..pass.batch())
        .flat_map(|row| (0..columns).map(move |column| f32::from(u8::from(own(row, column)))))
        .collect::<Vec<_>>();
    let data = TensorData::new(values, [pass.batch(), columns, 1]);
    Tensor::from_data(data, &like.device())
}

/// The first `columns` of keys and values.
fn columns(blocks: Vec<KeysValues>, columns: usize) -> Vec<KeysValues> {
    let first = |KeysValues { keys, values }| KeysValues {
        keys: keys.narrow(2, 0, columns),
        values: values.narrow(2, 0, columns),
    };
    blocks.into_iter().map(first).collect()
}
