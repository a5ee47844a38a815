//! The parts of a study as commands of their own, on any compatible files.

pub(crate) mod f1;
pub(crate) mod generate;
pub(crate) mod neurons;
pub(crate) mod perplexity;
pub(crate) mod score;

use std::time::Instant;

use anyhow::Result;
use counterpoise_intervene::Prepared;
use counterpoise_study::{Kinds, ModelFiles, load_weights};
use serde_json::{Map, Value};

use crate::cli::{CommonArgs, ModelArgs, OutputArgs};
use crate::edit_file::prepare_edited;
use crate::output;
use crate::progress;

/// Reads the model's configuration and tokenizer.
fn model_files(args: &ModelArgs) -> Result<ModelFiles> {
    Ok(match &args.state {
        Some(state) => ModelFiles::read_pair(&args.model, state)?,
        None => ModelFiles::read(&args.model)?,
    })
}

/// Opens the device, loads the model's weights and applies the edits.
fn prepare(
    args: &ModelArgs,
    files: &ModelFiles,
    common: CommonArgs,
    kinds: &Kinds,
) -> Result<Prepared> {
    let device = common.device.take()?.device;
    let model = load_weights(
        &args.model,
        args.state.as_deref(),
        args.weights.dtype,
        &device,
        &mut progress::line,
    )?;
    let edit = args.edit.as_deref();
    let neurons = args.neurons.as_deref();
    prepare_edited(model, &files.tokenizer, edit, neurons, kinds)
}

/// What a command made, to be told.
pub(crate) struct Made {
    pub(crate) results: Value,
    pub(crate) sentence: String,
}

impl Made {
    /// As [`print`].
    ///
    /// # Errors
    /// As [`print`].
    pub(crate) fn print(self, args: OutputArgs, start: Instant) -> Result<()> {
        print(args, start, self.results, &self.sentence)
    }
}

/// Where a run begins that can be stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    /// With nothing done.
    Anew,
    /// Where an earlier start of the same run stopped.
    Resume,
}

impl Begin {
    /// What `--resume` asks for.
    pub(crate) fn of(resume: bool) -> Self {
        match resume {
            true => Self::Resume,
            false => Self::Anew,
        }
    }
}

/// How far a run has come that can be stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunStage {
    /// There is nothing to resume.
    NotBegun,
    /// It can be resumed.
    Stopped,
    /// What it makes is there.
    Finished,
}

/// Prints a command's results on standard output: one JSON line, or `sentence`.
///
/// # Errors
/// As [`output::print`].
pub(crate) fn print(
    args: OutputArgs,
    start: Instant,
    results: Value,
    sentence: &str,
) -> Result<()> {
    let wall_s = start.elapsed().as_secs_f64();
    if !args.json {
        return output::print(&format!("{sentence} ({wall_s:.1} s)\n"));
    }
    let mut line = match results {
        Value::Object(fields) => fields,
        other => Map::from_iter([("result".to_owned(), other)]),
    };
    line.insert("wall_s".to_owned(), Value::from(wall_s));
    output::print(&format!("{}\n", Value::Object(line)))
}
