//! Perplexity over disjoint windows of one long text.

use burn::tensor::{Int, Tensor, TensorData, s};
use counterpoise_hooks::{Hooks, Pass};
use counterpoise_model::{Gpt2, KvCache, ModelError};

use crate::EvalError;

/// Positions projected onto the vocabulary at once, one window of the paper's. Fewer at once cost more
/// time, because each product reads the whole embedding anew.
const ROWS: usize = 1024;

/// How a text is cut for [`perplexity`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// Tokens per window, at least 2 and at most the model's positions; the paper's is 1,024.
    pub window: usize,
    /// Windows run together; changes time and memory, not the result.
    pub batch_size: usize,
}

/// A model's perplexity on a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Perplexity {
    /// `exp(Σ nll / predicted)`.
    pub perplexity: f64,
    /// Tokens in the text.
    pub tokens: usize,
    /// Tokens predicted: all but the first of each window.
    pub predicted: usize,
}

/// Perplexity of `model`, under `hooks`, on a text tokenised once: `exp(Σ nll / predicted tokens)`
/// over disjoint windows, each read from nothing. The sum is in `f64`.
///
/// The last window may be shorter; if a single token is left for it, it predicts nothing and is not
/// run. After each batch `progress` is told how many windows it held.
///
/// # Errors
/// [`EvalError::TooFewTokens`], [`EvalError::Setting`] for windows the model cannot read,
/// [`EvalError::NotFinite`] for logits that are no numbers, and what the model reports.
pub fn perplexity(
    model: &Gpt2,
    tokens: &[u32],
    windows: &Windows,
    hooks: &mut Hooks<'_>,
    progress: &mut dyn FnMut(usize),
) -> Result<Perplexity, EvalError> {
    check(model, tokens, windows)?;
    let whole = tokens.len() - tokens.len() % windows.window;
    let (full, rest) = tokens.split_at(whole);
    let batches = full.chunks(windows.window.saturating_mul(windows.batch_size));
    let mut total = Total::default();
    for batch in batches {
        total.add(model, batch, windows.window, hooks)?;
        progress(batch.len() / windows.window);
    }
    if rest.len() > 1 {
        total.add(model, rest, rest.len(), hooks)?;
        progress(1);
    }
    Ok(Perplexity {
        perplexity: (total.nll / total.predicted as f64).exp(),
        tokens: tokens.len(),
        predicted: total.predicted,
    })
}

impl Windows {
    /// How many windows a text of `tokens` is run in, for a progress bar.
    pub fn count(&self, tokens: usize) -> usize {
        match self.window {
            0 => 0,
            window => tokens / window + usize::from(tokens % window > 1),
        }
    }
}

/// Negative log-likelihoods summed so far.
#[derive(Debug, Default)]
struct Total {
    nll: f64,
    predicted: usize,
    /// Tokens read, to say where something went wrong.
    read: usize,
}

impl Total {
    /// Adds windows of `window` tokens each, laid end to end.
    fn add(
        &mut self,
        model: &Gpt2,
        windows: &[u32],
        window: usize,
        hooks: &mut Hooks<'_>,
    ) -> Result<(), EvalError> {
        let batch = windows.len() / window;
        let device = model.device();
        let ids: Vec<i64> = windows.iter().map(|&token| i64::from(token)).collect();
        let tokens = Tensor::<2, Int>::from_data(TensorData::new(ids, [batch, window]), &device);
        let pass = Pass::whole(batch, window);
        let hidden = model.forward(tokens, &pass, &mut KvCache::new(), hooks)?;
        let [_, _, d_model] = hidden.dims();
        let rows = batch * (window - 1);
        let hidden = hidden.slice(s![.., ..window - 1]).reshape([rows, d_model]);
        let targets: Vec<u32> = (windows.chunks_exact(window))
            .flat_map(|window| &window[1..])
            .copied()
            .collect();
        for start in (0..rows).step_by(ROWS) {
            let end = (start + ROWS).min(rows);
            let hidden = hidden.clone().slice(s![start..end]);
            let found = model.log_likelihoods(hidden, &targets[start..end])?;
            for (row, log_likelihood) in (start..end).zip(found) {
                if !log_likelihood.is_finite() {
                    let (window_index, column) = (row / (window - 1), row % (window - 1));
                    return Err(EvalError::NotFinite {
                        index: self.read + window_index * window + column + 2,
                        found: log_likelihood,
                    });
                }
                self.nll -= log_likelihood;
            }
        }
        self.predicted += rows;
        self.read += windows.len();
        Ok(())
    }
}

/// Rejects texts and windows that no perplexity can be measured with.
fn check(model: &Gpt2, tokens: &[u32], windows: &Windows) -> Result<(), EvalError> {
    let n_positions = model.n_positions();
    if windows.window < 2 || windows.window > n_positions {
        return Err(EvalError::Setting {
            name: "window",
            found: windows.window,
            expected: format!("2 to {n_positions}, the model's positions"),
        });
    }
    if windows.batch_size == 0 {
        return Err(EvalError::Setting {
            name: "batch_size",
            found: 0,
            expected: "at least 1".to_owned(),
        });
    }
    if tokens.len() < 2 {
        return Err(EvalError::TooFewTokens {
            found: tokens.len(),
        });
    }
    let vocab_size = model.vocab_size();
    match tokens.iter().find(|&&token| token as usize >= vocab_size) {
        Some(&token) => Err(ModelError::UnknownToken { token, vocab_size }.into()),
        None => Ok(()),
    }
}
