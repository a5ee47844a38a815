//! The tuned model: DPO from the base on its own texts.

use anyhow::Result;
use counterpoise_data::JsonLinesWriter;
use counterpoise_model::{Transformer, save_in};
use counterpoise_train::{DpoLog, DpoRun, DpoUpdate, PairSet, Preference};
use serde::Serialize;

use super::base::Base;
use super::fixture::Fixture;
use super::pairs::SplitPairs;
use super::settings::Settings;
use counterpoise::training::tuning::{Finished, Watch, tune};

/// A tuned model and what its training last reported on held-out pairs.
pub(crate) struct Tuned {
    pub(crate) model: Transformer,
    pub(crate) last: Option<DpoLog>,
    /// The step of the model, where it is the best on held-out pairs instead of the last.
    pub(crate) best_step: Option<usize>,
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

/// Writes the log as it comes.
struct Log {
    rows: JsonLinesWriter,
}

impl Watch for Log {
    fn pause(&mut self, _: &DpoRun) -> Result<()> {
        Ok(())
    }

    fn row(&mut self, row: &DpoLog) -> Result<()> {
        Ok(self.rows.write(&Row::of(row))?)
    }
}

/// Tunes the base model and writes the result's folder.
pub(crate) fn train(
    base: &Base,
    pairs: &SplitPairs,
    settings: &Settings,
    fixture: &Fixture,
) -> Result<Tuned> {
    let SplitPairs { training, held_out } = pairs;
    let run = settings.dpo.start(base.model.clone(), training, held_out)?;
    let mut log = Log {
        rows: JsonLinesWriter::create(&fixture.path("dpo_log.jsonl"))?,
    };
    let Finished {
        model,
        last,
        best_step,
    } = tune(run, &mut log)?;
    log.rows.finish()?;
    let file = fixture.path("dpo/model.safetensors");
    save_in(&model, &file, settings.precision)?;
    Ok(Tuned {
        model,
        last,
        best_step,
        pairs: training.len(),
    })
}
