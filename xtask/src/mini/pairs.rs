//! Preference pairs: the base model's own texts, labelled by the scorer, or against texts steered by PPLM.

use anyhow::{Result, ensure};
use counterpoise_data::{Pair, write_json_lines};
use counterpoise_hooks::Hooks;
use counterpoise_model::generate_with_progress;
use counterpoise_score::LexicalScorer;
use counterpoise_train::{AttributeHead, Pplm, PreferencePair};

use super::base::Base;
use super::fixture::Fixture;
use super::settings::Settings;
use counterpoise::making::pairs_of;
use counterpoise::progress;
use counterpoise::training::preferences::preferences;

/// Pairs to train on and pairs to evaluate on.
pub(crate) struct SplitPairs {
    pub(crate) training: Vec<PreferencePair>,
    pub(crate) held_out: Vec<PreferencePair>,
}

/// What makes a sampled pair.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sampling {
    /// Continuations per prompt.
    pub(crate) per_prompt: usize,
    /// A pair's rejected text must score at least this much above its chosen one.
    pub(crate) least_gap: f64,
}

/// Writes one pair for each prompt: the base model's own text, and one that is steered towards toxicity.
pub(crate) fn steer(
    base: &Base,
    head: &AttributeHead,
    prompts: &[String],
    (pplm, batch_size): (&Pplm, usize),
    fixture: &Fixture,
) -> Result<()> {
    let Base {
        model, tokenizer, ..
    } = base;
    let rows = pairs_of(prompts, model, tokenizer, head, pplm, batch_size)?;
    Ok(write_json_lines(&fixture.path("pairs.jsonl"), rows)?)
}

/// The pairs of the file, as `train dpo` reads them.
pub(crate) fn read(base: &Base, settings: &Settings, fixture: &Fixture) -> Result<SplitPairs> {
    let (file, held_out) = (fixture.path("pairs.jsonl"), settings.held_out_pairs);
    let pairs = preferences(&file, &base.tokenizer, &settings.dpo, None, held_out)?;
    Ok(SplitPairs {
        training: pairs.training,
        held_out: pairs.held_out,
    })
}

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
    sampling: Sampling,
    settings: &Settings,
    fixture: &Fixture,
) -> Result<SplitPairs> {
    let Sampling {
        per_prompt,
        least_gap,
    } = sampling;
    let continuations = continuations(base, scorer, prompts, per_prompt, settings)?;
    let mut pairs = Vec::new();
    let mut rows = Vec::new();
    for (prompt, drawn) in prompts.iter().zip(continuations.chunks(per_prompt)) {
        let Some((chosen, rejected)) = apart(drawn, least_gap) else {
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
        least_gap
    );
    write_json_lines(&fixture.path("pairs.jsonl"), &rows)?;
    let training = pairs.split_off(settings.held_out_pairs);
    Ok(SplitPairs {
        training,
        held_out: pairs,
    })
}

/// `per_prompt` continuations of each prompt, in the prompts' order.
fn continuations(
    base: &Base,
    scorer: &LexicalScorer,
    prompts: &[String],
    per_prompt: usize,
    settings: &Settings,
) -> Result<Vec<Continuation>> {
    let mut repeated = Vec::new();
    for prompt in prompts {
        let tokens = base.tokenizer.encode(prompt)?;
        repeated.extend(std::iter::repeat_n(tokens, per_prompt));
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
