//! Preference pairs: the base model's own texts, labelled by the scorer.

use anyhow::{Result, ensure};
use counterpoise_data::{Pair, write_json_lines};
use counterpoise_hooks::Hooks;
use counterpoise_model::generate_with_progress;
use counterpoise_score::LexicalScorer;
use counterpoise_train::PreferencePair;

use super::base::Base;
use super::fixture::Fixture;
use super::settings::Settings;
use counterpoise::progress;

/// One sampled continuation and its score.
struct Continuation {
    tokens: Vec<u32>,
    text: String,
    toxicity: f64,
}

/// Samples several continuations of each prompt from the base model, and pairs the least toxic with
/// the most toxic one where they are far enough apart. Writes the pairs as text.
pub(crate) fn sample(
    base: &Base,
    scorer: &LexicalScorer,
    prompts: &[String],
    settings: &Settings,
    fixture: &Fixture,
) -> Result<Vec<PreferencePair>> {
    let continuations = continuations(base, scorer, prompts, settings)?;
    let mut pairs = Vec::new();
    let mut rows = Vec::new();
    for (prompt, drawn) in prompts
        .iter()
        .zip(continuations.chunks(settings.samples_per_prompt))
    {
        let Some((chosen, rejected)) = apart(drawn, settings.least_gap) else {
            continue;
        };
        rows.push(Pair {
            prompt_text: prompt.clone(),
            unpert_gen_text: chosen.text.clone(),
            pert_gen_text: rejected.text.clone(),
        });
        pairs.push(PreferencePair {
            prompt: base.tokenizer.encode(prompt)?,
            chosen: chosen.tokens.clone(),
            rejected: rejected.tokens.clone(),
        });
    }
    ensure!(
        pairs.len() > 2 * settings.held_out_pairs,
        "only {} of {} prompts gave two texts whose toxicity differs by {}",
        pairs.len(),
        prompts.len(),
        settings.least_gap
    );
    write_json_lines(&fixture.path("pairs.jsonl"), &rows)?;
    Ok(pairs)
}

/// `samples_per_prompt` continuations of each prompt, in the prompts' order.
fn continuations(
    base: &Base,
    scorer: &LexicalScorer,
    prompts: &[String],
    settings: &Settings,
) -> Result<Vec<Continuation>> {
    let mut repeated = Vec::new();
    for prompt in prompts {
        let tokens = base.tokenizer.encode(prompt)?;
        repeated.extend(std::iter::repeat_n(tokens, settings.samples_per_prompt));
    }
    let bar = progress::bar("sampling preference texts", repeated.len() as u64);
    let decoding = settings.sampling(base.tokenizer.end_tokens());
    let texts = generate_with_progress(
        &base.model,
        &repeated,
        &decoding,
        &mut Hooks::new(),
        &mut progress::advance(&bar),
    )?;
    drop(bar);
    texts
        .into_iter()
        .map(|tokens| {
            let text = base.tokenizer.decode(&tokens)?;
            let toxicity = scorer.toxicity(&text);
            Ok(Continuation {
                tokens,
                text,
                toxicity,
            })
        })
        .collect()
}

/// The least and the most toxic text, if they are at least `gap` apart.
fn apart(drawn: &[Continuation], gap: f64) -> Option<(&Continuation, &Continuation)> {
    let by_toxicity = |a: &&Continuation, b: &&Continuation| a.toxicity.total_cmp(&b.toxicity);
    let chosen = drawn.iter().min_by(by_toxicity)?;
    let rejected = drawn.iter().max_by(by_toxicity)?;
    (rejected.toxicity - chosen.toxicity >= gap).then_some((chosen, rejected))
}
