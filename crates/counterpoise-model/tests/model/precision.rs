//! Matrices kept in 16 bits.

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::{DType, Device, Tensor};
use counterpoise_hooks::Hooks;
use counterpoise_model::{
    Checkpoint, Decoding, LastToken, ModelError, Precision, Transformer, generate, load, load_in,
    load_tuned_in, save,
};
use tempfile::TempDir;

use crate::{bits, golden, golden_path, ids};

const HALVES: [Precision; 2] = [Precision::F16, Precision::Bf16];

/// The miniature of each family, and a GPT-2.
fn folders() -> Vec<PathBuf> {
    let families = fs::read_dir(golden_path().join("../families")).unwrap();
    let families = families.map(|folder| folder.unwrap().path());
    let folders: Vec<PathBuf> = families.chain([golden_path()]).collect();
    assert_eq!(folders.len(), 14);
    folders
}

/// A copy of the checkpoint in `folder` whose matrices were rounded to `precision`, in 32-bit floats.
fn rounded(folder: &Path, precision: Precision) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    fs::copy(folder.join("config.json"), copy.path().join("config.json")).unwrap();
    let Checkpoint { model, remarks, .. } = load_in(folder, precision, &Device::flex()).unwrap();
    // The families' files are in bfloat16, the GPT-2's is in 32 bits.
    if folder == golden_path() {
        let told = |remark: &String| remark.contains("do not fit into");
        assert!(remarks.iter().any(told), "{precision}: {remarks:?}");
    }
    save(&model, &copy.path().join("model.safetensors")).unwrap();
    copy
}

/// The same weights in 32 bits and in `precision`.
fn both(folder: &Path, precision: Precision) -> [Transformer; 2] {
    let whole = load(folder, &Device::flex()).unwrap();
    let half = load_in(folder, precision, &Device::flex()).unwrap();
    assert_eq!(half.remarks, whole.remarks, "nothing was lost");
    [whole.model, half.model]
}

fn of_both<T>(models: &[Transformer; 2], what: impl Fn(&Transformer) -> T) -> [T; 2] {
    models.each_ref().map(what)
}

/// Everything that is read of a model or computed with it.
fn assert_same(models: &[Transformer; 2], named: &str) {
    let [whole, half] = of_both(models, |model| {
        let vocab = model.vocab_size() as u32;
        let longest = model.n_positions().min(40);
        let text = |from: u32| -> Vec<u32> {
            (0..longest as u32)
                .map(|at| (from + at * 7) % vocab)
                .collect()
        };
        let texts = [1, 2, 3, 4].map(text);
        let rows: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
        let hidden = model.hidden(ids(&rows, model)).unwrap();
        let flat = hidden.clone().reshape([4 * longest, model.d_model()]);
        let likelihoods = model.log_likelihoods(flat, &texts.concat()).unwrap();
        let last = hidden.clone().narrow(1, longest - 1, 1);
        vec![
            bits(model.logits(hidden.clone())),
            bits(model.logits(last)),
            bits(hidden),
            likelihoods
                .iter()
                .flat_map(|x| [x.to_bits() as u32, (x.to_bits() >> 32) as u32])
                .collect(),
        ]
    });
    assert!(whole == half, "{named}: computed");
    let [whole, half] = of_both(models, |model| {
        let decoding = Decoding {
            max_new_tokens: 5,
            last_token: LastToken::Fed,
            ..Decoding::default()
        };
        generate(
            model,
            &[vec![1, 2, 3], vec![4], vec![5, 6]],
            &decoding,
            &mut Hooks::new(),
        )
        .unwrap()
    });
    assert_eq!(whole, half, "{named}: generated");
    for layer in 0..models[0].n_layer() {
        let [whole, half] = of_both(models, |model| {
            let neurons = model.neurons(layer);
            let gate = neurons.gate_keys.map(bits);
            (bits(neurons.keys), gate, bits(neurons.values))
        });
        assert!(whole == half, "{named}: neurons");
    }
}

#[test]
fn every_family_has_the_bits_in_16_bits_that_it_has_in_32() {
    for folder in folders() {
        for precision in HALVES {
            let named = format!("{} {precision}", folder.display());
            let copy = rounded(&folder, precision);
            let models = both(copy.path(), precision);
            assert_eq!(models[1].precision(), precision);
            let block = &models[1].blocks[0];
            let matrices = [
                block.attn.qkv.weight.val(),
                block.attn.out.weight.val(),
                block.mlp.up.weight.val(),
                block.mlp.down.weight.val(),
                models[1].embed.weight.val(),
                models[1].unembedding(),
            ];
            for matrix in matrices {
                assert_eq!(matrix.dtype(), precision.dtype(), "{named}");
            }
            assert_same(&models, &named);
            let saved = of_both(&models, |model| {
                let path = copy.path().join("again.safetensors");
                save(model, &path).unwrap();
                fs::read(path).unwrap()
            });
            assert!(saved[0] == saved[1], "{named}: saved");
        }
    }
}

#[test]
fn files_in_16_bits_are_kept_as_they_are() {
    for (name, precision) in [("f16", Precision::F16), ("bf16", Precision::Bf16)] {
        let models = both(&golden_path().join(name), precision);
        assert_same(&models, name);
    }
}

#[test]
fn what_edits_make_of_matrices_in_16_bits_they_make_in_32() {
    let copy = rounded(&golden_path().join("../families/gemma2"), Precision::Bf16);
    let mut models = both(copy.path(), Precision::Bf16);
    let third = |matrix: Tensor<2>| {
        assert_eq!(matrix.dtype(), DType::F32);
        matrix.mul_scalar(1.0 / 3.0)
    };
    for model in &mut models {
        model.map_keys(1, third);
        model
            .map_mlp_out(0, |rows| Ok::<_, ModelError>(third(rows)))
            .unwrap();
        model
            .map_attn_out(1, |rows| Ok::<_, ModelError>(third(rows)))
            .unwrap();
        model
            .map_embed(|rows| Ok::<_, ModelError>(third(rows)))
            .unwrap();
    }
    assert_eq!(models[1].blocks[1].mlp.up.weight.val().dtype(), DType::F32);
    assert_eq!(models[1].blocks[0].mlp.up.weight.val().dtype(), DType::BF16);
    assert_same(&models, "edited");
}

#[test]
fn sixteen_bits_are_refused_where_they_are_not_computed_with() {
    let device = Device::flex().autodiff();
    let error = load_in(&golden_path(), Precision::Bf16, &device).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("dtype bf16") && message.contains("--device cpu"),
        "{message}"
    );
    load_in(&golden_path(), Precision::F32, &device).unwrap();
}

#[test]
fn weights_too_large_for_f16_are_counted_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let mut model = golden();
    let weight = &mut model.blocks[0].mlp.down.weight;
    *weight = weight.clone().map(|values| values.zeros_like() + 70_000.0);
    save(&model, &path).unwrap();
    let tuned = |precision| load_tuned_in(&golden_path(), &path, precision, &Device::flex());
    let message = tuned(Precision::F16).unwrap_err().to_string();
    let count = model.d_mlp() * model.d_model();
    assert!(
        message.contains(&format!(
            "h.0.mlp.c_proj.weight` holds {count} values too large for f16"
        )),
        "{message}"
    );
    tuned(Precision::Bf16).unwrap();
    // Of the same weight, bf16 holds all but the largest.
    let weight = &mut model.blocks[0].mlp.down.weight;
    *weight = weight.clone().map(|values| {
        let largest = values.clone().slice([0..1, 0..2]).zeros_like() + f32::MAX;
        values.slice_assign([0..1, 0..2], largest)
    });
    save(&model, &path).unwrap();
    let message = tuned(Precision::Bf16).unwrap_err().to_string();
    assert!(
        message.contains("holds 2 values too large for bf16"),
        "{message}"
    );
    // What is no number in the file is told as such.
    let weight = &mut model.blocks[0].mlp.down.weight;
    *weight = weight
        .clone()
        .map(|values| values.zeros_like() + f32::INFINITY);
    save(&model, &path).unwrap();
    for precision in HALVES {
        let error = tuned(precision).unwrap_err();
        assert!(
            matches!(&error, ModelError::NotFinite { tensor, .. } if tensor.contains("h.0.mlp.c_proj.weight")),
            "{error}"
        );
    }
}
