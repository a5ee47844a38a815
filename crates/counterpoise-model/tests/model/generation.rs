//! Batch size, padding and the cache change no token, and recorders see what each prompt gives
//! alone.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use counterpoise_hooks::{Counted, HookPoint, Hooks, MeanRecorder, Pass};
use counterpoise_model::{Decoding, KvCache, LastToken, Transformer, generate};

use crate::{assert_close, golden, golden_prompts, ids, values};

const STOP: u32 = 0;

fn decoding(batch_size: usize, last_token: LastToken) -> Decoding {
    Decoding {
        batch_size: NonZeroUsize::new(batch_size),
        stop: STOP.into(),
        last_token,
        ..Decoding::default()
    }
}

fn texts(model: &Transformer, prompts: &[Vec<u32>], batch_size: usize) -> Vec<Vec<u32>> {
    let decoding = decoding(batch_size, LastToken::NotFed);
    generate(model, prompts, &decoding, &mut Hooks::new()).unwrap()
}

/// Greedy decoding with nothing kept between steps: the whole text is read anew for each token.
fn recomputed(model: &Transformer, prompt: &[u32]) -> Vec<u32> {
    let mut text = Vec::new();
    while text.len() < 20 && text.last() != Some(&STOP) {
        let read = [prompt, &text[..]].concat();
        let hidden = model.hidden(ids(&[&read[..]], model)).unwrap();
        let logits = values(model.logits(hidden.narrow(1, read.len() - 1, 1)));
        let best = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        text.push(logits.iter().position(|&logit| logit == best).unwrap() as u32);
    }
    text
}

#[test]
fn batch_size_and_padding_change_no_token() {
    let (model, prompts) = (golden(), golden_prompts());
    let alone = texts(&model, &prompts, 1);
    for batch_size in [2, 7, prompts.len()] {
        assert_eq!(texts(&model, &prompts, batch_size), alone, "{batch_size}");
    }
    // The prompts are worth the test: their texts differ, some end early and some do not.
    assert!(alone.iter().collect::<BTreeSet<_>>().len() > 25);
    let ended = alone.iter().filter(|text| text.last() == Some(&STOP));
    let ended = ended.count();
    assert!(0 < ended && ended < prompts.len(), "{ended}");
    let early = |text: &&Vec<u32>| text[..text.len() - 1].contains(&STOP);
    assert_eq!(alone.iter().filter(early).count(), 0);
}

#[test]
fn the_order_of_the_prompts_changes_no_token() {
    let (model, mut prompts) = (golden(), golden_prompts());
    let mut forwards = texts(&model, &prompts, 7);
    prompts.reverse();
    forwards.reverse();
    assert_eq!(texts(&model, &prompts, 7), forwards);
}

#[test]
fn the_cache_changes_no_token() {
    let (model, prompts) = (golden(), golden_prompts());
    let cached = texts(&model, &prompts, prompts.len());
    for (prompt, text) in prompts.iter().zip(&cached) {
        assert_eq!(*text, recomputed(&model, prompt));
    }
}

#[test]
fn a_padded_row_has_the_logits_it_has_alone() {
    let model = golden();
    let rows: [&[u32]; 3] = [&[9, 31], &[3, 1, 4, 1, 5, 9, 2], &[8; 12]];
    let padding: Vec<usize> = rows.iter().map(|row| 12 - row.len()).collect();
    for filler in [0, 99] {
        let padded: Vec<Vec<u32>> = rows
            .iter()
            .map(|row| [&vec![filler; 12 - row.len()], *row].concat())
            .collect();
        let padded: Vec<&[u32]> = padded.iter().map(Vec::as_slice).collect();
        let pass = Pass::left_padded(padding.clone(), 12);
        let (mut cache, mut hooks) = (KvCache::new(), Hooks::new());
        let hidden = model
            .forward(ids(&padded, &model), &pass, &mut cache, &mut hooks)
            .unwrap();
        let logits = model.logits(hidden);
        for (row, tokens) in rows.iter().enumerate() {
            let alone = model.logits(model.hidden(ids(&[tokens], &model)).unwrap());
            let in_batch = logits.clone().narrow(0, row, 1);
            let in_batch = in_batch.narrow(1, padding[row], tokens.len());
            assert_close(&values(in_batch), &values(alone), 1e-5);
        }
    }
}

#[test]
fn many_positions_have_the_logits_that_few_have() {
    let model = golden();
    let rows: Vec<Vec<u32>> = (0..5).map(|row| (row..row + 60).collect()).collect();
    let rows: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
    let hidden = model.hidden(ids(&rows, &model)).unwrap();
    let many = model.logits(hidden.clone());
    for row in 0..5 {
        let few = model.logits(hidden.clone().narrow(0, row, 1));
        assert_close(&values(few), &values(many.clone().narrow(0, row, 1)), 1e-5);
    }
}

/// Means of every MLP activation over the generated tokens, and how many they were.
fn means(
    model: &Transformer,
    batch_size: usize,
    last: LastToken,
) -> (Vec<Vec<u32>>, Vec<f64>, u64) {
    let points: Vec<_> = (0..model.n_layer()).map(HookPoint::mlp_post).collect();
    let mut recorder = MeanRecorder::new(points.clone(), Counted::Generated);
    let mut hooks = Hooks::new().observe(&mut recorder);
    let decoding = decoding(batch_size, last);
    let texts = generate(model, &golden_prompts(), &decoding, &mut hooks).unwrap();
    drop(hooks);
    let recorded = recorder.finish().unwrap();
    let means = (points.iter()).flat_map(|&point| recorded.mean(point).unwrap());
    (texts, means.collect(), recorded.count(points[0]))
}

#[test]
fn mean_activations_do_not_depend_on_the_batch_size() {
    let model = golden();
    let (_, alone, count) = means(&model, 1, LastToken::Fed);
    let largest = alone.iter().fold(0.0, |m: f64, mean| m.max(mean.abs()));
    for batch_size in [2, 7, 33] {
        let (_, batched, batched_count) = means(&model, batch_size, LastToken::Fed);
        assert_eq!(batched_count, count);
        let apart = alone.iter().zip(&batched).map(|(l, r)| (l - r).abs());
        let furthest = apart.fold(0.0, f64::max);
        // A product of another shape may round its f32 sums differently: the last bits of single
        // activations, which the mean over hundreds of them nearly evens out.
        assert!(furthest <= 1e-7 * largest, "{furthest} of {largest}");
    }
}

#[test]
fn the_last_token_is_fed_for_the_recorders_alone() {
    let model = golden();
    let (fed, _, count) = means(&model, 7, LastToken::Fed);
    let tokens: usize = fed.iter().map(Vec::len).sum();
    assert_eq!(count as usize, tokens);
    let (not_fed, _, count) = means(&model, 7, LastToken::NotFed);
    assert_eq!(not_fed, fed);
    assert_eq!(count as usize, tokens - fed.len());
}

#[test]
fn batches_that_nobody_sized_are_even_and_bounded_and_change_no_token() {
    let model = golden();
    let together = |texts, columns| model.texts_together(texts, columns).get();
    assert_eq!(
        [0, 1, 128, 129, 1199].map(|texts| together(texts, 52)),
        [1, 1, 128, 65, 120]
    );
    // A column of these caches takes so many bytes.
    let config = model.config();
    let column = 8 * config.n_layer * config.n_kv_head * config.d_head;
    let columns = (3 << 29) / column / 10;
    assert_eq!(together(128, columns), 10);
    assert_eq!(together(128, 100 * columns), 1);
    let prompts: Vec<_> = golden_prompts().into_iter().cycle().take(150).collect();
    let unsized_batches = Decoding {
        batch_size: None,
        ..decoding(1, LastToken::NotFed)
    };
    let found = generate(&model, &prompts, &unsized_batches, &mut Hooks::new());
    assert_eq!(found.unwrap(), texts(&model, &prompts, 1));
}
