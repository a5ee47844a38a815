//! The toxicity probe: a linear direction in a model's residual stream, and projections onto it.
//!
//! [`Probe`] is the weight vector `v_toxic` of a logistic regression that tells toxic from civil
//! comments by their mean residual stream after the last block. It is read from a file
//! ([`Probe::load`]) or fitted ([`mean_residuals`], then [`Probe::fit`]). The value vectors of a
//! model's MLP neurons and whole layers are then measured along it ([`value_projections`],
//! [`layer_projection`]), or along many directions at once ([`project_onto`]), always in `f64`.
//!
//! ```
//! use burn::tensor::Device;
//! use counterpoise_model::{Config, Transformer};
//! use counterpoise_logistic::Fitting;
//! use counterpoise_probe::{Probe, accuracy, mean_residuals, value_projections};
//!
//! let config = Config::new(16, 8, 4, 2, 2); // vocabulary, positions, width, blocks, heads
//! let device = Device::flex();
//! let model = Transformer::init(&config, 1, &device);
//!
//! let comments = [vec![1, 2, 3], vec![9, 8], vec![1, 3], vec![9, 7, 8]];
//! let labels = [true, false, true, false];
//! let features = mean_residuals(&model, &comments, None, 2, &mut |_done| {})?; // [4][4]
//! let fitted = Probe::fit(&features, &labels, &Fitting::default())?;
//! assert_eq!(accuracy(&fitted.probe, fitted.bias, &features, &labels)?, 1.0);
//!
//! let cosines = value_projections(&model, &fitted.probe)?.cosine; // [layer][neuron]
//! assert_eq!((cosines.len(), cosines[0].len()), (2, 16));
//! assert!(cosines.iter().flatten().all(|cosine| cosine.abs() <= 1.0));
//! # Ok::<(), counterpoise_probe::ProbeError>(())
//! ```

mod auroc;
mod auroc_file;
mod components;
mod direction_file;
mod error;
mod features;
mod fit;
mod over_tokens;
mod probe;
mod projection;
mod responses;

pub use auroc::auroc;
pub use auroc_file::AurocFile;
pub use components::{Component, ComponentProjections, component_points, component_projections};
pub use error::ProbeError;
pub use features::{mean_hidden_states, mean_residuals, text_features};
pub use fit::{FittedProbe, accuracy};
pub use over_tokens::OverTokens;
pub use probe::Probe;
pub use projection::{ValueProjections, layer_projection, project_onto, value_projections};
pub use responses::mlp_matrix_outputs;
