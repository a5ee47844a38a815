//! counterpoise: how fine-tuning changes what a language model writes along a direction, neuron by neuron.
//!
//! This crate is the front of the workspace: every other crate as a module, what most programs need in
//! [`prelude`], and the command line as a function, [`run`], which a program of your own calls after
//! registering its interventions, metrics, scorers and figures.
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! fn main() -> ExitCode {
//!     // Register your own kinds here: `kinds.interventions.register(…)`.
//!     counterpoise::run(counterpoise::kinds())
//! }
//! ```

pub use counterpoise_data as data;
pub use counterpoise_direction as direction;
#[cfg(feature = "encoders")]
pub use counterpoise_encoder as encoder;
pub use counterpoise_eval as eval;
pub use counterpoise_groups as groups;
pub use counterpoise_hooks as hooks;
pub use counterpoise_intervene as intervene;
pub use counterpoise_logistic as logistic;
pub use counterpoise_model as model;
pub use counterpoise_probe as probe;
pub use counterpoise_registry as registry;
pub use counterpoise_report as report;
pub use counterpoise_score as score;
pub use counterpoise_study as study;
pub use counterpoise_train as train;
pub use counterpoise_weights as weights;

pub mod allocator;
mod bench;
pub mod cli;
mod commands;
mod device;
mod doctor;
mod edit_file;
#[cfg(feature = "hub")]
mod fetch;
mod fitting;
mod init;
mod kinds;
pub mod making;
mod output;
pub mod prelude;
pub mod progress;
mod project;
mod render;
mod replicate;
mod studies;
mod submit;
pub mod training;
mod tuned;
mod verify;

pub use cli::run;
pub use kinds::kinds;

/// The programs of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
