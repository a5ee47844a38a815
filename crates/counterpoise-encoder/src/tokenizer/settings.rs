//! `tokenizer_config.json`, and the files of older versions beside it: how texts are cut, and which tokens are found whole.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use counterpoise_data::read_json;
use serde::Deserialize;
use tokenizers::AddedToken;

use super::failed;
use crate::EncoderError;
use crate::config::Family;

/// What the files are, in errors.
const SHAPE: &str = "tokenizer settings, as `transformers` saves them";

/// `tokenizer_config.json`, as far as it changes tokens.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Settings {
    #[serde(default)]
    pub(super) tokenizer_class: Option<String>,
    /// Of BERT; true where absent.
    #[serde(default)]
    pub(super) do_lower_case: Option<bool>,
    /// Of BERT; as `do_lower_case` where absent.
    #[serde(default)]
    pub(super) strip_accents: Option<bool>,
    /// Of BERT; true where absent.
    #[serde(default)]
    pub(super) tokenize_chinese_chars: Option<bool>,
    /// Of RoBERTa; false where absent.
    #[serde(default)]
    pub(super) add_prefix_space: Option<bool>,
    /// Whether special tokens in a text are read as ordinary text.
    #[serde(default)]
    pub(super) split_special_tokens: Option<bool>,
    /// The longest text; a number beyond all bounds where there is none.
    #[serde(default)]
    pub(super) model_max_length: Option<f64>,
    #[serde(default)]
    pub(super) truncation_side: Option<Side>,
    /// Tokens by number, those of the vocabulary among them.
    #[serde(default)]
    added_tokens_decoder: Option<BTreeMap<u32, TokenText>>,
    #[serde(flatten)]
    special: SpecialTokens,
    /// Which file it was read from.
    #[serde(skip)]
    pub(super) path: PathBuf,
}

/// The end at which a text that is too long is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Side {
    Left,
    Right,
}

/// Special tokens by what they are for.
#[derive(Debug, Clone, Default, Deserialize)]
struct SpecialTokens {
    #[serde(default)]
    bos_token: Option<TokenText>,
    #[serde(default)]
    eos_token: Option<TokenText>,
    #[serde(default)]
    unk_token: Option<TokenText>,
    #[serde(default)]
    sep_token: Option<TokenText>,
    #[serde(default)]
    pad_token: Option<TokenText>,
    #[serde(default)]
    cls_token: Option<TokenText>,
    #[serde(default)]
    mask_token: Option<TokenText>,
}

/// A token as the files write it: its text, or an object that also says how it is found in a text.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum TokenText {
    Text(String),
    Token {
        content: String,
        #[serde(default)]
        single_word: bool,
        #[serde(default)]
        lstrip: bool,
        #[serde(default)]
        rstrip: bool,
        #[serde(default)]
        normalized: Option<bool>,
        #[serde(default)]
        special: bool,
    },
}

/// A token of `tokenizer.json`.
#[derive(Debug, Deserialize)]
pub(super) struct Numbered {
    id: u32,
    #[serde(flatten)]
    token: TokenText,
}

/// The tokens that are found whole in a text, and the special ones that the tokenizer needs.
pub(super) struct Found {
    /// Those with a number that they have to have, in the order of the numbers.
    pub(super) numbered: Vec<(u32, AddedToken)>,
    /// The special ones; those that are not numbered come after the vocabulary.
    pub(super) special: Vec<AddedToken>,
    pub(super) unk: String,
    pub(super) cls: String,
    pub(super) sep: String,
}

impl Settings {
    /// Reads the file of a folder; one that is not there says nothing.
    ///
    /// # Errors
    /// A file that is broken.
    pub(super) fn read(folder: &Path) -> Result<Self, EncoderError> {
        let path = folder.join("tokenizer_config.json");
        let settings = if path.exists() {
            read_json(&path, SHAPE)?
        } else {
            Self::default()
        };
        Ok(Self { path, ..settings })
    }

    /// The tokens of a family's tokenizer, as `transformers` gathers them. `listed` are those of `tokenizer.json`.
    ///
    /// # Errors
    /// A file of older versions that is broken.
    pub(super) fn tokens(
        &self,
        folder: &Path,
        family: Family,
        listed: &[Numbered],
    ) -> Result<Found, EncoderError> {
        let mut special = self.special.clone();
        let mut by_number: BTreeMap<u32, AddedToken> = BTreeMap::new();
        if let Some(decoder) = &self.added_tokens_decoder {
            by_number.extend(decoder.iter().map(|(&id, token)| (id, token.added(false))));
        } else {
            let map = folder.join("special_tokens_map.json");
            if map.exists() {
                special.replaced_by(read_json(&map, SHAPE)?);
            }
            let added = folder.join("added_tokens.json");
            if added.exists() {
                let texts = special.texts();
                let added: BTreeMap<String, u32> = read_json(&added, "token numbers by token")?;
                by_number.extend(added.into_iter().map(|(text, id)| {
                    let is_special = texts.contains(&text);
                    (id, AddedToken::from(text, is_special))
                }));
            }
            by_number.extend(
                listed
                    .iter()
                    .map(|Numbered { id, token }| (*id, token.added(false))),
            );
        }
        special.fill(family);
        let content = |token: &Option<TokenText>| {
            token
                .as_ref()
                .map(|token| token.added(true).content)
                .unwrap_or_default()
        };
        Ok(Found {
            unk: content(&special.unk_token),
            cls: content(&special.cls_token),
            sep: content(&special.sep_token),
            special: special.tokens().map(|token| token.added(true)).collect(),
            numbered: by_number.into_iter().collect(),
        })
    }

    /// Whether tokens are made as `tokenizer.json` says in all things, and not as the family's own tokenizer makes them.
    ///
    /// # Errors
    /// A class that is neither.
    pub(super) fn follows_tokenizer_json(&self, family: Family) -> Result<bool, EncoderError> {
        let own = match family {
            Family::Bert => "BertTokenizer",
            Family::Roberta => "RobertaTokenizer",
        };
        match self.tokenizer_class.as_deref() {
            None => Ok(false),
            Some(class) if class.strip_suffix("Fast").unwrap_or(class) == own => Ok(false),
            Some("PreTrainedTokenizerFast" | "TokenizersBackend") => Ok(true),
            Some(other) => Err(failed(
                &self.path,
                format!(
                    "`tokenizer_class`: expected {own}, or PreTrainedTokenizerFast beside a tokenizer.json; found {other}; \
                     save the tokenizer as one of them"
                ),
            )),
        }
    }
}

impl SpecialTokens {
    fn all(&mut self) -> [&mut Option<TokenText>; 7] {
        [
            &mut self.bos_token,
            &mut self.eos_token,
            &mut self.unk_token,
            &mut self.sep_token,
            &mut self.pad_token,
            &mut self.cls_token,
            &mut self.mask_token,
        ]
    }

    fn replaced_by(&mut self, mut other: Self) {
        for (mine, other) in self.all().into_iter().zip(other.all()) {
            if other.is_some() {
                *mine = other.take();
            }
        }
    }

    /// Fills in what the family's tokenizer has where the files say nothing.
    fn fill(&mut self, family: Family) {
        let own = match family {
            Family::Bert => ["", "", "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"],
            Family::Roberta => ["<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>"],
        };
        for (token, own) in self.all().into_iter().zip(own) {
            if token.is_none() && !own.is_empty() {
                *token = Some(TokenText::Text(own.to_owned()));
            }
        }
    }

    fn tokens(&mut self) -> impl Iterator<Item = &TokenText> {
        self.all().into_iter().filter_map(|token| token.as_ref())
    }

    fn texts(&mut self) -> Vec<String> {
        self.tokens()
            .map(|token| token.added(true).content)
            .collect()
    }
}

impl TokenText {
    /// The token; a special one if it is, or if `is_special`.
    fn added(&self, is_special: bool) -> AddedToken {
        match self {
            Self::Text(text) => AddedToken::from(text.as_str(), is_special),
            Self::Token {
                content,
                single_word,
                lstrip,
                rstrip,
                normalized,
                special,
            } => AddedToken {
                content: content.clone(),
                single_word: *single_word,
                lstrip: *lstrip,
                rstrip: *rstrip,
                normalized: normalized.unwrap_or(!(*special || is_special)),
                special: *special || is_special,
            },
        }
    }
}
