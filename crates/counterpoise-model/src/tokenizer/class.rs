//! Which of `transformers`' classes reads a folder, and the parts that it puts in place of those in `tokenizer.json`.

use std::path::Path;

use counterpoise_data::read_json;
use serde::Deserialize;
use tokenizers::decoders::DecoderWrapper;
use tokenizers::decoders::byte_fallback::ByteFallback;
use tokenizers::decoders::fuse::Fuse;
use tokenizers::decoders::sequence::Sequence as Decoders;
use tokenizers::decoders::strip::Strip;
use tokenizers::models::bpe::BPE;
use tokenizers::normalizers::NFC;
use tokenizers::normalizers::replace::Replace;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::metaspace::{Metaspace, PrependScheme};
use tokenizers::pre_tokenizers::sequence::Sequence as PreTokenizers;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{
    ModelWrapper, NormalizerWrapper, PreTokenizerWrapper, SplitDelimiterBehavior, Tokenizer,
};

use super::backend::{Backend, failed};
use super::settings::TokenizerConfig;
use crate::ModelError;

/// What sentencepiece writes for a space.
const SPACE: char = '▁';

/// How Qwen's class cuts texts.
const QWEN_PARTS: &str = concat!(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|",
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
);

/// A class of `transformers` 5, as far as it makes other tokens than `tokenizer.json` alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Any that follows `tokenizer.json` in all things.
    OfFile,
    /// `GPT2Tokenizer`, or none named beside a tokenizer that may be GPT-2's.
    Gpt2 {
        /// Whether a file names it.
        named: bool,
    },
    /// `LlamaTokenizer`.
    Llama,
    /// `GemmaTokenizer`.
    Gemma,
    /// `Qwen2Tokenizer`.
    Qwen2,
    /// `GPTNeoXTokenizer`.
    GptNeoX,
}

/// What `config.json` says about the tokenizer.
#[derive(Debug, Default, Deserialize)]
struct ModelConfig {
    #[serde(default)]
    model_type: Option<String>,
    #[serde(default)]
    tokenizer_class: Option<String>,
}

impl Class {
    /// The class that `AutoTokenizer` reads a folder with. The class that the files name does not count where the family
    /// has none of its own, and for some families the files are known to name a wrong one.
    ///
    /// # Errors
    /// A `config.json` that is broken.
    pub(super) fn of_folder(
        folder: &Path,
        config: &TokenizerConfig,
        tokenizer: &Tokenizer,
    ) -> Result<Self, ModelError> {
        let path = folder.join("config.json");
        let model: ModelConfig = match path.exists() {
            true => read_json(&path, "a model's configuration")?,
            false => ModelConfig::default(),
        };
        let named = config
            .tokenizer_class
            .as_deref()
            .or(model.tokenizer_class.as_deref())
            .map(|class| class.trim_end_matches("Fast"));
        let model_type = model.model_type.as_deref().unwrap_or("gpt2");
        Ok(Self::of(named, model_type, is_byte_level(tokenizer)))
    }

    fn of(named: Option<&str>, model_type: &str, byte_level: bool) -> Self {
        let of_family = match model_type {
            "gemma" | "gemma2" | "gemma3_text" => Some("GemmaTokenizer"),
            "gpt2" | "gpt_neo" | "opt" => Some("GPT2Tokenizer"),
            "gpt_neox" => Some("GPTNeoXTokenizer"),
            "qwen2" | "qwen3" => Some("Qwen2Tokenizer"),
            "mistral" | "olmo2" | "phi3" => Some("TokenizersBackend"),
            _ => None,
        };
        let known = match (named, of_family) {
            (_, Some("TokenizersBackend")) => return Self::OfFile,
            (Some("LlamaTokenizer"), _) if byte_level && model_type != "qwen2" => {
                return Self::OfFile;
            }
            (Some(_), Some(of_family)) if model_type == "qwen2" => of_family,
            (Some(named), _) => named,
            (None, Some("GPT2Tokenizer")) => return Self::Gpt2 { named: false },
            (None, of_family) => of_family.unwrap_or_default(),
        };
        match known {
            "GPT2Tokenizer" => Self::Gpt2 { named: true },
            "LlamaTokenizer" => Self::Llama,
            "GemmaTokenizer" => Self::Gemma,
            "Qwen2Tokenizer" => Self::Qwen2,
            "GPTNeoXTokenizer" => Self::GptNeoX,
            _ => Self::OfFile,
        }
    }

    /// Special tokens of the class, by field, where the files name none.
    pub(super) fn special_tokens(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::OfFile => &[],
            Self::Gpt2 { .. } => &[
                ("bos_token", "<|endoftext|>"),
                ("eos_token", "<|endoftext|>"),
                ("unk_token", "<|endoftext|>"),
            ],
            Self::Llama => &[
                ("bos_token", "<s>"),
                ("eos_token", "</s>"),
                ("unk_token", "<unk>"),
            ],
            Self::Gemma => &[
                ("bos_token", "<bos>"),
                ("eos_token", "<eos>"),
                ("unk_token", "<unk>"),
                ("pad_token", "<pad>"),
                ("mask_token", "<mask>"),
            ],
            Self::Qwen2 => &[
                ("eos_token", "<|endoftext|>"),
                ("unk_token", "<|endoftext|>"),
                ("pad_token", "<|endoftext|>"),
            ],
            Self::GptNeoX => &[
                ("bos_token", "<|endoftext|>"),
                ("eos_token", "<|endoftext|>"),
                ("unk_token", "<|endoftext|>"),
                ("pad_token", "<|padding|>"),
            ],
        }
    }

    /// Puts the parts of the class in place of those that the file describes. GPT-2's are
    /// [checked](super::byte_level::follow) instead.
    ///
    /// # Errors
    /// A file whose model the class does not have.
    pub(super) fn replace_parts(
        self,
        config: &TokenizerConfig,
        backend: &mut Backend,
    ) -> Result<(), ModelError> {
        let Some(parts) = self.parts(config) else {
            return Ok(());
        };
        let path = backend.path.clone();
        let parts = parts.map_err(|error| failed(&path, error.to_string()))?;
        let inner = &mut backend.inner;
        let ModelWrapper::BPE(bpe) = inner.get_model() else {
            return Err(failed(
                &path,
                format!(
                    "`transformers` reads this folder as a tokenizer of {self:?}, whose `model` is BPE, which this file's \
                     is not; name PreTrainedTokenizerFast as `tokenizer_class` in tokenizer_config.json if the file is right"
                ),
            ));
        };
        let mut bpe = bpe.clone();
        parts.model.put_into(&mut bpe);
        inner.with_model(bpe);
        let normalizing = inner.with_normalizer(parts.normalizer);
        normalizing.map_err(|error| failed(&path, error.to_string()))?;
        inner.with_pre_tokenizer(Some(parts.pre_tokenizer));
        inner.with_decoder(Some(parts.decoder));
        if self == Self::GptNeoX {
            // Its class writes the post-processor anew, from settings that are not read beside a tokenizer.json.
            inner.with_post_processor(None::<tokenizers::PostProcessorWrapper>);
        }
        Ok(())
    }

    fn parts(self, config: &TokenizerConfig) -> Option<tokenizers::Result<Parts>> {
        match self {
            Self::OfFile | Self::Gpt2 { .. } => None,
            Self::Llama => Some(Parts::of_llama(config)),
            Self::Gemma => Some(Parts::of_gemma()),
            Self::Qwen2 => Some(Parts::of_qwen(config)),
            Self::GptNeoX => Some(Ok(Parts::of_gpt_neox(config))),
        }
    }
}

/// What a class makes anew; the vocabulary and the merges stay.
struct Parts {
    normalizer: Option<NormalizerWrapper>,
    pre_tokenizer: PreTokenizerWrapper,
    decoder: DecoderWrapper,
    model: Settings,
}

/// Settings of a BPE.
#[derive(Default)]
struct Settings {
    unk_token: Option<String>,
    fuse_unk: bool,
    byte_fallback: bool,
}

impl Settings {
    fn put_into(self, bpe: &mut BPE) {
        bpe.unk_token = self.unk_token;
        bpe.fuse_unk = self.fuse_unk;
        bpe.byte_fallback = self.byte_fallback;
        bpe.continuing_subword_prefix = None;
        bpe.end_of_word_suffix = None;
        bpe.ignore_merges = false;
    }
}

impl Parts {
    fn of_llama(config: &TokenizerConfig) -> tokenizers::Result<Self> {
        let spaced = config.add_prefix_space != Some(false);
        let scheme = match (spaced, config.legacy) {
            (false, _) => PrependScheme::Never,
            (true, Some(true)) => PrependScheme::Always,
            (true, _) => PrependScheme::First,
        };
        let mut decoders = unspaced()?;
        if spaced {
            decoders.push(Strip::new(' ', 1, 0).into());
        }
        Ok(Self {
            normalizer: None,
            pre_tokenizer: Metaspace::new(SPACE, scheme, false).into(),
            decoder: Decoders::new(decoders).into(),
            model: Settings {
                unk_token: None,
                fuse_unk: true,
                byte_fallback: true,
            },
        })
    }

    fn of_gemma() -> tokenizers::Result<Self> {
        let spaces = SplitPattern::String(" ".to_owned());
        Ok(Self {
            normalizer: Some(Replace::new(" ", SPACE.to_string())?.into()),
            pre_tokenizer: Split::new(spaces, SplitDelimiterBehavior::MergedWithPrevious, false)?
                .into(),
            decoder: Decoders::new(unspaced()?).into(),
            model: Settings {
                unk_token: Some("<unk>".to_owned()),
                fuse_unk: true,
                byte_fallback: true,
            },
        })
    }

    fn of_qwen(config: &TokenizerConfig) -> tokenizers::Result<Self> {
        let parts = SplitPattern::Regex(QWEN_PARTS.to_owned());
        let split = Split::new(parts, SplitDelimiterBehavior::Isolated, false)?;
        let bytes = ByteLevel::new(config.add_prefix_space == Some(true), true, false);
        Ok(Self {
            normalizer: Some(NFC.into()),
            pre_tokenizer: PreTokenizers::new(vec![split.into(), bytes.into()]).into(),
            decoder: ByteLevel::default().into(),
            model: Settings::default(),
        })
    }

    fn of_gpt_neox(config: &TokenizerConfig) -> Self {
        let bytes = ByteLevel::new(config.add_prefix_space == Some(true), true, true);
        Self {
            normalizer: Some(NFC.into()),
            pre_tokenizer: bytes.into(),
            decoder: ByteLevel::default().into(),
            model: Settings::default(),
        }
    }
}

/// How sentencepiece's tokens become text again.
fn unspaced() -> tokenizers::Result<Vec<DecoderWrapper>> {
    let spaces = Replace::new(SPACE.to_string(), " ")?;
    Ok(vec![
        spaces.into(),
        ByteFallback::default().into(),
        Fuse::new().into(),
    ])
}

/// Whether a file describes bytes as characters, as GPT-2 does: then it is no `LlamaTokenizer`, whatever is named.
fn is_byte_level(tokenizer: &Tokenizer) -> bool {
    let by_decoder = matches!(tokenizer.get_decoder(), Some(DecoderWrapper::ByteLevel(_)));
    let is_bytes = |part: &PreTokenizerWrapper| matches!(part, PreTokenizerWrapper::ByteLevel(_));
    let by_cutting = match tokenizer.get_pre_tokenizer() {
        Some(PreTokenizerWrapper::Sequence(parts)) => parts.as_ref().iter().any(is_bytes),
        Some(part) => is_bytes(part),
        None => false,
    };
    by_decoder || by_cutting
}
