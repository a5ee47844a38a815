//! Half-precision files are computed with in `f32`, as `transformers` is told to.

use burn::tensor::Device;
use counterpoise_model::load;

use crate::array;
use crate::close::assert_close;
use crate::golden::Golden;
use crate::hook_points::{CPU, HALF, array as array_of, tokens};

#[test]
fn logits_of_half_precision_files() {
    let golden = Golden::random();
    let expected = array::read(&golden.folder.join("activations.safetensors"));
    let text = &golden.expected.hook_prompt;
    for name in HALF {
        let folder = name.strip_prefix("logits.").unwrap();
        let model = load(&golden.folder.join(folder), &Device::flex())
            .unwrap()
            .model;
        let hidden = model.hidden(tokens(text, &Device::flex())).unwrap();
        let last = hidden.narrow(1, text.len() - 1, 1);
        let logits = array_of(&model.logits(last));
        assert_eq!(logits.shape, expected[name].shape);
        assert_close(name, &logits.values, &expected[name].values, CPU);
        // Rounding the weights moved the logits by more than is tolerated.
        let single = &expected["logits"].values;
        let single = &single[single.len() - logits.values.len()..];
        let moved = logits
            .values
            .iter()
            .zip(single)
            .map(|(half, single)| (half - single).abs());
        assert!(moved.fold(0.0, f64::max) > 1e-3, "{name}");
    }
}
