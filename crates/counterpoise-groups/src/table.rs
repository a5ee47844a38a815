//! The neuron table: every neuron of a model pair, as typed rows.

use std::path::Path;

use crate::read_csv::read_csv;
use crate::record::{Record, complete};
use crate::{COLUMNS, GroupsError, Measured, Measurements, Neuron, NeuronId, Role, columns};

/// Every MLP neuron of a base and a tuned model, one row each, ordered by layer, then neuron.
///
/// Rows are complete (each neuron once) and all values are finite, however the table came about.
#[derive(Clone, Debug)]
pub struct NeuronTable {
    rows: Vec<Neuron>,
    layers: usize,
    d_mlp: usize,
}

impl NeuronTable {
    /// Joins the measurements of both models: `p = m̄ (v·u)`, each with its own value vectors.
    ///
    /// # Errors
    /// Measurements that are empty, ragged, not finite, or of different shapes; the message names
    /// the model, the quantity and the neuron. Measurements that are equal throughout: then the tuned
    /// model is the base model, and every reduction would be a zero that means nothing.
    pub fn new(base: &Measurements, tuned: &Measurements) -> Result<Self, GroupsError> {
        if base == tuned {
            base.check(Role::Base)?;
            return Err(GroupsError::NothingChanged);
        }
        Self::joined(base, tuned)
    }

    /// [`NeuronTable::new`] without the check that anything changed.
    fn joined(base: &Measurements, tuned: &Measurements) -> Result<Self, GroupsError> {
        let (layers, d_mlp) = base.check(Role::Base)?;
        let (tuned_layers, tuned_width) = tuned.check(Role::Tuned)?;
        if (layers, d_mlp) != (tuned_layers, tuned_width) {
            return Err(GroupsError::ModelsDiffer {
                base_layers: layers,
                base_width: d_mlp,
                tuned_layers,
                tuned_width,
            });
        }
        let mut rows = Vec::with_capacity(layers * d_mlp);
        for layer in 0..layers {
            for neuron in 0..d_mlp {
                let row = Neuron {
                    id: NeuronId { layer, neuron },
                    base: measured(base, layer, neuron),
                    tuned: measured(tuned, layer, neuron),
                };
                if !(row.reduction().is_finite() && row.activation_diff().is_finite()) {
                    return Err(GroupsError::Overflow { neuron: row.id });
                }
                rows.push(row);
            }
        }
        Ok(Self {
            rows,
            layers,
            d_mlp,
        })
    }

    /// The rows, ordered by layer, then neuron.
    #[must_use]
    pub fn rows(&self) -> &[Neuron] {
        &self.rows
    }

    /// The rows of each layer in turn.
    pub fn by_layer(&self) -> impl Iterator<Item = &[Neuron]> {
        self.rows.chunks(self.d_mlp)
    }

    /// One neuron's row; `None` when the model has no such neuron.
    #[must_use]
    pub fn get(&self, id: NeuronId) -> Option<&Neuron> {
        let inside = id.layer < self.layers && id.neuron < self.d_mlp;
        inside.then(|| &self.rows[id.layer * self.d_mlp + id.neuron])
    }

    /// Number of layers.
    #[must_use]
    pub fn layers(&self) -> usize {
        self.layers
    }

    /// Neurons per layer.
    #[must_use]
    pub fn d_mlp(&self) -> usize {
        self.d_mlp
    }

    /// Reads a table from CSV. Columns and rows may stand in any order; a column of row numbers as pandas
    /// writes it, and whole numbers written as floats, do not matter.
    ///
    /// The two `diff` columns are checked against the columns they come from, allowing for 32-bit
    /// rounding, and computed again; all other values are kept bit for bit.
    ///
    /// # Errors
    /// A file that cannot be read, or is no complete neuron table; the message gives path, line
    /// and column.
    pub fn read_csv(path: &Path) -> Result<Self, GroupsError> {
        Self::from_records(path, read_csv(path)?)
    }

    /// Reads a table from Parquet, under the same rules as [`NeuronTable::read_csv`]. Integers and
    /// floats of 32 and 64 bits are accepted.
    ///
    /// # Errors
    /// As for [`NeuronTable::read_csv`], with rows in place of lines. Parquet pages carry no
    /// checksum here: a file whose bytes were altered may decode to other values.
    #[cfg(feature = "parquet")]
    pub fn read_parquet(path: &Path) -> Result<Self, GroupsError> {
        Self::from_records(path, crate::parquet::read(path)?)
    }

    fn from_records(path: &Path, records: Vec<Record>) -> Result<Self, GroupsError> {
        let complete = complete(path, records)?;
        Ok(Self {
            rows: complete.rows,
            layers: complete.layers,
            d_mlp: complete.d_mlp,
        })
    }

    /// Writes the table as CSV. Floats are written with as many digits as it takes to read the
    /// same bits back.
    ///
    /// # Errors
    /// A path that cannot be written; nothing is left half-written.
    pub fn write_csv(&self, path: &Path) -> Result<(), GroupsError> {
        let bytes = self.as_csv().map_err(|reason| GroupsError::Encode {
            path: path.to_path_buf(),
            reason,
        })?;
        Ok(counterpoise_data::write_atomically(path, &bytes)?)
    }

    fn as_csv(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(COLUMNS)?;
        for row in &self.rows {
            let NeuronId { layer, neuron } = row.id;
            writer.serialize((layer, neuron, columns::values(row)))?;
        }
        (writer.into_inner()).map_err(|error| error.into_error().into())
    }

    /// Writes the table as Parquet, compressed by Snappy.
    ///
    /// # Errors
    /// A path that cannot be written; nothing is left half-written.
    #[cfg(feature = "parquet")]
    pub fn write_parquet(&self, path: &Path) -> Result<(), GroupsError> {
        crate::parquet::write(path, &self.rows)
    }
}

fn measured(model: &Measurements, layer: usize, neuron: usize) -> Measured {
    // Adding zero makes a zero positive: no reader of a table should have to wonder about -0.0.
    Measured {
        activation: model.mean_activation[layer][neuron] + 0.0,
        projection: model.projection(layer, neuron) + 0.0,
        cosine: model.cosine[layer][neuron] + 0.0,
    }
}

#[cfg(test)]
impl NeuronTable {
    /// A model compared with itself.
    pub(crate) fn unchanged(measurements: &Measurements) -> Self {
        #![allow(clippy::unwrap_used)]
        Self::joined(measurements, measurements).unwrap()
    }
}

#[cfg(all(test, feature = "parquet"))]
mod parquet_tests;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod tests;
