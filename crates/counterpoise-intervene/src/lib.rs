//! Interventions: what is done to a model before its text is scored again.
//!
//! An [`Intervention`] takes a model and returns a [`Prepared`] one: weights changed, edits to run
//! it under, or both. The paper's are here ([`Ablate`], [`Patch`], [`ScaleKeys`]); a study file
//! names them by `kind`, and a registry of [`interventions`] builds them. A new one implements the
//! trait and is registered under its own kind. What an intervention may know of the study, such as the
//! neuron table its neurons are selected from, it is handed as a [`Subject`].
//!
//! ```
//! use burn::tensor::Device;
//! use counterpoise_intervene::{Subject, interventions};
//! use counterpoise_model::{Config, Transformer};
//! use counterpoise_registry::PartTable;
//!
//! let table = PartTable::parse("kind = 'ablate'\nneurons = { list = [[0, 3], [1, 5]] }")?;
//! let ablate = interventions()?.build(&table)?;
//! assert_eq!(ablate.describe()?.kind, "ablate");
//!
//! let model = Transformer::init(&Config::new(64, 32, 16, 2, 4), 1, &Device::flex());
//! let prepared = ablate.prepare(model.clone(), &Subject::of(&model))?;
//!
//! assert_eq!(prepared.neurons(), 2);
//! assert!(!prepared.edits.is_empty());
//! let misspelt = PartTable::parse("kind = 'ablat'")?;
//! assert!(interventions()?.build(&misspelt).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ablate;
mod ablate_direction;
mod aura;
mod direction;
mod edit_activations;
mod error;
mod intervention;
mod kinds;
mod layers;
mod matched;
mod none;
mod patch;
mod project;
mod rows;
mod scale_keys;
mod selection;
mod set_neurons;
mod set_steps;
mod site;
mod source;
mod steer;
mod step_file;
mod strip;
mod subject;

pub use ablate::Ablate;
pub use ablate_direction::AblateDirection;
pub use aura::{Aura, AuraForm, AuraSite};
pub use direction::Direction;
pub use edit_activations::{EditActivations, EditForm, Quadrant};
pub use error::InterveneError;
pub use intervention::{Intervention, Prepared, prepare_all};
pub use kinds::interventions;
pub use layers::Layers;
pub use matched::Seeded;
pub use none::Untouched;
pub use patch::{FIRST_POSITION, Patch, PatchTo, PatchValues};
pub use project::{Project, ProjectForm};
pub use scale_keys::ScaleKeys;
pub use selection::{Activated, Count, Selection};
pub use set_neurons::SetNeurons;
pub use set_steps::OwnActivations;
pub use site::Site;
pub use source::{DirectionSource, Token};
pub use steer::{Steer, SteerSite, VectorLength};
pub use step_file::StepRecords;
pub use subject::{Models, Subject};
