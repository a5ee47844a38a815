//! What can go wrong while an intervention is described or prepared.

use std::error::Error;
use std::path::PathBuf;

use counterpoise_data::DataError;
use counterpoise_direction::DirectionError;
use counterpoise_groups::{GroupsError, NeuronId};
use counterpoise_hooks::HookPoint;
use counterpoise_registry::RegistryError;

/// An error of describing or preparing an intervention.
#[derive(Debug, thiserror::Error)]
pub enum InterveneError {
    /// An intervention could not be read from a file, registered or described.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The parameters do not fit the kind.
    #[error("`{kind}`: {reason}")]
    Parameters {
        /// The kind.
        kind: String,
        /// What was expected and found.
        reason: String,
    },
    /// Neurons are to be selected by rank or group, but there is nothing to rank.
    #[error(
        "selecting neurons by {by} needs a neuron table; give one, or name the neurons in `list`"
    )]
    NoTable {
        /// Rank or group.
        by: &'static str,
    },
    /// The intervention needs something that only a study has.
    #[error(
        "this intervention needs {what}, which a study hands to it; run it as a row of a study"
    )]
    NotGiven {
        /// What.
        what: &'static str,
    },
    /// The selection is empty, so the intervention would do nothing.
    #[error("{selection} selects no neuron; an intervention that changes nothing is refused")]
    NothingSelected {
        /// The selection.
        selection: String,
    },
    /// More of a layer is to be matched than the rest of it can match.
    #[error(
        "layer {layer}: {wanted} neurons are to be matched and only {left} others are there; match a set of at most half of each layer"
    )]
    NoMatch {
        /// The layer, counted from 0.
        layer: usize,
        /// Neurons to be matched.
        wanted: usize,
        /// The others.
        left: usize,
    },
    /// A neuron the model does not have.
    #[error(
        "neuron {neuron} does not exist: the model has {n_layer} blocks of {d_mlp} neurons, both counted from 0"
    )]
    NoSuchNeuron {
        /// The neuron.
        neuron: NeuronId,
        /// Blocks of the model.
        n_layer: usize,
        /// Neurons per block.
        d_mlp: usize,
    },
    /// A neuron was named twice.
    #[error("neuron {neuron} is named twice; one value per neuron")]
    NamedTwice {
        /// The neuron.
        neuron: NeuronId,
    },
    /// What a file says does not fit the model.
    #[error("{}: {problem}", path.display())]
    InFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: Box<InterveneError>,
    },
    /// The neuron table is not of this model.
    #[error(
        "the neuron table has {found} blocks of {found_width} neurons, the model {expected} of {expected_width}"
    )]
    TableShape {
        /// Blocks of the model.
        expected: usize,
        /// Neurons per block of the model.
        expected_width: usize,
        /// Blocks of the table.
        found: usize,
        /// Neurons per block of the table.
        found_width: usize,
    },
    /// Blocks that the model does not have.
    #[error(
        "`layers` is {layers}; expected some of the model's {n_layer} blocks, counted from 0, each once"
    )]
    NoSuchLayers {
        /// What was asked for.
        layers: String,
        /// Blocks of the model.
        n_layer: usize,
    },
    /// A direction that does not fit the model.
    #[error("direction: {reason}")]
    Direction {
        /// What was expected and found.
        reason: String,
    },
    /// Areas under receiver operating characteristics of another model.
    #[error(
        "{point}: expected {expected} areas, found {found}; make the file with `fit aura` on this model"
    )]
    Aurocs {
        /// Where.
        point: HookPoint,
        /// How wide the activation is there.
        expected: usize,
        /// How many areas there are.
        found: usize,
    },
    /// Directions could not be read or made.
    #[error(transparent)]
    Directions(#[from] DirectionError),
    /// Weights could not be read from their device.
    #[error("weights could not be read from their device: {reason}")]
    Device {
        /// What the backend said.
        reason: String,
    },
    /// A temporary file cannot be used.
    #[error("a temporary file in {}: {reason}; set TMPDIR to a folder with room", folder.display())]
    Temporary {
        /// Where temporary files are made.
        folder: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
    /// Ranking or grouping failed.
    #[error(transparent)]
    Groups(#[from] GroupsError),
    /// A file could not be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// What an intervention of somebody else's reports, or what a study reports to it.
    #[error(transparent)]
    Other(Box<dyn Error + Send + Sync>),
}

impl InterveneError {
    /// An error that this crate does not know.
    pub fn other(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }

    /// Parameters of `kind` that do not fit, for this reason.
    pub fn parameters(kind: &str, reason: impl Into<String>) -> Self {
        Self::Parameters {
            kind: kind.to_owned(),
            reason: reason.into(),
        }
    }
}
