//! Greedy texts, perplexity and F1 of the two models as they are.

use burn::tensor::Device;
use counterpoise_eval::{TokenF1, WindowedPerplexity, Windows, perplexity};
use counterpoise_hooks::Hooks;
use counterpoise_model::{Transformer, generate};

use crate::close::{Tolerance, assert_close};
use crate::expected::PerplexityValues;
use crate::golden::Golden;

/// Perplexities, which are above 1.
pub(crate) const CPU: Tolerance = Tolerance::relative(1e-6, 1.0);

/// Another `f32` implementation may rightly choose the other of two tokens whose logits are closer.
const NEAR_TIE: f64 = 2e-5;

/// Asserts that texts are equal, token by token; only one that met a near-tie may differ.
#[track_caller]
pub(crate) fn assert_texts(
    what: &str,
    found: &[Vec<u32>],
    expected: &[Vec<u32>],
    smallest_gaps: &[f64],
) {
    assert_eq!(found.len(), expected.len(), "{what}: how many");
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let gap = smallest_gaps[index];
        assert!(
            found == expected || gap < NEAR_TIE,
            "{what}, prompt {index} (smallest logit gap {gap}): found {found:?}, expected {expected:?}"
        );
    }
    // Near-ties are few, or nothing would have been compared.
    let ties = smallest_gaps.iter().filter(|&&gap| gap < NEAR_TIE).count();
    assert!(ties <= 1 + expected.len() / 100, "{what}: {ties} near-ties");
}

/// How prompts are put together: each alone, then all of them in one batch, padded on the left.
pub(crate) const ALONE_AND_TOGETHER: [usize; 2] = [1, usize::MAX];
/// Padding alone; a GPU reads one prompt about as slowly as all of them.
pub(crate) const TOGETHER: [usize; 1] = [usize::MAX];

pub(crate) fn check_generations(golden: &Golden, device: &Device, batch_sizes: &[usize]) {
    let prompts = golden.prompts();
    for (&which, expected) in &golden.expected.models {
        let model = golden.model(which, device);
        for batch_size in batch_sizes.iter().map(|&size| size.min(prompts.len())) {
            let decoding = golden.decoding(batch_size);
            let texts = generate(&model, &prompts, &decoding, &mut Hooks::new()).unwrap();
            let what = format!("{which:?}, {batch_size} at a time");
            assert_texts(
                &what,
                &texts,
                &expected.generations,
                &expected.min_logit_gap,
            );
        }
    }
}

/// The perplexity of `text` under `hooks`, in the windows the golden files have.
pub(crate) fn perplexity_of(
    model: &Transformer,
    text: &[u32],
    mut hooks: Hooks<'_>,
) -> WindowedPerplexity {
    let windows = Windows {
        window: model.n_positions().min(1024),
        batch_size: 4,
        beginning: None,
    };
    perplexity(model, text, &windows, &mut hooks, &mut |_| {}).unwrap()
}

#[track_caller]
pub(crate) fn assert_perplexity(
    what: &str,
    found: WindowedPerplexity,
    expected: &PerplexityValues,
    tolerance: Tolerance,
) {
    assert_eq!(found.tokens, expected.tokens, "{what}");
    assert_eq!(found.predicted, expected.predicted_tokens, "{what}");
    assert_close(what, &[found.perplexity], &[expected.perplexity], tolerance);
}

pub(crate) fn check_perplexity(golden: &Golden, device: &Device, tolerance: Tolerance) {
    for (&which, expected) in &golden.expected.models {
        let model = golden.model(which, device);
        assert!(expected.perplexity.keys().eq(golden.texts.keys()));
        for (name, expected) in &expected.perplexity {
            let found = perplexity_of(&model, &golden.texts[name], Hooks::new());
            assert_perplexity(&format!("{which:?}, {name}"), found, expected, tolerance);
        }
    }
}

pub(crate) fn check_f1(golden: &Golden, device: &Device) {
    let (samples, limits) = (golden.samples(), &golden.expected.decoding);
    let f1 = TokenF1 {
        max_gold_tokens: limits.max_prompt_tokens + limits.max_new_tokens,
        end_tokens: limits.stop.into(),
    };
    let cut = |prompt: &[u32]| prompt[..prompt.len().min(limits.max_prompt_tokens)].to_vec();
    let prompts: Vec<Vec<u32>> = samples.iter().map(|sample| cut(&sample.prompt)).collect();
    for (&which, expected) in &golden.expected.models {
        let (model, expected) = (golden.model(which, device), &expected.f1);
        let texts = generate(&model, &prompts, &golden.decoding(3), &mut Hooks::new()).unwrap();
        let what = format!("{which:?}, samples");
        assert_texts(
            &what,
            &texts,
            &expected.generations,
            &expected.min_logit_gap,
        );
        let triples = samples.iter().zip(&prompts).zip(&texts);
        let scores: Vec<f64> = triples
            .map(|((sample, prompt), text)| f1.score(prompt, text, &sample.gold))
            .collect();
        // The same fraction of the same whole numbers.
        let exactly = Tolerance::relative(1e-15, 1.0);
        assert_close(&what, &scores, &expected.per_sample, exactly);
        let mean = scores.iter().sum::<f64>() / scores.len() as f64;
        assert_close(&what, &[mean], &[expected.mean], exactly);
    }
}
