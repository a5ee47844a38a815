//! `fit profs` and `fit mean-difference`: directions of each block, found in preference pairs.

use std::num::NonZeroUsize;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use counterpoise_data::{Pair, Place, read_pairs};
use counterpoise_direction::DirectionFile;
use counterpoise_hooks::{BlockPoint, HookPoint};
use counterpoise_model::Tokenizer;
use counterpoise_probe::{OverTokens, text_features};
use counterpoise_study::{ModelFiles, Steps, load_weights};
use serde_json::json;

use super::args::{MeanDifferenceArgs, PairArgs, PairText, ProfsArgs};
use super::output;
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
    fit.run(&found, |states| {
        Ok(counterpoise_direction::profs(
            &states.chosen,
            &states.rejected,
            k,
        )?)
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
    fit.run("the mean difference", |states| {
        let towards = counterpoise_direction::mean_difference(&states.rejected, &states.chosen)?;
        Ok(vec![towards])
    })
}

/// What is read of which pairs.
struct Fit<'a> {
    args: &'a PairArgs,
    text: PairText,
    over: OverTokens,
}

/// The hidden states of all pairs in one block, `[pairs][d_model]`.
struct BlockStates {
    chosen: Vec<Vec<f64>>,
    rejected: Vec<Vec<f64>>,
}

/// Pairs as a model reads them, and what became of the rows.
struct PairTokens {
    /// What each text is read behind.
    beginning: Option<u32>,
    chosen: Vec<Vec<u32>>,
    rejected: Vec<Vec<u32>>,
    rows: usize,
    cut: usize,
}

impl Fit<'_> {
    /// Reads the pairs, runs the model, finds `directions` in each block and writes them; `found` says what they are.
    fn run(
        &self,
        found: &str,
        directions: impl Fn(&BlockStates) -> Result<Vec<Vec<f64>>>,
    ) -> Result<()> {
        let args = self.args;
        let (start, mut steps) = (Instant::now(), Steps::default());
        output::check(&args.out)?;
        let files = ModelFiles::read(&args.reading.model)?;
        let pairs = self.pairs(&files.tokenizer)?;
        let blocks = steps.run("hidden states", || self.states(&pairs))?;
        let fitted = steps.run("fit", || {
            let block = |(layer, states): (usize, &BlockStates)| {
                directions(states).with_context(|| format!("block {layer}"))
            };
            blocks.iter().enumerate().map(block).collect::<Result<_>>()
        })?;
        DirectionFile::PerBlock(fitted).write(&args.out)?;

        let used = pairs.chosen.len();
        let (left_out, n_layer) = (pairs.rows - used, blocks.len());
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

    /// The residual stream that leaves each block, for both texts of all pairs.
    fn states(&self, pairs: &PairTokens) -> Result<Vec<BlockStates>> {
        let args = self.args;
        let device = args.reading.common.device.take()?.device;
        let model = load_weights(
            &args.reading.model,
            None,
            args.reading.weights.dtype,
            &device,
            &mut progress::line,
        )?;
        let batch_size =
            (args.reading.common.batch_size).map_or(TEXTS_PER_BATCH, NonZeroUsize::get);
        let at = BlockPoint::ResidPost;
        let points: Vec<HookPoint> = (0..model.n_layer())
            .map(|layer| HookPoint::Block { layer, at })
            .collect();
        let bar = progress::bar("reading pairs", 2 * pairs.chosen.len() as u64);
        let read = |what: &str, texts: &[Vec<u32>]| {
            let progress = &mut progress::advance(&bar);
            let (over, beginning) = (self.over, pairs.beginning);
            text_features(
                &model, texts, &points, over, beginning, batch_size, progress,
            )
            .with_context(|| format!("{}: {what} texts", args.pairs.display()))
        };
        let (chosen, rejected) = (
            read("preferred", &pairs.chosen)?,
            read("other", &pairs.rejected)?,
        );
        let blocks = chosen.into_iter().zip(rejected);
        Ok(blocks
            .map(|(chosen, rejected)| BlockStates { chosen, rejected })
            .collect())
    }
}
