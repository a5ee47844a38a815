//! Activation patching: chosen neurons take their mean activation in the tuned model (paper,
//! section 5).

use std::path::PathBuf;

use counterpoise_data::{PatchValue, read_patch_values};
use counterpoise_groups::NeuronId;
use counterpoise_hooks::Positions;
use counterpoise_model::Gpt2;
use serde::Deserialize;

use crate::selection::check;
use crate::{InterveneError, Intervention, Prepared, Reading, Selection, SetNeurons, Subject};

/// `kind = "patch"`: activations are set to the tuned model's means.
///
/// While generating they are set at the final position of every forward step. Where they are set
/// while reading a text the paper does not say: by default at every position, with a second
/// perplexity at the first position only. `positions` overrides all three.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "PatchTable")]
pub struct Patch {
    /// Which neurons, and what they are set to.
    pub values: PatchValues,
    /// Where, if not the default.
    pub positions: Option<Positions>,
}

/// What a patch sets.
#[derive(Debug, Clone, PartialEq)]
pub enum PatchValues {
    /// Each selected neuron to its mean activation `m̄'` in the tuned model, from the neuron table.
    TunedMeans(Selection),
    /// The neurons and values of a file in the authors' format.
    File(PathBuf),
}

impl Patch {
    fn values(&self, subject: &Subject<'_>) -> Result<Vec<(NeuronId, f32)>, InterveneError> {
        match &self.values {
            PatchValues::TunedMeans(selection) => {
                let table = subject.table.ok_or(InterveneError::NoTable {
                    by: "their tuned means",
                })?;
                let neurons = selection.neurons(subject)?;
                Ok(neurons
                    .into_iter()
                    .filter_map(|id| Some((id, table.get(id)?.tuned.activation as f32)))
                    .collect())
            }
            PatchValues::File(path) => {
                let rows = read_patch_values(path)?.into_iter();
                let value = |row: PatchValue| {
                    let id = NeuronId {
                        layer: row.layer_idx,
                        neuron: row.neuron_idx,
                    };
                    (id, row.assigned_value)
                };
                let values: Vec<_> = rows.map(value).collect();
                let neurons: Vec<_> = values.iter().map(|(id, _)| *id).collect();
                check(&neurons, subject).map_err(|problem| InterveneError::InFile {
                    path: path.clone(),
                    problem: Box::new(problem),
                })?;
                Ok(values)
            }
        }
    }
}

impl Intervention for Patch {
    fn prepare(&self, model: Gpt2, subject: &Subject<'_>) -> Result<Prepared, InterveneError> {
        let values = self.values(subject)?;
        let edit = SetNeurons::new(&values, Positions::Last, subject, &model.device())?;
        let prepared = Prepared::new(model).touching(values.len());
        Ok(match self.positions {
            Some(positions) => prepared.with_edit(edit.at(positions)),
            None => prepared.with_edit_for(|reading| match reading {
                Reading::Generation => edit.clone(),
                Reading::Text => edit.at(Positions::All),
                Reading::TextFirstPosition => edit.at(Positions::First),
            }),
        })
    }
}

/// A patch as it is written in TOML.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PatchTable {
    neurons: Option<Selection>,
    file: Option<PathBuf>,
    positions: Option<PositionsName>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum PositionsName {
    All,
    First,
    Last,
}

impl TryFrom<PatchTable> for Patch {
    type Error = String;

    fn try_from(table: PatchTable) -> Result<Self, String> {
        let values = match (table.neurons, table.file) {
            (Some(selection), None) => PatchValues::TunedMeans(selection),
            (None, Some(path)) => PatchValues::File(path),
            _ => return Err("give exactly one of `neurons` and `file`".into()),
        };
        let positions = table.positions.map(|name| match name {
            PositionsName::All => Positions::All,
            PositionsName::First => Positions::First,
            PositionsName::Last => Positions::Last,
        });
        Ok(Self { values, positions })
    }
}
