//! The contract between a model and whoever watches or changes it: hook points, observers, edits.
//!
//! A model calls [`Hooks::at`] at every named point of its forward pass with the activation there,
//! as a `[batch, seq, width]` tensor, and goes on with what comes back. The names are those of
//! TransformerLens ([`HookPoint`]); a name that does not exist is an error,
//! never a silent miss, and so is a point that the model at hand does not have ([`Points`]).
//! [`Observe`] sees activations and [`Edit`] replaces them; [`observe_at`] and [`edit_at`] make them of
//! closures. A [`Scope`] says in which stages and at which [`Positions`] an edit applies, and [`Pass`]
//! tells what the columns of the tensor are: padding, prompt, generated or given text. [`MeanRecorder`] keeps running sums in `f64`, so that a mean over a million
//! tokens costs no second pass and no stored activations; [`PromptRecorder`] hands on each prompt's own sums as well.
//!
//! This crate knows no model.
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use counterpoise_hooks::{Counted, HookPoint, Hooks, MeanRecorder, Pass};
//!
//! let point: HookPoint = "blocks.3.mlp.hook_post".parse()?;
//! let mut recorder = MeanRecorder::new([point], Counted::All);
//! let mut hooks = Hooks::new().observe(&mut recorder);
//!
//! let activation = Tensor::<3>::from_data([[[1.0, 2.0], [3.0, 6.0]]], &Device::flex()); // [1, 2, 2]
//! hooks.at(point, activation, &Pass::whole(1, 2))?;
//! drop(hooks);
//!
//! assert_eq!(recorder.finish()?.mean(point), Some(vec![2.0, 4.0]));
//! assert!("blocks.3.mlp.hook_pots".parse::<HookPoint>().is_err());
//! # Ok::<(), counterpoise_hooks::HookError>(())
//! ```

mod capture;
mod closures;
mod contract;
mod device_sums;
mod edits;
mod error;
mod pass;
mod point;
mod points;
mod positions;
mod prompt_recorder;
mod read_back;
mod recorder;
mod scope;

pub use capture::Capture;
pub use closures::{edit_at, observe_at};
pub use contract::{Edit, Hooks, Observe};
pub use edits::Edits;
pub use error::HookError;
pub use pass::{Pass, Stage};
pub use point::{BlockPoint, HookPoint};
pub use points::{Points, Width};
pub use positions::Positions;
pub use prompt_recorder::{PromptRecorder, PromptSink};
pub use read_back::{in_memory, read_back, read_backs};
pub use recorder::{Counted, MeanRecorder, Means, activation_values};
pub use scope::{Scope, Scoped};
