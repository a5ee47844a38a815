//! Activation patching: chosen neurons take their mean activation in the tuned model (paper,
//! section 5).

use std::path::PathBuf;

use counterpoise_data::{PatchValue, read_patch_values};
use counterpoise_groups::{Group, Neuron, NeuronId};
use counterpoise_hooks::{Edits, Positions, Scope};
use counterpoise_model::Transformer;
use counterpoise_registry::Description;
use serde::{Deserialize, Serialize};

use crate::selection::check;
use crate::{InterveneError, Intervention, Prepared, Selection, SetNeurons, Subject};

/// The variant of a patch that sets activations at the first position of a text only.
pub const FIRST_POSITION: &str = "first_position";

/// `kind = "patch"`: activations are set to the tuned model's means, or to other means that `to` names.
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
    /// Each selected neuron to a mean activation from the neuron table.
    Means(Selection, PatchTo),
    /// The neurons and values of a file in the authors' format.
    File(PathBuf),
}

/// The mean activation that a neuron is set to; `m̄` is its mean in the base model, `m̄'` in the tuned one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PatchTo {
    /// `m̄'`: the paper's patch.
    #[default]
    Tuned,
    /// `m̄`. It shifts nothing and holds the neuron at its mean, as every patch does: what is left of an
    /// effect then does not come from fine-tuning.
    Base,
    /// `m̄ − (m̄' − m̄)`: as far as fine-tuning moves it, the other way.
    Reversed,
}

impl PatchTo {
    fn value(self, neuron: &Neuron) -> f64 {
        let (base, tuned) = (neuron.base.activation, neuron.tuned.activation);
        match self {
            Self::Tuned => tuned,
            Self::Base => base,
            Self::Reversed => base - (tuned - base),
        }
    }
}

impl Patch {
    /// Sets the members of `groups`, sorted by the change of activation (section 4.3), to their means
    /// in the tuned model.
    pub fn groups(groups: impl IntoIterator<Item = Group>) -> Self {
        Self {
            values: PatchValues::Means(Selection::groups(groups), PatchTo::Tuned),
            positions: None,
        }
    }

    fn values(&self, subject: &Subject<'_>) -> Result<Vec<(NeuronId, f32)>, InterveneError> {
        match &self.values {
            PatchValues::Means(selection, to) => {
                let table = subject.table("their means")?;
                let neurons = selection.neurons(subject)?;
                Ok(neurons
                    .into_iter()
                    .filter_map(|id| Some((id, to.value(table.get(id)?) as f32)))
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
            PatchValues::Means(..) => Vec::new(),
            PatchValues::File(path) => vec![path],
        }
    }

    fn describe(&self) -> Result<Description, InterveneError> {
        Ok(Description::of("patch", self)?)
    }

    fn check(&self) -> Result<String, InterveneError> {
        match &self.values {
            PatchValues::Means(..) => Ok(String::new()),
            PatchValues::File(path) => Ok(format!("{} values", read_patch_values(path)?.len())),
        }
    }

    fn redrawn(&self, draw: u32) -> Option<Box<dyn Intervention>> {
        let PatchValues::Means(selection, to) = &self.values else {
            return None;
        };
        let values = PatchValues::Means(selection.redrawn(draw)?, *to);
        Some(Box::new(Self {
            values,
            positions: self.positions,
        }))
    }

    fn prepare(
        &self,
        model: Transformer,
        subject: &Subject<'_>,
    ) -> Result<Prepared, InterveneError> {
        let values = self.values(subject)?;
        let edit = SetNeurons::new(&values, subject, &model.device())?;
        let neurons: Vec<_> = values.iter().map(|(id, _)| *id).collect();
        let prepared = match &self.values {
            PatchValues::Means(selection, _) => {
                Prepared::new(model).touching_selected(&neurons, selection, subject)?
            }
            PatchValues::File(_) => Prepared::new(model).touching(neurons.len()),
        };
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
    to: Option<PatchTo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    positions: Option<Positions>,
}

impl TryFrom<PatchTable> for Patch {
    type Error = String;

    fn try_from(table: PatchTable) -> Result<Self, String> {
        let values = match (table.neurons, table.file) {
            (Some(selection), None) => PatchValues::Means(selection, table.to.unwrap_or_default()),
            (None, Some(_)) if table.to.is_some() => {
                return Err("`to` goes with `neurons`; a file has its own values".into());
            }
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
        let (neurons, to, file) = match patch.values {
            PatchValues::Means(selection, to) => (Some(selection), Some(to), None),
            PatchValues::File(path) => (None, None, Some(path)),
        };
        Self {
            neurons,
            file,
            to,
            positions: patch.positions,
        }
    }
}
