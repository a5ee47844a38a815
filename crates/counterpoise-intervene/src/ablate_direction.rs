//! Directional ablation: nothing in the residual stream lies along a direction (Arditi et al., 2024).

use std::path::PathBuf;

use counterpoise_hooks::{BlockPoint, HookPoint, Scope};
use counterpoise_model::{NormPlaces, Transformer};
use counterpoise_registry::Description;
use serde::{Deserialize, Serialize};

use crate::strip::Strip;
use crate::{
    DirectionSource, InterveneError, Intervention, Layers, Prepared, Project, ProjectForm, Site,
    Subject,
};

/// `kind = "ablate_direction"`: `x := x − (x·r)·r` at the input of every block and at what attention and the MLP add, at
/// every position; `r` is of length 1. As weights it is [`Project`] at all sites, which computes the same where no norm
/// follows attention and the MLP.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AblateDirection {
    /// While the model runs, or in the weights.
    #[serde(default = "run_time", rename = "as")]
    pub form: ProjectForm,
    /// `r`, or several at once; of a file with each block's own, one block's.
    pub direction: DirectionSource,
}

const fn run_time() -> ProjectForm {
    ProjectForm::RunTime
}

impl AblateDirection {
    fn in_weights(
        &self,
        model: Transformer,
        subject: &Subject<'_>,
    ) -> Result<Prepared, InterveneError> {
        if model.config().norm_places != NormPlaces::Before {
            return Err(InterveneError::parameters(
                "ablate_direction",
                "`as = \"weights\"` needs a model whose attention and MLP write without a norm in between, and this one has \
                 one; use `as = \"run_time\"`",
            ));
        }
        let project = Project {
            direction: self.direction.clone(),
            sites: Site::ALL.to_vec(),
            layers: Layers::All,
            lambda: 1.0,
            form: ProjectForm::Weights,
        };
        project.prepare(model, subject)
    }
}

impl Intervention for AblateDirection {
    fn inputs(&mut self) -> Vec<&mut PathBuf> {
        self.direction.file().into_iter().collect()
    }

    fn describe(&self) -> Result<Description, InterveneError> {
        Ok(Description::of("ablate_direction", self)?)
    }

    fn check(&self) -> Result<String, InterveneError> {
        self.direction.check()
    }

    fn redrawn(&self, draw: u32) -> Option<Box<dyn Intervention>> {
        let (direction, form) = (self.direction.redrawn(draw)?, self.form);
        Some(Box::new(Self { form, direction }))
    }

    fn prepare(
        &self,
        model: Transformer,
        subject: &Subject<'_>,
    ) -> Result<Prepared, InterveneError> {
        if self.form == ProjectForm::Weights {
            return self.in_weights(model, subject);
        }
        let subspaces = self.direction.subspaces(&model, subject)?;
        let subspace = subspaces.shared().ok_or_else(|| {
            let reason = format!(
                "{} has directions of each block's own, and one is ablated in the whole model; name one block's by `layer`",
                self.direction
            );
            InterveneError::parameters("ablate_direction", reason)
        })?;
        let device = model.device();
        let points = (0..model.n_layer()).flat_map(|layer| {
            [
                BlockPoint::ResidPre,
                BlockPoint::AttnOut,
                BlockPoint::MlpOut,
            ]
            .map(|at| HookPoint::Block { layer, at })
        });
        let edit = points.fold(Strip::new(1.0), |edit, point| {
            edit.at(point, subspace, &device)
        });
        Ok(Prepared::new(model).with_edit(edit, Scope::EVERYWHERE))
    }
}
