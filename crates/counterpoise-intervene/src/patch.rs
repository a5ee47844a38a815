//! Activation patching: chosen neurons take their mean activation in the tuned model (paper,
//! section 5).

use std::path::{Path, PathBuf};

use counterpoise_data::{PatchValue, read_patch_values};
use counterpoise_groups::{Group, Neuron, NeuronId, Role};
use counterpoise_hooks::{Edits, Positions, Scope};
use counterpoise_model::Transformer;
use counterpoise_registry::Description;
use serde::{Deserialize, Serialize};

use crate::selection::check;
use crate::set_steps::{OwnActivations, SetSteps};
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
    /// Each selected neuron to its own activations on the same prompt, in the model `Role`.
    ///
    /// Such a patch has no values for other prompts and texts than the study's: what is measured on those, such as perplexity
    /// and F1, is not measured of it. Where the model that is patched writes on beyond the step at which the other one's text
    /// ended, its activations are its own.
    OfPrompts(Selection, Role, OwnActivations),
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

/// What activations are averaged over, of the prompts that a model continues and the steps that it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Average {
    /// All prompts and steps: the paper's patch.
    #[default]
    All,
    /// The steps of each prompt.
    Prompt,
    /// Nothing: each prompt's, each step's own.
    None,
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

    /// The model with `values` set wherever a patch applies.
    fn set(
        &self,
        model: Transformer,
        values: &[(NeuronId, f32)],
        subject: &Subject<'_>,
    ) -> Result<Prepared, InterveneError> {
        let edit = SetNeurons::new(values, subject, &model.device())?;
        let prepared = Prepared::new(model);
        Ok(match self.positions {
            Some(positions) => prepared.with_edit(edit, Scope::at(positions)),
            None => {
                let scope = Scope {
                    text: Some(Positions::All),
                    ..Scope::at(Positions::Last)
                };
                let (edits, first) = (Edits::new(), Positions::First);
                prepared.with_edits(edits.with_variant(edit, scope, FIRST_POSITION, first))
            }
        })
    }
}

/// The means that the neurons of `selection` are set to.
fn means(
    selection: &Selection,
    to: PatchTo,
    subject: &Subject<'_>,
) -> Result<Vec<(NeuronId, f32)>, InterveneError> {
    let table = subject.table("their means")?;
    let neurons = selection.neurons(subject)?.into_iter();
    Ok(neurons
        .filter_map(|id| Some((id, to.value(table.get(id)?) as f32)))
        .collect())
}

/// The values of a file in the authors' format.
fn of_file(path: &Path, subject: &Subject<'_>) -> Result<Vec<(NeuronId, f32)>, InterveneError> {
    let rows = read_patch_values(path)?.into_iter();
    let value = |row: PatchValue| {
        let id = NeuronId {
            layer: row.layer_idx,
            neuron: row.neuron_idx,
        };
        (id, row.assigned_value)
    };
    let values: Vec<_> = rows.map(value).collect();
    check(&ids(&values), subject).map_err(|problem| InterveneError::InFile {
        path: path.to_owned(),
        problem: Box::new(problem),
    })?;
    Ok(values)
}

/// What sets `neurons` to what they do in the model `role` on the same prompt.
fn of_prompts(
    neurons: &[NeuronId],
    role: Role,
    which: OwnActivations,
    subject: &Subject<'_>,
) -> Result<Edits, InterveneError> {
    let values = subject.recorded(role, neurons)?;
    if which == OwnActivations::Mean {
        values.average()?;
    }
    let edit = SetSteps::new(values, which, subject.d_mlp);
    let edits = Edits::new().with(edit, Scope::at(Positions::Last));
    Ok(edits.of_prompts())
}

fn ids(values: &[(NeuronId, f32)]) -> Vec<NeuronId> {
    values.iter().map(|(id, _)| *id).collect()
}

impl Intervention for Patch {
    fn inputs(&mut self) -> Vec<&mut PathBuf> {
        match &mut self.values {
            PatchValues::Means(..) | PatchValues::OfPrompts(..) => Vec::new(),
            PatchValues::File(path) => vec![path],
        }
    }

    fn describe(&self) -> Result<Description, InterveneError> {
        Ok(Description::of("patch", self)?)
    }

    fn check(&self) -> Result<String, InterveneError> {
        match &self.values {
            PatchValues::Means(..) | PatchValues::OfPrompts(..) => Ok(String::new()),
            PatchValues::File(path) => Ok(format!("{} values", read_patch_values(path)?.len())),
        }
    }

    fn redrawn(&self, draw: u32) -> Option<Box<dyn Intervention>> {
        let values = match &self.values {
            PatchValues::Means(selection, to) => PatchValues::Means(selection.redrawn(draw)?, *to),
            PatchValues::OfPrompts(selection, role, which) => {
                PatchValues::OfPrompts(selection.redrawn(draw)?, *role, *which)
            }
            PatchValues::File(_) => return None,
        };
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
        match &self.values {
            PatchValues::Means(selection, to) => {
                let values = means(selection, *to, subject)?;
                let prepared = self.set(model, &values, subject)?;
                prepared.touching_selected(&ids(&values), selection, subject)
            }
            PatchValues::OfPrompts(selection, role, which) => {
                let neurons = selection.neurons(subject)?;
                let edits = of_prompts(&neurons, *role, *which, subject)?;
                let prepared = Prepared::new(model).with_edits(edits);
                prepared.touching_selected(&neurons, selection, subject)
            }
            PatchValues::File(path) => {
                let values = of_file(path, subject)?;
                let prepared = self.set(model, &values, subject)?;
                Ok(prepared.touching(values.len()))
            }
        }
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
    #[serde(default, skip_serializing_if = "PatchTable::is_all")]
    average: Average,
    #[serde(skip_serializing_if = "Option::is_none")]
    positions: Option<Positions>,
}

impl PatchTable {
    fn is_all(average: &Average) -> bool {
        *average == Average::All
    }

    /// What a patch without an average over all prompts sets.
    fn of_prompts(self, which: OwnActivations) -> Result<PatchValues, String> {
        let role = match self.to.unwrap_or_default() {
            PatchTo::Tuned => Role::Tuned,
            PatchTo::Base => Role::Base,
            PatchTo::Reversed => {
                return Err("`to = \"reversed\"` goes with `average = \"all\"`".into());
            }
        };
        if self.positions.is_some() {
            return Err(
                "`positions` goes with `average = \"all\"`; otherwise a patch applies at the last of every step".into(),
            );
        }
        match (self.neurons, self.file) {
            (Some(selection), None) => Ok(PatchValues::OfPrompts(selection, role, which)),
            _ => Err("`average` goes with `neurons`; a file has its own values".into()),
        }
    }
}

impl TryFrom<PatchTable> for Patch {
    type Error = String;

    fn try_from(table: PatchTable) -> Result<Self, String> {
        let own = match table.average {
            Average::All => None,
            Average::Prompt => Some(OwnActivations::Mean),
            Average::None => Some(OwnActivations::EachStep),
        };
        if let Some(which) = own {
            return Ok(Self {
                values: table.of_prompts(which)?,
                positions: None,
            });
        }
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
        let mut average = Average::All;
        let (neurons, to, file) = match patch.values {
            PatchValues::Means(selection, to) => (Some(selection), Some(to), None),
            PatchValues::OfPrompts(selection, role, which) => {
                average = match which {
                    OwnActivations::Mean => Average::Prompt,
                    OwnActivations::EachStep => Average::None,
                };
                let to = match role {
                    Role::Base => PatchTo::Base,
                    Role::Tuned => PatchTo::Tuned,
                };
                (Some(selection), Some(to), None)
            }
            PatchValues::File(path) => (None, None, Some(path)),
        };
        Self {
            neurons,
            file,
            to,
            average,
            positions: patch.positions,
        }
    }
}
