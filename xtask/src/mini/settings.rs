//! Every number the miniature is made with.

use std::num::NonZeroUsize;

use counterpoise_model::{Choice, Config, Decoding, EndTokens};
use counterpoise_train::{Dpo, Duration, LanguageModelTraining};

/// Settings of one miniature; on two cores it is made in under twelve minutes.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Everything is drawn from this.
    pub(crate) seed: u64,
    /// Words the base model is trained on.
    pub(crate) training_words: usize,
    /// Tokens of the vocabulary, bytes and end-of-text included.
    pub(crate) vocab_size: usize,
    /// Continuations sampled from the base model per preference prompt.
    pub(crate) samples_per_prompt: usize,
    /// A pair's rejected text must score at least this much above its chosen one.
    pub(crate) least_gap: f64,
    /// Pairs kept out of training to evaluate on.
    pub(crate) held_out_pairs: usize,
    /// Pre-training of the base model.
    pub(crate) pretraining: LanguageModelTraining,
    /// Tuning.
    pub(crate) dpo: Dpo,
}

impl Settings {
    pub(crate) fn of_seed(seed: u64) -> Self {
        Self {
            seed,
            training_words: 700_000,
            vocab_size: 2_048,
            samples_per_prompt: 4,
            least_gap: 0.5,
            held_out_pairs: 128,
            pretraining: LanguageModelTraining {
                duration: Duration::Epochs(2),
                batch_size: 16,
                context: 128,
                learning_rate: 3e-3,
                warmup_steps: 50,
                weight_decay: 0.1,
                max_gradient_norm: 1.0,
                seed,
            },
            dpo: Dpo {
                learning_rate: 5e-6,
                warmup_steps: 20,
                batch_size: 8,
                duration: Duration::Steps(90),
                evaluate_every: 10,
                max_prompt_tokens: 64,
                max_response_tokens: 32,
                seed,
                ..Dpo::default()
            },
        }
    }

    /// The shape of both models.
    pub(crate) fn config(&self, end_of_text: u32) -> Config {
        Config {
            bos_token_id: Some(end_of_text),
            eos_token_id: Some(end_of_text.into()),
            ..Config::new(self.vocab_size, 128, 128, 4, 4)
        }
    }

    /// How preference texts are drawn: from the model's own distribution.
    pub(crate) fn sampling(&self, end_tokens: &EndTokens) -> Decoding {
        Decoding {
            max_new_tokens: 24,
            batch_size: NonZeroUsize::new(64),
            choice: Choice::Sampled {
                temperature: 1.0,
                seed: self.seed,
            },
            stop: end_tokens.clone(),
            ..Decoding::default()
        }
    }

    /// How texts are generated to be scored: as in the study.
    pub(crate) fn greedy(end_tokens: &EndTokens) -> Decoding {
        Decoding {
            batch_size: NonZeroUsize::new(64),
            stop: end_tokens.clone(),
            ..Decoding::default()
        }
    }
}
