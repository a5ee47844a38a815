//! Saved models come back bit for bit, from files that are equal when the weights are.

use std::fs;

use burn::tensor::Device;
use counterpoise_model::{ModelError, load_tuned, save};
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
