//! Configurations and tokenizers that were damaged at random: each is read or refused, without a panic and in bounded
//! memory.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use counterpoise_model::{Config, Tokenizer};
use counterpoise_mutations::{Counting, Input, survives};

use crate::folders::golden_folders;

#[global_allocator]
static COUNTING: Counting = Counting;

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

/// Text that means something in a tokenizer's files.
const PIECES: &[&[u8]] = &[
    b"\"a\"",
    b"[]",
    b"2097152",
    b"{\"a\":",
    b" ",
    b"\"type\": \"Unigram\"",
    b"\"Sequence\"",
    b"\xc4\xa0",
];

fn content(name: &str, given: &str) -> Vec<u8> {
    match given {
        "" => fs::read(golden_folders().join(name)).unwrap(),
        given => given.as_bytes().to_vec(),
    }
}

/// Reads what there is, uses it, and answers whether the tokenizer was accepted.
fn read(folder: &Path) -> bool {
    let _ = Config::read(folder);
    let Ok(tokenizer) = Tokenizer::read(folder) else {
        return false;
    };
    for text in ["the old man", "x<|end|> [PAD]\u{e9} \u{1f600}", ""] {
        let _ = tokenizer
            .encode(text)
            .map(|tokens| tokenizer.decode(&tokens));
    }
    let _ = tokenizer.decode(&[0, 70, 274, 290, 295]);
    let _ = tokenizer.compare(&tokenizer);
    true
}

/// A folder of whole files, one of which is damaged at a time.
struct Folder {
    input: Input,
    files: Vec<(PathBuf, Vec<u8>)>,
    bytes: usize,
    damaged: Cell<Option<usize>>,
}

impl Folder {
    fn of(files: &[(&str, &str)]) -> Self {
        let input = Input::new("config.json");
        let files: Vec<_> = files
            .iter()
            .map(|(name, given)| (input.folder().join(name), content(name, given)))
            .collect();
        for (path, bytes) in &files {
            fs::write(path, bytes).unwrap();
        }
        let bytes = files.iter().map(|(_, bytes)| bytes.len()).sum();
        Config::read(input.folder()).unwrap();
        Tokenizer::read(input.folder()).unwrap();
        Self {
            input,
            files,
            bytes,
            damaged: Cell::new(None),
        }
    }

    /// Puts the file right that was damaged last, damages another, and answers how large all are.
    fn damage(&self, mutator: &mut counterpoise_mutations::Mutator) -> usize {
        let chosen = mutator.below(self.files.len());
        if let Some(last) = self.damaged.replace(Some(chosen)) {
            let (path, bytes) = &self.files[last];
            fs::write(path, bytes).unwrap();
        }
        let (path, bytes) = &self.files[chosen];
        let damaged = mutator.damaged(bytes);
        fs::write(path, &damaged).unwrap();
        self.bytes + damaged.len()
    }
}

#[test]
fn damaged_tokenizers_are_read_or_refused() {
    let folders = FOLDERS.map(Folder::of);
    let turn = Cell::new(0);
    survives(
        "tokenizer",
        PIECES,
        |mutator| {
            turn.set(mutator.below(folders.len()));
            folders[turn.get()].damage(mutator)
        },
        || read(folders[turn.get()].input.folder()),
    );
}
