//! GPT-2's way of cutting texts, and the space that may be put before each.

use std::path::Path;

use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{ModelWrapper, PreTokenizerWrapper};

use super::backend::{Backend, failed};
use super::settings::TokenizerConfig;
use crate::ModelError;

/// Sets whether a space is put before each text as `transformers` does, whose `GPT2Tokenizer` goes by
/// `tokenizer_config.json` and not by `tokenizer.json`. Whether the tokenizer is GPT-2's is answered.
///
/// # Errors
/// Files that contradict each other about it.
pub(super) fn follow(
    config: &TokenizerConfig,
    named: bool,
    backend: &mut Backend,
    path: &Path,
) -> Result<bool, ModelError> {
    let mut byte_level = match cutting_of_gpt2(&backend.inner) {
        Ok(byte_level) => byte_level,
        Err(other) if named => {
            return Err(failed(
                path,
                format!(
                    "`tokenizer_class` is GPT2Tokenizer, which is not what tokenizer.json describes: {other}; \
                     name PreTrainedTokenizerFast if tokenizer.json is right"
                ),
            ));
        }
        Err(other) if config.add_prefix_space == Some(true) => {
            return Err(failed(
                path,
                format!(
                    "`add_prefix_space` is true, but tokenizer.json is not GPT-2's: {other}; set it to false"
                ),
            ));
        }
        Err(_) => return Ok(false),
    };
    let space = config.add_prefix_space;
    if space.is_none() && byte_level.add_prefix_space {
        return Err(failed(
            &backend.path,
            "its `add_prefix_space` is true, which `transformers` does not follow for a GPT-2 unless \
             tokenizer_config.json says so too; write \"add_prefix_space\": true, or false, there"
                .to_owned(),
        ));
    }
    byte_level.add_prefix_space = space.unwrap_or(false);
    backend.inner.with_pre_tokenizer(Some(byte_level));
    Ok(true)
}

/// How a tokenizer cuts texts if it is as GPT-2 does; otherwise what is different.
fn cutting_of_gpt2(inner: &tokenizers::Tokenizer) -> Result<ByteLevel, &'static str> {
    let ModelWrapper::BPE(bpe) = inner.get_model() else {
        return Err("its `model` is not BPE");
    };
    let set = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
    if bpe.ignore_merges || set(&bpe.continuing_subword_prefix) || set(&bpe.end_of_word_suffix) {
        return Err("its `model` is BPE with settings that GPT-2 does not have");
    }
    if inner.get_normalizer().is_some() {
        return Err("it has a `normalizer`");
    }
    match inner.get_pre_tokenizer() {
        Some(PreTokenizerWrapper::ByteLevel(byte_level)) if byte_level.use_regex => Ok(*byte_level),
        _ => Err("its `pre_tokenizer` is not ByteLevel with GPT-2's expression"),
    }
}
