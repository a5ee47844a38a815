//! The tokenizer of a model folder, as `transformers` reads it, and which tokens end a text.

mod backend;
mod beginning;
mod byte_level;
mod class;
mod clean_up;
mod difference;
mod end_of_text;
mod settings;

use std::fs;
use std::path::{Path, PathBuf};

use crate::{EndTokens, ModelError};
use backend::{Backend, add_as, failed};
use class::Class;
use clean_up::Spaces;
use settings::{TokenText, TokenizerConfig};

/// What GPT-2 ends a text with.
const END_OF_TEXT: &str = "<|endoftext|>";

/// How texts become tokens and tokens texts, and which tokens end a text.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    spaces: Spaces,
    beginning: Option<u32>,
    end_tokens: EndTokens,
    /// How many tokens the model of the folder knows.
    known: Option<u64>,
    /// Tokens of another model's tokenizer that this one reads as ordinary text.
    foreign: Vec<String>,
    path: PathBuf,
}

impl Tokenizer {
    /// Reads the tokenizer of a model folder, or a `tokenizer.json`.
    ///
    /// A folder's tokenizer is `tokenizer.json`, or `vocab.json` and `merges.txt`. What
    /// `tokenizer_config.json` and `special_tokens_map.json` say about tokens is followed as by
    /// `transformers`, and where the class that it reads the folder with has parts of its own, these are taken. The token
    /// that is put before each text is [`beginning`](Self::beginning). A text ends with the tokens that `generation_config.json` names, or else
    /// `config.json`, or else the tokenizer's own end, or else `<|endoftext|>`.
    ///
    /// # Errors
    /// Files that are missing or broken, that contradict each other, that ask for tokens around each text other than one
    /// before it, or that name no end of a text.
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        let mut backend = Backend::read(path)?;
        let folder = if path.is_dir() { Some(path) } else { None };
        let own_end = backend.inner.token_to_id(END_OF_TEXT);
        let (named_end, spaces) = match folder {
            Some(folder) => follow(folder, &mut backend)?,
            None => (None, Spaces::default()),
        };
        let beginning = beginning::of(&backend)?;
        let Backend { inner, path, .. } = backend;
        let end = end_of_text::Named {
            inner: &inner,
            path: &path,
            by_tokenizer: named_end.or(own_end),
        };
        let (end_tokens, known) = end.read(folder)?;
        let unknown = |&token: &u32| u64::from(token) >= known.unwrap_or(u64::MAX);
        if let Some(token) = beginning.filter(unknown) {
            let known = known.unwrap_or_default();
            return Err(failed(
                &path,
                format!(
                    "it puts token {token} before each text, but the model knows {known} tokens (vocab_size in \
                     config.json); take both files from one model"
                ),
            ));
        }
        Ok(Self {
            beginning,
            end_tokens,
            known,
            foreign: Vec::new(),
            inner,
            spaces,
            path,
        })
    }

    /// This tokenizer with the ends of a text that another folder's files name, which has no tokenizer.
    ///
    /// # Errors
    /// Files that are broken, or an end that cannot be right.
    pub fn with_ends_of(&self, folder: &Path) -> Result<Self, ModelError> {
        let end = end_of_text::Named {
            inner: &self.inner,
            path: &self.path,
            by_tokenizer: self.inner.token_to_id(END_OF_TEXT),
        };
        let (end_tokens, known) = end.read(Some(folder))?;
        Ok(Self {
            end_tokens,
            known,
            ..self.clone()
        })
    }

    /// Refuses texts that have one of `tokens` from now on: another model that is to read the same texts
    /// reads each as one token ([`compare`](Self::compare)).
    pub fn refuse_in_texts(&mut self, tokens: Vec<String>) {
        self.foreign = tokens;
    }

    /// The token that stands before each text that a model reads, where the tokenizer puts one there: at position 0 of
    /// every prompt and of every window of a long text. It is never predicted, nor counted among a text's tokens.
    pub fn beginning(&self) -> Option<u32> {
        self.beginning
    }

    /// `tokens` as a model reads them: behind the [`beginning`](Self::beginning), if there is one.
    pub fn begun(&self, mut tokens: Vec<u32>) -> Vec<u32> {
        tokens.splice(0..0, self.beginning);
        tokens
    }

    /// The tokens of `text`, none added.
    ///
    /// # Errors
    /// A text the tokenizer cannot encode, or that has a token that the model does not know.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        if let Some(token) = self.foreign.iter().find(|&token| text.contains(token)) {
            return Err(self.failed(&format!(
                "the text has `{token}`, which is a token of the tuned model's tokenizer, but ordinary \
                 text to the base model's; leave it out of the text"
            )));
        }
        let encoding = self
            .inner
            .encode_fast(text, false)
            .map_err(|error| self.failed(&*error))?;
        let tokens = encoding.get_ids();
        let known = self.known.unwrap_or(u64::MAX);
        match tokens.iter().find(|&&token| u64::from(token) >= known) {
            None => Ok(tokens.to_vec()),
            Some(&token) => Err(self.failed(&format!(
                "the text has `{}`, token {token}, but the model knows {known} tokens \
                 (vocab_size in config.json); leave it out of the text",
                self.inner.id_to_token(token).unwrap_or_default()
            ))),
        }
    }

    /// The text of `tokens`; special tokens have no text.
    ///
    /// # Errors
    /// Tokens the tokenizer cannot decode, among them those it does not have
    /// ([`without_text`](Self::without_text)).
    pub fn decode(&self, tokens: &[u32]) -> Result<String, ModelError> {
        if let Some(token) = self.without_text(tokens) {
            return Err(ModelError::NoText {
                path: self.path.clone(),
                token,
            });
        }
        let text = self.inner.decode(tokens, true);
        let text = text.map_err(|error| self.failed(&*error))?;
        Ok(self.spaces.of_text(text))
    }

    /// The first of `tokens` that the tokenizer does not have, as a model with more rows in its embedding
    /// than its tokenizer has tokens can write.
    pub fn without_text(&self, tokens: &[u32]) -> Option<u32> {
        let unknown = |&token: &u32| self.inner.id_to_token(token).is_none();
        tokens.iter().copied().find(unknown)
    }

    /// The tokens that end a text.
    pub fn end_tokens(&self) -> &EndTokens {
        &self.end_tokens
    }

    /// How many tokens there are.
    pub fn vocab_size(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    fn failed(&self, reason: &(impl std::fmt::Display + ?Sized)) -> ModelError {
        failed(&self.path, reason.to_string())
    }
}

/// Follows `tokenizer_config.json` and `special_tokens_map.json`, and answers the end they name and what becomes of
/// spaces.
fn follow(folder: &Path, backend: &mut Backend) -> Result<(Option<u32>, Spaces), ModelError> {
    let (mut config, path) = TokenizerConfig::read(folder)?;
    let spaces = Spaces::of(&config, &backend.inner);
    if config.split_special_tokens == Some(true) {
        return Err(failed(
            &path,
            "`split_special_tokens` is true, but special tokens in a text are tokens here; \
             set it to false"
                .to_owned(),
        ));
    }
    let class = Class::of_folder(folder, &config, &backend.inner)?;
    class.replace_parts(&config, backend)?;
    let is_gpt2 = match class {
        Class::Gpt2 { named } => byte_level::follow(&config, named, backend, &path)?,
        _ => false,
    };
    for (id, TokenText(token)) in listed(&config, &path)? {
        add_as(&mut backend.inner, token, id).map_err(|reason| failed(&path, reason))?;
    }
    let special = std::mem::take(&mut config.special);
    let special = match (class, is_gpt2) {
        (Class::Gpt2 { .. }, false) => special,
        (class, _) => special.with_defaults(class.special_tokens()),
    };
    let [named_beginning, named_end] =
        [special.beginning(), special.end()].map(|named| named.map(str::to_owned));
    for token in special.into_tokens() {
        let added = backend.inner.get_added_tokens_decoder();
        if !added.values().any(|other| other.content == token.content) {
            let adding = backend.inner.add_tokens([token]);
            adding.map_err(|error| failed(&path, error.to_string()))?;
        }
    }
    beginning::follow(&config, named_beginning.as_deref(), backend, &path)?;
    let named_end = named_end.and_then(|end| backend.inner.token_to_id(&end));
    Ok((named_end, spaces))
}

/// The tokens of `added_tokens_decoder`, in the order of their numbers.
fn listed(config: &TokenizerConfig, path: &Path) -> Result<Vec<(u32, TokenText)>, ModelError> {
    let mut listed = Vec::new();
    for (id, token) in config.added_tokens_decoder.iter().flatten() {
        let number = id.parse().map_err(|_| {
            let found: String = id.chars().take(60).collect();
            let expected = "`added_tokens_decoder`: expected the number of a token as each key";
            failed(path, format!("{expected}; found {found:?}"))
        })?;
        listed.push((number, token.clone()));
    }
    listed.sort_by_key(|&(id, _)| id);
    Ok(listed)
}

/// The files of a folder that say how texts become tokens and where they end, in the order of their names.
pub fn tokenizer_files(folder: &Path) -> Vec<PathBuf> {
    const NAMES: [&str; 8] = [
        "added_tokens.json",
        "config.json",
        "generation_config.json",
        "merges.txt",
        "special_tokens_map.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "vocab.json",
    ];
    let files = NAMES.iter().map(|name| folder.join(name));
    files.filter(|file| fs::metadata(file).is_ok()).collect()
}
