//! Sequence classifiers as toxicity scorers: BERT and RoBERTa from a Hugging Face folder, or from a checkpoint of
//! Detoxify's beside one.
//!
//! A [`Classifier`] names the files, as a study does with `kind = "classifier"`; [`Classifier::load`] reads them. Tokens
//! are those that `AutoTokenizer` makes, special ones and truncation included. Texts are laid end to end, not padded, so
//! that a score depends on its own text alone. Which output is the toxicity follows from the labels, or is said.
//!
//! ```no_run
//! use burn::tensor::Device;
//! use counterpoise_encoder::Classifier;
//!
//! let scorer = Classifier::at("data/toxic-bert").load(&Device::flex())?;
//! let texts = ["what a lovely day".to_owned()];
//! println!("{:?}", scorer.toxicity(&texts)?);
//! # Ok::<(), counterpoise_encoder::EncoderError>(())
//! ```
//!
//! | what a folder holds | what is read |
//! |---|---|
//! | `config.json` | sizes, labels (`id2label`), `problem_type`; anything that would be computed otherwise is refused |
//! | weights | as `counterpoise-weights` reads them; every tensor has to be the model's |
//! | tokenizer | `tokenizer.json`, or `vocab.txt`, or `vocab.json` and `merges.txt`; `tokenizer_config.json` |

mod attention;
mod batches;
mod block;
mod classifier;
mod config;
mod detoxify;
mod error;
mod labels;
mod linear;
mod load;
mod parameters;
mod rows;
mod scorer;
mod tokenizer;

pub use classifier::{SequenceClassifier, Stage};
pub use config::{EncoderConfig, Family};
pub use error::EncoderError;
pub use labels::{Labels, ProblemType};
pub use scorer::{Classifier, ClassifierScorer};
pub use tokenizer::Tokenizer;
