//! Configurations and tokenizers with random damage: an error or a tokenizer, never a panic, and no more
//! memory than the file is worth.
//!
//! `COUNTERPOISE_MUTATIONS=1000000` tries that many; another `COUNTERPOISE_MUTATION_SEED` tries others.

use std::env;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use counterpoise_model::{Config, Tokenizer};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::allocation::peak_of;
use crate::folders::golden_folders;

/// The files that are damaged, with what else lies in their folder.
const FOLDERS: [&[(&str, &str)]; 2] = [
    &[
        ("config.json", CONFIG),
        ("tokenizer.json", ""),
        ("tokenizer_config.json", TOKENIZER_CONFIG),
        ("special_tokens_map.json", SPECIAL_TOKENS),
        ("generation_config.json", GENERATION_CONFIG),
    ],
    &[
        ("config.json", CONFIG),
        ("vocab.json", ""),
        ("merges.txt", ""),
        ("added_tokens.json", r#"{"<|end|>": 290, "[PAD]": 291}"#),
        (
            "tokenizer_config.json",
            r#"{"add_prefix_space": true, "pad_token": "[PAD]"}"#,
        ),
    ],
];

const CONFIG: &str = r#"{"model_type": "gpt2", "vocab_size": 296, "n_positions": 48, "hidden_size": 12, "n_layer": 1,
 "n_head": 2, "n_inner": null, "eos_token_id": [0, 274], "activation_function": "gelu_fast", "layer_norm_epsilon": 1e-05,
 "scale_attn_weights": true}"#;
const TOKENIZER_CONFIG: &str = r#"{"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": false, "eos_token":
 {"content": "<|end|>", "lstrip": false, "normalized": false}, "extra_special_tokens": ["<a>", "<b>"],
 "model_max_length": 1024}"#;
const SPECIAL_TOKENS: &str = r#"{"pad_token": "[PAD]", "additional_special_tokens": ["<c>"]}"#;
const GENERATION_CONFIG: &str =
    r#"{"eos_token_id": [0, 3], "do_sample": true, "repetition_penalty": 1.0}"#;

/// What is put into a file where something else was.
const PIECES: [&[u8]; 24] = [
    b"null",
    b"true",
    b"-1",
    b"0",
    b"1e999",
    b"4294967295",
    b"18446744073709551616",
    b"2097152",
    b"0.5",
    b"\"\"",
    b"\"a\"",
    b"[]",
    b"{}",
    b"[[[[[[[[",
    b"\\ud800",
    b"\\u0000",
    b"\xff",
    b",",
    b":",
    b"\"",
    b"{\"a\":",
    b" ",
    b"\"type\": \"Unigram\"",
    b"\"Sequence\"",
];

fn damaged(random: &mut ChaCha8Rng, file: &[u8]) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for _ in 0..random.random_range(1..=3) {
        let at = random.random_range(0..=bytes.len());
        let length = random.random_range(0..=(bytes.len() - at).min(40));
        match random.random_range(0..7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.random_range(0..8),
            1 => bytes.truncate(at),
            2 => drop(bytes.drain(at..at + length)),
            3 => {
                let again = bytes[at..at + length].to_vec();
                let to = random.random_range(0..=bytes.len());
                bytes.splice(to..to, again);
            }
            4 => drop(bytes.splice(at..at, piece(random))),
            5 => replace_a_value(random, &mut bytes, at),
            _ => drop(bytes.splice(at..at + length, piece(random))),
        }
    }
    bytes
}

fn piece(random: &mut ChaCha8Rng) -> Vec<u8> {
    PIECES[random.random_range(0..PIECES.len())].to_vec()
}

/// Puts something in the place of the number, the word or the text that stands at `at` or behind it, so that
/// the file is often still JSON.
fn replace_a_value(random: &mut ChaCha8Rng, bytes: &mut Vec<u8>, at: usize) {
    let is_end = |byte: &u8| b",:[]{}\n".contains(byte);
    let Some(start) = bytes[at..].iter().position(is_end) else {
        return;
    };
    let start = at + start + 1;
    let rest = bytes.get(start..).unwrap_or_default();
    let length = rest.iter().position(is_end).unwrap_or(rest.len());
    bytes.splice(start..start + length, piece(random));
}

fn content(name: &str, given: &str) -> Vec<u8> {
    match given {
        "" => fs::read(golden_folders().join(name)).unwrap(),
        given => given.as_bytes().to_vec(),
    }
}

/// Reads what there is, and uses it.
fn read(folder: &Path) {
    let _ = Config::read(folder);
    if let Ok(tokenizer) = Tokenizer::read(folder) {
        for text in ["the old man", "x<|end|> [PAD]\u{e9} \u{1f600}", ""] {
            let _ = tokenizer
                .encode(text)
                .map(|tokens| tokenizer.decode(&tokens));
        }
        let _ = tokenizer.decode(&[0, 70, 274, 290, 295]);
        let _ = tokenizer.compare(&tokenizer);
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn a_damaged_file_is_an_error_or_harmless() {
    let count = number("COUNTERPOISE_MUTATIONS", 1_500);
    let seed = number("COUNTERPOISE_MUTATION_SEED", 1);
    for (index, files) in (0..).zip(FOLDERS) {
        let folder = tempfile::tempdir().unwrap();
        let whole: Vec<_> = files
            .iter()
            .map(|(name, given)| (folder.path().join(name), content(name, given)))
            .collect();
        for (path, bytes) in &whole {
            fs::write(path, bytes).unwrap();
        }
        Config::read(folder.path()).unwrap();
        Tokenizer::read(folder.path()).unwrap();
        let mut random = ChaCha8Rng::seed_from_u64(seed + index);
        for attempt in 0..count / FOLDERS.len() as u64 {
            let (path, bytes) = &whole[random.random_range(0..whole.len())];
            let damaged = damaged(&mut random, bytes);
            fs::write(path, &damaged).unwrap();
            let largest: usize =
                whole.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() + damaged.len();
            let mut outcome = Ok(());
            let peak = peak_of(|| {
                outcome = catch_unwind(AssertUnwindSafe(|| read(folder.path())));
            });
            assert!(
                outcome.is_ok() && peak <= (64 << 20) + 10 * largest,
                "attempt {attempt} of folder {index}: {peak} bytes for {}:\n{}",
                path.display(),
                String::from_utf8_lossy(&damaged)
            );
            fs::write(path, bytes).unwrap();
        }
    }
}
