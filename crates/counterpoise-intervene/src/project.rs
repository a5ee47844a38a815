//! Projection: directions are stripped from what parts of a model write.

use std::path::PathBuf;

use counterpoise_hooks::Scope;
use counterpoise_model::Transformer;
use counterpoise_registry::Description;
use serde::{Deserialize, Serialize};

use crate::source::Subspaces;
use crate::strip::Strip;
use crate::{DirectionSource, InterveneError, Intervention, Layers, Prepared, Site, Subject};

/// `kind = "project"`: `W := (I − λ·U Uᵀ)·W` for what `sites` write into the residual stream, in `layers`; `U` is an
/// orthonormal basis of `direction`. Output biases are rows of `W` too, so that weights and run time compute the same.
///
/// Where a norm follows the MLP or attention, what comes before that norm is projected; the norm's weight may turn it back
/// towards `U`. Embeddings have no block: they are projected whatever `layers` says. A head that is the token embedding
/// stays as it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "ProjectTable", into = "ProjectTable")]
pub struct Project {
    /// `U`.
    pub direction: DirectionSource,
    /// What writes.
    pub sites: Vec<Site>,
    /// In which blocks.
    pub layers: Layers,
    /// How much is taken out: above 0, 1 all of it, up to 2, which reflects.
    pub lambda: f64,
    /// In the weights, or while the model runs.
    pub form: ProjectForm,
}

/// Where a projection is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectForm {
    /// Once, in the weights.
    #[default]
    Weights,
    /// In every pass, where what they write is added to the residual stream.
    RunTime,
}

/// The blocks that have a share of their own: embeddings have none.
const NO_BLOCK: [usize; 1] = [0];

impl Project {
    fn blocks(&self, site: Site, n_layer: usize) -> Result<Vec<usize>, InterveneError> {
        match site {
            Site::Embed => Ok(NO_BLOCK.to_vec()),
            Site::MlpOut | Site::AttnOut => self.layers.of(n_layer),
        }
    }

    /// What is projected out of what `site` writes in block `layer`.
    fn subspace<'s>(
        &self,
        subspaces: &'s Subspaces,
        site: Site,
        layer: usize,
    ) -> Result<&'s counterpoise_direction::Subspace, InterveneError> {
        match site {
            Site::MlpOut | Site::AttnOut => Ok(subspaces.of_block(layer)),
            Site::Embed => subspaces.shared().ok_or_else(|| {
                let reason = format!(
                    "`sites` has `embed`, and {} has directions of each block's own; name one block's by `layer`, or leave `embed` out",
                    self.direction
                );
                InterveneError::parameters("project", reason)
            }),
        }
    }
}

impl Intervention for Project {
    fn inputs(&mut self) -> Vec<&mut PathBuf> {
        self.direction.file().into_iter().collect()
    }

    fn describe(&self) -> Result<Description, InterveneError> {
        Ok(Description::of("project", self)?)
    }

    fn check(&self) -> Result<String, InterveneError> {
        self.direction.check()
    }

    fn redrawn(&self, draw: u32) -> Option<Box<dyn Intervention>> {
        let direction = self.direction.redrawn(draw)?;
        Some(Box::new(Self {
            direction,
            ..self.clone()
        }))
    }

    fn prepare(
        &self,
        model: Transformer,
        subject: &Subject<'_>,
    ) -> Result<Prepared, InterveneError> {
        let subspaces = self.direction.subspaces(&model, subject)?;
        let device = model.device();
        let mut stripped = model.clone();
        let mut edit = Strip::new(self.lambda);
        let mut notes = Vec::new();
        for &site in &self.sites {
            let mut shares = Vec::new();
            for layer in self.blocks(site, model.n_layer())? {
                let subspace = self.subspace(&subspaces, site, layer)?;
                let share = site.strip(&mut stripped, layer, subspace, self.lambda)?;
                shares.push(match site {
                    Site::Embed => percent(share),
                    Site::MlpOut | Site::AttnOut => format!("{layer}: {}", percent(share)),
                });
                if self.form == ProjectForm::RunTime {
                    let points = site.points(layer, &model).ok_or_else(|| {
                        InterveneError::parameters(
                            "project",
                            "`sites` has `attn_out`, whose output goes through a norm in this model before there is a hook \
                             point; use `as = \"weights\"`",
                        )
                    })?;
                    for point in points {
                        edit = edit.at(point, subspace, &device);
                    }
                }
            }
            notes.push(format!(
                "share of the squared norm of {} along the directions, by block: {}",
                site.name(),
                shares.join(", ")
            ));
        }
        let mut prepared = match self.form {
            ProjectForm::Weights => Prepared::new(stripped),
            ProjectForm::RunTime => Prepared::new(model).with_edit(edit, Scope::EVERYWHERE),
        };
        prepared.notes = notes;
        Ok(prepared)
    }
}

fn percent(share: f64) -> String {
    format!("{:.3} %", 100.0 * share)
}

/// A projection as it is written in TOML.
#[derive(Serialize, Deserialize)]
struct ProjectTable {
    #[serde(default = "one")]
    lambda: f64,
    #[serde(default = "mlp_out")]
    sites: Vec<Site>,
    #[serde(default, rename = "as")]
    form: ProjectForm,
    #[serde(default)]
    layers: Layers,
    direction: DirectionSource,
}

const fn one() -> f64 {
    1.0
}

fn mlp_out() -> Vec<Site> {
    vec![Site::MlpOut]
}

impl TryFrom<ProjectTable> for Project {
    type Error = String;

    fn try_from(table: ProjectTable) -> Result<Self, String> {
        if !(table.lambda > 0.0 && table.lambda <= 2.0) {
            let found = table.lambda;
            return Err(format!(
                "`lambda` is {found}; it must be above 0, where it would change nothing, and at most 2"
            ));
        }
        let mut sites = table.sites.clone();
        sites.sort_unstable();
        sites.dedup();
        if sites.is_empty() || sites.len() != table.sites.len() {
            return Err(
                "`sites`: name at least one of `mlp_out`, `attn_out`, `embed`, each once".into(),
            );
        }
        Ok(Self {
            direction: table.direction,
            sites,
            layers: table.layers,
            lambda: table.lambda,
            form: table.form,
        })
    }
}

impl From<Project> for ProjectTable {
    fn from(project: Project) -> Self {
        Self {
            lambda: project.lambda,
            sites: project.sites,
            form: project.form,
            layers: project.layers,
            direction: project.direction,
        }
    }
}
