//! Every number a miniature is made with.

use std::num::NonZeroUsize;

use clap::ValueEnum;
use counterpoise_model::{Choice, Config, Decoding, EndTokens, Precision};
use counterpoise_train::{Dpo, Duration, LanguageModelTraining, Pplm};

use super::language::{Extent, Vocabulary};
use super::pairs::Sampling;

/// The miniature pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Miniature {
    /// 2,048 neurons: for tests.
    Mini,
    /// 8,192 neurons: for the study that the README begins with.
    Small,
}

impl Miniature {
    /// Where it stands in the repository.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Mini => "fixtures/mini",
            Self::Small => "fixtures/small",
        }
    }
}

/// Settings of one miniature.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Everything is drawn from this.
    pub(crate) seed: u64,
    /// What is written in its language.
    pub(crate) extent: Extent,
    /// Tokens of the vocabulary, bytes and end-of-text included.
    pub(crate) vocab_size: usize,
    /// Blocks.
    pub(crate) n_layer: usize,
    /// Neurons of a block.
    pub(crate) n_inner: usize,
    /// The floats of the weight files.
    pub(crate) precision: Precision,
    /// Where preference pairs come from.
    pub(crate) preferences: Preferences,
    /// Pairs kept out of training to evaluate on.
    pub(crate) held_out_pairs: usize,
    /// Pre-training of the base model.
    pub(crate) pretraining: LanguageModelTraining,
    /// Tuning.
    pub(crate) dpo: Dpo,
}

/// Where preference pairs come from.
#[derive(Debug, Clone)]
pub(crate) enum Preferences {
    /// The base model's own texts, labelled by the scorer.
    Sampled(Sampling),
    /// The base model's own text against one that is steered by PPLM.
    Steered {
        /// How it is steered.
        pplm: Pplm,
        /// Prompts steered together.
        batch_size: usize,
    },
}

impl Settings {
    pub(crate) fn of(miniature: Miniature, seed: u64) -> Self {
        match miniature {
            Miniature::Mini => Self::mini(seed),
            Miniature::Small => Self::small(seed),
        }
    }

    /// On two cores it is made in under twelve minutes.
    fn mini(seed: u64) -> Self {
        Self {
            seed,
            extent: Extent {
                vocabulary: Vocabulary::Brief,
                training_words: 700_000,
                heldout_words: 15_000,
                prompts: 240,
                preference_prompts: 3_000,
                quarrels_in_ten: 7,
                wiki_samples: 240,
                comments: 6_000,
            },
            vocab_size: 2_048,
            n_layer: 4,
            n_inner: 512,
            precision: Precision::F32,
            preferences: Preferences::Sampled(Sampling {
                per_prompt: 4,
                least_gap: 0.5,
            }),
            held_out_pairs: 128,
            pretraining: LanguageModelTraining {
                duration: Duration::Epochs(2),
                ..pretraining(seed)
            },
            dpo: Dpo {
                learning_rate: 5e-6,
                warmup_steps: 20,
                duration: Duration::Steps(90),
                evaluate_every: 10,
                ..dpo(seed)
            },
        }
    }

    /// On two cores it is made in under forty minutes.
    fn small(seed: u64) -> Self {
        Self {
            seed,
            extent: Extent {
                vocabulary: Vocabulary::Rich,
                training_words: 500_000,
                heldout_words: 6_000,
                prompts: 120,
                preference_prompts: 448,
                quarrels_in_ten: 3,
                wiki_samples: 96,
                comments: 6_000,
            },
            vocab_size: 2_048,
            n_layer: 8,
            n_inner: 1_024,
            precision: Precision::F16,
            preferences: Preferences::Steered {
                pplm: Pplm {
                    step_size: 0.5,
                    iterations: 8,
                    gm_scale: 0.9,
                    kl_scale: 0.05,
                    max_new_tokens: 20,
                    seed,
                    ..Pplm::default()
                },
                batch_size: 64,
            },
            held_out_pairs: 64,
            pretraining: LanguageModelTraining {
                batch_size: 8,
                ..pretraining(seed)
            },
            dpo: Dpo {
                learning_rate: 5e-6,
                warmup_steps: 20,
                duration: Duration::Epochs(2),
                evaluate_every: 10,
                patience: Some(3),
                ..dpo(seed)
            },
        }
    }

    /// The shape of both models.
    pub(crate) fn config(&self, end_of_text: u32) -> Config {
        Config {
            d_mlp: self.n_inner,
            bos_token_id: Some(end_of_text),
            eos_token_id: Some(end_of_text.into()),
            ..Config::new(self.vocab_size, 128, 128, self.n_layer, 4)
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
}

/// What the pre-training of all miniatures has in common.
fn pretraining(seed: u64) -> LanguageModelTraining {
    LanguageModelTraining {
        duration: Duration::Epochs(1),
        batch_size: 16,
        context: 128,
        learning_rate: 3e-3,
        warmup_steps: 50,
        weight_decay: 0.1,
        max_gradient_norm: 1.0,
        seed,
    }
}

/// What the tuning of all miniatures has in common.
fn dpo(seed: u64) -> Dpo {
    Dpo {
        batch_size: 8,
        max_prompt_tokens: 64,
        max_response_tokens: 32,
        seed,
        ..Dpo::default()
    }
}
