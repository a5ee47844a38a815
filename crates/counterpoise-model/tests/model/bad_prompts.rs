//! Prompts that cannot be read: too long, empty, or with unknown tokens.

use counterpoise_hooks::Hooks;
use counterpoise_model::{Decoding, ModelError, generate};

use crate::golden;

fn error(prompts: &[Vec<u32>]) -> ModelError {
    generate(&golden(), prompts, &Decoding::default(), &mut Hooks::new()).unwrap_err()
}

#[test]
fn a_prompt_longer_than_the_context_is_named() {
    let error = error(&[vec![1], vec![2; 45]]);
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
fn an_empty_prompt_is_named() {
    let error = error(&[vec![1], vec![2], vec![]]);
    assert!(matches!(error, ModelError::EmptyPrompt { index: 3 }));
    assert!(error.to_string().starts_with("prompt 3 "), "{error}");
}

#[test]
fn an_unknown_token_is_named() {
    let error = error(&[vec![1, 257]]);
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
