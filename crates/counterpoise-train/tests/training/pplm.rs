//! Identities of PPLM on a tiny model.

use counterpoise_hooks::Hooks;
use counterpoise_model::{Decoding, EndTokens, generate};

use counterpoise_train::{AttributeHead, Continuation, GradientNorm, Moved, NextToken, Pplm};

#[path = "steered.rs"]
mod steered;

use steered::{PROMPTS, VOCABULARY, head, model, settings};

fn steered(settings: &Pplm, prompts: &[&[u32]]) -> Vec<Continuation> {
    let (model, stop) = (model(), EndTokens::default());
    let steering = settings.steering(&model, &head(), 0).unwrap();
    steering.steered(prompts, 0, &stop).unwrap()
}

fn tokens(texts: &[Continuation]) -> Vec<Vec<u32>> {
    texts.iter().map(|text| text.tokens.clone()).collect()
}

/// The model's own greedy tokens, by the function that every other command uses.
fn own(prompts: &[&[u32]]) -> Vec<Vec<u32>> {
    let prompts: Vec<Vec<u32>> = prompts.iter().map(|prompt| prompt.to_vec()).collect();
    let decoding = Decoding {
        max_new_tokens: 5,
        ..Decoding::default()
    };
    generate(&model(), &prompts, &decoding, &mut Hooks::new()).unwrap()
}

#[test]
fn steering_changes_tokens_and_brings_the_loss_down() {
    let texts = steered(&settings(), &PROMPTS);
    assert_ne!(tokens(&texts), own(&PROMPTS));
    assert_eq!(texts[1].losses[0], Vec::<f64>::new()); // one token, nothing before it to move
    for losses in texts.iter().flat_map(|text| &text.losses) {
        assert!(losses.is_empty() || losses.len() == 6);
    }
    let small = Pplm {
        step_size: 0.02,
        iterations: 12,
        kl_scale: 0.01,
        ..settings()
    };
    // A single text's loss may rise, as the gradient leaves out the last token's hidden state.
    let texts = steered(&small, &PROMPTS);
    let losses: Vec<&Vec<f64>> = texts.iter().flat_map(|text| &text.losses).collect();
    let at = |step: usize| -> f64 { losses.iter().filter_map(|losses| losses.get(step)).sum() };
    for step in 1..12 {
        assert!(
            at(step) < at(step - 1),
            "{step}: {} after {}",
            at(step),
            at(step - 1)
        );
    }
}

#[test]
fn no_step_and_steps_of_length_0_give_the_models_own_texts() {
    let still = [(0, 0.4), (3, 0.0)].map(|(iterations, step_size)| Pplm {
        iterations,
        step_size,
        ..settings()
    });
    for settings in still {
        assert_eq!(tokens(&steered(&settings, &PROMPTS)), own(&PROMPTS));
        let drawn = Pplm {
            steered: NextToken::TopK(4),
            unsteered: NextToken::TopK(4),
            ..settings
        };
        let (model, stop) = (model(), EndTokens::default());
        let steering = drawn.steering(&model, &head(), 0).unwrap();
        let both = [
            steering.steered(&PROMPTS, 3, &stop).unwrap(),
            steering.unsteered(&PROMPTS, 3, &stop).unwrap(),
        ];
        assert_eq!(tokens(&both[0]), tokens(&both[1]));
        assert_ne!(tokens(&both[1]), own(&PROMPTS));
    }
    let none_of_it = Pplm {
        gm_scale: 0.0,
        ..settings()
    };
    assert_eq!(tokens(&steered(&none_of_it, &PROMPTS)), own(&PROMPTS));
}

#[test]
fn unsteered_texts_are_those_that_are_generated() {
    let (model, settings, stop) = (model(), settings(), EndTokens::default());
    let steering = settings.steering(&model, &head(), 0).unwrap();
    let texts = steering.unsteered(&PROMPTS, 0, &stop).unwrap();
    assert_eq!(tokens(&texts), own(&PROMPTS));
}

#[test]
fn a_large_weight_of_the_divergence_gives_the_models_own_texts() {
    let with = |kl_scale| Pplm {
        kl_scale,
        step_size: 0.05,
        iterations: 20,
        ..settings()
    };
    assert_ne!(tokens(&steered(&with(0.0), &PROMPTS)), own(&PROMPTS));
    assert_eq!(tokens(&steered(&with(1e6), &PROMPTS)), own(&PROMPTS));
}

#[test]
fn texts_in_a_batch_change_nothing_unless_they_share_a_norm() {
    let alone = |settings: &Pplm| -> Vec<Continuation> {
        let texts = PROMPTS.iter().map(|&prompt| steered(settings, &[prompt]));
        texts.flatten().collect()
    };
    let largest = |settings: &Pplm| {
        let (together, alone) = (steered(settings, &PROMPTS), alone(settings));
        let losses = |texts: &[Continuation]| -> Vec<f64> {
            let first = texts.iter().flat_map(|text| text.losses[0].iter().copied());
            first.collect()
        };
        let both = losses(&together).into_iter().zip(losses(&alone));
        let apart = both.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        (apart, tokens(&together) == tokens(&alone))
    };
    for moved in [Moved::Together, Moved::Apart] {
        let (apart, same_tokens) = largest(&Pplm {
            moved,
            ..settings()
        });
        assert!(apart < 2e-6 && same_tokens, "{moved:?}: {apart:e}");
    }
    let shared = Pplm {
        norm: GradientNorm::Batch,
        ..settings()
    };
    assert!(largest(&shared).0 > 1e-2);
}

#[test]
fn a_text_ends_with_its_end_token_and_leaves_the_others_alone() {
    let whole = steered(&settings(), &PROMPTS);
    let stop = EndTokens::from(whole[0].tokens[2]);
    let (model, settings) = (model(), settings());
    let steering = settings.steering(&model, &head(), 0).unwrap();
    let texts = steering.steered(&PROMPTS, 0, &stop).unwrap();
    let mut shorter = 0;
    for (text, whole) in texts.iter().zip(&whole) {
        let end = whole.tokens.iter().position(|&token| stop.contains(token));
        let kept = end.map_or(whole.tokens.len(), |end| end + 1);
        shorter += usize::from(kept < whole.tokens.len());
        assert_eq!(text.tokens, whole.tokens[..kept]);
        assert_eq!(text.losses, whole.losses[..kept]);
    }
    assert!(shorter > 0);
}

#[test]
fn what_cannot_be_steered_is_refused() {
    let (model, stop) = (model(), EndTokens::default());
    let of = |settings: &Pplm, head: &AttributeHead, begun, prompts: &[&[u32]]| {
        let steering = settings.steering(&model, head, begun)?;
        steering.steered(prompts, 0, &stop)
    };
    let message = |settings: &Pplm, prompts: &[&[u32]]| {
        of(settings, &head(), 0, prompts).unwrap_err().to_string()
    };
    for (settings, expected) in [
        (
            Pplm {
                step_size: -0.1,
                ..settings()
            },
            "`step_size`: expected at least 0, found -0.1",
        ),
        (
            Pplm {
                gamma: f64::NAN,
                ..settings()
            },
            "`gamma`: expected from 0 to 2, found NaN",
        ),
        (
            Pplm {
                gm_scale: 1.5,
                ..settings()
            },
            "`gm_scale`: expected from 0 to 1",
        ),
        (
            Pplm {
                kl_scale: f64::INFINITY,
                ..settings()
            },
            "`kl_scale`",
        ),
        (
            Pplm {
                max_new_tokens: 0,
                ..settings()
            },
            "`max_new_tokens`",
        ),
        (
            Pplm {
                steered: NextToken::TopK(0),
                ..settings()
            },
            "`top-k`",
        ),
    ] {
        let found = message(&settings, &PROMPTS);
        assert!(found.contains(expected), "{found}");
    }
    let empty = message(&settings(), &[&[1], &[]]);
    assert!(
        empty.contains("prompt 2 (counted from 1) has no tokens"),
        "{empty}"
    );
    let begun = of(&settings(), &head(), 1, &[&[1]])
        .unwrap_err()
        .to_string();
    assert!(begun.contains("prompt 1"), "{begun}");
    let long = message(&settings(), &[&[1; 20]]);
    assert!(
        long.contains("25 tokens long") && long.contains("at most 24"),
        "{long}"
    );
    let unknown = message(&settings(), &[&[VOCABULARY]]);
    assert!(unknown.contains("prompt 1"), "{unknown}");
    let narrow = AttributeHead::of_log_odds(&[1.0, 2.0], 0.0).unwrap();
    let narrow = of(&settings(), &narrow, 0, &PROMPTS)
        .unwrap_err()
        .to_string();
    assert!(
        narrow.contains("as wide as the model, 16, found 2"),
        "{narrow}"
    );
    let mut broken = model.clone();
    broken.ln_final.weight = broken
        .ln_final
        .weight
        .map(|weight| weight.mul_scalar(f64::NAN));
    let settings = settings();
    let steering = settings.steering(&broken, &head(), 0).unwrap();
    let broken = steering
        .steered(&PROMPTS, 0, &stop)
        .unwrap_err()
        .to_string();
    assert!(broken.contains("while a text is steered"), "{broken}");
}
