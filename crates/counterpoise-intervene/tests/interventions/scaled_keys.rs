//! Scaling keys multiplies what the named neurons read, and nothing else.

use counterpoise_hooks::BlockPoint;
use counterpoise_intervene::Prepared;

use crate::{D_MLP, LAYERS, Reading, block, model, prepare, seen, untouched};

const SCALED: [usize; 2] = [3, 117];

fn scaled(layer: usize, factor: f32) -> Prepared {
    let list = SCALED
        .map(|neuron| format!("[{layer}, {neuron}]"))
        .join(", ");
    let text = format!("kind = 'scale_keys'\nneurons = {{ list = [{list}] }}\nfactor = {factor:?}");
    prepare(&text).unwrap()
}

/// What is added to `h·k_i`.
fn key_bias(block: &counterpoise_model::Block) -> Vec<f32> {
    let bias = block.mlp.up.bias.as_ref().unwrap();
    bias.val().try_into_vec_as::<f32>().unwrap()
}

#[test]
fn pre_activations_of_the_named_neurons_are_scaled_about_their_bias() {
    for layer in 0..LAYERS {
        let point = block(layer, BlockPoint::MlpPre);
        let bias = key_bias(&model().blocks[layer]);
        let before = untouched(point);
        for factor in [2.0, 5.0, 10.0, -0.5] {
            let prepared = scaled(layer, factor);
            let after = seen(&prepared, Reading::Generation, point);
            for (before, after) in before.iter().zip(&after) {
                let pairs = before.values.iter().zip(&after.values).enumerate();
                for (at, (&old, &new)) in pairs {
                    let neuron = at % D_MLP;
                    if SCALED.contains(&neuron) {
                        let expected = factor * (old - bias[neuron]);
                        let found = new - bias[neuron];
                        let bound = 1e-5 * expected.abs().max(bias[neuron].abs()).max(1.0);
                        assert!((found - expected).abs() <= bound, "{found} {expected}");
                        assert_ne!(new, old);
                    } else {
                        assert_eq!(new.to_bits(), old.to_bits(), "neuron {neuron}");
                    }
                }
            }
        }
    }
}

#[test]
fn only_the_named_keys_change_in_the_weights() {
    let (original, prepared) = (model(), scaled(1, 5.0));
    assert_eq!(prepared.neurons(), 2);
    assert!(prepared.edits.is_empty());
    for (layer, (before, after)) in original
        .blocks
        .iter()
        .zip(&prepared.model.blocks)
        .enumerate()
    {
        let keys = |block: &counterpoise_model::Block| {
            let keys = block.mlp.up.weight.val();
            keys.try_into_vec_as::<f32>().unwrap()
        };
        for (at, (old, new)) in keys(before).into_iter().zip(keys(after)).enumerate() {
            let named = layer == 1 && SCALED.contains(&(at % D_MLP));
            let factor = if named { 5.0 } else { 1.0 };
            assert_eq!(new, old * factor, "layer {layer}, weight {at}");
        }
        assert_eq!(key_bias(before), key_bias(after));
    }
}

#[test]
fn the_model_it_was_made_from_is_left_alone() {
    let original = model();
    let subject = counterpoise_intervene::Subject::of(&original);
    let text = "kind = 'scale_keys'\nneurons = { list = [[0, 3]] }\nfactor = 2.0";
    let keys = || {
        let weight = original.blocks[0].mlp.up.weight.val();
        weight.try_into_vec_as::<f32>().unwrap()
    };
    let before = keys();
    let prepared = crate::build(text)
        .unwrap()
        .prepare(original.clone(), &subject);
    let scaled = prepared.unwrap().model.blocks[0].mlp.up.weight.val();
    assert_eq!(keys(), before);
    assert_ne!(scaled.try_into_vec_as::<f32>().unwrap(), before);
}
