//! Training of a transformer: on text as a language model, and on preferences by DPO; texts to prefer others to, by PPLM.
//!
//! [`LanguageModelTraining`] makes a base model; [`Dpo`] makes the tuned one from it, by direct
//! preference optimisation with the settings published for GPT-2 medium as defaults. Both give a
//! run that is taken step by step ([`LanguageModelRun`], [`DpoRun`]), logs every step, and can be
//! saved and resumed: a resumed run ends in the very same parameters. On one machine, the same
//! seed gives the same bytes.
//!
//! ```
//! use burn::tensor::Device;
//! use counterpoise_model::{Config, Transformer};
//! use counterpoise_train::{Dpo, Duration, PreferencePair};
//!
//! let device = Device::flex();
//! let base = Transformer::init(&Config::new(16, 8, 8, 1, 2), 1, &device);
//! // After token 1, token 2 is preferred to token 3.
//! let pair = PreferencePair { prompt: vec![1], chosen: vec![2], rejected: vec![3] };
//!
//! let dpo = Dpo {
//!     learning_rate: 1e-3,
//!     warmup_steps: 0,
//!     batch_size: 1,
//!     duration: Duration::Steps(10),
//!     ..Dpo::default()
//! };
//! let mut margins = Vec::new();
//! dpo.train(base, &[pair], &[], &mut |log| margins.push(log.preference.margin))?;
//!
//! assert!(margins[0].abs() < 1e-6); // the model starts as its own reference
//! assert!(margins[9] > margins[1] && margins[1] > 0.0);
//! # Ok::<(), counterpoise_train::TrainError>(())
//! ```

mod attribute_head;
mod checkpoint;
mod dpo;
mod dpo_run;
mod duration;
mod error;
mod gradient;
mod language_model;
mod log_probability;
mod objective;
mod optimizer;
mod order;
mod pairs;
mod pplm;
mod preference;
mod schedule;
mod stopping;
mod trainee;
mod windows;

pub use attribute_head::AttributeHead;
pub use dpo::Dpo;
pub use dpo_run::{DpoLog, DpoRun, DpoUpdate, PairSet};
pub use duration::Duration;
pub use error::TrainError;
pub use language_model::{LanguageModelRun, LanguageModelTraining, StepLog};
pub use log_probability::sequence_log_probabilities;
pub use objective::PreferenceLoss;
pub use pairs::PreferencePair;
pub use pplm::{Continuation, GradientNorm, Moved, NextToken, Pplm, Steering};
pub use preference::Preference;
