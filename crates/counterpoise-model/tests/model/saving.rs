//! Saved models come back bit for bit, from files that are equal when the weights are.

use std::fs;

use burn::tensor::Device;
use counterpoise_model::{ModelError, Precision, load_tuned, save, save_in};
use safetensors::SafeTensors;

use crate::stored::{read, tensors_of};
use crate::{golden, tiny, tiny_config, weights};

#[test]
fn a_saved_model_comes_back_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/model.safetensors");
    let model = tiny(9);
    save(&model, &path).unwrap();
    let back = load_tuned(&tiny_config(), &path, &Device::flex()).unwrap();
    let bits = |model| {
        let weights = weights(model).into_iter();
        let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect::<Vec<_>>();
        weights
            .map(|(name, values)| (name, bits(values)))
            .collect::<Vec<_>>()
    };
    assert_eq!(bits(&back.model), bits(&model));
    assert_ne!(bits(&tiny(10)), bits(&model));
    // Nothing temporary is left beside it.
    assert_eq!(fs::read_dir(folder.path().join("new")).unwrap().count(), 1);
}

#[test]
fn equal_weights_give_equal_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = |name: &str, seed| {
        let path = folder.path().join(name);
        save(&tiny(seed), &path).unwrap();
        fs::read(path).unwrap()
    };
    assert_eq!(bytes("one", 9), bytes("two", 9));
    assert_ne!(bytes("one", 9), bytes("two", 10));
}

#[test]
fn a_saved_file_has_the_names_and_layout_of_transformers() {
    let golden_file = crate::golden_path().join("model.safetensors");
    let (saved, published) = (tensors_of(&golden()), read(&golden_file));
    assert!(saved.keys().eq(published.keys()));
    for (name, stored) in &saved {
        assert_eq!(stored.shape, published[name].shape, "{name}");
        assert!(stored.bytes == published[name].bytes, "{name}");
    }
}

#[test]
fn a_saved_file_says_which_framework_s_layout_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    save(&tiny(9), &path).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&fs::read(path).unwrap()).unwrap();
    let metadata = metadata.metadata().clone().unwrap();
    assert_eq!(metadata.len(), 1);
    assert_eq!(metadata["format"], "pt");
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = save(&tiny(9), &file.join("model.safetensors")).unwrap_err();
    assert!(matches!(error, ModelError::Weights(_)));
    assert!(error.to_string().contains(&file.display().to_string()));
}

#[test]
fn a_model_saved_in_16_bits_has_each_weight_rounded_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let model = tiny(9);
    for (precision, bits, rounded) in [
        (
            Precision::F16,
            safetensors::Dtype::F16,
            in_f16 as fn(f32) -> f32,
        ),
        (Precision::Bf16, safetensors::Dtype::BF16, in_bf16),
    ] {
        let [once, again] =
            ["once", "again"].map(|name| path(&format!("{precision}-{name}.safetensors")));
        save_in(&model, &once, precision).unwrap();
        let back = load_tuned(&tiny_config(), &once, &Device::flex()).unwrap();
        let (found, exact) = (weights(&back.model), weights(&model));
        let mut changed = 0;
        for ((name, found), (_, exact)) in found.iter().zip(&exact) {
            for (&found, &exact) in found.iter().zip(exact) {
                assert_eq!(found.to_bits(), rounded(exact).to_bits(), "{name}: {exact}");
                changed += usize::from(found != exact);
            }
        }
        assert!(changed > 200, "{changed} weights were rounded");
        // What was rounded once is not rounded again, and the file is half as long.
        save_in(&back.model, &again, precision).unwrap();
        assert_eq!(fs::read(&once).unwrap(), fs::read(&again).unwrap());
        for stored in read(&once).values() {
            assert_eq!(stored.dtype, bits);
        }
    }
}

fn in_f16(value: f32) -> f32 {
    half::f16::from_f32(value).to_f32()
}

fn in_bf16(value: f32) -> f32 {
    half::bf16::from_f32(value).to_f32()
}

#[test]
fn a_weight_too_large_for_16_bits_is_refused_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let mut model = tiny(9);
    let scaled = model.embed.weight.val().mul_scalar(1e9);
    model.embed.weight = burn::module::Param::from_tensor(scaled);
    let error = save_in(&model, &path, Precision::F16)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("wte.weight") && error.contains("f16"),
        "{error}"
    );
    assert!(!path.exists());
    save_in(&model, &path, Precision::Bf16).unwrap();
}
