//! Texts steered by PPLM, beside autograd through the cached keys and values of `transformers`.

use burn::tensor::Device;
use counterpoise_data::read_json;
use counterpoise_model::{EndTokens, load};
use counterpoise_train::{AttributeHead, GradientNorm, Moved, NextToken, Pplm};
use serde::Deserialize;

use crate::close::{Tolerance, assert_close};
use crate::golden::fixtures;

#[derive(Deserialize)]
struct Expected {
    head: Head,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Head {
    weight: [Vec<f32>; 2],
    bias: [f32; 2],
}

#[derive(Deserialize)]
struct Case {
    prompts: Vec<Vec<u32>>,
    moved: Moved,
    norm: GradientNorm,
    step_size: f64,
    gamma: f64,
    kl_scale: f64,
    iterations: usize,
    new_tokens: usize,
    begun: usize,
    tokens: Vec<Vec<u32>>,
    /// `[prompts][tokens][iterations]`
    losses: Vec<Vec<Vec<f64>>>,
    /// How far PyTorch's own 32-bit floats are at most from its 64-bit ones, for each prompt.
    float32_off: Vec<f64>,
}

impl Case {
    fn settings(&self) -> Pplm {
        Pplm {
            step_size: self.step_size,
            iterations: self.iterations,
            gamma: self.gamma,
            gm_scale: 0.95,
            kl_scale: self.kl_scale,
            moved: self.moved,
            norm: self.norm,
            max_new_tokens: self.new_tokens,
            steered: NextToken::Greedy,
            ..Pplm::default()
        }
    }
}

#[test]
fn steered_texts_have_the_losses_and_the_tokens_of_pytorch() {
    let path = fixtures().join("golden/pplm.json");
    let expected: Expected = read_json(&path, "golden PPLM").unwrap();
    let head = AttributeHead::new(expected.head.weight, expected.head.bias).unwrap();
    let model = load(&fixtures().join("golden/random"), &Device::flex());
    let model = model.unwrap().model;
    for (index, case) in expected.cases.iter().enumerate() {
        let settings = case.settings();
        let steering = settings.steering(&model, &head, case.begun).unwrap();
        let prompts: Vec<&[u32]> = case.prompts.iter().map(Vec::as_slice).collect();
        let texts = steering
            .steered(&prompts, 0, &EndTokens::default())
            .unwrap();
        let tokens: Vec<Vec<u32>> = texts.iter().map(|text| text.tokens.clone()).collect();
        assert_eq!(tokens, case.tokens, "case {index}");
        // The prompts of a case are steered together, each of PyTorch's alone unless they share a norm.
        assert_eq!(texts.len(), case.losses.len());
        for (row, text) in texts.iter().enumerate() {
            let steps = |losses: &[Vec<f64>]| losses.iter().map(Vec::len).collect::<Vec<_>>();
            assert_eq!(steps(&text.losses), steps(&case.losses[row]));
            // What 32-bit floats lose on the way depends on the text.
            let tolerance = Tolerance::relative(10.0 * case.float32_off[row].max(1e-6), 1.0);
            let (found, expected) = (text.losses.concat(), case.losses[row].concat());
            assert_close(
                &format!("case {index}, text {row}"),
                &found,
                &expected,
                tolerance,
            );
        }
    }
    assert_eq!(expected.cases[0].losses[2].concat().len(), 100);
}
