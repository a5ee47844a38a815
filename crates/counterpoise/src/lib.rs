//! counterpoise measures, neuron by neuron, how fine-tuning changes what a language model writes along a
//! direction, and tests the explanation by intervening.
//!
//! Each part is a crate of its own, and a module here: [`model`] with its [`hooks`], a [`probe`], the
//! [`groups`] of neurons, [`intervene`], [`eval`] and [`report`]. A [`study`] puts them together. [`cli`] is
//! the command line, for a `main` of your own; [`prelude`] has what most programs use.
//!
//! ```no_run
//! use counterpoise::prelude::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let study = Study::read("mine.toml".as_ref(), &Registry::paper())?;
//! let device = ChosenDevice {
//!     device: Device::flex(),
//!     record: DeviceRecord { name: "flex (CPU)".into(), why: "asked for".into() },
//! };
//! let options = RunOptions {
//!     device,
//!     out: "out/mine".into(),
//!     plan: RowPlan::Score,
//!     figures: true,
//!     limit: None,
//! };
//! let results = study.run(&options, &mut Silent)?;
//! println!("{} rows", results.rows.len());
//! # Ok(())
//! # }
//! ```
//!
//! Features, both on unless turned off: `gpu` runs models through wgpu, `hub` downloads files from the Hugging
//! Face hub.

pub use counterpoise_data as data;
pub use counterpoise_eval as eval;
pub use counterpoise_groups as groups;
pub use counterpoise_hooks as hooks;
pub use counterpoise_intervene as intervene;
pub use counterpoise_model as model;
pub use counterpoise_probe as probe;
pub use counterpoise_report as report;
pub use counterpoise_study as study;
pub use counterpoise_train as train;

pub mod cli;
pub mod memory;
pub mod prelude;
