//! Weight files that are not those of the model: each is refused, with the file and what is wrong.

use std::fs;

use counterpoise_model::{ModelError, WrongShape};
use counterpoise_weights::WeightsError;
use safetensors::tensor::Dtype;

use crate::bad_files::message_of;
use crate::stored::{Stored, empty_folder, folder_of, load_error, loaded, tensors_of, weights_in};
use crate::tiny;

#[test]
fn missing_unexpected_and_misshapen_tensors_are_all_named() {
    let mut tensors = tensors_of(&tiny(1));
    for gone in ["transformer.ln_f.bias", "transformer.h.0.mlp.c_fc.weight"] {
        tensors.remove(gone).unwrap();
    }
    tensors.insert("other_head.weight".into(), Stored::f32(&[2], &[1.0, 2.0]));
    tensors.insert(
        "transformer.h.1.ln_1.bias".into(),
        Stored::f32(&[4], &[0.0; 4]),
    );
    tensors.insert(
        "transformer.wpe.weight".into(),
        Stored::f32(&[5, 4], &[0.0; 20]),
    );
    tensors.insert(
        "transformer.ln_f.weight".into(),
        Stored::f32(&[1, 4], &[0.0; 4]),
    );
    let error = load_error(&folder_of(&tensors));
    let message = error.to_string();
    let ModelError::Tensors {
        missing,
        unexpected,
        misshapen,
        ..
    } = error
    else {
        panic!("{message}");
    };
    assert_eq!(missing, ["h.0.mlp.c_fc.weight", "ln_f.bias"]);
    assert_eq!(unexpected, ["h.1.ln_1.bias", "other_head.weight"]);
    let wrong = |name: &str, expected: &[usize], found: &[usize]| WrongShape {
        name: name.to_owned(),
        expected: expected.to_vec(),
        found: found.to_vec(),
    };
    assert_eq!(
        misshapen,
        [
            wrong("ln_f.weight", &[4], &[1, 4]),
            wrong("wpe.weight", &[6, 4], &[5, 4])
        ]
    );
    for part in [
        "missing: h.0.mlp.c_fc.weight, ln_f.bias",
        "unexpected: h.1.ln_1.bias, other_head.weight",
        "wrong shape: wpe.weight is [5, 4], expected [6, 4]",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_truncated_file_is_refused_wherever_it_ends() {
    let folder = folder_of(&tensors_of(&tiny(1)));
    let path = weights_in(&folder);
    let whole = fs::read(&path).unwrap();
    for length in [0, 4, 8, 200, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        let error = load_error(&folder);
        assert!(
            matches!(
                &error,
                ModelError::Weights(WeightsError::Unreadable {
                    format: "safetensors",
                    ..
                })
            ),
            "{length} bytes: {error}"
        );
    }
    fs::write(&path, &whole).unwrap();
    assert!(loaded(&folder).is_ok());
}

/// Rewrites the header of a safetensors file.
fn with_header(bytes: &[u8], change: impl Fn(&str) -> String) -> Vec<u8> {
    let (length, rest) = bytes.split_first_chunk::<8>().unwrap();
    let (header, data) = rest.split_at(usize::try_from(u64::from_le_bytes(*length)).unwrap());
    let header = change(str::from_utf8(header).unwrap());
    let length = u64::try_from(header.len()).unwrap().to_le_bytes();
    [&length[..], header.as_bytes(), data].concat()
}

#[test]
fn a_header_that_lies_is_refused() {
    let folder = folder_of(&tensors_of(&tiny(1)));
    let path = weights_in(&folder);
    let whole = fs::read(&path).unwrap();
    let refusal = |change: &dyn Fn(&str) -> String| {
        let bytes = with_header(&whole, change);
        assert_ne!(bytes, whole);
        fs::write(&path, bytes).unwrap();
        message_of(loaded(&folder), &path)
    };
    let twice =
        refusal(&|header| header.replacen("transformer.ln_f.weight", "transformer.ln_f.bias", 1));
    assert!(
        twice.contains("expected each name once; found `transformer.ln_f.bias` twice"),
        "{twice}"
    );
    // The same bytes under the same name, which a reader would not even notice.
    let doubled = refusal(&|header| {
        let entry = &header[header.find("\"transformer.ln_f.bias\"").unwrap()..];
        let entry = &entry[..=entry.find('}').unwrap()];
        header.replacen(entry, &format!("{entry},{entry}"), 1)
    });
    assert!(
        doubled.contains("found `transformer.ln_f.bias` twice"),
        "{doubled}"
    );
    refusal(&|header| header.replacen("[0,", "[1,", 1));
    refusal(&|header| header.replacen("\"F32\"", "\"F33\"", 1));
    refusal(&|header| header.replacen("\"F32\"", "32", 1));
    refusal(&|header| header.replacen("\"shape\":[", "\"shape\":[9,", 1));
    refusal(&|header| header.replacen('{', "[", 1));
    let mut foreign = whole.clone();
    foreign[20] = 0xff;
    fs::write(&path, foreign).unwrap();
    message_of(loaded(&folder), &path);
}

#[test]
fn a_file_that_is_no_safetensors_is_refused() {
    let folder = empty_folder();
    fs::write(weights_in(&folder), "these are no weights\n").unwrap();
    let error = load_error(&folder);
    assert!(
        matches!(error, ModelError::Weights(WeightsError::Unreadable { .. })),
        "{error}"
    );
}

#[test]
fn weights_that_are_not_numbers_are_named_and_counted() {
    for (bad, count) in [
        (vec![f32::NAN], 1),
        (vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY], 3),
        (vec![f32::NAN; 12], 12),
    ] {
        let mut tensors = tensors_of(&tiny(1));
        let name = "transformer.h.0.mlp.c_proj.weight";
        let mut values = tensors[name].values();
        values[7..7 + bad.len()].copy_from_slice(&bad);
        let stored = Stored::f32(&tensors[name].shape, &values);
        tensors.insert(name.to_owned(), stored);
        match load_error(&folder_of(&tensors)) {
            ModelError::NotFinite {
                tensor,
                count: found,
                ..
            } => {
                assert_eq!((tensor.as_str(), found), ("h.0.mlp.c_proj.weight", count));
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn weights_that_are_whole_numbers_are_refused() {
    let mut tensors = tensors_of(&tiny(1));
    let stored = tensors.get_mut("transformer.ln_f.bias").unwrap();
    stored.dtype = Dtype::I32;
    let message = load_error(&folder_of(&tensors)).to_string();
    for part in ["`ln_f.bias`", "floating-point", "I32", "save it as floats"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_folder_without_weights_says_what_it_looked_for() {
    let error = load_error(&empty_folder());
    assert!(matches!(
        error,
        ModelError::Weights(WeightsError::NoWeights { .. })
    ));
    for name in ["model.safetensors", "pytorch_model.bin", "index.json"] {
        assert!(error.to_string().contains(name), "{error}");
    }
}
