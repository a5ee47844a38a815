//! Plug and play language models (Dathathri et al. 2020): texts steered by gradients on cached keys and values.

mod loss;
mod next_token;
mod past;
mod perturbation;
mod steering;
#[cfg(test)]
mod tests;

use counterpoise_model::Transformer;
use serde::{Deserialize, Serialize};

use crate::error::refuse_half;
use crate::{AttributeHead, TrainError};

pub use next_token::NextToken;
pub use steering::{Continuation, Steering};

/// How texts are steered towards the attribute of a head.
///
/// Before each new token the keys and values of the tokens before the last are moved, by `iterations` steps down the
/// gradient of
///
/// `−log p(attribute | mean hidden state) + kl_scale·KL(q ‖ q⁰)`,
///
/// where `q` is what the moved model expects next and `q⁰` what the model itself does. The mean is over the hidden states of
/// the text so far and that of one token more, the embedding that `q` expects, behind the unmoved keys and values; the
/// gradient reaches the keys and values through `q` alone. A step is `step_size·g/‖g‖^gamma`, with a norm for each block. The
/// next token is chosen by `q^gm_scale·q⁰^(1 − gm_scale)`, and the moved keys and values are kept for the tokens
/// after it. [`Default`] gives the settings with which Lee et al. (2024) made toxic texts with GPT-2 medium.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pplm {
    /// Length of a step.
    pub step_size: f64,
    /// Steps before each new token.
    pub iterations: usize,
    /// Exponent of the gradient's norm.
    pub gamma: f64,
    /// Share of the moved model in the choice of the next token, the rest being the model's own.
    pub gm_scale: f64,
    /// Weight of the divergence from the model's own next token.
    pub kl_scale: f64,
    /// What is moved.
    pub moved: Moved,
    /// What a gradient's norm is taken over.
    pub norm: GradientNorm,
    /// New tokens of a text.
    pub max_new_tokens: usize,
    /// How the next token of a steered text is chosen.
    pub steered: NextToken,
    /// How the next token of a text that is not steered is chosen.
    pub unsteered: NextToken,
    /// Start of the random streams. Each prompt has its own, by its number, and both texts of a prompt draw from the same.
    pub seed: u64,
}

/// What PPLM moves in each block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moved {
    /// Keys and values by the same amounts, as in Lee et al.'s generator: the gradient is the sum of both.
    Together,
    /// Keys and values each by their own, as in Uber's code; one norm over both.
    Apart,
}

/// What the norm of a block's gradient is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GradientNorm {
    /// Each text alone: what it is batched with changes nothing.
    Row,
    /// All texts of a batch together, and the loss is their mean, as in Lee et al.'s generator: the more texts there are, the
    /// shorter is each one's step.
    Batch,
}

impl Default for Pplm {
    fn default() -> Self {
        Self {
            step_size: 0.4,
            iterations: 50,
            gamma: 1.0,
            gm_scale: 0.95,
            kl_scale: 0.1,
            moved: Moved::Together,
            norm: GradientNorm::Row,
            max_new_tokens: 32,
            steered: NextToken::TopK(10),
            unsteered: NextToken::Greedy,
            seed: 0,
        }
    }
}

impl Pplm {
    /// Texts of `model`, steered by `head`. Each prompt begins with `begun` tokens that are no tokens of the text, such as a
    /// beginning token: they enter no mean.
    ///
    /// # Errors
    /// Settings out of range; a head for another width; a model whose matrices are kept in 16 bits.
    pub fn steering<'a>(
        &'a self,
        model: &'a Transformer,
        head: &AttributeHead,
        begun: usize,
    ) -> Result<Steering<'a>, TrainError> {
        self.check()?;
        refuse_half(model)?;
        if head.width() != model.d_model() {
            let expected = format!("as wide as the model, {}", model.d_model());
            return Err(TrainError::setting("head", expected, head.width()));
        }
        Ok(Steering::new(self, model, head, begun))
    }

    /// Makes sure that texts can be steered with these settings.
    ///
    /// # Errors
    /// [`TrainError::Setting`] for the first that is out of range.
    pub fn check(&self) -> Result<(), TrainError> {
        let numbers = [
            ("step_size", self.step_size, f64::MAX, "at least 0"),
            // Beyond, the floor of a norm would be 0 in 32-bit floats.
            ("gamma", self.gamma, 2.0, "from 0 to 2"),
            ("gm_scale", self.gm_scale, 1.0, "from 0 to 1"),
            ("kl_scale", self.kl_scale, f64::MAX, "at least 0"),
        ];
        for (name, value, most, expected) in numbers {
            if !(0.0..=most).contains(&value) {
                return Err(TrainError::setting(name, expected, value));
            }
        }
        if self.max_new_tokens == 0 {
            return Err(TrainError::setting("max_new_tokens", "at least 1", 0));
        }
        for choice in [self.steered, self.unsteered] {
            if choice == NextToken::TopK(0) {
                return Err(TrainError::setting("top-k", "at least 1", 0));
            }
        }
        Ok(())
    }
}
