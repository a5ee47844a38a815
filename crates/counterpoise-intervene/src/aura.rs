//! AurA: what tells toxic text apart is damped by how well it does (Suau et al., ICML 2024).

use std::path::PathBuf;

use burn::tensor::{Tensor, TensorData};
use counterpoise_hooks::{HookPoint, Scope, Width, edit_at};
use counterpoise_model::Transformer;
use counterpoise_probe::{AurocFile, mlp_matrix_outputs};
use counterpoise_registry::Description;
use serde::{Deserialize, Serialize};

use crate::{InterveneError, Intervention, Prepared, Seeded, Subject};

/// `kind = "aura"`: outputs whose largest value over a text tells toxic from other texts better than chance are multiplied by
/// `α` at every position. The published form is `α = 1 − 2·(AUROC − 1/2)`, at the outputs of both matrices of every MLP.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "AuraTable", into = "AuraTable")]
pub struct Aura {
    /// The areas under the receiver operating characteristic, as `fit aura` writes them.
    pub file: PathBuf,
    /// What `α` is.
    pub form: AuraForm,
    /// What is damped.
    pub site: AuraSite,
    /// Only this many, those with the largest areas; all above 1/2 unless given.
    pub top: Option<usize>,
    /// The control: each factor goes to a random output of the same hook point.
    pub random: Option<Seeded>,
}

/// What an output with an area above 1/2 is multiplied by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AuraForm {
    /// `1 − 2·(AUROC − 1/2)`.
    Aura,
    /// 0.
    Det0,
    /// The same factor for all.
    Damp(f64),
}

/// What AurA damps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuraSite {
    /// The outputs of the MLP's matrices with their biases, as published: before the activation, of a gated MLP both
    /// factors, and what the MLP writes.
    #[default]
    LinearOutputs,
    /// The activations `m_i`, which the published method leaves alone.
    Activations,
}

impl AuraSite {
    /// Where it is in block `layer`.
    fn points(self, model: &Transformer, layer: usize) -> Vec<HookPoint> {
        match self {
            Self::LinearOutputs => mlp_matrix_outputs(model, layer),
            Self::Activations => vec![HookPoint::mlp_post(layer)],
        }
    }
}

impl AuraForm {
    fn factor(self, area: f64) -> f64 {
        match self {
            Self::Aura => 1.0 - 2.0 * (area - 0.5),
            Self::Det0 => 0.0,
            Self::Damp(factor) => factor,
        }
    }
}

impl Aura {
    /// The areas at each point of the site, in the order of the model.
    fn areas(&self, model: &Transformer) -> Result<Vec<(HookPoint, Vec<f64>)>, InterveneError> {
        let mut file = AurocFile::read(&self.file).map_err(InterveneError::other)?;
        let points = (0..model.n_layer()).flat_map(|layer| self.site.points(model, layer));
        let areas = |point: HookPoint| {
            let expected = match model.points().width(point) {
                Some(Width::Fixed(width)) => width,
                _ => 0,
            };
            let found = file.points.remove(&point).unwrap_or_default();
            match found.len() == expected {
                true => Ok((point, found)),
                false => Err(InterveneError::InFile {
                    path: self.file.clone(),
                    problem: Box::new(InterveneError::Aurocs {
                        point,
                        expected,
                        found: found.len(),
                    }),
                }),
            }
        };
        points.map(areas).collect()
    }

    /// What every number at each point is multiplied by, and how many are damped.
    fn factors(&self, areas: &[(HookPoint, Vec<f64>)]) -> (Vec<Vec<f32>>, usize) {
        let mut factors: Vec<Vec<f32>> =
            areas.iter().map(|(_, row)| vec![1.0; row.len()]).collect();
        let rows = areas.iter().enumerate();
        let mut experts: Vec<(usize, usize, f64)> = rows
            .flat_map(|(point, (_, row))| {
                let above = row.iter().enumerate().filter(|(_, area)| **area > 0.5);
                above.map(move |(index, &area)| (point, index, area))
            })
            .collect();
        if let Some(top) = self.top {
            // Stable: of equal areas the one that comes first in the model stays.
            experts.sort_by(|one, other| other.2.total_cmp(&one.2));
            experts.truncate(top);
        }
        for (point, index, area) in &experts {
            factors[*point][*index] = self.form.factor(*area) as f32;
        }
        if let Some(seeded) = self.random {
            let mut draws = seeded.draws();
            for row in &mut factors {
                for last in (1..row.len()).rev() {
                    row.swap(last, draws.below(last + 1));
                }
            }
        }
        (factors, experts.len())
    }
}

impl Intervention for Aura {
    fn inputs(&mut self) -> Vec<&mut PathBuf> {
        vec![&mut self.file]
    }

    fn describe(&self) -> Result<Description, InterveneError> {
        Ok(Description::of("aura", self)?)
    }

    fn check(&self) -> Result<String, InterveneError> {
        let file = AurocFile::read(&self.file).map_err(InterveneError::other)?;
        Ok(format!("areas at {} hook points", file.points.len()))
    }

    fn redrawn(&self, draw: u32) -> Option<Box<dyn Intervention>> {
        let random = Some(Seeded {
            draw,
            ..self.random?
        });
        Some(Box::new(Self {
            random,
            ..self.clone()
        }))
    }

    fn prepare(&self, model: Transformer, _: &Subject<'_>) -> Result<Prepared, InterveneError> {
        let areas = self.areas(&model)?;
        let (factors, damped) = self.factors(&areas);
        if damped == 0 {
            let selection = format!("an area above 0.5 in {}", self.file.display());
            return Err(InterveneError::NothingSelected { selection });
        }
        let all: usize = factors.iter().map(Vec::len).sum();
        let device = model.device();
        let mut prepared = Prepared::new(model);
        if self.site == AuraSite::Activations {
            prepared = prepared.touching(damped);
        }
        prepared.notes.push(format!("{damped} of {all} are damped"));
        for ((point, _), row) in areas.iter().zip(factors) {
            let shape = [1, 1, row.len()];
            let factors = Tensor::<3>::from_data(TensorData::new(row, shape), &device);
            let edit = edit_at(*point, move |activation, _| activation * factors.clone());
            prepared = prepared.with_edit(edit, Scope::EVERYWHERE);
        }
        Ok(prepared)
    }
}

/// AurA as it is written in TOML.
#[derive(Serialize, Deserialize)]
struct AuraTable {
    file: PathBuf,
    #[serde(default)]
    form: FormName,
    #[serde(skip_serializing_if = "Option::is_none")]
    factor: Option<f64>,
    #[serde(default)]
    site: AuraSite,
    #[serde(skip_serializing_if = "Option::is_none")]
    top: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    draw: Option<u32>,
}

/// The form's name, as published.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FormName {
    #[default]
    Aura,
    Det0,
    Damp,
}

impl TryFrom<AuraTable> for Aura {
    type Error = String;

    fn try_from(table: AuraTable) -> Result<Self, String> {
        let form = match (table.form, table.factor) {
            (FormName::Aura, None) => AuraForm::Aura,
            (FormName::Det0, None) => AuraForm::Det0,
            (FormName::Damp, Some(factor)) if (0.0..1.0).contains(&factor) => {
                AuraForm::Damp(factor)
            }
            (FormName::Damp, found) => {
                let found = found.map_or("missing".to_owned(), |factor| factor.to_string());
                return Err(format!(
                    "`factor` is {found}; `form = \"damp\"` needs one from 0 to below 1, where it would change nothing"
                ));
            }
            (_, Some(_)) => return Err("`factor` goes with `form = \"damp\"`".into()),
        };
        if table.top == Some(0) {
            return Err("`top` is 0; give at least 1, or leave it out for all".into());
        }
        let random = Seeded::of(table.seed, table.draw)?;
        Ok(Self {
            file: table.file,
            form,
            site: table.site,
            top: table.top,
            random,
        })
    }
}

impl From<Aura> for AuraTable {
    fn from(aura: Aura) -> Self {
        let (form, factor) = match aura.form {
            AuraForm::Aura => (FormName::Aura, None),
            AuraForm::Det0 => (FormName::Det0, None),
            AuraForm::Damp(factor) => (FormName::Damp, Some(factor)),
        };
        Self {
            file: aura.file,
            form,
            factor,
            site: aura.site,
            top: aura.top,
            seed: aura.random.map(|seeded| seeded.seed),
            draw: aura.random.map(|seeded| seeded.draw),
        }
    }
}
