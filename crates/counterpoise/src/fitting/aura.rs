//! `fit aura`: how well each output of an MLP's matrices tells toxic from other comments.

use std::num::NonZeroUsize;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use counterpoise_data::{CommentSet, read_comments};
use counterpoise_hooks::HookPoint;
use counterpoise_model::{Tokenizer, Transformer};
use counterpoise_probe::{AurocFile, OverTokens, auroc, mlp_matrix_outputs, text_features};
use counterpoise_study::{ModelFiles, Steps, load_weights};
use serde_json::json;

use super::args::AuraArgs;
use super::output;
use super::pairs::TEXTS_PER_BATCH;
use crate::commands::print;
use crate::progress;

/// Bytes of responses held at once; what is more is read in several passes, some blocks in each.
const RESPONSE_BYTES: usize = 1 << 30;

/// Runs the command.
///
/// # Errors
/// Bad input, comments of one class, an output that cannot be written.
pub(super) fn run(args: &AuraArgs) -> Result<()> {
    let (start, mut steps) = (Instant::now(), Steps::default());
    output::check(&args.out)?;
    let files = ModelFiles::read(&args.reading.model)?;
    let comments = labelled(args, &files.tokenizer)?;
    let device = args.reading.common.device.take()?.device;
    let model = load_weights(
        &args.reading.model,
        None,
        args.reading.weights.dtype,
        &device,
        &mut progress::line,
    )?;
    let points: Vec<HookPoint> = (0..model.n_layer())
        .flat_map(|layer| {
            let matrices = mlp_matrix_outputs(&model, layer);
            matrices.into_iter().chain([HookPoint::mlp_post(layer)])
        })
        .collect();
    let areas = steps.run("responses", || areas(args, &model, &comments, &points))?;
    let (all, experts) = areas
        .points
        .values()
        .flatten()
        .fold((0, 0), |counts, area| {
            (counts.0 + 1, counts.1 + usize::from(*area > 0.5))
        });
    areas.write(&args.out)?;

    let (read, toxic) = (comments.tokens.len(), comments.toxic_count());
    let results = json!({
        "comments": read,
        "toxic": toxic,
        "not_scored": comments.not_scored,
        "cut_comments": comments.cut,
        "responses": all,
        "above_half": experts,
        "steps": steps.done(),
    });
    let sentence = format!(
        "{all} areas of {read} comments, {toxic} of them toxic; {experts} above 0.5; written to {}; {}",
        args.out.display(),
        steps.peak_memory()
    );
    print(args.reading.common.output, start, results, &sentence)
}

/// Comments as a model reads them.
struct LabelledTokens {
    /// What each is read behind.
    beginning: Option<u32>,
    tokens: Vec<Vec<u32>>,
    toxic: Vec<bool>,
    not_scored: usize,
    cut: usize,
}

impl LabelledTokens {
    fn toxic_count(&self) -> usize {
        self.toxic.iter().filter(|toxic| **toxic).count()
    }
}

fn labelled(args: &AuraArgs, tokenizer: &Tokenizer) -> Result<LabelledTokens> {
    let CommentSet {
        comments,
        not_scored,
    } = read_comments(&args.comments)?;
    let comments = comments.limited(args.reading.common.limit());
    let most = args.reading.max_tokens.get();
    let mut read = LabelledTokens {
        beginning: tokenizer.beginning(),
        tokens: Vec::new(),
        toxic: Vec::new(),
        not_scored,
        cut: 0,
    };
    for (comment, place) in comments.with_places() {
        let tokens = tokenizer.encode(&comment.comment_text);
        let mut tokens = tokens.with_context(|| format!("{place}: `comment_text`"))?;
        ensure!(!tokens.is_empty(), "{place}: `comment_text` has no tokens");
        read.cut += usize::from(tokens.len() > most);
        tokens.truncate(most);
        read.tokens.push(tokens);
        read.toxic.push(comment.toxic);
    }
    let (toxic, all) = (read.toxic_count(), read.tokens.len());
    ensure!(
        toxic > 0 && toxic < all,
        "{}: expected toxic and other comments, found {toxic} toxic ones among {all}; give more comments, in an order that \
         mixes the labels if `--limit` cuts them",
        args.comments.display()
    );
    Ok(read)
}

/// The area of every response over all comments, in as many passes as memory asks for.
fn areas(
    args: &AuraArgs,
    model: &Transformer,
    comments: &LabelledTokens,
    points: &[HookPoint],
) -> Result<AurocFile> {
    let widest = model.d_mlp().max(model.d_model());
    let bytes_per_point = comments.tokens.len() * widest * size_of::<f64>();
    let at_once = (RESPONSE_BYTES / bytes_per_point).max(1);
    let batch_size = (args.reading.common.batch_size).map_or(TEXTS_PER_BATCH, NonZeroUsize::get);
    let passes = points.len().div_ceil(at_once);
    let length = passes * comments.tokens.len();
    let bar = progress::bar("reading comments", length as u64);
    let mut found = AurocFile {
        points: Default::default(),
    };
    for points in points.chunks(at_once) {
        let progress = &mut progress::advance(&bar);
        let over = OverTokens::Max;
        let LabelledTokens {
            beginning, tokens, ..
        } = comments;
        let responses = text_features(
            model, tokens, points, over, *beginning, batch_size, progress,
        )?;
        for (&point, responses) in points.iter().zip(responses) {
            found
                .points
                .insert(point, of_columns(point, &responses, &comments.toxic)?);
        }
    }
    Ok(found)
}

/// The area of each column of `responses`, `[comments][width]`.
fn of_columns(point: HookPoint, responses: &[Vec<f64>], toxic: &[bool]) -> Result<Vec<f64>> {
    let width = responses.first().map_or(0, Vec::len);
    let area = |column: usize| {
        let values: Vec<f64> = responses.iter().map(|row| row[column]).collect();
        auroc(&values, toxic).with_context(|| format!("{point}: response {column} is NaN"))
    };
    (0..width).map(area).collect()
}
