//! A kind of intervention of one's own: adds a multiple of the probe to the residual stream.

use std::error::Error;
use std::path::PathBuf;

use burn::tensor::{Device, Int, Tensor, TensorData};
use counterpoise_hooks::{BlockPoint, Edit, HookError, HookPoint, Hooks, Pass};
use counterpoise_intervene::{
    InterveneError, Intervention, Prepared, Reading, Registry, Subject, parse,
};
use counterpoise_model::{Config, Gpt2, KvCache, ModelError};
use counterpoise_probe::Probe;
use serde::Deserialize;

/// `kind = "steer"`: adds `amount` times the unit probe at `blocks.{layer}.hook_resid_post`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Steer {
    /// The probe.
    file: PathBuf,
    /// The block whose output is steered, counted from 0.
    layer: usize,
    /// How far; below 0 it steers away from toxicity.
    amount: f32,
}

impl Intervention for Steer {
    fn prepare(&self, model: Gpt2, subject: &Subject<'_>) -> Result<Prepared, InterveneError> {
        let wrong = |reason| InterveneError::Parameters {
            kind: "steer",
            reason,
        };
        if self.layer >= subject.n_layer {
            let reason = format!("`layer` is {}, of {} blocks", self.layer, subject.n_layer);
            return Err(wrong(reason));
        }
        let probe =
            Probe::load(&self.file, model.d_model()).map_err(|error| wrong(error.to_string()))?;
        let unit = probe.unit();
        let step: Vec<f32> = unit.iter().map(|&u| self.amount * u as f32).collect();
        let shape = [1, 1, step.len()];
        let edit = AddToResidual {
            layer: self.layer,
            step: Tensor::from_data(TensorData::new(step, shape), &model.device()),
        };
        Ok(Prepared::new(model).with_edit(edit))
    }
}

/// Adds the same step to the residual stream at every position.
#[derive(Debug)]
struct AddToResidual {
    layer: usize,
    step: Tensor<3>, // [1, 1, d_model]
}

impl Edit for AddToResidual {
    fn points(&self) -> Vec<HookPoint> {
        vec![HookPoint::Block {
            layer: self.layer,
            at: BlockPoint::ResidPost,
        }]
    }

    fn edit(
        &self,
        _: HookPoint,
        activation: Tensor<3>, // [batch, seq, d_model]
        _: &Pass,
    ) -> Result<Tensor<3>, HookError> {
        Ok(activation + self.step.clone())
    }
}

/// The logits after three tokens, `[1, 3, vocab_size]`.
fn logits(model: &Gpt2, hooks: &mut Hooks<'_>) -> Result<Tensor<3>, ModelError> {
    let tokens = Tensor::<2, Int>::from_data([[5, 9, 2]], &model.device());
    let hidden = model.forward(tokens, &Pass::whole(1, 3), &mut KvCache::new(), hooks)?;
    Ok(model.logits(hidden))
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut registry = Registry::paper();
    registry.register("steer", |table| {
        Ok(Box::new(parse::<Steer>("steer", table)?))
    })?;

    // A small random model and a probe, in place of yours.
    let device = Device::flex();
    let model = Gpt2::init(&Config::new(64, 32, 16, 2, 4), 1, &device);
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("probe.safetensors");
    let direction = (0_u8..16).map(|i| f32::from(i).sin()).collect();
    Probe::new(direction)?.save(&file)?;

    // What a study or an edit file says.
    let table = format!(
        "kind = 'steer'\nfile = '{}'\nlayer = 1\namount = -4.0",
        file.display()
    );
    let steer = registry.build(table.parse()?)?;
    let prepared = steer.prepare(model.clone(), &Subject::of(&model))?;

    let plain = logits(&model, &mut Hooks::new())?;
    let steered = logits(&prepared.model, &mut prepared.hooks(Reading::Generation))?;
    let largest = (steered - plain).abs().max().into_scalar::<f32>();
    assert!(
        largest > 1e-3,
        "steering changed no logit by more than {largest}"
    );

    // A parameter that the kind does not have is refused by name.
    let misspelt = table.replace("amount", "amuont");
    let refused = registry
        .build(misspelt.parse()?)
        .err()
        .ok_or("it was accepted")?;
    assert!(
        refused.to_string().contains("unknown field `amuont`"),
        "{refused}"
    );
    Ok(())
}
