//! Every layout of a checkpoint gives the same model: prefix or none, element types, buffers, a
//! spelled-out head.

use burn::tensor::Device;
use counterpoise_model::{Config, ModelError, load, load_tuned};
use counterpoise_weights::WeightsError;
use safetensors::tensor::Dtype;

use crate::stored::{Stored, Tensors, folder_of, load_error, loaded, tensors_of, weights_in};
use crate::{golden, golden_path, tiny, tiny_config, weights};

fn without_prefix(tensors: Tensors) -> Tensors {
    let bare = |name: String| name.strip_prefix("transformer.").unwrap().to_owned();
    tensors.into_iter().map(|(n, t)| (bare(n), t)).collect()
}

/// Tensors whose values lose nothing in bfloat16.
fn exact_tensors() -> Tensors {
    let mut tensors = tensors_of(&tiny(3));
    for stored in tensors.values_mut() {
        let rounded: Vec<f32> = stored
            .values()
            .iter()
            .map(|x| (x * 256.0).round())
            .collect();
        *stored = Stored::f32(&stored.shape, &rounded);
    }
    tensors
}

#[test]
fn the_prefix_makes_no_difference() {
    let model = tiny(3);
    let prefixed = tensors_of(&model);
    assert!(prefixed.keys().all(|name| name.starts_with("transformer.")));
    for tensors in [without_prefix(prefixed.clone()), prefixed] {
        let folder = folder_of(&tensors);
        assert_eq!(weights(&loaded(&folder).unwrap()), weights(&model));
    }
}

#[test]
fn every_float_type_is_read() {
    let single = exact_tensors();
    let expected = weights(&loaded(&folder_of(&single)).unwrap());
    let as_type = |dtype, bytes: fn(f32) -> Vec<u8>| {
        let mut tensors = single.clone();
        for stored in tensors.values_mut() {
            stored.bytes = stored.values().into_iter().flat_map(bytes).collect();
            stored.dtype = dtype;
        }
        weights(&loaded(&folder_of(&tensors)).unwrap())
    };
    let double = as_type(Dtype::F64, |x| f64::from(x).to_le_bytes().to_vec());
    assert_eq!(double, expected);
    // The upper half of an f32 is a bfloat16.
    let brain = as_type(Dtype::BF16, |x| x.to_le_bytes()[2..].to_vec());
    assert_eq!(brain, expected);
    assert!(expected.values().flatten().any(|&value| value != 0.0));
}

#[test]
fn half_precision_files_of_transformers_are_read() {
    let single = weights(&golden());
    // Bits of the significand, the leading one included, and the smallest normal number.
    for (name, digits, smallest) in [("f16", 11, 6.1e-5), ("bf16", 8, 1.2e-38)] {
        let half = load(&golden_path().join(name), &Device::flex()).unwrap();
        let half = weights(&half.model);
        assert!(half.keys().eq(single.keys()));
        assert_ne!(half, single, "{name}");
        for (tensor, values) in &half {
            for (rounded, exact) in values.iter().zip(&single[tensor]) {
                let bound = exact.abs().max(smallest) * 0.5_f32.powi(digits);
                assert!((rounded - exact).abs() <= bound, "{name}: {tensor}");
            }
        }
    }
}

#[test]
fn buffers_and_a_spelled_out_head_are_passed_over() {
    let old = load(&golden_path().join("buffers"), &Device::flex()).unwrap();
    assert_eq!(weights(&old.model), weights(&golden()));
}

#[test]
fn a_head_that_is_not_the_embedding_is_used_and_said_so() {
    let mut tensors = tensors_of(&tiny(3));
    let tied = tensors["transformer.wte.weight"].clone();
    tensors.insert("lm_head.weight".to_owned(), tied.clone());
    assert!(loaded(&folder_of(&tensors)).is_ok());
    let mut values = tied.values();
    values[5] += 1.0;
    let untied = Stored::f32(&tied.shape, &values);
    tensors.insert("lm_head.weight".to_owned(), untied);
    let loaded = load(folder_of(&tensors).path(), &Device::flex()).unwrap();
    assert_eq!(crate::values(loaded.model.unembedding()), values);
    assert!(loaded.remarks[0].contains("`lm_head.weight` differs from the embedding"));
}

#[test]
fn a_tensor_under_two_names_is_refused() {
    let mut tensors = tensors_of(&tiny(3));
    let again = tensors["transformer.wpe.weight"].clone();
    tensors.insert("wpe.weight".to_owned(), again);
    let error = load_error(&folder_of(&tensors));
    assert!(
        matches!(&error, ModelError::Weights(WeightsError::StoredTwice { tensor, .. }) if tensor == "wpe.weight"),
        "{error}"
    );
}

#[test]
fn a_tuned_model_is_a_folder_or_a_single_file() {
    let (base, device) = (tiny_config(), Device::flex());
    let folder = folder_of(&tensors_of(&tiny(3)));
    for path in [folder.path().to_owned(), weights_in(&folder)] {
        let tuned = load_tuned(&base, &path, &device).unwrap();
        assert_eq!(weights(&tuned.model), weights(&tiny(3)));
        assert_eq!(tuned.config, base);
    }
    // A folder's own configuration goes before the base model's.
    let wider = Config {
        d_mlp: 20,
        ..base.clone()
    };
    assert!(load_tuned(&wider, folder.path(), &device).is_ok());
    assert!(load_tuned(&wider, &weights_in(&folder), &device).is_err());
}
