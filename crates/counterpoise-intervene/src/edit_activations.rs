//! Tuning-free activation editing: the four groups by signs, moved as fine-tuning is said to move them.

use std::collections::BTreeMap;
use std::fmt;

use burn::tensor::{Tensor, TensorData};
use counterpoise_groups::{Neuron, NeuronId, NeuronTable};
use counterpoise_hooks::{Edits, HookPoint, Positions, Scope, edit_at};
use counterpoise_model::Transformer;
use counterpoise_registry::Description;
use serde::{Deserialize, Serialize};

use crate::{FIRST_POSITION, InterveneError, Intervention, Prepared, Seeded, SetNeurons, Subject};

/// `kind = "edit_activations"` (Yang et al., EMNLP 2025): neurons sorted by the signs of cosine and mean activation in the
/// base model. Of TP and AN the fraction `beta` with the largest absolute cosine is made smaller by `alpha`, of AP and TN the
/// fraction with the smallest is made larger. A negative `alpha` is the control with reversed signs; 0, with `form =
/// "assign"`, holds neurons at their own means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "EditTable", into = "EditTable")]
pub struct EditActivations {
    /// By how much, as a share of the mean or of the activation.
    pub alpha: f64,
    /// Which fraction of each quadrant, above 0 and at most 1.
    pub beta: f64,
    /// Which quadrants.
    pub quadrants: Vec<Quadrant>,
    /// Neurons whose mean activation is above this percentile of all are left out.
    pub percentile: Option<f64>,
    /// What is set.
    pub form: EditForm,
    /// Random neurons in place of each quadrant's, as many.
    pub random: Option<Seeded>,
    /// Where, if not as a patch applies.
    pub positions: Option<Positions>,
}

/// A quadrant: signs of the cosine to the probe and of the mean activation, in the base model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Quadrant {
    /// Toxic, positive.
    Tp,
    /// Toxic, negative.
    Tn,
    /// Anti-toxic, positive.
    Ap,
    /// Anti-toxic, negative.
    An,
}

/// What an activation becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditForm {
    /// The constant `(1 ± α)·m̄`, as released.
    #[default]
    Assign,
    /// `(1 ± α)·m`, its own value scaled.
    Multiply,
}

impl Quadrant {
    /// All, in the order of the paper's figures.
    pub const ALL: [Self; 4] = [Self::Tp, Self::Tn, Self::Ap, Self::An];

    /// That of a neuron; none where a sign is none.
    fn of(neuron: &Neuron) -> Option<Self> {
        let (cosine, mean) = (neuron.base.cosine, neuron.base.activation);
        match (cosine > 0.0, cosine < 0.0, mean > 0.0, mean < 0.0) {
            (true, _, true, _) => Some(Self::Tp),
            (true, _, _, true) => Some(Self::Tn),
            (_, true, true, _) => Some(Self::Ap),
            (_, true, _, true) => Some(Self::An),
            _ => None,
        }
    }

    /// Whether it writes toxicity, `p > 0`: made smaller, the largest cosines first.
    fn writes_toxicity(self) -> bool {
        matches!(self, Self::Tp | Self::An)
    }
}

impl fmt::Display for Quadrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tp => "TP",
            Self::Tn => "TN",
            Self::Ap => "AP",
            Self::An => "AN",
        })
    }
}

impl EditActivations {
    /// Each neuron, and what its mean or its activation is multiplied by.
    fn factors<'t>(&self, table: &'t NeuronTable) -> Vec<(&'t Neuron, f64)> {
        let mut left: Vec<&Neuron> = self.below_percentile(table);
        let mut chosen = Vec::new();
        for &quadrant in &self.quadrants {
            let mut members: Vec<&Neuron> = (left.iter().copied())
                .filter(|neuron| Quadrant::of(neuron) == Some(quadrant))
                .collect();
            // Stable: ties stay in the order of the table.
            members.sort_by(|a, b| {
                let by_cosine = a.base.cosine.abs().total_cmp(&b.base.cosine.abs());
                match quadrant.writes_toxicity() {
                    true => by_cosine.reverse(),
                    false => by_cosine,
                }
            });
            let factor = match quadrant.writes_toxicity() {
                true => 1.0 - self.alpha,
                false => 1.0 + self.alpha,
            };
            let count = (self.beta * members.len() as f64).floor() as usize;
            chosen.extend(
                members
                    .into_iter()
                    .take(count)
                    .map(|neuron| (neuron, factor)),
            );
        }
        if let Some(seeded) = self.random {
            let mut draws = seeded.draws();
            for (neuron, _) in &mut chosen {
                *neuron = left.swap_remove(draws.below(left.len()));
            }
        }
        chosen
    }

    /// The neurons whose mean activation is at most the percentile, between two neurons linearly, as NumPy's.
    fn below_percentile<'t>(&self, table: &'t NeuronTable) -> Vec<&'t Neuron> {
        let rows = table.rows().iter();
        let Some(percentile) = self.percentile else {
            return rows.collect();
        };
        let mut means: Vec<f64> = rows.clone().map(|row| row.base.activation).collect();
        means.sort_by(f64::total_cmp);
        let place = percentile / 100.0 * (means.len() - 1) as f64;
        let (low, high) = (means[place.floor() as usize], means[place.ceil() as usize]);
        let most = low + (high - low) * place.fract();
        rows.filter(|row| row.base.activation <= most).collect()
    }

    fn add_edit(
        &self,
        prepared: Prepared,
        edit: impl counterpoise_hooks::Edit + 'static,
    ) -> Prepared {
        let Some(positions) = self.positions else {
            let scope = Scope {
                text: Some(Positions::All),
                ..Scope::at(Positions::Last)
            };
            let edits = Edits::new();
            let first = Positions::First;
            return prepared.with_edits(edits.with_variant(edit, scope, FIRST_POSITION, first));
        };
        prepared.with_edit(edit, Scope::at(positions))
    }
}

impl Intervention for EditActivations {
    fn describe(&self) -> Result<Description, InterveneError> {
        Ok(Description::of("edit_activations", self)?)
    }

    fn redrawn(&self, draw: u32) -> Option<Box<dyn Intervention>> {
        let seeded = self.random?;
        Some(Box::new(Self {
            random: Some(Seeded { draw, ..seeded }),
            ..self.clone()
        }))
    }

    fn prepare(
        &self,
        model: Transformer,
        subject: &Subject<'_>,
    ) -> Result<Prepared, InterveneError> {
        let factors = self.factors(subject.table("quadrant")?);
        if factors.is_empty() {
            let names: Vec<String> = self.quadrants.iter().map(ToString::to_string).collect();
            let selection = format!("beta = {} of {}", self.beta, names.join(", "));
            return Err(InterveneError::NothingSelected { selection });
        }
        let device = model.device();
        let mut prepared = Prepared::new(model).touching(factors.len());
        if self.form == EditForm::Assign {
            let value = |(neuron, factor): &(&Neuron, f64)| {
                (neuron.id, (factor * neuron.base.activation) as f32)
            };
            let values: Vec<(NeuronId, f32)> = factors.iter().map(value).collect();
            let edit = SetNeurons::new(&values, subject, &device)?;
            return Ok(self.add_edit(prepared, edit));
        }
        let mut scales: BTreeMap<usize, Vec<f32>> = BTreeMap::new();
        for (Neuron { id, .. }, factor) in factors {
            let row = scales.entry(id.layer);
            row.or_insert_with(|| vec![1.0; subject.d_mlp])[id.neuron] = factor as f32;
        }
        for (layer, row) in scales {
            let scale = TensorData::new(row, [1, 1, subject.d_mlp]);
            let scale = Tensor::<3>::from_data(scale, &device);
            let edit = edit_at(HookPoint::mlp_post(layer), move |activation, _| {
                activation * scale.clone()
            });
            prepared = self.add_edit(prepared, edit);
        }
        Ok(prepared)
    }
}

/// The edit as it is written in TOML.
#[derive(Serialize, Deserialize)]
struct EditTable {
    alpha: f64,
    beta: f64,
    #[serde(default = "all")]
    quadrants: Vec<Quadrant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    percentile: Option<f64>,
    #[serde(default)]
    form: EditForm,
    #[serde(skip_serializing_if = "Option::is_none")]
    positions: Option<Positions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    draw: Option<u32>,
}

fn all() -> Vec<Quadrant> {
    Quadrant::ALL.to_vec()
}

impl TryFrom<EditTable> for EditActivations {
    type Error = String;

    fn try_from(table: EditTable) -> Result<Self, String> {
        let EditTable {
            alpha,
            beta,
            percentile,
            form,
            positions,
            ..
        } = table;
        if !alpha.is_finite() || (alpha == 0.0 && form == EditForm::Multiply) {
            return Err(format!(
                "`alpha` is {alpha}; expected a finite number, with `form = \"multiply\"` other than 0"
            ));
        }
        if !(beta > 0.0 && beta <= 1.0) {
            return Err(format!(
                "`beta` is {beta}; expected a fraction above 0, at most 1"
            ));
        }
        if let Some(found) = percentile.filter(|p| !(0.0..=100.0).contains(p)) {
            return Err(format!("`percentile` is {found}; expected 0 to 100"));
        }
        let mut quadrants = table.quadrants.clone();
        quadrants.sort_unstable();
        quadrants.dedup();
        if quadrants.is_empty() || quadrants.len() != table.quadrants.len() {
            return Err("`quadrants`: name at least one of TP, TN, AP, AN, each once".into());
        }
        let random = Seeded::of(table.seed, table.draw)?;
        Ok(Self {
            alpha,
            beta,
            quadrants,
            percentile,
            form,
            random,
            positions,
        })
    }
}

impl From<EditActivations> for EditTable {
    fn from(edit: EditActivations) -> Self {
        Self {
            alpha: edit.alpha,
            beta: edit.beta,
            quadrants: edit.quadrants,
            percentile: edit.percentile,
            form: edit.form,
            positions: edit.positions,
            seed: edit.random.map(|seeded| seeded.seed),
            draw: edit.random.map(|seeded| seeded.draw),
        }
    }
}
