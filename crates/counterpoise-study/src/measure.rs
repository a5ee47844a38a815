//! What is measured of every neuron and layer of a model while it continues the challenge prompts.

use crate::error::{Context, Result, refuse};
use counterpoise_eval::{Continuations, Progress, continue_prompts};
use counterpoise_groups::Measurements;
use counterpoise_hooks::{
    Counted, HookPoint, Hooks, MeanRecorder, Means, Observe, PromptRecorder, PromptSink,
};
use counterpoise_model::{Decoding, LastToken, ModelError, Tokenizer, Transformer};
use counterpoise_probe::{
    Probe, component_points, component_projections, layer_projection, value_projections,
};
use serde::{Deserialize, Serialize};

use crate::attribution::{AttributionSettings, MeasuredComponents};
use crate::layer_identity::LayerIdentity;

/// One model, measured.
#[derive(Debug, Serialize, Deserialize)]
pub struct MeasuredModel {
    /// Mean activation, value projection and cosine of every neuron.
    #[serde(with = "MeasurementFields")]
    pub neurons: Measurements,
    /// Mean of `mlp(x)·u` per layer (figure 1a). `[n_layer]`
    pub layer_projections: Vec<f64>,
    /// How well neurons and bias add up to these.
    pub identity: LayerIdentity,
    /// Generated tokens that the means are over.
    pub positions: u64,
    /// What everything that writes into the residual stream writes along the probe; `None` if it was not recorded.
    pub components: Option<MeasuredComponents>,
    /// What the model wrote.
    pub continuations: Continuations,
}

/// [`Measurements`] as they are written and read.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Measurements")]
struct MeasurementFields {
    mean_activation: Vec<Vec<f64>>,
    value_projection: Vec<Vec<f64>>,
    cosine: Vec<Vec<f64>>,
}

/// What was recorded of a model while it continued prompts.
pub struct Recorded {
    /// Means at every `mlp.hook_post`, of every MLP's output, and of all else that writes if that was asked for, over the
    /// generated tokens.
    means: Means,
    /// What the model wrote.
    pub continuations: Continuations,
}

impl Recorded {
    /// The mean activation of every neuron. `[n_layer][d_mlp]`
    ///
    /// # Errors
    /// A layer of which nothing was recorded.
    pub fn mean_activations(&self, model: &Transformer) -> Result<Vec<Vec<f64>>> {
        mean_activations(&self.means, model)
    }
}

/// Of `means`, those at every `mlp.hook_post`. `[n_layer][d_mlp]`
///
/// # Errors
/// A layer of which nothing was recorded.
pub(crate) fn mean_activations(means: &Means, model: &Transformer) -> Result<Vec<Vec<f64>>> {
    (0..model.n_layer())
        .map(|layer| mean(means, HookPoint::mlp_post(layer)))
        .collect()
}

/// Continues `prompts` once, greedily, and takes means over every generated token, each at its own
/// position as an input (paper, section 4.2).
///
/// # Errors
/// What the model reports.
pub fn record(
    what: &str,
    model: &Transformer,
    tokenizer: &Tokenizer,
    prompts: &[Vec<u32>],
    decoding: &Decoding,
    progress: &mut dyn Progress,
) -> Result<Recorded> {
    let run = PromptRun {
        what,
        model,
        tokenizer,
        prompts,
        decoding,
        attribution: AttributionSettings::default(),
    };
    let mut recorder = run.recorder();
    let continuations = run.continue_under(&mut recorder, progress)?;
    Ok(Recorded {
        means: recorder.finish().map_err(ModelError::from)?,
        continuations,
    })
}

/// Prompts that a model is going to continue, greedily, while it is recorded.
#[derive(Clone, Copy)]
pub(crate) struct PromptRun<'a> {
    /// What it is, for whoever watches.
    pub(crate) what: &'a str,
    pub(crate) model: &'a Transformer,
    pub(crate) tokenizer: &'a Tokenizer,
    pub(crate) prompts: &'a [Vec<u32>],
    pub(crate) decoding: &'a Decoding,
    pub(crate) attribution: AttributionSettings,
}

impl PromptRun<'_> {
    /// Records means at every `mlp.hook_post`, of every MLP's output, and of all else that writes if the study asks for it,
    /// over the generated tokens.
    fn recorder(&self) -> MeanRecorder {
        let neurons = (0..self.model.n_layer())
            .flat_map(|layer| [HookPoint::mlp_post(layer), self.model.mlp_sum(layer)]);
        let others = match self.attribution.components {
            true => component_points(self.model),
            false => Vec::new(),
        };
        let points = neurons.chain(others);
        MeanRecorder::new(points, Counted::Generated)
    }

    fn continue_under(
        &self,
        observer: &mut dyn Observe,
        progress: &mut dyn Progress,
    ) -> Result<Continuations> {
        let decoding = Decoding {
            last_token: LastToken::Fed,
            ..self.decoding.clone()
        };
        let mut hooks = Hooks::new().observe(observer);
        Ok(continue_prompts(
            self.what,
            self.model,
            self.tokenizer,
            self.prompts,
            &decoding,
            &mut hooks,
            progress,
        )?)
    }
}

/// [`record`]s a model and projects what it wrote into the residual stream onto `probe`.
///
/// # Errors
/// What the model or the probe reports; layers whose neurons do not add up to their output.
pub fn measure(
    what: &str,
    model: &Transformer,
    tokenizer: &Tokenizer,
    prompts: &[Vec<u32>],
    decoding: &Decoding,
    probe: &Probe,
    progress: &mut dyn Progress,
) -> Result<MeasuredModel> {
    let recorded = record(what, model, tokenizer, prompts, decoding, progress)?;
    let attribution = AttributionSettings::default();
    measured(what, model, recorded, probe, attribution)
}

/// [`measure`]s a model, and hands each prompt's sums of activations to `sums`: the neurons of the first layer, then of
/// the next.
///
/// # Errors
/// As for [`measure`]; what `sums` reports.
pub(crate) fn measure_prompts(
    run: PromptRun<'_>,
    probe: &Probe,
    sums: &mut dyn PromptSink,
    progress: &mut dyn Progress,
) -> Result<MeasuredModel> {
    let points = (0..run.model.n_layer()).map(HookPoint::mlp_post);
    let mut recorder = PromptRecorder::new(run.recorder(), points, sums);
    let continuations = run.continue_under(&mut recorder, progress)?;
    let recorded = Recorded {
        means: recorder.finish().map_err(ModelError::from)?,
        continuations,
    };
    measured(run.what, run.model, recorded, probe, run.attribution)
}

/// What was recorded of a model, projected onto `probe`.
fn measured(
    what: &str,
    model: &Transformer,
    recorded: Recorded,
    probe: &Probe,
    attribution: AttributionSettings,
) -> Result<MeasuredModel> {
    let along = value_projections(model, probe)?;
    let neurons = Measurements {
        value_projection: along.projection,
        cosine: along.cosine,
        mean_activation: recorded.mean_activations(model)?,
    };
    let Recorded {
        means,
        continuations,
    } = recorded;
    let layer_projections = layer_means(&means, model, probe)?;
    let of_neurons: Vec<Vec<f64>> = (0..layer_projections.len())
        .map(|layer| neurons.projections(layer).collect())
        .collect();
    let identity = LayerIdentity::of(&layer_projections, &of_neurons, &along.bias)?;
    if !identity.holds() {
        refuse!("{what}: {identity}");
    }
    let components = match attribution.components {
        true => {
            let mean = |point| means.mean(point);
            Some(component_projections(model, probe, mean)?.into())
        }
        false => None,
    };
    Ok(MeasuredModel {
        neurons,
        layer_projections,
        identity,
        positions: means.count(HookPoint::mlp_post(0)),
        components,
        continuations,
    })
}

/// Records what figure 1a shows of a model under an intervention: its MLP outputs.
pub(crate) fn mlp_out_recorder(model: &Transformer) -> MeanRecorder {
    let points = (0..model.n_layer()).map(|layer| model.mlp_sum(layer));
    MeanRecorder::new(points, Counted::Generated)
}

/// The layer projections of the `means` of MLP outputs. `[n_layer]`
///
/// # Errors
/// A layer of which nothing was recorded, or a probe of another width.
pub(crate) fn layer_means(means: &Means, model: &Transformer, probe: &Probe) -> Result<Vec<f64>> {
    let project = |layer| {
        let mean = mean(means, model.mlp_sum(layer))?;
        Ok(layer_projection(&mean, probe)?)
    };
    (0..model.n_layer()).map(project).collect()
}

fn mean(means: &Means, point: HookPoint) -> Result<Vec<f64>> {
    means
        .mean(point)
        .with_context(|| format!("no generated token reached {point}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::Device;
    use counterpoise_hooks::BlockPoint;
    use counterpoise_model::Config;

    use super::*;

    #[test]
    fn components_are_recorded_only_if_they_are_asked_for() {
        let mini = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/mini");
        let tokenizer = Tokenizer::read(mini.as_ref()).unwrap();
        let model = Transformer::init(&Config::new(16, 8, 4, 1, 2), 1, &Device::flex());
        let points = |components| {
            let run = PromptRun {
                what: "test",
                model: &model,
                tokenizer: &tokenizer,
                prompts: &[],
                decoding: &Decoding::default(),
                attribution: AttributionSettings {
                    components,
                    ..AttributionSettings::default()
                },
            };
            run.recorder().points()
        };
        let heads = HookPoint::Block {
            layer: 0,
            at: BlockPoint::AttnZ,
        };
        assert!(points(true).contains(&heads));
        assert_eq!(
            points(false),
            [HookPoint::mlp_post(0), HookPoint::mlp_out(0)]
        );
    }
}
