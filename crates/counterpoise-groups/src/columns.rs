//! The ten columns of the neuron table.

use crate::Neuron;

/// The columns of the neuron table, in order, named as in the authors' released table: `pt` is
/// the base model, `dpo` the tuned one, a `diff` is base minus tuned.
pub const COLUMNS: [&str; 10] = [
    "layer_idx",
    "neuron_idx",
    "pt_projection_value",
    "dpo_projection_value",
    "pt_activation_value",
    "dpo_activation_value",
    "pt_cossim",
    "dpo_cossim",
    "projection_diff",
    "activation_diff",
];

/// How many of [`COLUMNS`], from the left, are whole numbers.
pub(crate) const INDEX_COLUMNS: usize = 2;

/// The values of the eight columns after the two indices, in the order of [`COLUMNS`].
pub(crate) type Values = [f64; COLUMNS.len() - INDEX_COLUMNS];

/// One row's values, in the order of [`COLUMNS`].
pub(crate) fn values(neuron: &Neuron) -> Values {
    [
        neuron.base.projection,
        neuron.tuned.projection,
        neuron.base.activation,
        neuron.tuned.activation,
        neuron.base.cosine,
        neuron.tuned.cosine,
        neuron.reduction(),
        neuron.activation_diff(),
    ]
}
