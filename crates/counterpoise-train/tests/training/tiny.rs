//! The tiny model, texts, pairs and settings the tests share.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use counterpoise_model::{Config, Transformer};
use counterpoise_train::{Dpo, Duration, LanguageModelTraining, PreferencePair};

pub(crate) const VOCABULARY: usize = 20;

pub(crate) const CONTEXT: usize = 16;

pub(crate) const END: u32 = 0;

/// A new tiny model.
pub(crate) fn tiny(seed: u64) -> Transformer {
    let config = Config::new(VOCABULARY, CONTEXT, 16, 2, 2);
    let mut model = Transformer::init(&config, seed, &Device::flex());
    model.ln_final.weight = model.ln_final.weight.map(|weight| weight.mul_scalar(4.0));
    model
}

/// Every parameter's bits, in the model's order.
pub(crate) fn parameters(model: &Transformer) -> Vec<u32> {
    struct Bits(Vec<u32>);
    impl ModuleVisitor for Bits {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let values: Vec<f32> = param.val().try_into_vec_as().unwrap();
            self.0.extend(values.into_iter().map(f32::to_bits));
        }
    }
    let mut bits = Bits(Vec::new());
    model.visit(&mut bits);
    bits.0
}

pub(crate) fn language_model(steps: usize) -> LanguageModelTraining {
    LanguageModelTraining {
        duration: Duration::Steps(steps),
        batch_size: 4,
        context: CONTEXT,
        learning_rate: 1e-2,
        warmup_steps: 5,
        weight_decay: 0.1,
        max_gradient_norm: 1.0,
        seed: 3,
    }
}

/// Documents that count upwards from varied starts: entirely predictable within a document.
pub(crate) fn counting() -> Vec<Vec<u32>> {
    (0..60)
        .map(|start| (0..11).map(|offset| 1 + (start + offset) % 19).collect())
        .collect()
}

pub(crate) fn dpo(steps: usize) -> Dpo {
    Dpo {
        learning_rate: 1e-3,
        warmup_steps: 4,
        batch_size: 4,
        duration: Duration::Steps(steps),
        evaluate_every: 10,
        ..Dpo::default()
    }
}

/// Pairs in which the response counting upwards is preferred to the one counting downwards.
pub(crate) fn upwards(starts: std::ops::Range<u32>) -> Vec<PreferencePair> {
    starts
        .map(|start| {
            let up = |offset: u32| 1 + (start + offset) % 19;
            let down = |offset: u32| 1 + (start + 19 - offset) % 19;
            PreferencePair {
                prompt: vec![up(0)],
                chosen: (1..=3).map(up).chain([END]).collect(),
                rejected: (1..=2 + start as usize % 3)
                    .map(|at| down(at as u32))
                    .collect(),
            }
        })
        .collect()
}
