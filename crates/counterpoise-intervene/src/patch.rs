//! Activation patching: chosen neurons take their mean activation in the tuned model (paper,
//! section 5).

use std::path::PathBuf;

use counterpoise_data::{PatchValue, read_patch_values};
use counterpoise_groups::{Group, Grouping, NeuronId};
use counterpoise_hooks::{Edits, Positions, Scope};
use counterpoise_model::Transformer;
use counterpoise_registry::Description;
use serde::{Deserialize, Serialize};

use crate::selection::check;
use crate::{InterveneError, Intervention, Prepared, Selection, SetNeurons, Subject};

/// The variant of a patch that sets activations at the first position of a text only.
pub const FIRST_POSITION: &str = "first_position";

/// `kind = "patch"`: activations are set to the tuned model's means.
///
/// While generating they are set at the final position of every forward step. Where they are set
/// while reading a text the paper does not say: by default at every position, with a second
/// perplexity at the first position only. `positions` overrides all three.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "PatchTable", into = "PatchTable")]
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
    /// Sets the members of `groups`, sorted by the change of activation (section 4.3), to their means
    /// in the tuned model.
    pub fn groups(groups: impl IntoIterator<Item = Group>) -> Self {
        Self {
            values: PatchValues::TunedMeans(Selection::Groups {
                groups: groups.into_iter().collect(),
                grouping: Grouping::ActivationChange,
            }),
            positions: None,
        }
    }

    fn values(&self, subject: &Subject<'_>) -> Result<Vec<(NeuronId, f32)>, InterveneError> {
        match &self.values {
            PatchValues::TunedMeans(selection) => {
                let table = subject.table("their tuned means")?;
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
    fn inputs(&mut self) -> Vec<&mut PathBuf> {
        match &mut self.values {
            PatchValues::TunedMeans(_) => Vec::new(),
            PatchValues::File(path) => vec![path],
        }
    }

    fn describe(&self) -> Result<Description, InterveneError> {
        Ok(Description::of("patch", self)?)
    }

    fn check(&self) -> Result<String, InterveneError> {
        match &self.values {
            PatchValues::TunedMeans(_) => Ok(String::new()),
            PatchValues::File(path) => Ok(format!("{} values", read_patch_values(path)?.len())),
        }
    }

    fn prepare(
        &self,
        model: Transformer,
        subject: &Subject<'_>,
    ) -> Result<Prepared, InterveneError> {
        let values = self.values(subject)?;
        let edit = SetNeurons::new(&values, subject, &model.device())?;
        let prepared = Prepared::new(model).touching(values.len());
        Ok(match self.positions {
            Some(positions) => prepared.with_edit(edit, Scope::at(positions)),
            None => {
                let scope = Scope {
                    text: Some(Positions::All),
                    ..Scope::at(Positions::Last)
                };
                let edits = Edits::new();
                prepared.with_edits(edits.with_variant(
                    edit,
                    scope,
                    FIRST_POSITION,
                    Positions::First,
                ))
            }
        })
    }
}

/// A patch as it is written in TOML.
#[derive(Serialize, Deserialize)]
struct PatchTable {
    #[serde(skip_serializing_if = "Option::is_none")]
    neurons: Option<Selection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    positions: Option<Positions>,
}

impl TryFrom<PatchTable> for Patch {
    type Error = String;

    fn try_from(table: PatchTable) -> Result<Self, String> {
        let values = match (table.neurons, table.file) {
            (Some(selection), None) => PatchValues::TunedMeans(selection),
            (None, Some(path)) => PatchValues::File(path),
            _ => return Err("give exactly one of `neurons` and `file`".into()),
        };
        Ok(Self {
            values,
            positions: table.positions,
        })
    }
}

impl From<Patch> for PatchTable {
    fn from(patch: Patch) -> Self {
        let (neurons, file) = match patch.values {
            PatchValues::TunedMeans(selection) => (Some(selection), None),
            PatchValues::File(path) => (None, Some(path)),
        };
        Self {
            neurons,
            file,
            positions: patch.positions,
        }
    }
}
