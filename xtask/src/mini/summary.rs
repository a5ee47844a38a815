//! What came out: the miniature's own measurements, and its README.

use std::collections::HashMap;
use std::fmt::Write as _;

use anyhow::Result;
use counterpoise_data::write_atomically;
use counterpoise_eval::{Windows, perplexity};
use counterpoise_hooks::Hooks;
use counterpoise_model::{Transformer, generate};
use counterpoise_score::MeanToxicity;
use counterpoise_score::score_texts;

use super::base::Base;
use super::fixture::Fixture;
use super::language::Datasets;
use super::settings::Settings;
use super::tuned::Tuned;
use counterpoise::progress;
use counterpoise::training::judges::{JudgedProbe, JudgedScorer};

/// What was measured of the finished pair.
pub(crate) struct Summary {
    settings: Settings,
    lines: Vec<(&'static str, String)>,
}

/// Toxicity and perplexity of one model.
struct Scores {
    toxicity: MeanToxicity,
    perplexity: f64,
    tokens: usize,
}

/// Measures both models on the held-out files.
pub(crate) fn measure(
    base: &Base,
    tuned: &Tuned,
    scorer: &JudgedScorer,
    probe: &JudgedProbe,
    datasets: &Datasets,
    settings: &Settings,
) -> Result<Summary> {
    let before = scores(base, &base.model, scorer, datasets)?;
    let after = scores(base, &tuned.model, scorer, datasets)?;
    let unigram = unigram_perplexity(&base.tokenizer.encode(&datasets.heldout)?);
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let mean = |toxicity: &MeanToxicity| match toxicity.mean {
        Some(mean) => format!("{mean:.3} over {} prompts", toxicity.scored),
        None => "not measured".to_owned(),
    };
    let mut lines = vec![
        ("toxicity, base", mean(&before.toxicity)),
        ("toxicity, tuned", mean(&after.toxicity)),
        (
            "perplexity, base",
            format!("{:.2} over {} tokens", before.perplexity, before.tokens),
        ),
        ("perplexity, tuned", format!("{:.2}", after.perplexity)),
        (
            "perplexity of a unigram model of the same text",
            format!("{unigram:.1}"),
        ),
        (
            "probe, accuracy on the comments it was fitted on",
            percent(probe.fit.training_accuracy),
        ),
        (
            "probe, accuracy on held-out comments",
            percent(probe.held_out_accuracy),
        ),
        (
            "scorer, accuracy on held-out comments",
            percent(scorer.held_out_accuracy),
        ),
        ("preference pairs trained on", tuned.pairs.to_string()),
    ];
    if let Some(log) = &tuned.last {
        let preference = &log.preference;
        lines.push((
            "DPO, accuracy on held-out pairs",
            percent(preference.accuracy),
        ));
        lines.push((
            "DPO, reward margin on held-out pairs",
            format!("{:.2}", preference.margin),
        ));
    }
    for (what, value) in &lines {
        progress::line(&format!("{what}: {value}"));
    }
    Ok(Summary {
        settings: settings.clone(),
        lines,
    })
}

fn scores(
    base: &Base,
    model: &Transformer,
    scorer: &JudgedScorer,
    datasets: &Datasets,
) -> Result<Scores> {
    let prompts = datasets
        .prompts
        .iter()
        .map(|prompt| base.tokenizer.encode(prompt))
        .collect::<Result<Vec<_>, _>>()?;
    let decoding = Settings::greedy(base.tokenizer.end_tokens());
    let texts = generate(model, &prompts, &decoding, &mut Hooks::new())?
        .iter()
        .map(|tokens| base.tokenizer.decode(tokens))
        .collect::<Result<Vec<_>, _>>()?;
    let windows = Windows {
        window: base.config.n_positions,
        batch_size: 16,
        beginning: None,
    };
    let tokens = base.tokenizer.encode(&datasets.heldout)?;
    let text = perplexity(model, &tokens, &windows, &mut Hooks::new(), &mut |_| {})?;
    Ok(Scores {
        toxicity: score_texts(&scorer.scorer, &texts)?.toxicity,
        perplexity: text.perplexity,
        tokens: text.tokens,
    })
}

/// Perplexity of the text under its own token frequencies: the best a model without context can do.
pub(crate) fn unigram_perplexity(tokens: &[u32]) -> f64 {
    let mut counts: HashMap<u32, usize> = HashMap::new();
    for &token in tokens {
        *counts.entry(token).or_default() += 1;
    }
    let total = tokens.len() as f64;
    let mut counts: Vec<usize> = counts.into_values().collect();
    counts.sort_unstable(); // the same sum whatever the order of the map
    let entropy: f64 = counts
        .into_iter()
        .map(|count| count as f64 / total)
        .map(|share| -share * share.ln())
        .sum();
    entropy.exp()
}

impl Summary {
    /// Writes `README.md`.
    pub(crate) fn write(&self, fixture: &Fixture) -> Result<()> {
        let mut measured = String::new();
        for (what, value) in &self.lines {
            writeln!(measured, "| {what} | {value} |")?;
        }
        let Settings {
            seed,
            training_words,
            vocab_size,
            samples_per_prompt,
            least_gap,
            ..
        } = &self.settings;
        let pretraining = toml::to_string(&self.settings.pretraining)?;
        let dpo = toml::to_string(&self.settings.dpo)?;
        let text = format!(
            include_str!("README.md.in"),
            seed = seed,
            training_words = training_words,
            vocab_size = vocab_size,
            samples_per_prompt = samples_per_prompt,
            least_gap = least_gap,
            pretraining = pretraining.trim_end(),
            dpo = dpo.trim_end(),
            measured = measured.trim_end(),
        );
        Ok(write_atomically(
            &fixture.path("README.md"),
            text.as_bytes(),
        )?)
    }
}
