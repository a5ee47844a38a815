//! What trainers store beside a model's weights: the state of optimisers and schedules, heads that give a value or a
//! score, counters.

use std::collections::BTreeSet;
use std::path::Path;

use counterpoise_data::shortened;

use crate::WeightsError;
use crate::stored::Stored;

/// What optimisers keep for every parameter.
const OPTIMISER_STATE: [&str; 12] = [
    "exp_avg",
    "exp_avg_sq",
    "exp_avg_diff",
    "exp_inf",
    "max_exp_avg_sq",
    "square_avg",
    "grad_avg",
    "acc_delta",
    "momentum_buffer",
    "sum",
    "state1",
    "state2",
];

/// Dictionaries that hold no model.
const TRAINER_STATE: [&str; 8] = [
    "scheduler",
    "lr_scheduler",
    "lr_schedulers",
    "scaler",
    "grad_scaler",
    "rng_state",
    "cuda_rng_state",
    "param_groups",
];

/// Heads that give a value, a score or a class, and no token.
const OTHER_HEADS: [&str; 8] = [
    "v_head",
    "value_head",
    "score",
    "summary",
    "reward_head",
    "regression_head",
    "multiple_choice_head",
    "classifier",
];

/// Files beside an optimiser's in which the weights may be.
const NEIGHBOURS: [&str; 5] = [
    "policy.pt",
    "model.safetensors",
    "pytorch_model.bin",
    "model.pt",
    "adapter_model.safetensors",
];

/// Tensors that are not part of the model.
#[derive(Default)]
pub(crate) struct LeftOut {
    optimiser: Vec<String>,
    heads: Vec<String>,
    counters: Vec<String>,
}

impl LeftOut {
    /// Takes the tensor `name`, `bare` without what wraps the model, if it is known to be no part of one.
    pub(crate) fn take(&mut self, name: &str, bare: &str, tensor: &Stored) -> bool {
        let first = bare.split('.').next().unwrap_or_default();
        let list = if is_optimiser(name) {
            &mut self.optimiser
        } else if OTHER_HEADS.contains(&first) {
            &mut self.heads
        } else if tensor.shape.is_empty() && !bare.contains('.') {
            &mut self.counters
        } else {
            return false;
        };
        list.push(name.to_owned());
        true
    }

    /// What was taken.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let kinds = [
            (&self.optimiser, "the state of an optimiser or a schedule"),
            (
                &self.heads,
                "a head that gives a value or a score, not tokens",
            ),
            (&self.counters, "a number beside the model"),
        ];
        let kinds = kinds.into_iter().filter(|(names, _)| !names.is_empty());
        kinds
            .map(|(names, what)| {
                let more = match names.len() {
                    1 => String::new(),
                    count => format!(" and {} more", count - 1),
                };
                format!("left out, {what}: `{}`{more}", shortened(&names[0]))
            })
            .collect()
    }
}

/// Whether a name is one of an optimiser's or a schedule's state.
fn is_optimiser(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    let numbered_step = last == "step" && name.split('.').any(|part| part.parse::<u32>().is_ok());
    let trainer = |part: &str| part.starts_with("optim") || TRAINER_STATE.contains(&part);
    OPTIMISER_STATE.contains(&last) || numbered_step || name.split('.').any(trainer)
}

/// Refuses a file that holds an optimiser's state and nothing of a model.
pub(crate) fn refuse_optimiser_alone(
    path: &Path,
    roots: &BTreeSet<String>,
    tensors: &[(String, Stored)],
) -> Result<(), WeightsError> {
    let alone = roots.is_empty() && !tensors.is_empty();
    if alone && tensors.iter().all(|(name, _)| is_optimiser(name)) {
        return Err(WeightsError::Optimiser {
            path: path.to_owned(),
            tensor: shortened(&tensors[0].0),
            remedy: neighbour(path),
        });
    }
    Ok(())
}

/// Where the weights may be instead.
pub(crate) fn neighbour(path: &Path) -> String {
    let mut neighbours = NEIGHBOURS.iter().map(|name| path.with_file_name(name));
    match neighbours.find(|other| other != path && other.is_file()) {
        Some(other) => format!("give {} beside it", other.display()),
        None => "give the file that holds the weights".to_owned(),
    }
}

/// Refuses a layer that PEFT trained whole and stored beside its first values.
pub(crate) fn trained_whole(path: &Path, name: &str) -> WeightsError {
    WeightsError::Adapter {
        path: path.to_owned(),
        found: format!(
            "`{}`, a layer trained whole (modules_to_save)",
            shortened(name)
        ),
    }
}
