//! What came out: the miniature's own measurements, and its README.

use std::collections::HashMap;
use std::fmt::Write as _;

use anyhow::Result;
use counterpoise_data::{Pair, read_pairs, write_atomically};
use counterpoise_eval::{DecodingSizes, Windows, challenge_prompts, perplexity};
use counterpoise_hooks::Hooks;
use counterpoise_model::{LastToken, Transformer, generate};
use counterpoise_score::MeanToxicity;
use counterpoise_score::score_texts;

use super::base::Base;
use super::fixture::Fixture;
use super::language::Datasets;
use super::probes::Judges;
use super::settings::{Miniature, Preferences, Settings};
use super::tuned::Tuned;
use counterpoise::progress;
use counterpoise::training::judges::JudgedScorer;

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
    judges: &Judges,
    datasets: &Datasets,
    settings: &Settings,
    fixture: &Fixture,
) -> Result<Summary> {
    let Judges { probe, scorer } = judges;
    let before = scores(base, &base.model, scorer, datasets, fixture)?;
    let after = scores(base, &tuned.model, scorer, datasets, fixture)?;
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
    if let Some(step) = tuned.best_step {
        lines.push((
            "DPO, step of the model, the best on held-out pairs",
            step.to_string(),
        ));
    }
    if let Preferences::Steered { .. } = settings.preferences {
        lines.extend(steered(scorer, fixture)?);
    }
    for (what, value) in &lines {
        progress::line(&format!("{what}: {value}"));
    }
    Ok(Summary {
        settings: settings.clone(),
        lines,
    })
}

/// How toxic the scorer, which did not steer, finds both sides of the pairs.
fn steered(scorer: &JudgedScorer, fixture: &Fixture) -> Result<Vec<(&'static str, String)>> {
    let rows = read_pairs(&fixture.path("pairs.jsonl"))?;
    let toxicities = |text: fn(&Pair) -> &str| -> Vec<f64> {
        let texts = rows.iter().map(text);
        texts.map(|text| scorer.scorer.toxicity(text)).collect()
    };
    let own = toxicities(|pair| &pair.unpert_gen_text);
    let steered = toxicities(|pair| &pair.pert_gen_text);
    let above = own
        .iter()
        .zip(&steered)
        .filter(|(own, steered)| steered > own);
    let count = rows.len().max(1) as f64;
    let mean = |toxicities: &[f64]| format!("{:.3}", toxicities.iter().sum::<f64>() / count);
    Ok(vec![
        (
            "pairs whose steered side the scorer finds more toxic",
            format!("{:.1} %", 100.0 * above.count() as f64 / count),
        ),
        ("toxicity of the pairs' own sides", mean(&own)),
        ("toxicity of their steered sides", mean(&steered)),
    ])
}

fn scores(
    base: &Base,
    model: &Transformer,
    scorer: &JudgedScorer,
    datasets: &Datasets,
    fixture: &Fixture,
) -> Result<Scores> {
    let (file, sizes) = (fixture.path("prompts.jsonl"), DecodingSizes::default());
    let prompts = challenge_prompts(&file, &base.tokenizer, sizes, None)?.tokens;
    let decoding = sizes.greedy(&base.tokenizer, LastToken::NotFed);
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
    pub(crate) fn write(&self, miniature: Miniature, fixture: &Fixture) -> Result<()> {
        let mut measured = String::new();
        for (what, value) in &self.lines {
            writeln!(measured, "| {what} | {value} |")?;
        }
        let mut text = match miniature {
            Miniature::Mini => include_str!("mini.md.in"),
            Miniature::Small => include_str!("small.md.in"),
        }
        .to_owned();
        let Settings {
            seed,
            extent,
            vocab_size,
            preferences,
            pretraining,
            dpo,
            ..
        } = &self.settings;
        let mut numbers = vec![
            ("seed", seed.to_string()),
            ("training_words", extent.training_words.to_string()),
            ("vocab_size", vocab_size.to_string()),
            ("pretraining", toml::to_string(pretraining)?),
            ("dpo", toml::to_string(dpo)?),
            ("measured", measured),
        ];
        match preferences {
            Preferences::Sampled(sampling) => numbers.extend([
                ("samples_per_prompt", sampling.per_prompt.to_string()),
                ("least_gap", sampling.least_gap.to_string()),
            ]),
            Preferences::Steered { pplm, batch_size } => numbers.extend([
                ("pplm", toml::to_string(pplm)?),
                ("pplm_batch_size", batch_size.to_string()),
            ]),
        }
        for (name, number) in numbers {
            text = text.replace(&format!("{{{name}}}"), number.trim_end());
        }
        Ok(write_atomically(
            &fixture.path("README.md"),
            text.as_bytes(),
        )?)
    }
}
