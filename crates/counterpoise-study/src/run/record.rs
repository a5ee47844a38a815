//! The results of a run, put together: what it was made of, what came out, what it took.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use counterpoise_groups::Grouping;
use counterpoise_score::Draws;

use super::models::Runner;
use super::{Measured, RunOptions, RunState};
use crate::attribution::ComponentResults;
use crate::hashing::{HashedFile, hash_text};
use crate::measure::MeasuredModel;
use crate::results::{
    GroupingResults, ModelResults, PerModel, ReductionResults, Results, ScorerRecord, StudyRecord,
    Versions,
};
use crate::row::RowResults;

/// The results before anything is drawn of them.
pub(super) fn results(
    runner: &Runner<'_>,
    options: &RunOptions,
    measured: &Measured,
    state: &RunState<'_>,
) -> Results {
    let Runner { study, inputs, .. } = runner;
    let components = ComponentResults::of(
        measured.base.components.as_ref(),
        measured.tuned.components.as_ref(),
    );
    let failures = measured.rows.iter().filter_map(RowResults::failure);
    let failures = failures.chain(components.iter().flat_map(ComponentResults::failures));
    let failures = failures.collect();
    Results {
        study: StudyRecord {
            name: study.name.clone(),
            file: shown(&study.file.path),
            sha256: hash_text(&study.file.text),
            text: study.file.text.clone(),
        },
        run: state.unfinished.run().to_owned(),
        command: std::env::args().skip(1).collect(),
        finished_unix_s: 0,
        versions: Versions {
            counterpoise: env!("CARGO_PKG_VERSION").to_owned(),
            burn: env!("STUDY_BURN_VERSION").to_owned(),
            rustc: env!("STUDY_RUSTC_VERSION").to_owned(),
        },
        device: options.device.record.clone(),
        seeds: format!(
            "decoding is greedy; controls: as each says; resamples, swapped labels and random directions: {}",
            Draws::description()
        ),
        inputs: inputs.hashes.iter().map(input_file).collect(),
        tuned_from: study.tuned_from.clone(),
        prompts: inputs.prompts.counts,
        scorers: (study.scorers.iter().zip(&inputs.scorers))
            .map(|((name, scorer), (_, opened))| ScorerRecord {
                name: name.clone(),
                does: scorer.does.clone(),
                origin: opened.origin(),
            })
            .collect(),
        metrics: study.metrics.iter().map(|part| part.does.clone()).collect(),
        figures: study.figures.iter().map(|part| part.does.clone()).collect(),
        tables: study.tables.clone(),
        protocol: runner.reading.protocol(),
        plan: options.plan,
        reduction: ReductionResults::of(&measured.table),
        groups: Grouping::ALL
            .map(|grouping| GroupingResults::of(&measured.table, grouping))
            .into(),
        models: PerModel {
            base: model(&measured.base),
            tuned: model(&measured.tuned),
        },
        uncertainty: Some(measured.moves.uncertainty.clone()),
        nulls: Some(measured.moves.nulls.clone()),
        shrinkage: Some(measured.moves.shrinkage.clone()),
        components,
        vocabulary: measured.vocabulary.clone(),
        directions: measured.directions.clone(),
        rows: measured.rows.clone(),
        other_protocols: Vec::new(),
        agreement: Vec::new(),
        scored_later: Vec::new(),
        failures,
        resumed: state.unfinished.taken().to_vec(),
        steps: Vec::new(),
        total_seconds: 0.0,
        outputs: Vec::new(),
    }
}

/// Adds what is known only at the end: the steps, the time, and what was written.
pub(super) fn close(results: &mut Results, state: &RunState<'_>) {
    results.steps = state.steps.done().to_vec();
    results.total_seconds = results.steps.iter().map(|step| step.seconds).sum();
    results.outputs = state.outputs.written().to_vec();
    results.finished_unix_s = now_unix_s();
}

/// Seconds since 1970.
pub(crate) fn now_unix_s() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |time| time.as_secs())
}

fn model(measured: &MeasuredModel) -> ModelResults {
    ModelResults {
        generated_tokens: measured.positions,
        layer_projections: measured.layer_projections.clone(),
        layer_identity: measured.identity,
    }
}

pub(crate) fn input_file(file: &HashedFile) -> HashedFile {
    HashedFile {
        path: shown(&file.path),
        ..file.clone()
    }
}

/// `path` as it is recorded: relative to the current folder where it lies below.
pub(crate) fn shown(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).to_owned()
}
