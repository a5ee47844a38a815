//! How prompts and texts are read: as each would be alone, or as the paper's released code reads them.

use std::borrow::Cow;
use std::fmt;

use counterpoise_hooks::Edits;
use counterpoise_model::Tokenizer;
use serde::{Deserialize, Serialize};

use crate::EvalError;

/// How prompts are batched, how often edits are made, and what perplexity is a mean over.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Every prompt gives what it gives alone; an edit is made once; perplexity is a mean over predicted tokens.
    #[default]
    Corrected,
    /// As the paper's released code does. Prompts are filled on the left to the longest of all with the end token, which is
    /// attended to and counted in positions; activations are averaged behind one token more, for the beginning of a text,
    /// unless the tokenizer has put one there.
    /// Toxicity, perplexity and F1 are measured in this order; an edit is made again before each and never undone.
    /// Perplexity is a mean over all tokens, and a patch applies there at the first position.
    AsReleased,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Corrected => "corrected",
            Self::AsReleased => "as-released",
        })
    }
}

/// When a metric is measured, in the released code's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// What is said of the continuations of the challenge prompts: toxicity, and all that the released code does not measure.
    First,
    /// Perplexity.
    Second,
    /// F1.
    Third,
}

impl Turn {
    /// That of the metric named `metric`.
    #[must_use]
    pub fn of(metric: &str) -> Self {
        match metric {
            "perplexity" => Self::Second,
            "f1" => Self::Third,
            _ => Self::First,
        }
    }

    /// How often an edit was made by then, where it is made again before every metric.
    #[must_use]
    pub fn makings(self) -> u32 {
        match self {
            Self::First => 1,
            Self::Second => 2,
            Self::Third => 3,
        }
    }
}

/// The variant of an edit that applies at the first position of a text alone.
const FIRST_POSITION: &str = "first_position";

/// A protocol, and what it fills prompts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    protocol: Protocol,
    fill: u32,
    /// Tokens that are put before a prompt while activations are averaged.
    before: usize,
}

impl Reading {
    /// Every prompt as it would be alone.
    pub const CORRECTED: Self = Self {
        protocol: Protocol::Corrected,
        fill: 0,
        before: 0,
    };

    /// How texts of `tokenizer` are read under `protocol`.
    ///
    /// # Errors
    /// [`EvalError::NoFill`] if prompts are to be filled with the end token, and the tokenizer has none or several.
    pub fn of(protocol: Protocol, tokenizer: &Tokenizer) -> Result<Self, EvalError> {
        if protocol == Protocol::Corrected {
            return Ok(Self::CORRECTED);
        }
        let mut ends = tokenizer.end_tokens().iter();
        match (ends.next(), ends.next()) {
            (Some(fill), None) => Ok(Self {
                protocol,
                fill,
                before: usize::from(tokenizer.beginning().is_none()),
            }),
            _ => Err(EvalError::NoFill {
                protocol,
                found: tokenizer.end_tokens().iter().count(),
            }),
        }
    }

    /// The protocol.
    #[must_use]
    pub fn protocol(self) -> Protocol {
        self.protocol
    }

    /// `prompts` as they are continued.
    #[must_use]
    pub fn continued(self, prompts: &[Vec<u32>]) -> Cow<'_, [Vec<u32>]> {
        self.filled(prompts, 0)
    }

    /// `prompts` as they are continued while activations are averaged.
    #[must_use]
    pub fn measured(self, prompts: &[Vec<u32>]) -> Cow<'_, [Vec<u32>]> {
        self.filled(prompts, self.before)
    }

    /// All as long as the longest and `more`: tokens like any other, so that they are attended to and counted.
    fn filled(self, prompts: &[Vec<u32>], more: usize) -> Cow<'_, [Vec<u32>]> {
        if self.protocol == Protocol::Corrected {
            return Cow::Borrowed(prompts);
        }
        let longest = prompts.iter().map(Vec::len).max().unwrap_or(0) + more;
        let fill =
            |prompt: &Vec<u32>| [&vec![self.fill; longest - prompt.len()][..], prompt].concat();
        Cow::Owned(prompts.iter().map(fill).collect())
    }

    /// What of `edits` applies while a metric of this turn is measured. What was hooked for an earlier metric stays.
    #[must_use]
    pub fn edits(self, edits: &Edits, turn: Turn) -> Edits {
        match (self.protocol, turn) {
            (Protocol::Corrected, _) | (Protocol::AsReleased, Turn::First) => edits.clone(),
            (Protocol::AsReleased, Turn::Second) => edits.as_variant(FIRST_POSITION),
            (Protocol::AsReleased, Turn::Third) => edits.with_variant_in_prompts(FIRST_POSITION),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn as_released_prompts_are_filled_to_the_longest_and_corrected_ones_stay() {
        let mini = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/mini/base");
        let tokenizer = Tokenizer::read(mini.as_ref()).unwrap();
        let end = tokenizer.end_tokens().iter().next().unwrap();
        let prompts = [vec![5, 6, 7], vec![8]];
        let released = Reading::of(Protocol::AsReleased, &tokenizer).unwrap();
        assert_eq!(
            *released.continued(&prompts),
            [vec![5, 6, 7], vec![end, end, 8]]
        );
        let measured = [vec![end, 5, 6, 7], vec![end, end, end, 8]];
        assert_eq!(*released.measured(&prompts), measured);
        let corrected = Reading::of(Protocol::Corrected, &tokenizer).unwrap();
        assert_eq!(*corrected.continued(&prompts), prompts);
        assert_eq!(*corrected.measured(&prompts), prompts);
    }
}
