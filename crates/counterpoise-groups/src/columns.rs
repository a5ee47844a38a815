//! The ten columns of the neuron table, and the data frame that holds them.

use polars::prelude::{Column, DataFrame};

use crate::{GroupsError, Neuron};

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

/// The data frame of the given rows: indices as `i64`, values as `f64`.
pub(crate) fn frame(neurons: &[Neuron]) -> Result<DataFrame, GroupsError> {
    let layers: Vec<i64> = neurons.iter().map(|n| n.id.layer as i64).collect();
    let indices: Vec<i64> = neurons.iter().map(|n| n.id.neuron as i64).collect();
    let mut columns = vec![
        Column::new(COLUMNS[0].into(), layers),
        Column::new(COLUMNS[1].into(), indices),
    ];
    for (position, name) in COLUMNS[INDEX_COLUMNS..].iter().enumerate() {
        let column: Vec<f64> = neurons.iter().map(|n| values(n)[position]).collect();
        columns.push(Column::new((*name).into(), column));
    }
    DataFrame::new(neurons.len(), columns).map_err(GroupsError::Frame)
}
