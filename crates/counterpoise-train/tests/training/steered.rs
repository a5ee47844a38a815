//! The tiny model, head, prompts and settings that tests of PPLM share.

use burn::tensor::{Device, Tensor};
use counterpoise_model::{Config, Transformer};

use super::{AttributeHead, NextToken, Pplm};

pub(super) const VOCABULARY: u32 = 20;
const WIDTH: usize = 16;

/// A tiny model, 2 blocks of 2 heads, that is sure enough of its next tokens for steps to change them.
pub(super) fn model() -> Transformer {
    let config = Config::new(VOCABULARY as usize, 24, WIDTH, 2, 2);
    let mut model = Transformer::init(&config, 5, &Device::flex());
    let larger = |factor: f64| move |weight: Tensor<2>| weight.mul_scalar(factor);
    model.embed.weight = model.embed.weight.map(larger(15.0));
    for block in &mut model.blocks {
        let qkv = block.attn.qkv.weight.clone();
        block.attn.qkv.weight = qkv.map(larger(12.0));
        let out = block.attn.out.weight.clone();
        block.attn.out.weight = out.map(larger(25.0));
    }
    model
}

pub(super) fn head() -> AttributeHead {
    let row = |factor: f32| (0..WIDTH).map(|i| (i as f32 * factor).sin()).collect();
    AttributeHead::new([row(0.7), row(1.9)], [0.3, -0.4]).unwrap()
}

pub(super) const PROMPTS: [&[u32]; 4] = [&[3, 1, 4], &[15], &[9, 2, 6, 5, 3], &[7, 18]];

pub(super) fn settings() -> Pplm {
    Pplm {
        iterations: 6,
        max_new_tokens: 5,
        steered: NextToken::Greedy,
        ..Pplm::default()
    }
}
