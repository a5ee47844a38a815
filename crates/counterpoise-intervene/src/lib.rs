//! Interventions: what is done to a model before its text is scored again.
//!
//! An [`Intervention`] takes a model and returns a [`Prepared`] one: weights changed, edits to run
//! it under, or both. The paper's are here ([`Ablate`], [`Patch`], [`ScaleKeys`]); a study file
//! names them by `kind` and a [`Registry`] builds them. A new one implements the trait and is
//! registered under its own kind. What an intervention may know of the study, such as the neuron
//! table its neurons are selected from, it is handed as a [`Subject`].
//!
//! ```
//! use burn::tensor::Device;
//! use counterpoise_intervene::{Reading, Registry, Subject};
//! use counterpoise_model::{Config, Gpt2};
//!
//! let table = "kind = 'ablate'\nneurons = { list = [[0, 3], [1, 5]] }".parse()?;
//! let ablate = Registry::paper().build(table)?;
//!
//! let model = Gpt2::init(&Config::new(64, 32, 16, 2, 4), 1, &Device::flex());
//! let prepared = ablate.prepare(model.clone(), &Subject::of(&model))?;
//!
//! assert_eq!(prepared.neurons(), 2);
//! assert_eq!(prepared.edits(Reading::Generation).len(), 1);
//! assert!(Registry::paper().build("kind = 'ablat'".parse()?).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ablate;
mod error;
mod intervention;
mod none;
mod patch;
mod registry;
mod scale_keys;
mod selection;
mod set_neurons;

pub use ablate::Ablate;
pub use error::InterveneError;
pub use intervention::{Intervention, Prepared, Reading, Subject, prepare_all};
pub use none::Untouched;
pub use patch::{Patch, PatchValues};
pub use registry::{Registry, parse};
pub use scale_keys::ScaleKeys;
pub use selection::{Activated, K, RankedBy, Selection};
pub use set_neurons::SetNeurons;

/// Compiles and runs what the page on interventions shows.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/interventions.md")]
struct InterventionsPage;

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_on_interventions_shows_the_example() {
        let page = include_str!("../../../docs/interventions.md");
        let example = include_str!("../examples/steer.rs");
        let shown = example.split_once("\n\n").map_or(example, |(_, rest)| rest);
        assert!(page.contains(&format!("```rust\n{shown}```\n")));
    }
}
