//! `tokenizer_config.json` and `special_tokens_map.json`: what they say about tokens.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use counterpoise_data::read_json;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use tokenizers::AddedToken;

use crate::ModelError;

/// What the two files are, in errors.
const SHAPE: &str = "tokenizer settings, as `transformers` saves them";

/// `tokenizer_config.json`, as far as it changes tokens.
#[derive(Debug, Default, Deserialize)]
pub(super) struct TokenizerConfig {
    /// `GPT2Tokenizer` where absent.
    #[serde(default)]
    pub(super) tokenizer_class: Option<String>,
    /// Whether a space is put before each text.
    #[serde(default)]
    pub(super) add_prefix_space: Option<bool>,
    /// Whether `LlamaTokenizer` puts a space behind each special token in a text too.
    #[serde(default)]
    pub(super) legacy: Option<bool>,
    /// Whether a text begins with a token of its own. `transformers` follows it only beside
    /// `vocab.json`: a `tokenizer.json` says for itself which tokens it adds.
    #[serde(default)]
    pub(super) add_bos_token: Option<bool>,
    /// Whether a text ends with a token of its own.
    #[serde(default)]
    pub(super) add_eos_token: Option<bool>,
    /// Whether special tokens in a text are read as ordinary text.
    #[serde(default)]
    pub(super) split_special_tokens: Option<bool>,
    /// Whether spaces before punctuation are taken out of a decoded text.
    #[serde(default)]
    pub(super) clean_up_tokenization_spaces: Option<bool>,
    /// Without this, `transformers` does not follow the former for a BPE.
    #[serde(
        default,
        rename = "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output"
    )]
    pub(super) clean_up_tokenization_spaces_for_bpe: Option<bool>,
    /// Tokens beyond the vocabulary, by number.
    #[serde(default)]
    pub(super) added_tokens_decoder: Option<BTreeMap<String, TokenText>>,
    /// Read on its own, so that an error has its line.
    #[serde(skip)]
    pub(super) special: SpecialTokens,
}

/// Special tokens by what they are for, in the order in which `transformers` adds them.
#[derive(Debug, Default, Deserialize)]
pub(super) struct SpecialTokens {
    #[serde(default)]
    bos_token: Named,
    #[serde(default)]
    eos_token: Named,
    #[serde(default)]
    unk_token: Named,
    #[serde(default)]
    sep_token: Named,
    #[serde(default)]
    pad_token: Named,
    #[serde(default)]
    cls_token: Named,
    #[serde(default)]
    mask_token: Named,
    #[serde(default)]
    extra_special_tokens: Option<Extra>,
    #[serde(default)]
    additional_special_tokens: Option<Extra>,
}

/// One special token: not mentioned, `null`, or its text.
#[derive(Debug, Default)]
pub(super) enum Named {
    /// The file does not mention it.
    #[default]
    Absent,
    /// The file says that there is none.
    Null,
    /// The token.
    Token(TokenText),
}

/// A token as the files write it: its text, or an object that also says how it is found in a text.
#[derive(Debug, Clone)]
pub(super) struct TokenText(pub(super) AddedToken);

/// More special tokens, in a list or by name.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Extra {
    List(Vec<TokenText>),
    ByName(serde_json::Map<String, serde_json::Value>),
}

impl TokenizerConfig {
    /// Reads both files of a folder; one that is not there says nothing. Which file it is that was read
    /// is answered too.
    ///
    /// # Errors
    /// A file that is broken or says something else about a token than its text.
    pub(super) fn read(folder: &Path) -> Result<(Self, PathBuf), ModelError> {
        let path = folder.join("tokenizer_config.json");
        let mut config = match path.exists() {
            true => Self {
                special: read_json(&path, SHAPE)?,
                ..read_json(&path, SHAPE)?
            },
            false => Self::default(),
        };
        let map = folder.join("special_tokens_map.json");
        // As in `transformers`: newer files list every token in `added_tokens_decoder`.
        if config.added_tokens_decoder.is_none() && map.exists() {
            config.special.replaced_by(read_json(&map, SHAPE)?);
        }
        Ok((config, path))
    }
}

impl SpecialTokens {
    fn replaced_by(&mut self, other: Self) {
        let pairs = [
            (&mut self.bos_token, other.bos_token),
            (&mut self.eos_token, other.eos_token),
            (&mut self.unk_token, other.unk_token),
            (&mut self.sep_token, other.sep_token),
            (&mut self.pad_token, other.pad_token),
            (&mut self.cls_token, other.cls_token),
            (&mut self.mask_token, other.mask_token),
        ];
        for (mine, other) in pairs {
            if !matches!(other, Named::Absent) {
                *mine = other;
            }
        }
        let extra = other.extra_special_tokens;
        let more = extra.or(other.additional_special_tokens);
        if more.is_some() {
            self.extra_special_tokens = more;
        }
    }

    /// The token named as the beginning of a text.
    pub(super) fn beginning(&self) -> Option<&str> {
        self.bos_token.text()
    }

    /// The token named as the end of a text.
    pub(super) fn end(&self) -> Option<&str> {
        self.eos_token.text()
    }

    /// Fills in tokens by field, where the files do not mention them.
    pub(super) fn with_defaults(mut self, defaults: &[(&str, &str)]) -> Self {
        for &(field, text) in defaults {
            let token = match field {
                "bos_token" => &mut self.bos_token,
                "eos_token" => &mut self.eos_token,
                "unk_token" => &mut self.unk_token,
                "pad_token" => &mut self.pad_token,
                _ => &mut self.mask_token,
            };
            if matches!(token, Named::Absent) {
                *token = Named::Token(TokenText(AddedToken::from(text, true)));
            }
        }
        self
    }

    /// The tokens, in the order in which they are added.
    pub(super) fn into_tokens(self) -> Vec<AddedToken> {
        let named = [
            self.bos_token,
            self.eos_token,
            self.unk_token,
            self.sep_token,
            self.pad_token,
            self.cls_token,
            self.mask_token,
        ];
        let named = named.into_iter().filter_map(|named| match named {
            Named::Token(TokenText(token)) => Some(token.special(true)),
            Named::Absent | Named::Null => None,
        });
        let extra = match self.extra_special_tokens {
            Some(Extra::List(list)) if list.is_empty() => self.additional_special_tokens,
            None => self.additional_special_tokens,
            extra => extra,
        };
        let extra = match extra {
            None => Vec::new(),
            Some(Extra::List(list)) => list.into_iter().map(|TokenText(token)| token).collect(),
            Some(Extra::ByName(map)) => (map.values())
                .filter_map(|text| Some(AddedToken::from(text.as_str()?, true)))
                .collect(),
        };
        named.chain(extra).collect()
    }
}

impl Named {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Token(TokenText(token)) => Some(&token.content),
            Self::Absent | Self::Null => None,
        }
    }
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let token: Option<TokenText> = Option::deserialize(deserializer)?;
        Ok(token.map_or(Self::Null, Self::Token))
    }
}

impl<'de> Deserialize<'de> for TokenText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrObject)
    }
}

struct TextOrObject;

impl<'de> Visitor<'de> for TextOrObject {
    type Value = TokenText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a token's text, or an object with its `content`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<TokenText, E> {
        Ok(TokenText(AddedToken::from(text, true)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TokenText, A::Error> {
        #[derive(Deserialize)]
        struct Fields {
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
        }
        let fields = Fields::deserialize(MapAccessDeserializer::new(map))?;
        Ok(TokenText(AddedToken {
            content: fields.content,
            single_word: fields.single_word,
            lstrip: fields.lstrip,
            rstrip: fields.rstrip,
            normalized: fields.normalized.unwrap_or(!fields.special),
            special: fields.special,
        }))
    }
}
