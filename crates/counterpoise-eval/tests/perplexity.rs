//! Perplexity on small models, against logits worked out on the host.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use burn::module::Param;
use burn::tensor::{Device, Int, Tensor, TensorData, s};
use counterpoise_eval::{EvalError, WindowedPerplexity, Windows, perplexity};
use counterpoise_hooks::{Edit, HookError, HookPoint, Hooks, Pass, Positions};
use counterpoise_model::{Config, ModelError, Transformer};

/// A random model that reads 16 positions; its weights are enlarged so that it is not indifferent.
fn model(vocab_size: usize) -> Transformer {
    let device = Device::flex();
    let mut model = Transformer::init(&Config::new(vocab_size, 16, 8, 2, 2), 11, &device);
    model.embed.weight = Param::from_tensor(model.embed.weight.val().mul_scalar(30.0));
    model
}

fn text(length: usize, vocab_size: u32) -> Vec<u32> {
    (0..length as u32)
        .map(|i| (i * i + 7 * i) % vocab_size)
        .collect()
}

fn measure(model: &Transformer, tokens: &[u32], windows: Windows) -> WindowedPerplexity {
    perplexity(model, tokens, &windows, &mut Hooks::new(), &mut |_| {}).unwrap()
}

/// Perplexity from the logits of each window alone, all sums in `f64`.
fn by_hand(model: &Transformer, tokens: &[u32], window: usize) -> (f64, usize) {
    let (mut nll, mut predicted) = (0.0, 0);
    for window in tokens.chunks(window) {
        let ids: Vec<i64> = window.iter().map(|&token| i64::from(token)).collect();
        let ids = TensorData::new(ids, [1, window.len()]);
        let ids = Tensor::<2, Int>::from_data(ids, &model.device());
        let logits = model.logits(model.hidden(ids).unwrap());
        let logits = logits.to_data().try_to_vec::<f32>().unwrap();
        let rows = logits.chunks_exact(model.vocab_size());
        for (row, &next) in rows.zip(&window[1..]) {
            let total: f64 = row.iter().map(|&logit| f64::from(logit).exp()).sum();
            nll += total.ln() - f64::from(row[next as usize]);
            predicted += 1;
        }
    }
    ((nll / f64::from(predicted)).exp(), predicted as usize)
}

fn close(left: f64, right: f64) {
    assert!((left - right).abs() <= 1e-6 * right, "{left} and {right}");
}

#[test]
fn an_indifferent_model_is_as_perplexed_as_its_vocabulary_is_large() {
    let mut model = model(50);
    model.embed.weight = Param::from_tensor(model.embed.weight.val().zeros_like());
    let windows = Windows {
        window: 16,
        batch_size: 2,
        beginning: None,
    };
    let found = measure(&model, &text(40, 50), windows);
    close(found.perplexity, 50.0);
    assert_eq!((found.tokens, found.predicted), (40, 15 + 15 + 7));
}

#[test]
fn the_definition_holds_for_every_window_and_batch_size() {
    let model = model(50);
    let tokens = text(101, 50);
    for window in [2, 5, 10, 16] {
        let (expected, predicted) = by_hand(&model, &tokens, window);
        assert!(
            (expected / 50.0 - 1.0).abs() > 0.05,
            "not indifferent: {expected}"
        );
        for batch_size in [1, 3, 1000] {
            let windows = Windows {
                window,
                batch_size,
                beginning: None,
            };
            let mut run = 0;
            let found = perplexity(&model, &tokens, &windows, &mut Hooks::new(), &mut |n| {
                run += n
            });
            let found = found.unwrap();
            close(found.perplexity, expected);
            assert_eq!((found.tokens, found.predicted), (101, predicted));
            assert_eq!(run, windows.count(tokens.len()));
        }
    }
}

#[test]
fn a_window_of_one_token_predicts_nothing() {
    let model = model(50);
    let windows = Windows {
        window: 10,
        batch_size: 4,
        beginning: None,
    };
    let (with, without) = (text(31, 50), text(30, 50));
    let (with, without) = (
        measure(&model, &with, windows),
        measure(&model, &without, windows),
    );
    assert_eq!(with.perplexity.to_bits(), without.perplexity.to_bits());
    assert_eq!((with.tokens, with.predicted), (31, 27));
}

#[test]
fn the_vocabulary_of_gpt2_and_slices_of_positions_lose_no_precision() {
    let model = model(50_257);
    let tokens = text(20 * 16, 50_257); // 300 predicted positions: more than one slice
    let windows = Windows {
        window: 16,
        batch_size: 20,
        beginning: None,
    };
    let found = measure(&model, &tokens, windows);
    close(found.perplexity, by_hand(&model, &tokens, 16).0);
    // The windows are what the whole is made of.
    assert_eq!(found.windows.len(), 20);
    let predicted: usize = found.windows.iter().map(|window| window.predicted).sum();
    let nll: f64 = found.windows.iter().map(|window| window.nll).sum();
    assert_eq!(predicted, found.predicted);
    close((nll / predicted as f64).exp(), found.perplexity);
    let [low, high] = found.interval().unwrap();
    assert!(low < found.perplexity && found.perplexity < high);
}

#[derive(Debug)]
struct AddToMlp(f32, Positions);

impl Edit for AddToMlp {
    fn points(&self) -> Vec<HookPoint> {
        vec![HookPoint::mlp_post(0)]
    }

    fn edit(
        &self,
        _: HookPoint,
        activation: Tensor<3>,
        pass: &Pass,
    ) -> Result<Tensor<3>, HookError> {
        let add = |slice: Tensor<3>, _: &Pass| Ok(slice.add_scalar(self.0));
        self.1.apply(activation, pass, add)
    }
}

#[test]
fn edits_act_in_every_window_and_the_idle_one_changes_no_bit() {
    let model = model(50);
    let tokens = text(60, 50);
    let windows = |batch_size| Windows {
        window: 10,
        batch_size,
        beginning: None,
    };
    let edited = |edit: AddToMlp, batch_size| {
        let mut hooks = Hooks::new().edit(&edit);
        perplexity(
            &model,
            &tokens,
            &windows(batch_size),
            &mut hooks,
            &mut |_| {},
        )
        .unwrap()
        .perplexity
    };
    let plain = measure(&model, &tokens, windows(3)).perplexity;
    assert_eq!(
        edited(AddToMlp(0.0, Positions::All), 3).to_bits(),
        plain.to_bits()
    );
    let everywhere = edited(AddToMlp(1000.0, Positions::All), 3);
    let at_first = edited(AddToMlp(1000.0, Positions::First), 3);
    assert!((everywhere / plain - 1.0).abs() > 1e-3);
    assert!((at_first / plain - 1.0).abs() > 1e-3);
    assert!((at_first / everywhere - 1.0).abs() > 1e-3);
    close(edited(AddToMlp(1000.0, Positions::First), 1), at_first);
}

#[test]
fn what_cannot_be_measured_is_an_error() {
    let model = model(50);
    let run = |tokens: &[u32], window, batch_size| {
        let windows = Windows {
            window,
            batch_size,
            beginning: None,
        };
        perplexity(&model, tokens, &windows, &mut Hooks::new(), &mut |_| {}).unwrap_err()
    };
    for tokens in [&[][..], &[3]] {
        let error = run(tokens, 8, 1);
        assert!(matches!(error, EvalError::TooFewTokens { found } if found == tokens.len()));
    }
    for window in [0, 1, 17] {
        let error = run(&[1, 2, 3], window, 1);
        assert!(
            matches!(error, EvalError::Setting { name: "window", found, .. } if found == window)
        );
    }
    assert!(matches!(
        run(&[1, 2], 8, 0),
        EvalError::Setting {
            name: "batch_size",
            ..
        }
    ));
    assert!(matches!(
        run(&[1, 50], 8, 1),
        EvalError::Model(ModelError::UnknownToken {
            token: 50,
            vocab_size: 50
        })
    ));
}

/// Spoils one column of the second row of each batch, after the last block.
#[derive(Debug)]
struct Spoil(usize);

impl Edit for Spoil {
    fn points(&self) -> Vec<HookPoint> {
        vec![HookPoint::FinalNormalized]
    }

    fn edit(&self, _: HookPoint, activation: Tensor<3>, _: &Pass) -> Result<Tensor<3>, HookError> {
        let column = s![1..2, self.0..=self.0];
        let nan = activation.clone().slice(column).mul_scalar(f32::NAN);
        Ok(activation.slice_assign(column, nan))
    }
}

#[test]
fn logits_that_are_not_finite_are_an_error_that_says_where() {
    let model = model(50);
    let run = |column| {
        let windows = Windows {
            window: 10,
            batch_size: 3,
            beginning: None,
        };
        let spoil = Spoil(column);
        let mut hooks = Hooks::new().edit(&spoil);
        perplexity(&model, &text(30, 50), &windows, &mut hooks, &mut |_| {})
    };
    // Column 3 of the second window is token 14, counted from 1; it predicts token 15.
    let error = run(3).unwrap_err();
    assert!(matches!(error, EvalError::NotFinite { index: 15, .. }));
    assert!(
        run(9).is_ok(),
        "the last column of a window predicts nothing"
    );
}
