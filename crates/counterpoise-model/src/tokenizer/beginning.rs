//! The token that a tokenizer puts before each text.

use std::path::Path;

use tokenizers::processors::template::{SpecialToken, TemplateProcessing};
use tokenizers::{Encoding, PostProcessor, Token};

use super::backend::{Backend, Origin, failed};
use super::settings::TokenizerConfig;
use crate::ModelError;

/// Stands for a text; no vocabulary is so large.
const TEXT: u32 = u32::MAX;

/// Makes a tokenizer of `vocab.json` and `merges.txt` add the tokens that `tokenizer_config.json` asks for. Beside a
/// `tokenizer.json`, which says for itself what it adds, `transformers` does not look at these settings.
///
/// # Errors
/// A token to be added that no file names.
pub(super) fn follow(
    config: &TokenizerConfig,
    named: Option<&str>,
    backend: &mut Backend,
    path: &Path,
) -> Result<(), ModelError> {
    if backend.origin != Origin::VocabAndMerges {
        return Ok(());
    }
    if config.add_eos_token == Some(true) {
        return Err(failed(
            path,
            "`add_eos_token` is true, but nothing is added behind a text here, which is to be continued; \
             set it to false"
                .to_owned(),
        ));
    }
    if config.add_bos_token != Some(true) {
        return Ok(());
    }
    let known = named.and_then(|token| Some((token, backend.inner.token_to_id(token)?)));
    // `transformers` adds nothing where no beginning token is named.
    let Some((token, id)) = known else {
        return Ok(());
    };
    let wrong = |reason: String| failed(path, reason);
    let special = SpecialToken::new(token.to_owned(), vec![id], vec![token.to_owned()]);
    let special = special.map_err(|error| wrong(error.to_string()))?;
    let template = TemplateProcessing::builder()
        .try_single(vec![token, "$A"])
        .map_err(|error| wrong(error.to_string()))?
        .special_tokens(vec![special])
        .build();
    let template = template.map_err(|error| wrong(error.to_string()))?;
    backend.inner.with_post_processor(Some(template));
    Ok(())
}

/// The token that is put before each text, if one is.
///
/// # Errors
/// A tokenizer that puts other tokens around a text than one before it.
pub(super) fn of(backend: &Backend) -> Result<Option<u32>, ModelError> {
    let Some(processor) = backend.inner.get_post_processor() else {
        return Ok(None);
    };
    let text = Encoding::from_tokens(vec![Token::new(TEXT, String::new(), (0, 0))], 0);
    let processed = processor.process(text, None, true);
    let processed = processed.map_err(|error| failed(&backend.path, error.to_string()))?;
    match processed.get_ids() {
        [TEXT] => Ok(None),
        [beginning, TEXT] => Ok(Some(*beginning)),
        tokens => Err(failed(
            &backend.path,
            format!(
                "its `post_processor` makes {} tokens of a text of one; expected none added to it, or one before it; \
                 texts are to be continued, so take out what is added behind them",
                tokens.len()
            ),
        )),
    }
}
