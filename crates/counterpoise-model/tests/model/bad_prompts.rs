//! Prompts that cannot be read: too long, empty, or with unknown tokens.

use counterpoise_hooks::Hooks;
use counterpoise_model::{Decoding, ModelError, generate};

use crate::golden;

fn error(prompts: &[Vec<u32>], max_prompt_tokens: usize) -> ModelError {
    let decoding = Decoding {
        max_prompt_tokens,
        ..Decoding::default()
    };
    generate(&golden(), prompts, &decoding, &mut Hooks::new()).unwrap_err()
}

#[test]
fn a_prompt_longer_than_the_context_is_named() {
    let error = error(&[vec![1], vec![2; 45]], 64);
    assert_eq!(
        error.to_string(),
        "prompt 2 (counted from 1) with 20 new tokens needs 65 positions, but the model has 64"
    );
    assert!(matches!(
        error,
        ModelError::TooLong {
            found: 65,
            n_positions: 64,
            ..
        }
    ));
}

#[test]
fn a_long_prompt_that_is_cut_to_fit_is_no_error() {
    let fits = |tokens| {
        let decoding = Decoding {
            max_prompt_tokens: 44,
            ..Decoding::default()
        };
        generate(&golden(), &[vec![2; tokens]], &decoding, &mut Hooks::new()).unwrap()
    };
    assert_eq!(fits(100), fits(44));
}

#[test]
fn an_empty_prompt_is_named() {
    let error = error(&[vec![1], vec![2], vec![]], 32);
    assert!(matches!(error, ModelError::EmptyPrompt { index: 3 }));
    assert!(error.to_string().starts_with("prompt 3 "), "{error}");
}

#[test]
fn an_unknown_token_is_named() {
    let error = error(&[vec![1, 257]], 32);
    assert!(matches!(
        error,
        ModelError::UnknownToken {
            token: 257,
            vocab_size: 257
        }
    ));
}

#[test]
fn no_prompts_give_no_texts() {
    let texts = generate(&golden(), &[], &Decoding::default(), &mut Hooks::new());
    assert!(texts.unwrap().is_empty());
}
