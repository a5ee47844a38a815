//! Sampled texts depend on the seed and on a prompt's place among the prompts, and on nothing else.

use std::num::NonZeroUsize;

use counterpoise_hooks::Hooks;
use counterpoise_model::{Choice, Decoding, ModelError, generate};

use crate::{golden, golden_prompts};

fn sampled(prompts: &[Vec<u32>], seed: u64, batch_size: usize) -> Vec<Vec<u32>> {
    let decoding = Decoding {
        batch_size: NonZeroUsize::new(batch_size),
        choice: Choice::Sampled {
            temperature: 0.8,
            seed,
        },
        stop: 0.into(),
        ..Decoding::default()
    };
    generate(&golden(), prompts, &decoding, &mut Hooks::new()).unwrap()
}

#[test]
fn the_same_seed_gives_the_same_texts_in_any_batch() {
    let prompts = golden_prompts();
    let texts = sampled(&prompts, 5, 1);
    for batch_size in [3, 33] {
        assert_eq!(sampled(&prompts, 5, batch_size), texts, "{batch_size}");
    }
    // Prompts that follow do not matter either.
    assert_eq!(sampled(&prompts[..4], 5, 2), texts[..4]);
}

#[test]
fn another_seed_or_place_gives_another_text() {
    let prompts = vec![vec![9, 31]; 8];
    let (texts, others) = (sampled(&prompts, 5, 4), sampled(&prompts, 6, 4));
    assert_ne!(texts, others);
    let mut distinct = texts.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), texts.len());
}

#[test]
fn settings_nothing_can_be_generated_with_are_errors() {
    let temperature = |temperature| Decoding {
        choice: Choice::Sampled {
            temperature,
            seed: 1,
        },
        ..Decoding::default()
    };
    let cases = [
        ("temperature", temperature(0.0)),
        ("temperature", temperature(f64::NAN)),
        ("temperature", temperature(f64::INFINITY)),
    ];
    for (name, decoding) in cases {
        let error = generate(&golden(), &[vec![1]], &decoding, &mut Hooks::new()).unwrap_err();
        assert!(
            matches!(error, ModelError::Decoding { field, .. } if field == name),
            "{error}"
        );
    }
}
