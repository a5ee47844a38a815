//! The cache is a value: kept, cloned, and continued from several times.

use counterpoise_hooks::{Hooks, Pass};
use counterpoise_model::{KvCache, ModelError, Transformer};

use crate::{assert_close, bits, golden, ids, values};

const PROMPT: [u32; 5] = [3, 1, 4, 1, 5];

/// Feeds the prompt; returns its cache and pass.
fn fed(model: &Transformer) -> (KvCache, Pass) {
    fed_into(KvCache::new(), model)
}

fn fed_into(mut cache: KvCache, model: &Transformer) -> (KvCache, Pass) {
    let pass = Pass::whole(1, PROMPT.len());
    let tokens = ids(&[&PROMPT], model);
    let fed = model.forward(tokens, &pass, &mut cache, &mut Hooks::new());
    fed.unwrap();
    (cache, pass)
}

/// The logits of `tokens`, one after the other, after what `cache` holds.
fn continued(model: &Transformer, mut cache: KvCache, pass: &Pass, tokens: &[u32]) -> Vec<u32> {
    let mut pass = pass.clone();
    let mut logits = Vec::new();
    for &token in tokens {
        pass = pass.generated(vec![true]);
        let token = ids(&[&[token]], model);
        let hidden = model.forward(token, &pass, &mut cache, &mut Hooks::new());
        logits.extend(bits(model.logits(hidden.unwrap())));
    }
    logits
}

#[test]
fn a_clone_continued_twice_gives_what_two_runs_give() {
    let model = golden();
    let (one, other): ([u32; 3], [u32; 3]) = ([9, 2, 6], [250, 2, 6]);
    let (shared, pass) = fed(&model);
    let first = continued(&model, shared.clone(), &pass, &one);
    let second = continued(&model, shared.clone(), &pass, &other);
    let separately = |tokens: &[u32]| {
        let (cache, pass) = fed(&model);
        continued(&model, cache, &pass, tokens)
    };
    assert_eq!(shared.columns(), PROMPT.len());
    assert!(first == separately(&one));
    assert!(second == separately(&other));
    assert!(first != second);
}

#[test]
fn room_changes_nothing() {
    let model = golden();
    let (one, other): ([u32; 3], [u32; 3]) = ([9, 2, 6], [250, 2, 6]);
    let (cache, pass) = fed(&model);
    let expected = continued(&model, cache.clone(), &pass, &one);
    let expected_other = continued(&model, cache, &pass, &other);
    // None, too little, enough for one more column, just enough, more than is needed.
    for room in [0, 3, 6, 8, 50] {
        let (shared, pass) = fed_into(KvCache::with_room(room), &model);
        assert_eq!(shared.columns(), PROMPT.len());
        // What one continuation writes into the room must not be seen by the other.
        assert!(continued(&model, shared.clone(), &pass, &one) == expected);
        assert!(continued(&model, shared.clone(), &pass, &other) == expected_other);
        assert_eq!(shared.columns(), PROMPT.len());
        assert!(continued(&model, shared, &pass, &one) == expected);
    }
}

#[test]
fn a_text_may_be_fed_in_pieces() {
    let model = golden();
    let rest = [9, 2, 6, 5];
    let (mut cache, pass) = fed(&model);
    let pass = pass.continued(rest.len());
    let tokens = ids(&[&rest], &model);
    let pieces = model.forward(tokens, &pass, &mut cache, &mut Hooks::new());
    let whole = [&PROMPT[..], &rest].concat();
    let whole = model.hidden(ids(&[&whole], &model)).unwrap();
    let whole = whole.narrow(1, PROMPT.len(), rest.len());
    assert_close(&values(pieces.unwrap()), &values(whole), 1e-5);
    assert_eq!(cache.columns(), PROMPT.len() + rest.len());
}

#[test]
fn a_pass_that_does_not_fit_is_an_error() {
    let model = golden();
    let run = |tokens: &[u32], pass: &Pass, mut cache: KvCache| {
        let tokens = ids(&[tokens], &model);
        let result = model.forward(tokens, pass, &mut cache, &mut Hooks::new());
        result.unwrap_err()
    };
    let (cache, pass) = fed(&model);
    assert!(matches!(
        run(&[1], &pass.continued(1), KvCache::new()),
        ModelError::Cache { cached: 0, past: 5 }
    ));
    assert!(matches!(
        run(&[1], &Pass::whole(1, 1), cache.clone()),
        ModelError::Cache { cached: 5, past: 0 }
    ));
    assert!(matches!(
        run(&[1, 2], &pass.continued(1), cache.clone()),
        ModelError::Pass {
            tokens: [1, 2],
            pass: [1, 1]
        }
    ));
    assert!(matches!(
        run(&[], &pass.continued(0), cache.clone()),
        ModelError::Pass { .. }
    ));
    assert!(matches!(
        run(&[1; 60], &pass.continued(60), cache),
        ModelError::TooLong {
            found: 65,
            n_positions: 64,
            ..
        }
    ));
}
