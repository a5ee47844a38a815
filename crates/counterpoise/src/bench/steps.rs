//! The steps, each timed alone, on the code that a study runs.

use anyhow::{Context, Result};
use burn::tensor::Device;
use counterpoise_eval::{Continuations, continue_prompts, perplexity, progress};
use counterpoise_groups::NeuronId;
use counterpoise_hooks::{Hooks, Positions, Scope, read_backs};
use counterpoise_intervene::{Prepared, SetNeurons, Subject};
use counterpoise_model::{Decoding, LastToken, Transformer};
use counterpoise_study::{Steps, Study, load_weights, record};

use crate::progress::Bars;

use super::cost::CostModel;
use super::inputs::Inputs;
use super::timing::{Timing, Work};

/// Prompts at most of what nothing is timed on: a whole batch, so that its memory is there.
const WARM_UP_PROMPTS: usize = 128;

/// Its new tokens.
const WARM_UP_TOKENS: usize = 2;

/// What was timed.
pub(super) struct Timed {
    /// The model's sizes.
    pub(super) cost: CostModel,
    /// Each step, in order.
    pub(super) timings: Vec<Timing>,
}

/// Loads the study's base model, warms up on one batch and a few tokens, and times: the activation pass, generation,
/// generation with every neuron patched to its mean of the activation pass, and perplexity.
///
/// # Errors
/// Weights that are missing or broken, and what the model reports.
pub(super) fn time(study: &Study, inputs: &Inputs, device: &Device) -> Result<Timed> {
    let mut watch = Watch::default();
    let model = watch.time("load", || {
        Ok((
            load_weights(&study.base, None, study.dtype, device, &mut |_| {})?,
            None,
        ))
    })?;
    let runs = Runs {
        study,
        inputs,
        cost: CostModel::of(model.config()),
    };
    runs.warm_up(&model)?;
    let means = watch.time("activation pass", || runs.activation_pass(&model))?;
    let plain = Prepared::new(model);
    watch.time("generation", || runs.generation(&plain))?;
    let patched = patch_every_neuron(plain.model.clone(), &means)?;
    watch.time("patched generation", || runs.generation(&patched))?;
    watch.time("perplexity", || runs.perplexity(&plain))?;
    Ok(Timed {
        cost: runs.cost,
        timings: watch.timings,
    })
}

/// Times steps.
#[derive(Default)]
struct Watch {
    steps: Steps,
    timings: Vec<Timing>,
}

impl Watch {
    fn time<T>(
        &mut self,
        name: &str,
        step: impl FnOnce() -> Result<(T, Option<Work>)>,
    ) -> Result<T> {
        let before = read_backs();
        let (result, work) = self.steps.run(name, step)?;
        let read_backs = read_backs() - before;
        let done = self.steps.done().last();
        (self.timings).extend(done.map(|step| Timing::of(step, work, read_backs)));
        Ok(result)
    }
}

/// What every run of the model is made of.
struct Runs<'a> {
    study: &'a Study,
    inputs: &'a Inputs,
    cost: CostModel,
}

impl Runs<'_> {
    /// Runs a batch for a few tokens, so that threads and memory are there when the first step is timed.
    fn warm_up(&self, model: &Transformer) -> Result<()> {
        let prompts = &self.inputs.prompts[..WARM_UP_PROMPTS.min(self.inputs.prompts.len())];
        let decoding = Decoding {
            max_new_tokens: WARM_UP_TOKENS,
            ..self.decoding(LastToken::NotFed)
        };
        self.continued("warm up", model, prompts, &decoding, &mut Hooks::new())?;
        Ok(())
    }

    /// The mean activation of every neuron. `[n_layer][d_mlp]`
    fn activation_pass(&self, model: &Transformer) -> Result<(Vec<Vec<f64>>, Option<Work>)> {
        let recorded = record(
            "activation pass",
            model,
            &self.inputs.files.tokenizer,
            &self.inputs.prompts,
            &self.decoding(LastToken::Fed),
            &mut Bars::default(),
        )
        .with_context(|| self.study.prompts.display().to_string())?;
        let work = self.generated(&recorded.continuations, LastToken::Fed);
        Ok((recorded.mean_activations(model)?, Some(work)))
    }

    fn generation(&self, prepared: &Prepared) -> Result<((), Option<Work>)> {
        let decoding = self.decoding(LastToken::NotFed);
        let continuations = self.continued(
            "generation",
            &prepared.model,
            &self.inputs.prompts,
            &decoding,
            &mut prepared.hooks(),
        )?;
        Ok(((), Some(self.generated(&continuations, LastToken::NotFed))))
    }

    fn perplexity(&self, prepared: &Prepared) -> Result<((), Option<Work>)> {
        let (text, metric) = (&self.inputs.text, &self.inputs.perplexity);
        let (beginning, windows) = (
            self.inputs.files.tokenizer.beginning(),
            self.inputs.windows(),
        );
        let parts = windows.count(text.len()) as u64;
        let found = progress::step(&mut Bars::default(), "perplexity", parts, |mut advance| {
            let mut hooks = prepared.hooks();
            perplexity(&prepared.model, text, &windows, &mut hooks, &mut advance)
        })
        .with_context(|| metric.text.display().to_string())?;
        // Each window predicts all tokens that it reads but its first; one that predicts nothing is not run.
        let begun = usize::from(beginning.is_some());
        let read = text
            .chunks(windows.window)
            .map(|window| begun + window.len())
            .filter(|&read| read > 1);
        let flop = read.map(|read| self.cost.read(read, read - 1));
        let work = Work {
            tokens: found.tokens,
            flop: flop.sum(),
        };
        Ok(((), Some(work)))
    }

    fn continued(
        &self,
        what: &str,
        model: &Transformer,
        prompts: &[Vec<u32>],
        decoding: &Decoding,
        hooks: &mut Hooks<'_>,
    ) -> Result<Continuations> {
        let tokenizer = &self.inputs.files.tokenizer;
        continue_prompts(
            what,
            model,
            tokenizer,
            prompts,
            decoding,
            hooks,
            &mut Bars::default(),
        )
        .with_context(|| self.study.prompts.display().to_string())
    }

    /// What continuing the prompts comes to: prompts are read, and so are their new tokens, the last
    /// one only if it is fed; each new token is projected.
    fn generated(&self, continuations: &Continuations, last_token: LastToken) -> Work {
        let not_fed = match last_token {
            LastToken::Fed => 0,
            LastToken::NotFed => 1,
        };
        let texts = self.inputs.prompts.iter().zip(&continuations.tokens);
        let flop = texts.map(|(prompt, new)| {
            let read = prompt.len() + new.len().saturating_sub(not_fed);
            self.cost.read(read, new.len())
        });
        Work {
            tokens: continuations.tokens.iter().map(Vec::len).sum(),
            flop: flop.sum(),
        }
    }

    fn decoding(&self, last_token: LastToken) -> Decoding {
        let tokenizer = &self.inputs.files.tokenizer;
        self.study.decoding.greedy(tokenizer, last_token)
    }
}

/// Every neuron set to its mean, where a patch row sets its own while generating. A patch of all four
/// groups costs the same: an edit works on whole layers, however many neurons it names in each.
fn patch_every_neuron(model: Transformer, means: &[Vec<f64>]) -> Result<Prepared> {
    let values: Vec<(NeuronId, f32)> = means
        .iter()
        .enumerate()
        .flat_map(|(layer, means)| {
            let neurons = means.iter().enumerate();
            neurons.map(move |(neuron, &mean)| (NeuronId { layer, neuron }, mean as f32))
        })
        .collect();
    let edit = SetNeurons::new(&values, &Subject::of(&model), &model.device())?;
    let prepared = Prepared::new(model).touching(values.len());
    Ok(prepared.with_edit(edit, Scope::at(Positions::Last)))
}
