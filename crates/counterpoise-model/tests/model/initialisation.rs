//! A new model depends on the seed alone, and has GPT-2's spread of weights.

use burn::tensor::Device;
use counterpoise_model::{Config, Transformer};

use crate::{tiny, weights};

#[test]
fn the_seed_decides_every_weight() {
    let (one, other) = (tiny(3), tiny(4));
    // The first model was not looked at before the second was made.
    assert_eq!(weights(&one), weights(&tiny(3)));
    assert_ne!(weights(&one), weights(&other));
}

#[test]
fn weights_have_gpt_2_s_standard_deviations() {
    let model = Transformer::init(&Config::new(500, 100, 64, 8, 4), 5, &Device::flex());
    let deviation = |values: &[f32]| {
        let squares = values.iter().map(|&x| f64::from(x) * f64::from(x));
        (squares.sum::<f64>() / values.len() as f64).sqrt()
    };
    for (name, values) in weights(&model) {
        let expected = match name.as_str() {
            name if name.ends_with("bias") => 0.0,
            name if name.contains("ln_") => 1.0,
            // Into the residual stream: divided by the root of twice the number of blocks.
            name if name.contains("c_proj") => 0.02 / 4.0,
            _ => 0.02,
        };
        let found = deviation(&values);
        assert!(
            (found - expected).abs() <= 0.05 * expected,
            "{name}: {found}"
        );
    }
}
