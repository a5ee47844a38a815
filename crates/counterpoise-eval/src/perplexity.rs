//! Perplexity over disjoint windows of one long text.

use burn::tensor::s;
use counterpoise_hooks::{Hooks, Pass};
use counterpoise_model::{KvCache, Transformer, check_tokens, token_tensor};
use counterpoise_score::Items;

use crate::EvalError;

/// Positions projected onto the vocabulary at once, one window of the paper's. Fewer at once cost more
/// time, because each product reads the whole embedding again.
const ROWS: usize = 1024;

/// How a text is cut for [`perplexity`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// Tokens of the text per window, at least 2; with the beginning token at most the model's positions. The paper's is 1,024.
    pub window: usize,
    /// The token that stands before each window, where the tokenizer has one
    /// ([`Tokenizer::beginning`](counterpoise_model::Tokenizer::beginning)). Behind it the first token of a window is
    /// predicted too; it is never predicted itself.
    pub beginning: Option<u32>,
    /// Windows run together; changes time and memory, not the result.
    pub batch_size: usize,
}

/// A model's perplexity on a text.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowedPerplexity {
    /// `exp(Σ nll / predicted)`.
    pub perplexity: f64,
    /// Tokens in the text.
    pub tokens: usize,
    /// Tokens predicted: all of each window but, where no beginning token stands before it, the first.
    pub predicted: usize,
    /// What each window adds to the sum, in their order.
    pub windows: Vec<WindowLoss>,
}

/// The negative log-likelihood of one window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WindowLoss {
    /// Summed over its predicted tokens, to base e.
    pub nll: f64,
    /// How many these are.
    pub predicted: usize,
    /// Tokens of the text in the window.
    pub tokens: usize,
}

impl WindowedPerplexity {
    /// What the perplexity is made of, window by window.
    pub fn items(&self) -> Items {
        let windows = self.windows.iter();
        Items::perplexity_of(windows.map(|window| (window.nll, window.predicted)))
    }

    /// The same, each window's loss over all of its tokens, the first and any that is left over at the end too, as the
    /// paper's released code averages.
    pub fn items_over_all_tokens(&self) -> Items {
        let in_windows: usize = self.windows.iter().map(|window| window.tokens).sum();
        let mut left = self.tokens - in_windows;
        let windows = self.windows.iter().rev().map(|window| {
            let tokens = window.tokens + std::mem::take(&mut left);
            (window.nll, tokens)
        });
        let mut windows: Vec<(f64, usize)> = windows.collect();
        windows.reverse();
        Items::perplexity_of(windows)
    }

    /// The 95 % bootstrap interval of the perplexity over windows; `None` if there is one window.
    pub fn interval(&self) -> Option<[f64; 2]> {
        self.items().interval()
    }
}

/// Perplexity of `model`, under `hooks`, on a text tokenised once: `exp(Σ nll / predicted tokens)`
/// over disjoint windows, each read from nothing. The sum is in `f64`.
///
/// The last window may be shorter; if a single token is left for it and no beginning token stands before it, it predicts
/// nothing and is not run. After each batch `progress` is told how many windows it held.
///
/// # Errors
/// [`EvalError::TooFewTokens`], [`EvalError::Setting`] for windows the model cannot read,
/// [`EvalError::NotFinite`] for logits that are not finite, and what the model reports.
pub fn perplexity(
    model: &Transformer,
    tokens: &[u32],
    windows: &Windows,
    hooks: &mut Hooks<'_>,
    progress: &mut dyn FnMut(usize),
) -> Result<WindowedPerplexity, EvalError> {
    check(model, tokens, windows)?;
    let whole = tokens.len() - tokens.len() % windows.window;
    let (full, rest) = tokens.split_at(whole);
    let batches = full.chunks(windows.window.saturating_mul(windows.batch_size));
    let mut total = Total::default();
    for batch in batches {
        total.add(model, batch, windows, hooks)?;
        progress(batch.len() / windows.window);
    }
    if rest.len() >= windows.shortest() {
        let last = Windows {
            window: rest.len(),
            ..*windows
        };
        total.add(model, rest, &last, hooks)?;
        progress(1);
    }
    Ok(WindowedPerplexity {
        perplexity: (total.nll / total.predicted as f64).exp(),
        tokens: tokens.len(),
        predicted: total.predicted,
        windows: total.windows,
    })
}

/// Tokens per window in the paper.
const PAPER_WINDOW: usize = 1024;

impl Windows {
    /// Windows of `window` tokens, or of the paper's 1,024, or of as many as a model of `n_positions` has positions for if these are
    /// fewer; `batch_size` of them together, or as many as hold 1,024 tokens, which fill every core: more take memory and no
    /// less time. `beginning` is the tokenizer's.
    pub fn of(
        n_positions: usize,
        window: Option<usize>,
        batch_size: Option<usize>,
        beginning: Option<u32>,
    ) -> Self {
        let positions = n_positions.saturating_sub(usize::from(beginning.is_some()));
        let window = window.unwrap_or(PAPER_WINDOW.min(positions));
        Self {
            window,
            beginning,
            batch_size: batch_size.unwrap_or((PAPER_WINDOW / window.max(1)).max(1)),
        }
    }

    /// Tokens of the shortest window in which one is predicted.
    fn shortest(&self) -> usize {
        2 - self.begun()
    }

    /// Tokens before a window: one or none.
    fn begun(&self) -> usize {
        usize::from(self.beginning.is_some())
    }

    /// How many windows a text of `tokens` is run in, for a progress bar.
    pub fn count(&self, tokens: usize) -> usize {
        match self.window {
            0 => 0,
            window => tokens / window + usize::from(tokens % window >= self.shortest()),
        }
    }
}

/// Negative log-likelihoods summed so far.
#[derive(Debug, Default)]
struct Total {
    nll: f64,
    predicted: usize,
    windows: Vec<WindowLoss>,
    /// Tokens read, to say where something went wrong.
    read: usize,
}

impl Total {
    /// Adds the whole windows of `text`, which lie end to end.
    fn add(
        &mut self,
        model: &Transformer,
        text: &[u32],
        windows: &Windows,
        hooks: &mut Hooks<'_>,
    ) -> Result<(), EvalError> {
        let (window, begun) = (windows.window, windows.begun());
        let batch = text.len() / window;
        let each = || text.chunks_exact(window);
        let read: Vec<u32> = each()
            .flat_map(|window| windows.beginning.iter().chain(window).copied())
            .collect();
        let (seq, predicted) = (window + begun, window + begun - 1);
        let tokens = token_tensor(&read, [batch, seq], &model.device());
        let first = self.windows.len();
        let pass = Pass::whole(batch, seq).of_text();
        let pass = pass.of_prompts((first..first + batch).collect());
        let hidden = model.forward(tokens, &pass, &mut KvCache::new(), hooks)?;
        let [_, _, d_model] = hidden.dims();
        let rows = batch * predicted;
        let hidden = hidden.slice(s![.., ..predicted]).reshape([rows, d_model]);
        let targets: Vec<u32> = each()
            .flat_map(|window| &window[1 - begun..])
            .copied()
            .collect();
        let unread = WindowLoss {
            nll: 0.0,
            predicted,
            tokens: window,
        };
        self.windows.resize(first + batch, unread);
        for start in (0..rows).step_by(ROWS) {
            let end = (start + ROWS).min(rows);
            let hidden = hidden.clone().slice(s![start..end]);
            let found = model.log_likelihoods(hidden, &targets[start..end])?;
            for (row, log_likelihood) in (start..end).zip(found) {
                let (window_index, column) = (row / predicted, row % predicted);
                if !log_likelihood.is_finite() {
                    return Err(EvalError::NotFinite {
                        index: self.read + window_index * window + column + 2 - begun,
                        found: log_likelihood,
                    });
                }
                self.nll -= log_likelihood;
                self.windows[first + window_index].nll -= log_likelihood;
            }
        }
        self.predicted += rows;
        self.read += text.len();
        Ok(())
    }
}

/// Rejects texts and windows that no perplexity can be measured with.
fn check(model: &Transformer, tokens: &[u32], windows: &Windows) -> Result<(), EvalError> {
    let n_positions = model.n_positions();
    if windows.window < 2 || windows.window + windows.begun() > n_positions {
        let expected = match windows.beginning {
            None => format!("2 to {n_positions}, the model's positions"),
            Some(_) => format!(
                "2 to {}, one fewer than the model's positions, for the beginning token",
                n_positions - 1
            ),
        };
        return Err(EvalError::Setting {
            name: "window",
            found: windows.window,
            expected,
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
    let read = tokens.iter().chain(&windows.beginning);
    Ok(check_tokens(read, model.vocab_size())?)
}
