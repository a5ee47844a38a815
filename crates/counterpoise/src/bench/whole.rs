//! How long the whole study takes at the rates that were timed.

use std::time::Duration;

use anyhow::Result;
use counterpoise_data::read_text;
use counterpoise_eval::{Windows, challenge_prompts, samples};
use counterpoise_study::Study;
use indicatif::HumanDuration;
use serde::Serialize;

use super::cost::CostModel;
use super::inputs::Inputs;
use super::timing::Timing;

/// What the model has to do in a study, and how long it takes. Scoring, drawing, loading and what is drawn at random for the
/// nulls are not in it, nor is what a metric of the user's own does. Continuations are taken to be of full length.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct WholeStudy {
    /// Rows, each draw of a control counted.
    rows: usize,
    /// What is done, and how often; nothing of what a study does not measure.
    parts: Vec<WholePart>,
    /// All of them together.
    seconds: f64,
    /// The samples of F1, if they are not there to be counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_counted: Option<String>,
}

/// One thing that is done again and again.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct WholePart {
    name: &'static str,
    times: usize,
    /// 10⁹ floating-point operations of one time, by the cost model.
    gflop: f64,
    /// The step whose rate it is taken to have.
    rate_of: &'static str,
    /// All times together.
    seconds: f64,
}

impl WholeStudy {
    /// The study at the rates of `timings`.
    ///
    /// # Errors
    /// Prompts, samples or a text that cannot be read.
    pub(super) fn of(
        study: &Study,
        inputs: &Inputs,
        cost: CostModel,
        timings: &[Timing],
    ) -> Result<Self> {
        let (tokenizer, sizes) = (&inputs.files.tokenizer, study.decoding);
        let new = sizes.max_new_tokens;
        let all = |prompts: &[Vec<u32>], fed: usize| -> f64 {
            let reads = prompts
                .iter()
                .map(|prompt| cost.read(prompt.len() + fed, new));
            reads.sum()
        };
        let prompts = challenge_prompts(&study.prompts, tokenizer, sizes, None)?.tokens;
        let kind_is = |kind: &str| {
            let rows = study.interventions.iter();
            rows.filter(|row| row.does.kind == kind).count()
        };
        let rows = study.interventions.len();
        let edited = rows - kind_is("none");
        let mut parts = vec![
            (
                "activation passes",
                2,
                all(&prompts, new),
                "activation pass",
            ),
            (
                "toxicity",
                edited,
                all(&prompts, new - 1),
                "patched generation",
            ),
        ];
        let mut not_counted = None;
        if let Some(f1) = study.metrics.iter().find(|part| part.does.kind == "f1") {
            match &f1.inputs[..] {
                [path] if path.exists() => {
                    let prompts = samples(path, tokenizer, sizes, None)?.prompts;
                    parts.push(("F1", rows, all(&prompts, new - 1), "patched generation"));
                }
                missing => not_counted = missing.first().map(|path| path.display().to_string()),
            }
        }
        // A patch reads the text at every position and at the first.
        let text = tokens_of_text(inputs, cost)?;
        parts.push(("perplexity", rows + kind_is("patch"), text, "perplexity"));
        let rate = |name: &str| timings.iter().find_map(|timing| timing.rate_of(name));
        let parts: Vec<_> = parts
            .into_iter()
            .map(|(name, times, flop, rate_of)| WholePart {
                name,
                times,
                gflop: flop / 1e9,
                rate_of,
                seconds: times as f64 * flop / 1e9 / rate(rate_of).unwrap_or(f64::NAN),
            })
            .collect();
        Ok(Self {
            rows,
            seconds: parts.iter().map(|part| part.seconds).sum(),
            parts,
            not_counted,
        })
    }

    /// In a sentence.
    pub(super) fn sentence(&self) -> String {
        let time = |seconds: f64| HumanDuration(Duration::from_secs_f64(seconds.max(0.0)));
        let parts: Vec<String> = (self.parts.iter())
            .map(|part| {
                format!(
                    "{} {} × {:#}",
                    part.name,
                    part.times,
                    time(part.seconds / part.times.max(1) as f64)
                )
            })
            .collect();
        let rest = match &self.not_counted {
            Some(path) => format!("; F1 is not counted: {path} is not there"),
            None => String::new(),
        };
        format!(
            "at these rates the model takes {} for all {} rows of the study ({}){rest}",
            time(self.seconds),
            self.rows,
            parts.join(", ")
        )
    }
}

/// Operations of reading the whole text once.
fn tokens_of_text(inputs: &Inputs, cost: CostModel) -> Result<f64> {
    let text = read_text(&inputs.perplexity.text)?;
    let tokens = inputs.files.tokenizer.encode(&text)?.len();
    let Windows {
        window, beginning, ..
    } = inputs.windows();
    let begun = usize::from(beginning.is_some());
    let of = |tokens: usize| cost.read(tokens + begun, (tokens + begun).saturating_sub(1));
    let last = match tokens % window {
        0 => 0.0,
        rest => of(rest),
    };
    Ok((tokens / window) as f64 * of(window) + last)
}
