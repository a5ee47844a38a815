//! `fit profs` and `fit mean-difference`: directions of each block, found in preference pairs.

use std::num::NonZeroUsize;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use counterpoise_data::{Pair, Place, read_pairs};
use counterpoise_direction::DirectionFile;
use counterpoise_model::{Tokenizer, Transformer};
use counterpoise_probe::OverTokens;
use counterpoise_study::{ModelFiles, Steps, load_weights};
use serde_json::json;

use super::args::{MeanDifferenceArgs, PairArgs, PairText, ProfsArgs};
use super::output;
use super::states::{BlockStates, Reader, STATE_BYTES};
use crate::commands::print;
use crate::progress;

/// Texts run together unless told otherwise.
pub(super) const TEXTS_PER_BATCH: usize = 64;

/// Runs `fit profs`.
///
/// # Errors
/// Bad input, fewer pairs than directions, an output that cannot be written.
pub(super) fn profs(args: &ProfsArgs) -> Result<()> {
    let k = args.k.get();
    let fit = Fit {
        args: &args.pairs,
        text: args.text,
        over: OverTokens::Mean,
    };
    let found = format!("{k} directions");
    fit.run(&found, |reader| {
        let bar = fit.bar(reader.pairs, reader.passes());
        let directions = |states: BlockStates| {
            let (chosen, rejected) = (&states.chosen, &states.rejected);
            Ok(counterpoise_direction::profs(chosen, rejected, k)?)
        };
        reader.in_passes(directions, &mut progress::advance(&bar))
    })
}

/// Runs `fit mean-difference`.
///
/// # Errors
/// Bad input, a text without the token, an output that cannot be written.
pub(super) fn mean_difference(args: &MeanDifferenceArgs) -> Result<()> {
    let fit = Fit {
        args: &args.pairs,
        text: args.text,
        over: args.position,
    };
    fit.run("the mean difference", |reader| {
        let bar = fit.bar(reader.pairs, 1);
        let means = reader.mean_differences(&mut progress::advance(&bar))?;
        Ok(means.into_iter().map(|mean| vec![mean]).collect())
    })
}

/// What is read of which pairs.
struct Fit<'a> {
    args: &'a PairArgs,
    text: PairText,
    over: OverTokens,
}

/// Pairs as a model reads them, and what became of the rows.
pub(super) struct PairTokens {
    /// What each text is read behind.
    pub(super) beginning: Option<u32>,
    pub(super) chosen: Vec<Vec<u32>>,
    pub(super) rejected: Vec<Vec<u32>>,
    pub(super) rows: usize,
    pub(super) cut: usize,
}

impl Fit<'_> {
    /// Reads the pairs, finds `directions` of each block by what reads them with the model, and writes them; `found` says what
    /// they are. `[n_layer][directions][d_model]`
    fn run(
        &self,
        found: &str,
        directions: impl Fn(&Reader<'_>) -> Result<Vec<Vec<Vec<f64>>>>,
    ) -> Result<()> {
        let args = self.args;
        let (start, mut steps) = (Instant::now(), Steps::default());
        output::check(&args.out)?;
        let files = ModelFiles::read(&args.reading.model)?;
        let pairs = self.pairs(&files.tokenizer)?;
        let model = steps.run("load model", || self.model())?;
        let batch_size =
            (args.reading.common.batch_size).map_or(TEXTS_PER_BATCH, NonZeroUsize::get);
        let reader = Reader {
            model: &model,
            pairs: &pairs,
            over: self.over,
            batch_size,
            bytes: STATE_BYTES,
        };
        let fitted = steps.run("hidden states and fit", || {
            directions(&reader).with_context(|| args.pairs.display().to_string())
        })?;
        let n_layer = fitted.len();
        DirectionFile::PerBlock(fitted).write(&args.out)?;

        let used = pairs.chosen.len();
        let left_out = pairs.rows - used;
        let results = json!({
            "pairs": pairs.rows,
            "without_text": left_out,
            "fitted": used,
            "cut_pairs": pairs.cut,
            "blocks": n_layer,
            "steps": steps.done(),
        });
        let sentence = format!(
            "{found} of each of {n_layer} blocks, of {used} pairs ({left_out} without text left out, {} cut to {} tokens); \
             written to {}; {}",
            pairs.cut,
            args.reading.max_tokens,
            args.out.display(),
            steps.peak_memory(),
        );
        print(args.reading.common.output, start, results, &sentence)
    }

    /// The pairs whose texts both have a token.
    fn pairs(&self, tokenizer: &Tokenizer) -> Result<PairTokens> {
        let args = self.args;
        let rows = read_pairs(&args.pairs)?.limited(args.reading.common.limit());
        let mut tokens = PairTokens {
            beginning: tokenizer.beginning(),
            chosen: Vec::new(),
            rejected: Vec::new(),
            rows: rows.len(),
            cut: 0,
        };
        let most = args.reading.max_tokens.get();
        for (row, place) in rows.with_places() {
            let [mut chosen, mut rejected] = self.of_row(row, place, tokenizer)?;
            if chosen.is_empty() || rejected.is_empty() {
                continue;
            }
            tokens.cut += usize::from(chosen.len().max(rejected.len()) > most);
            chosen.truncate(most);
            rejected.truncate(most);
            for text in [&chosen, &rejected] {
                ensure!(
                    self.over.fits(text.len()),
                    "{place}: expected texts with a token at place {}, found one of {} tokens; leave the pair out, or take \
                     another `--position`",
                    self.over,
                    text.len()
                );
            }
            tokens.chosen.push(chosen);
            tokens.rejected.push(rejected);
        }
        ensure!(
            !tokens.chosen.is_empty(),
            "{}: expected pairs whose texts both have tokens, found none in {} rows",
            args.pairs.display(),
            tokens.rows
        );
        Ok(tokens)
    }

    fn of_row(&self, row: &Pair, place: &Place, tokenizer: &Tokenizer) -> Result<[Vec<u32>; 2]> {
        let encode = |field: &str, continuation: &str| {
            let text = match self.text {
                PairText::Continuation => continuation.to_owned(),
                PairText::Whole if continuation.is_empty() => String::new(),
                PairText::Whole => format!("{}{continuation}", row.prompt_text),
            };
            let tokens = tokenizer.encode(&text);
            tokens.with_context(|| format!("{place}: `{field}`"))
        };
        Ok([
            encode("unpert_gen_text", &row.unpert_gen_text)?,
            encode("pert_gen_text", &row.pert_gen_text)?,
        ])
    }

    fn model(&self) -> Result<Transformer> {
        let reading = &self.args.reading;
        let device = reading.common.device.take()?.device;
        let (dtype, remark) = (reading.weights.dtype, &mut progress::line);
        Ok(load_weights(&reading.model, None, dtype, &device, remark)?)
    }

    /// Progress over both texts of all pairs, each read `times` times.
    fn bar(&self, pairs: &PairTokens, times: usize) -> indicatif::ProgressBar {
        progress::bar("reading pairs", (2 * times * pairs.chosen.len()) as u64)
    }
}
