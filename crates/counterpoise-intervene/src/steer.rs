//! Steering: a vector is added to what a block writes.

use std::path::PathBuf;

use burn::tensor::{Tensor, TensorData};
use counterpoise_hooks::{BlockPoint, HookPoint, Positions, Scope, edit_at};
use counterpoise_model::Transformer;
use counterpoise_registry::Description;
use serde::{Deserialize, Serialize};

use crate::source::Directions;
use crate::{DirectionSource, InterveneError, Intervention, Prepared, Subject};

/// `kind = "steer"`: `x := x + c·v` at one block. With the mean difference of pairs this is contrastive activation
/// addition; with the probe, a negative `c` and the last block's MLP output at the last position, Lee et al.'s subtraction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Steer {
    /// `c`; negative to steer away.
    pub coefficient: f64,
    /// The block, counted from 0; the last unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<usize>,
    /// What `v` is added to.
    #[serde(default)]
    pub site: SteerSite,
    /// How long `v` is.
    #[serde(default)]
    pub length: VectorLength,
    /// At which positions, while reading and while generating.
    #[serde(default = "all")]
    pub positions: Positions,
    /// `v`: the first of its directions.
    pub direction: DirectionSource,
}

/// What a vector is added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SteerSite {
    /// The residual stream that leaves the block.
    #[default]
    ResidPost,
    /// What the MLP adds to it.
    MlpOut,
}

/// How long an added vector is before it is multiplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VectorLength {
    /// 1.
    #[default]
    Unit,
    /// As it is stored or computed.
    Own,
}

const fn all() -> Positions {
    Positions::All
}

impl Steer {
    /// `c·v`, `[d]`.
    fn vector(&self, directions: &Directions, layer: usize) -> Result<Vec<f32>, InterveneError> {
        let vector = &directions.of_block(layer)[0];
        let norm = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
        if norm == 0.0 || !norm.is_finite() {
            let reason = format!(
                "{} is of length {norm}; nothing can be added along it",
                self.direction
            );
            return Err(InterveneError::parameters("steer", reason));
        }
        let scale = match self.length {
            VectorLength::Unit => self.coefficient / norm,
            VectorLength::Own => self.coefficient,
        };
        Ok(vector.iter().map(|x| (scale * x) as f32).collect())
    }
}

impl Intervention for Steer {
    fn inputs(&mut self) -> Vec<&mut PathBuf> {
        self.direction.file().into_iter().collect()
    }

    fn describe(&self) -> Result<Description, InterveneError> {
        Ok(Description::of("steer", self)?)
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
        if !self.coefficient.is_finite() || self.coefficient == 0.0 {
            let found = self.coefficient;
            let reason =
                format!("`coefficient` is {found}; it must be a finite number other than 0");
            return Err(InterveneError::parameters("steer", reason));
        }
        let n_layer = model.n_layer();
        let layer = self.layer.unwrap_or(n_layer.saturating_sub(1));
        if layer >= n_layer {
            return Err(InterveneError::NoSuchLayers {
                layers: layer.to_string(),
                n_layer,
            });
        }
        let directions = self.direction.directions(&model, subject)?;
        let vector = self.vector(&directions, layer)?;
        let data = TensorData::new(vector, [1, 1, model.d_model()]);
        let vector = Tensor::<3>::from_data(data, &model.device());
        let at = match self.site {
            SteerSite::ResidPost => BlockPoint::ResidPost,
            SteerSite::MlpOut => BlockPoint::MlpOut,
        };
        let edit = edit_at(HookPoint::Block { layer, at }, move |activation, _| {
            activation + vector.clone()
        });
        Ok(Prepared::new(model).with_edit(edit, Scope::at(self.positions)))
    }
}
