//! The files a tokenizer is made of: `tokenizer.json`, or `vocab.json` and `merges.txt`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use counterpoise_data::{read_json, read_json_text, read_text};
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{AddedToken, Tokenizer};

use crate::ModelError;

/// What `tokenizer.json` is, in errors.
const SHAPE: &str = "a tokenizer, as the `tokenizers` library saves it";

/// Far above any vocabulary, and small enough for a table with a place for each number up to it.
const LARGEST_ID: u32 = 1 << 21;

/// Where a tokenizer's vocabulary comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// One file, which also says how texts are cut.
    TokenizerJson,
    /// `vocab.json` and `merges.txt`, which GPT-2's rules for cutting texts go with.
    VocabAndMerges,
}

/// A tokenizer as its files have it, and the file that errors name.
pub(super) struct Backend {
    pub(super) inner: Tokenizer,
    pub(super) origin: Origin,
    pub(super) path: PathBuf,
}

impl Backend {
    /// Reads the tokenizer of a folder, or a `tokenizer.json`.
    ///
    /// # Errors
    /// Files that are missing, broken, or contradict themselves.
    pub(super) fn read(path: &Path) -> Result<Self, ModelError> {
        if !path.is_dir() {
            return Self::tokenizer_json(path.to_owned());
        }
        let file = |name: &str| path.join(name);
        let one = file("tokenizer.json");
        match (
            one.exists(),
            file("vocab.json").exists(),
            file("merges.txt").exists(),
        ) {
            (true, ..) | (false, false, false) => Self::tokenizer_json(one),
            (false, true, true) => Self::vocab_and_merges(path),
            (false, vocab, _) => {
                let (there, missing) = match vocab {
                    true => ("vocab.json", "merges.txt"),
                    false => ("merges.txt", "vocab.json"),
                };
                Err(failed(
                    &file(missing),
                    format!(
                        "not there, but {there} is: a tokenizer is the two of them, or tokenizer.json; \
                         copy {missing} too"
                    ),
                ))
            }
        }
    }

    fn tokenizer_json(path: PathBuf) -> Result<Self, ModelError> {
        let text = read_json_text(&path, SHAPE)?;
        let bad = |reason: String| {
            let reason = format!("not a tokenizer: {reason}; copy the file again");
            failed(&path, reason)
        };
        let outline: Outline =
            serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
        outline.check().map_err(bad)?;
        let mut inner = Tokenizer::from_bytes(text).map_err(|error| bad(error.to_string()))?;
        // A file may ask for texts to be cut or filled up; here they are only ever encoded.
        inner
            .with_padding(None)
            .with_truncation(None)
            .map_err(|error| bad(error.to_string()))?;
        Ok(Self {
            inner,
            origin: Origin::TokenizerJson,
            path,
        })
    }

    fn vocab_and_merges(folder: &Path) -> Result<Self, ModelError> {
        let vocab_path = folder.join("vocab.json");
        let vocab: HashMap<String, u32> = read_json(&vocab_path, "token numbers by token")?;
        check_ids(&vocab).map_err(|reason| failed(&vocab_path, reason))?;
        let merges = read_merges(&folder.join("merges.txt"), &vocab)?;
        let vocab: Vocab = vocab.into_iter().collect();
        let bpe = BPE::builder().vocab_and_merges(vocab, merges).build();
        let bpe = bpe.map_err(|error| failed(&vocab_path, error.to_string()))?;
        let mut inner = Tokenizer::new(bpe);
        let byte_level = ByteLevel::new(false, true, true);
        inner.with_pre_tokenizer(Some(byte_level));
        inner.with_decoder(Some(byte_level));
        add_listed(&mut inner, &folder.join("added_tokens.json"))?;
        Ok(Self {
            inner,
            origin: Origin::VocabAndMerges,
            path: vocab_path,
        })
    }
}

/// The lines of `merges.txt`: two tokens each, the earliest merged first.
fn read_merges(
    path: &Path,
    vocab: &HashMap<String, u32>,
) -> Result<Vec<(String, String)>, ModelError> {
    let text = read_text(path)?;
    let mut merges = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.starts_with("#version") || line.is_empty() {
            continue;
        }
        let refused = |reason: String| {
            let place = format!("{}:{}", path.display(), index + 1);
            Err(failed(Path::new(&place), reason))
        };
        let mut parts = line.split(' ');
        let (Some(left), Some(right), None) = (parts.next(), parts.next(), parts.next()) else {
            return refused(format!(
                "expected two tokens with a space between; found {:?}; copy the file again",
                line.chars().take(60).collect::<String>()
            ));
        };
        if let Some(token) = not_in(vocab, left, right, 0) {
            return refused(format!(
                "`{}` is not in vocab.json; take both files from one model",
                token.chars().take(60).collect::<String>()
            ));
        }
        merges.push((left.to_owned(), right.to_owned()));
    }
    Ok(merges)
}

/// Adds the tokens of an `added_tokens.json`, if there is one, in the order of their numbers.
fn add_listed(inner: &mut Tokenizer, path: &Path) -> Result<(), ModelError> {
    if !path.exists() {
        return Ok(());
    }
    let listed: HashMap<String, u32> = read_json(path, "token numbers by token")?;
    check_ids(&listed).map_err(|reason| failed(path, reason))?;
    let mut listed: Vec<_> = listed.into_iter().collect();
    listed.sort_by_key(|&(_, id)| id);
    for (content, id) in listed {
        let token = AddedToken::from(content, false);
        add_as(inner, token, id).map_err(|reason| failed(path, reason))?;
    }
    Ok(())
}

/// Adds a token to a vocabulary in which it has to have the number `id`.
pub(super) fn add_as(inner: &mut Tokenizer, token: AddedToken, id: u32) -> Result<(), String> {
    let content = token.content.clone();
    inner
        .add_tokens([token])
        .map_err(|error| error.to_string())?;
    match inner.token_to_id(&content) {
        Some(found) if found == id => Ok(()),
        found => Err(format!(
            "`{content}` is said to be token {id}, but behind this vocabulary it is {}; \
             take all tokenizer files from one model",
            found.map_or("no token".to_owned(), |found| format!("token {found}"))
        )),
    }
}

/// An error about a tokenizer's file.
pub(super) fn failed(path: &Path, reason: String) -> ModelError {
    ModelError::Tokenizer {
        path: path.to_owned(),
        reason,
    }
}

/// What a `tokenizer.json` says about numbers and merges, which its reader takes on trust.
#[derive(Deserialize)]
struct Outline {
    #[serde(default)]
    added_tokens: Vec<Numbered>,
    #[serde(default)]
    model: Option<ModelOutline>,
}

#[derive(Deserialize)]
struct Numbered {
    id: u32,
    content: String,
}

#[derive(Deserialize)]
struct ModelOutline {
    #[serde(default)]
    vocab: Option<Vocabulary>,
    #[serde(default)]
    merges: Vec<Merge>,
    #[serde(default)]
    continuing_subword_prefix: Option<String>,
    #[serde(default)]
    dropout: Option<f32>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Vocabulary {
    Ids(HashMap<String, u32>),
    /// Of Unigram models, which list tokens with their scores.
    Scores(#[expect(dead_code, reason = "says only which form a vocabulary has")] Vec<IgnoredAny>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Merge {
    Pair(String, String),
    Line(String),
}

impl Outline {
    fn check(&self) -> Result<(), String> {
        if let Some(token) = self.added_tokens.iter().find(|token| token.id > LARGEST_ID) {
            return Err(too_large(&token.content, token.id));
        }
        let Some(model) = &self.model else {
            return Ok(());
        };
        if let Some(dropout) = model.dropout.filter(|&dropout| dropout != 0.0) {
            return Err(format!(
                "its `dropout` of {dropout} makes the tokens of a text random; set it to null"
            ));
        }
        let Some(Vocabulary::Ids(vocab)) = &model.vocab else {
            return Ok(());
        };
        check_ids(vocab)?;
        let prefix = model.continuing_subword_prefix.as_deref().unwrap_or("");
        for (rank, merge) in model.merges.iter().enumerate() {
            let (left, right) = match merge {
                Merge::Pair(left, right) => (left.as_str(), right.as_str()),
                Merge::Line(line) => line.split_once(' ').unwrap_or((line, "")),
            };
            if !right.starts_with(prefix) {
                return Err(format!(
                    "merge {rank}: `{right}` does not begin with `{prefix}`"
                ));
            }
            if let Some(token) = not_in(vocab, left, right, prefix.len()) {
                return Err(format!("merge {rank}: `{token}` is not in the vocabulary"));
            }
        }
        Ok(())
    }
}

/// The first of a merge's two tokens and what they make that a vocabulary lacks.
fn not_in(vocab: &HashMap<String, u32>, left: &str, right: &str, prefix: usize) -> Option<String> {
    let merged = format!("{left}{}", &right[prefix..]);
    [left, right, &merged]
        .into_iter()
        .find(|&token| !vocab.contains_key(token))
        .map(str::to_owned)
}

/// Refuses numbers no model has, and numbers that two tokens share.
fn check_ids(vocab: &HashMap<String, u32>) -> Result<(), String> {
    let mut by_id: HashMap<u32, &String> = HashMap::with_capacity(vocab.len());
    for (token, &id) in vocab {
        if id > LARGEST_ID {
            return Err(too_large(token, id));
        }
        if let Some(other) = by_id.insert(id, token) {
            let [first, second] = if token < other {
                [token, other]
            } else {
                [other, token]
            };
            return Err(format!("`{first}` and `{second}` are both token {id}"));
        }
    }
    Ok(())
}

fn too_large(token: &str, id: u32) -> String {
    format!("`{token}` is token {id}, above {LARGEST_ID}, the largest that any vocabulary needs")
}
