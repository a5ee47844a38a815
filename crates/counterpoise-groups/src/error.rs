//! The one error type of the crate.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use crate::{Grouping, NeuronId, Role};

/// What can go wrong when neurons are measured, read, written, grouped or ranked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GroupsError {
    /// A model was given without any neuron.
    #[error(
        "{model} model: `{quantity}` is empty; expected at least one layer of at least one neuron"
    )]
    NoNeurons {
        /// The model.
        model: Role,
        /// The field of [`crate::Measurements`].
        quantity: &'static str,
    },

    /// The three quantities of one model do not have the same number of layers.
    #[error(
        "{model} model: `{quantity}` has {found} layers; expected {expected}, as many as \
         `mean_activation`"
    )]
    LayerCount {
        /// The model.
        model: Role,
        /// The field of [`crate::Measurements`].
        quantity: &'static str,
        /// Layers of `mean_activation`.
        expected: usize,
        /// Layers of this quantity.
        found: usize,
    },

    /// A layer does not have the width of the first one.
    #[error(
        "{model} model: `{quantity}` has {found} neurons in layer {layer}; expected {expected}, \
         as many as `mean_activation` has in layer 0"
    )]
    LayerWidth {
        /// The model.
        model: Role,
        /// The field of [`crate::Measurements`].
        quantity: &'static str,
        /// The layer.
        layer: usize,
        /// Neurons of `mean_activation` in layer 0.
        expected: usize,
        /// Neurons of this quantity in this layer.
        found: usize,
    },

    /// A measured value is not a number the definitions can use.
    #[error("{model} model: `{quantity}` of neuron {neuron} is {found}; expected {expected}")]
    Measurement {
        /// The model.
        model: Role,
        /// The field of [`crate::Measurements`].
        quantity: &'static str,
        /// The neuron.
        neuron: NeuronId,
        /// What the value has to be.
        expected: &'static str,
        /// The value.
        found: f64,
    },

    /// Measurements so large that what is derived from them is infinite.
    #[error(
        "neuron {neuron}: activation times value projection, or its change, is too large for a \
         64-bit float; expected measurements of a working model"
    )]
    Overflow {
        /// The neuron.
        neuron: NeuronId,
    },

    /// The tuned model measures as the base model does, bit for bit.
    #[error(
        "the tuned model is the base model: every neuron's activation, projection and cosine are the \
         same; give the tuned model's own weights, and check that merging an adapter changed them"
    )]
    NothingChanged,

    /// Base and tuned model have different shapes.
    #[error(
        "base and tuned model differ in shape: the base has {base_layers} layers of {base_width} \
         neurons, the tuned model {tuned_layers} of {tuned_width}; give two checkpoints of one \
         architecture"
    )]
    ModelsDiffer {
        /// Layers of the base model.
        base_layers: usize,
        /// Neurons per layer of the base model.
        base_width: usize,
        /// Layers of the tuned model.
        tuned_layers: usize,
        /// Neurons per layer of the tuned model.
        tuned_width: usize,
    },

    /// The columns are not the ten expected ones, beside one of row numbers as pandas writes it.
    #[error(
        "neuron table {}: missing columns {missing:?}, unexpected columns {unexpected:?}; expected \
         exactly {:?}, each once",
        path.display(), crate::COLUMNS
    )]
    Columns {
        /// The file.
        path: PathBuf,
        /// Expected columns that the file lacks.
        missing: Vec<String>,
        /// Columns of the file that are not expected, or repeated.
        unexpected: Vec<String>,
    },

    /// A value of a table cannot be used.
    #[error("neuron table {}, {place}, column `{column}`: found {found:?}; expected {expected}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// Where in the file.
        place: Place,
        /// The column.
        column: &'static str,
        /// What the value has to be.
        expected: String,
        /// The value as it stands in the file.
        found: String,
    },

    /// A neuron has two rows.
    #[error("neuron table {}, {second}: neuron {neuron} was already given in {first}; expected one row per neuron", path.display())]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// The neuron.
        neuron: NeuronId,
        /// Its first row.
        first: Place,
        /// Its second row.
        second: Place,
    },

    /// A neuron has no row.
    #[error(
        "neuron table {}: no row for neuron {neuron}; expected every neuron of {layers} layers of \
         {d_mlp}, found {found} rows",
        path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
        /// The first neuron that is missing.
        neuron: NeuronId,
        /// Layers the table spans.
        layers: usize,
        /// Neurons per layer the table spans.
        d_mlp: usize,
        /// Rows of the table.
        found: usize,
    },

    /// A table has no rows.
    #[error("neuron table {}: no rows below the header; expected one row per neuron", path.display())]
    EmptyTable {
        /// The file.
        path: PathBuf,
    },

    /// A table could not be encoded.
    #[error("cannot encode the neuron table for {}: {reason}", path.display())]
    Encode {
        /// The file that was to be written.
        path: PathBuf,
        /// The reason.
        reason: csv::Error,
    },

    /// A table could not be read as CSV or Parquet, or not be written.
    #[error(transparent)]
    File(#[from] counterpoise_data::DataError),

    /// A group name is not one of the four.
    #[error("unknown neuron group {found:?}; expected TP-, TN+, AP+ or AN-")]
    UnknownGroup {
        /// The name.
        found: String,
    },

    /// A grouping name is not one of the two.
    #[error("unknown grouping {found:?}; expected activation-change or reduction-sign")]
    UnknownGrouping {
        /// The name.
        found: String,
    },

    /// Shares of a total that is not a reduction say nothing.
    #[error(
        "the four groups by {grouping} together reduce the projection by {total}; shares need a \
         total above zero"
    )]
    NoReduction {
        /// The grouping.
        grouping: Grouping,
        /// The sum over the four groups.
        total: f64,
    },

    /// More neurons were asked for than the ranking has.
    #[error("ranks {}..{} were asked for, but there are only {available} {ranked}", requested.start, requested.end)]
    Ranks {
        /// What is ranked.
        ranked: &'static str,
        /// The ranks asked for, counted from 0.
        requested: Range<usize>,
        /// How many there are.
        available: usize,
    },

    /// A number of bins that leaves a bin empty, or none.
    #[error("{neurons} neurons cannot be put into {bins} bins; expected 1 to {neurons} bins")]
    Bins {
        /// Neurons to be binned.
        neurons: usize,
        /// Bins asked for.
        bins: usize,
    },
}

/// A row of a file: CSV has lines, Parquet only rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line of a text file, counted from 1.
    Line(u64),
    /// A row of a binary file, counted from 0.
    Row(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line(line) => write!(f, "line {line}"),
            Place::Row(row) => write!(f, "row {row}"),
        }
    }
}
