//! `neurons`: measures a model pair and writes the neuron table.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use counterpoise_data::AtomicFile;
use counterpoise_eval::challenge_prompts;
use counterpoise_groups::{NeuronTable, TotalReduction};
use counterpoise_model::LastToken;
use counterpoise_probe::Probe;
use counterpoise_study::{MeasuredModel, ModelFiles, load_weights, measure};
use serde_json::json;

use crate::cli::NeuronsArgs;
use crate::progress::{self, Bars};

/// Runs the command.
///
/// # Errors
/// Bad input, models that cannot be compared, an output that cannot be written.
pub(crate) fn run(args: &NeuronsArgs) -> Result<()> {
    let start = Instant::now();
    let write = writer(args)?;
    // Opened and dropped, to find out before the models run whether it can be written.
    AtomicFile::create(&args.out)?;
    let files = ModelFiles::read_pair(&args.base, &args.tuned)?;
    let probe = Probe::load(&args.probe, files.config.d_model)?;
    let sizes = args.decoding.sizes(args.common);
    let prompts = challenge_prompts(&args.prompts, &files.tokenizer, sizes, args.common.limit())?;
    let device = args.common.device.take()?.device;
    let decoding = sizes.greedy(&files.tokenizer, LastToken::Fed);
    let measured = |what, state| -> Result<MeasuredModel> {
        let model = load_weights(
            &args.base,
            state,
            args.weights.dtype,
            &device,
            &mut progress::line,
        )?;
        let tokens = &prompts.tokens;
        measure(
            what,
            &model,
            &files.tokenizer,
            tokens,
            &decoding,
            &probe,
            &mut Bars::default(),
        )
        .with_context(|| args.prompts.display().to_string())
    };
    let base = measured("base", None)?;
    let tuned = measured("tuned", Some(args.tuned.as_path()))?;
    let table = NeuronTable::new(&base.neurons, &tuned.neurons)?;
    write(&table)?;

    let TotalReduction {
        peak, net, neurons, ..
    } = TotalReduction::of(&table);
    let results = json!({
        "neurons": neurons,
        "net_reduction": net,
        "peak_reduction": peak,
        "prompts": prompts.counts.used,
        "truncated_prompts": prompts.counts.truncated,
        "beginning_token": prompts.counts.beginning_token,
    });
    let sentence = format!(
        "{neurons} neurons, net reduction {net:.4}, peak reduction {peak:.4}, written to {}",
        args.out.display()
    );
    super::print(args.common.output, start, results, &sentence)
}

/// How the table is written, by the output's extension.
fn writer(args: &NeuronsArgs) -> Result<impl Fn(&NeuronTable) -> Result<()>> {
    let write = match args
        .out
        .extension()
        .and_then(|extension| extension.to_str())
    {
        Some("csv") => NeuronTable::write_csv,
        Some("parquet") => NeuronTable::write_parquet,
        _ => bail!(
            "--out {}: expected a name that ends in `.csv` or `.parquet`",
            args.out.display()
        ),
    };
    Ok(move |table: &NeuronTable| Ok(write(table, &args.out)?))
}
