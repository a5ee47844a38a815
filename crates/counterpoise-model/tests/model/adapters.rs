//! LoRA adapters made by PEFT, merged as its `merge_and_unload` merges them: `fixtures/golden/weights`.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use counterpoise_model::{Checkpoint, Precision, load, load_tuned_from, load_tuned_in, save};

use crate::stored::read;
use crate::{assert_close, bits, weights};

pub(crate) fn golden_weights(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/golden/weights")
        .join(name)
}

fn tuned(path: &str) -> Checkpoint {
    let base = golden_weights("base");
    load_tuned_from(&base, &golden_weights(path), &Device::flex()).unwrap()
}

/// Asserts that the model has the weights that PEFT changed, to `tolerance` of the largest, and the base's otherwise.
#[track_caller]
fn assert_merged(tuned: &Checkpoint, expected: &str) {
    let base = load(&golden_weights("base"), &Device::flex()).unwrap();
    let mut expected = read(&golden_weights(expected));
    let count = expected.len();
    for (name, first) in weights(&base.model) {
        let found = &weights(&tuned.model)[&name];
        match expected.remove(&format!("transformer.{name}")) {
            Some(merged) => {
                assert_close(found, &merged.values(), 2e-7);
                assert_ne!(*found, first, "{name}");
            }
            None => assert_eq!(*found, first, "{name}"),
        }
    }
    assert!(expected.is_empty());
    let remark = format!("a LoRA adapter was merged into the base's weights ({count} of them)");
    assert_eq!(tuned.remarks, [remark]);
}

#[test]
fn adapters_are_merged_as_peft_merges_them() {
    for (name, count) in [("plain", 2), ("rslora", 4), ("patterns", 4)] {
        let merged = format!("lora/{name}/merged.safetensors");
        assert_eq!(read(&golden_weights(&merged)).len(), count);
        assert_merged(&tuned(&format!("lora/{name}")), &merged);
    }
}

#[test]
fn a_state_dict_that_peft_still_wraps_is_merged_alike() {
    assert_merged(
        &tuned("unmerged/policy.pt"),
        "lora/patterns/merged.safetensors",
    );
}

#[test]
fn a_merged_adapter_is_rounded_once_after_it_was_added_in_32_bits() {
    let (base, device) = (golden_weights("base"), Device::flex());
    let adapter = golden_weights("lora/plain");
    let merged = tuned("lora/plain");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("merged.safetensors");
    save(&merged.model, &path).unwrap();
    for precision in [Precision::F16, Precision::Bf16] {
        let half = |path: &Path| load_tuned_in(&base, path, precision, &device).unwrap();
        let (by_adapter, by_file) = (half(&adapter), half(&path));
        for (ours, whole) in by_adapter.model.blocks.iter().zip(&by_file.model.blocks) {
            for (one, other) in [
                (&ours.attn.qkv, &whole.attn.qkv),
                (&ours.attn.out, &whole.attn.out),
                (&ours.mlp.up, &whole.mlp.up),
                (&ours.mlp.down, &whole.mlp.down),
            ] {
                assert_eq!(one.weight.val().dtype(), precision.dtype());
                assert!(bits(one.weight.val()) == bits(other.weight.val()));
            }
        }
        let told = |what: &str| {
            by_adapter
                .remarks
                .iter()
                .any(|remark| remark.contains(what))
        };
        assert!(
            told("LoRA adapter was merged") && told("do not fit into"),
            "{:?}",
            by_adapter.remarks
        );
    }
}
