//! `make pairs`: prompts of a text, continued by a model as it is and steered by PPLM.

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use counterpoise_data::read_text;
use counterpoise_model::Precision;
use counterpoise_study::{ModelFiles, Steps, hash_file, load_weights};
use counterpoise_train::{AttributeHead, Pplm};
use counterpoise_weights::weight_files;
use serde_json::{Value, json};

use super::args::{PairsArgs, PairsFiles, PairsSettings};
use super::file::PairsFile;
use super::pairs::{Maker, stop_tokens};
use super::prompts::{SentencePrompts, sentence_prompts};
use crate::commands::{Begin, Made};
use crate::device::OnDemand;
use crate::progress;

/// Runs the command.
///
/// # Errors
/// Bad input, settings that fit no run, an output that is taken or cannot be written.
pub(super) fn run(args: &PairsArgs) -> Result<()> {
    let start = Instant::now();
    let begin = Begin::of(args.resume);
    let device = &mut args.device.on_demand();
    make(&args.files, &args.settings, begin, device)?.print(args.output, start)
}

/// Makes pairs, from the first prompt or from where an earlier start of the same run stopped.
///
/// # Errors
/// As for the command.
pub(crate) fn make(
    args: &PairsFiles,
    run: &PairsSettings,
    begin: Begin,
    device: OnDemand<'_>,
) -> Result<Made> {
    let mut steps = Steps::default();
    let settings = run.pplm();
    settings.check()?;
    let files = ModelFiles::read(&args.model)?;
    let begun = usize::from(files.tokenizer.beginning().is_some());
    check_lengths(run, &settings, begun, files.config.n_positions)?;
    let head = AttributeHead::read(&args.head, files.config.d_model)?;
    let limit = run.limit.map(NonZeroUsize::get);
    let most = run.max_prompt_tokens.get();
    let text = read_text(&args.from)?;
    let sentences = sentence_prompts(&text, &files.tokenizer, most, limit)
        .with_context(|| args.from.display().to_string())?;
    ensure!(
        !sentences.prompts.is_empty(),
        "{}: expected sentences of more than {most} tokens, found none among {}",
        args.from.display(),
        sentences.counts.sentences
    );
    let record = steps.run("read the files", || {
        record(args, run, &settings, &sentences)
    })?;
    let batch_size = run.batch_size.get();
    let mut file = match begin {
        Begin::Anew => PairsFile::begin(&args.out, &record)?,
        Begin::Resume => PairsFile::resume(&args.out, &record, &sentences.prompts, batch_size)?,
    };
    let resumed_at = file.counts().pairs;

    let device = device()?;
    let precision = Precision::F32;
    let model = load_weights(&args.model, None, precision, &device, &mut progress::line)?;
    let maker = Maker {
        steering: settings.steering(&model, &head, begun)?,
        tokenizer: &files.tokenizer,
        stop: stop_tokens(&files.tokenizer, model.vocab_size()),
    };
    let prompts = &sentences.prompts;
    let bar = progress::bar("making pairs", prompts.len() as u64);
    bar.set_position(resumed_at as u64);
    bar.reset_eta();
    steps.run(PAIRS, || {
        let batches = prompts[resumed_at..].chunks(batch_size).enumerate();
        for (index, batch) in batches {
            file.append(&maker.lines(batch, resumed_at + index * batch_size)?)?;
            bar.inc(batch.len() as u64);
        }
        anyhow::Ok(())
    })?;
    drop(bar);
    let counts = file.counts();
    file.finish()?;

    let made = counts.pairs - resumed_at;
    let pairs = steps.done().iter().find(|step| step.name == PAIRS);
    let seconds = pairs.map_or(0.0, |step| step.seconds) / made.max(1) as f64;
    let mut results = json!(counts);
    results["text"] = json!(sentences.counts);
    results["resumed_at"] = json!(resumed_at);
    results["seconds_per_pair"] = json!(seconds);
    results["steps"] = json!(steps.done());
    let sentence = format!(
        "{} pairs ({} alike, {} with an empty text), {made} of them made at {seconds:.2} s each; written to {}; {}",
        counts.pairs,
        counts.alike,
        counts.empty,
        args.out.display(),
        steps.peak_memory(),
    );
    Ok(Made { results, sentence })
}

/// The step whose seconds are those of the pairs.
const PAIRS: &str = "make pairs";

/// Makes sure that the model has positions for the longest text.
fn check_lengths(
    run: &PairsSettings,
    settings: &Pplm,
    begun: usize,
    n_positions: usize,
) -> Result<()> {
    let longest = begun + run.max_prompt_tokens.get() + settings.max_new_tokens;
    ensure!(
        longest <= n_positions,
        "`--max-prompt-tokens` and `--max-new-tokens`: expected at most {} in all, as the model reads {n_positions} tokens, \
         found {}",
        n_positions - begun,
        longest - begun
    );
    Ok(())
}

/// What the pairs follow from: settings, and SHA-256 of every file.
fn record(
    args: &PairsFiles,
    run: &PairsSettings,
    settings: &Pplm,
    sentences: &SentencePrompts,
) -> Result<Value> {
    let digest = |path: &Path| Ok::<_, anyhow::Error>(hash_file("", path, &mut |_| {})?.sha256);
    let weights = weight_files(&args.model)?;
    let weights = weights
        .iter()
        .map(|path| digest(path))
        .collect::<Result<Vec<_>>>()?;
    Ok(json!({
        "counterpoise": env!("CARGO_PKG_VERSION"),
        "weights_sha256": weights,
        "head_sha256": digest(&args.head)?,
        "text_sha256": digest(&args.from)?,
        "prompts": sentences.prompts.len(),
        "max_prompt_tokens": run.max_prompt_tokens,
        "batch_size": run.batch_size,
        "pplm": settings,
    }))
}
