//! The crate as a whole: identities of the forward pass and of generation, checkpoints in every
//! layout that is read, and one of each kind of bad input.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod adapters;
mod bad_checkpoints;
mod bad_files;
mod bad_prompts;
mod cache;
mod configurations;
mod family_tokenizers;
mod family_variants;
mod folder_faults;
mod folders;
mod generation;
mod heads;
mod hooks;
mod initialisation;
mod layouts;
mod mutations;
mod pickles;
mod precision;
mod sampling;
mod saving;
mod shards;
mod stored;
mod tokenizers;
mod widening;
mod windows;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::{Device, Int, Tensor, TensorData};
use burn_store::{ModuleSnapshot, bridge};
use counterpoise_model::{Config, Transformer, load};

/// A configuration small enough to write files of: 11 tokens, 6 positions, width 4, 1 block.
fn tiny_config() -> Config {
    Config::new(11, 6, 4, 1, 2)
}

/// A model of [`tiny_config`], initialised from `seed`.
fn tiny(seed: u64) -> Transformer {
    Transformer::init(&tiny_config(), seed, &Device::flex())
}

fn golden_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden/random")
}

/// A 2-block model of 257 tokens with large random weights: its texts differ from prompt to prompt,
/// and some of them end early, at token 0.
fn golden() -> Transformer {
    load(&golden_path(), &Device::flex()).unwrap().model
}

/// 33 prompts for [`golden`], of 1 to 40 tokens.
fn golden_prompts() -> Vec<Vec<u32>> {
    let text = fs::read_to_string(golden_path().join("cases.json")).unwrap();
    let cases: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut prompts: Vec<Vec<u32>> = serde_json::from_value(cases["prompts"].clone()).unwrap();
    for prompt in &mut prompts {
        prompt.truncate(32);
    }
    prompts
}

/// Token ids as a tensor, `[rows, columns]`.
fn ids(rows: &[&[u32]], model: &Transformer) -> Tensor<2, Int> {
    let flat: Vec<i64> = rows.iter().copied().flatten().map(|&t| t.into()).collect();
    let data = TensorData::new(flat, [rows.len(), rows[0].len()]);
    Tensor::from_data(data, &model.device())
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.try_into_vec_as::<f32>().unwrap()
}

/// The bits of a tensor, which tell −0 from 0.
fn bits<const D: usize>(tensor: Tensor<D>) -> Vec<u32> {
    values(tensor).into_iter().map(f32::to_bits).collect()
}

/// What GPT-2's files call a parameter.
fn in_files(parameter: &str) -> String {
    const NAMES: [(&str, &str); 11] = [
        ("pos_embed.", "wpe."),
        ("unembed.", "lm_head."),
        ("embed.", "wte."),
        ("blocks.", "h."),
        ("ln1.", "ln_1."),
        ("ln2.", "ln_2."),
        ("ln_final.", "ln_f."),
        ("attn.qkv.", "attn.c_attn."),
        ("attn.out.", "attn.c_proj."),
        ("mlp.up.", "mlp.c_fc."),
        ("mlp.down.", "mlp.c_proj."),
    ];
    let renamed = |name: String, (ours, theirs): (&str, &str)| name.replace(ours, theirs);
    NAMES.into_iter().fold(parameter.to_owned(), renamed)
}

/// Every weight of a model by the name that GPT-2's files have for it.
fn weights(model: &Transformer) -> BTreeMap<String, Vec<f32>> {
    let tensors = model.collect(None, None, false).into_iter();
    tensors
        .map(|tensor| {
            let data = bridge::to_data(&tensor).unwrap();
            (in_files(&tensor.name), data.try_into_vec::<f32>().unwrap())
        })
        .collect()
}

/// Whether two sets of numbers agree to `tolerance` of the largest of `right`.
#[track_caller]
fn assert_close(left: &[f32], right: &[f32], tolerance: f32) {
    assert_eq!(left.len(), right.len());
    let largest = right.iter().fold(0.0, |m: f32, x| m.max(x.abs()));
    let apart = left.iter().zip(right).map(|(l, r)| (l - r).abs());
    let furthest = apart.fold(0.0, f32::max);
    assert!(
        furthest <= tolerance * largest,
        "{furthest} apart, of {largest}"
    );
}
