//! The tuned model: DPO from the base on its own texts.

use anyhow::Result;
use counterpoise_data::JsonLinesWriter;
use counterpoise_model::{Gpt2, load, save};
use counterpoise_train::{DpoLog, DpoUpdate, PairSet, Preference, PreferencePair};
use serde::Serialize;

use super::base::Base;
use super::fixture::Fixture;
use super::settings::Settings;
use crate::progress;

/// A tuned model and what its training last reported on held-out pairs.
pub(crate) struct Tuned {
    pub(crate) model: Gpt2,
    pub(crate) last: Option<DpoLog>,
    pub(crate) pairs: usize,
}

/// A row of `dpo_log.jsonl`: what was reported, without the seconds, which no two runs share.
#[derive(Serialize)]
struct Row {
    step: usize,
    pairs: PairSet,
    #[serde(flatten)]
    preference: Preference,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    update: Option<DpoUpdate>,
}

impl Row {
    fn of(log: &DpoLog) -> Self {
        Self {
            step: log.step,
            pairs: log.pairs,
            preference: log.preference,
            update: log.update,
        }
    }
}

/// Tunes the base model and writes the result's folder.
pub(crate) fn train(
    base: &Base,
    pairs: &[PreferencePair],
    settings: &Settings,
    fixture: &Fixture,
) -> Result<Tuned> {
    let device = base.model.device();
    let (held_out, training) = pairs.split_at(settings.held_out_pairs);
    let trainable = load(&fixture.path("base"), &device.clone().autodiff())?.model;
    let run = settings.dpo.start(trainable, training, held_out)?;
    let bar = progress::bar("tuning with DPO", run.steps() as u64);
    let mut rows = JsonLinesWriter::create(&fixture.path("dpo_log.jsonl"))?;
    let mut last = None;
    let mut failed = None;
    let model = run.finish(&mut |log: &DpoLog| {
        bar.set_position(log.step as u64);
        if log.update.is_none() {
            progress::line(&format!(
                "step {}: held-out loss {:.4}, margin {:.3}, accuracy {:.3}",
                log.step, log.preference.loss, log.preference.margin, log.preference.accuracy
            ));
            last = Some(log.clone());
        }
        failed = failed.take().or(rows.write(&Row::of(log)).err());
    })?;
    bar.finish_and_clear();
    if let Some(error) = failed {
        return Err(error.into());
    }
    rows.finish()?;
    save(&model, &fixture.path("dpo/model.safetensors"))?;
    Ok(Tuned {
        model: load(&fixture.path("dpo"), &device)?.model,
        last,
        pairs: training.len(),
    })
}
