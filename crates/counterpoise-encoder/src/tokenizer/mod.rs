//! The tokenizer of a classifier's folder: the tokens that `AutoTokenizer` of `transformers` makes, special ones and
//! truncation included.

mod settings;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use counterpoise_data::{read_json_text, shortened};
use serde::Deserialize;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::{TruncationDirection, TruncationParams};

use crate::EncoderError;
use crate::config::{EncoderConfig, Family};
use settings::{Found, Numbered, Settings, Side};

/// What `tokenizer.json` is, in errors.
const SHAPE: &str = "a tokenizer, as the `tokenizers` library saves it";

/// How texts become tokens.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    max_tokens: usize,
    path: PathBuf,
}

impl Tokenizer {
    /// Reads the tokenizer of a folder: `tokenizer.json`, or BERT's `vocab.txt`, or RoBERTa's `vocab.json` and
    /// `merges.txt`, with what `tokenizer_config.json` says of them. Texts are cut to `max_tokens`, or to what the model
    /// and the files allow.
    ///
    /// # Errors
    /// Files that are missing or broken; special tokens that the model does not know; `max_tokens` beyond what it reads.
    pub fn read(
        folder: &Path,
        config: &EncoderConfig,
        max_tokens: Option<usize>,
    ) -> Result<Self, EncoderError> {
        let settings = Settings::read(folder)?;
        let (mut inner, path) = if settings.follows_tokenizer_json(config.family)? {
            whole(folder)?
        } else {
            of_family(folder, config, &settings)?
        };
        let bad = |error: tokenizers::Error| failed(&path, error.to_string());
        let known = config.vocab_size;
        let vocab = inner.get_vocab(false).into_iter();
        if let Some((token, id)) = vocab
            .max_by_key(|(_, id)| *id)
            .filter(|(_, id)| *id as usize >= known)
        {
            let token = shortened(&token);
            let reason = format!(
                "`{token}` is token {id}, but the model knows {known} (`vocab_size`); take tokenizer and weights from one model"
            );
            return Err(failed(&path, reason));
        }
        let added = inner.get_post_processor().map_or(0, |processor| {
            tokenizers::PostProcessor::added_tokens(processor, false)
        });
        let of_files = settings
            .model_max_length
            .map_or(usize::MAX, |most| most as usize);
        let most = config.max_tokens().min(of_files);
        let max_tokens = max_tokens.unwrap_or(most);
        if !(added + 1..=most).contains(&max_tokens) {
            return Err(EncoderError::MaxTokens {
                found: max_tokens,
                least: added + 1,
                most,
            });
        }
        let direction = match settings.truncation_side {
            Some(Side::Left) => TruncationDirection::Left,
            Some(Side::Right) | None => TruncationDirection::Right,
        };
        let truncation = TruncationParams {
            max_length: max_tokens,
            direction,
            ..TruncationParams::default()
        };
        inner
            .with_padding(None)
            .with_truncation(Some(truncation))
            .map_err(bad)?;
        inner.set_encode_special_tokens(settings.split_special_tokens.unwrap_or(false));
        Ok(Self {
            inner,
            max_tokens,
            path,
        })
    }

    /// The tokens of `text`, between its special ones.
    ///
    /// # Errors
    /// A text that the tokenizer cannot encode.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, EncoderError> {
        let encoding = self.inner.encode_fast(text, true);
        let encoding = encoding.map_err(|error| failed(&self.path, error.to_string()))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The longest text, in tokens, special ones included.
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }
}

/// What a family's tokenizer takes from `tokenizer.json`.
#[derive(Deserialize)]
struct Outline {
    model: Model,
    #[serde(default)]
    added_tokens: Vec<Numbered>,
}

#[derive(Deserialize)]
struct Model {
    vocab: HashMap<String, u32>,
    #[serde(default)]
    merges: Vec<Merge>,
}

/// A merge as newer and older versions write it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Merge {
    Pair(String, String),
    Line(String),
}

impl Merge {
    fn pair(self) -> (String, String) {
        match self {
            Self::Pair(left, right) => (left, right),
            Self::Line(line) => match line.split_once(' ') {
                Some((left, right)) => (left.to_owned(), right.to_owned()),
                None => (line, String::new()),
            },
        }
    }
}

/// A vocabulary, wherever it comes from.
struct Vocabulary {
    vocab: Vocab,
    merges: Vec<(String, String)>,
    listed: Vec<Numbered>,
    path: PathBuf,
}

impl Vocabulary {
    fn read(folder: &Path, family: Family) -> Result<Self, EncoderError> {
        let file = |name: &str| folder.join(name);
        let one = file("tokenizer.json");
        if one.exists() {
            return Self::of_tokenizer_json(one);
        }
        let needed: &[&str] = match family {
            Family::Bert => &["vocab.txt"],
            Family::Roberta => &["vocab.json", "merges.txt"],
        };
        if let Some(missing) = needed.iter().find(|name| !file(name).exists()) {
            return Err(failed(
                &file(missing),
                format!(
                    "not there, and no tokenizer.json either: the tokenizer of a {} is tokenizer.json, or {}; copy what the \
                     model came with",
                    family.model_type(),
                    needed.join(" and ")
                ),
            ));
        }
        let paths: Vec<PathBuf> = needed.iter().map(|name| file(name)).collect();
        let names: Option<Vec<&str>> = paths.iter().map(|path| path.to_str()).collect();
        let names = names.ok_or_else(|| {
            failed(
                &paths[0],
                "its name is not UTF-8; rename the folder".to_owned(),
            )
        })?;
        let bad = |error: tokenizers::Error| {
            failed(
                &paths[0],
                format!("not a vocabulary: {error}; copy it again"),
            )
        };
        let (vocab, merges) = match names[..] {
            [vocab] => (WordPiece::read_file(vocab).map_err(bad)?, Vec::new()),
            _ => BPE::read_file(names[0], names[1]).map_err(bad)?,
        };
        Ok(Self {
            vocab,
            merges,
            listed: Vec::new(),
            path: paths[0].clone(),
        })
    }

    fn of_tokenizer_json(path: PathBuf) -> Result<Self, EncoderError> {
        let text = read_json_text(&path, SHAPE)?;
        let outline: Outline = serde_json::from_str(&text).map_err(|error| {
            let reason = format!("not the tokenizer of a BERT or RoBERTa: {error}; copy it again");
            failed(&path, reason)
        })?;
        Ok(Self {
            vocab: outline.model.vocab.into_iter().collect(),
            merges: outline.model.merges.into_iter().map(Merge::pair).collect(),
            listed: outline.added_tokens,
            path,
        })
    }
}

/// The tokenizer that `tokenizer.json` describes.
fn whole(folder: &Path) -> Result<(tokenizers::Tokenizer, PathBuf), EncoderError> {
    let path = folder.join("tokenizer.json");
    let text = read_json_text(&path, SHAPE)?;
    let inner = tokenizers::Tokenizer::from_bytes(text);
    let inner =
        inner.map_err(|error| failed(&path, format!("not a tokenizer: {error}; copy it again")))?;
    Ok((inner, path))
}

/// The family's own tokenizer over the folder's vocabulary.
fn of_family(
    folder: &Path,
    config: &EncoderConfig,
    settings: &Settings,
) -> Result<(tokenizers::Tokenizer, PathBuf), EncoderError> {
    let Vocabulary {
        vocab,
        merges,
        listed,
        path,
    } = Vocabulary::read(folder, config.family)?;
    let found = settings.tokens(folder, config.family, &listed)?;
    let numbered: Vec<&str> = (found.numbered.iter())
        .map(|(_, token)| token.content.as_str())
        .collect();
    let is_known = |text: &str| vocab.contains_key(text) || numbered.contains(&text);
    let needed = [&found.unk, &found.cls, &found.sep];
    if let Some(missing) = needed.into_iter().find(|text| !is_known(text)) {
        let missing = shortened(missing);
        return Err(failed(
            &path,
            format!(
                "the special token `{missing}` is not in it; copy the vocabulary that the model came with"
            ),
        ));
    }
    let bad = |error: tokenizers::Error| failed(&path, error.to_string());
    let mut inner = match config.family {
        Family::Bert => {
            let word_piece = WordPiece::builder()
                .vocab(vocab)
                .unk_token(found.unk.clone());
            let mut inner = tokenizers::Tokenizer::new(word_piece.build().map_err(bad)?);
            let lower_case = settings.do_lower_case.unwrap_or(true);
            let chinese = settings.tokenize_chinese_chars.unwrap_or(true);
            let normalizer = BertNormalizer::new(true, chinese, settings.strip_accents, lower_case);
            inner.with_normalizer(Some(normalizer)).map_err(bad)?;
            inner.with_pre_tokenizer(Some(BertPreTokenizer));
            inner
        }
        Family::Roberta => {
            let bpe = BPE::builder().vocab_and_merges(vocab, merges);
            let mut inner = tokenizers::Tokenizer::new(bpe.build().map_err(bad)?);
            let space = settings.add_prefix_space.unwrap_or(false);
            inner.with_pre_tokenizer(Some(ByteLevel::new(space, true, true)));
            inner
        }
    };
    add(&mut inner, &found, &path)?;
    let special = |text: &str| match inner.token_to_id(text) {
        Some(id) => Ok((text.to_owned(), id)),
        None => Err(failed(&path, format!("`{}` is no token", shortened(text)))),
    };
    let (sep, cls) = (special(&found.sep)?, special(&found.cls)?);
    inner.with_post_processor(Some(BertProcessing::new(sep, cls)));
    Ok((inner, path))
}

/// Adds the tokens that are found whole: those with numbers, then special ones that are not among them.
fn add(inner: &mut tokenizers::Tokenizer, found: &Found, path: &Path) -> Result<(), EncoderError> {
    let bad = |error: tokenizers::Error| failed(path, error.to_string());
    for (id, token) in &found.numbered {
        inner.add_tokens([token.clone()]).map_err(bad)?;
        let got = inner.token_to_id(&token.content);
        if got != Some(*id) {
            let got = got.map_or("no token".to_owned(), |got| format!("token {got}"));
            return Err(failed(
                path,
                format!(
                    "`{}` is said to be token {id}, but behind this vocabulary it is {got}; take all tokenizer files from \
                     one model",
                    shortened(&token.content)
                ),
            ));
        }
    }
    for token in &found.special {
        let is_there = found
            .numbered
            .iter()
            .any(|(_, other)| other.content == token.content);
        if !is_there {
            inner.add_tokens([token.clone()]).map_err(bad)?;
        }
    }
    Ok(())
}

fn failed(path: &Path, reason: String) -> EncoderError {
    EncoderError::Tokenizer {
        path: path.to_owned(),
        reason,
    }
}
