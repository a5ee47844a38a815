//! Which tokens end a text: what a folder's files say, checked against its vocabulary.

use std::path::Path;

use super::END_OF_TEXT;
use super::backend::failed;
use crate::generation_config::GenerationConfig;
use crate::{EndTokens, ModelError};

/// A tokenizer and the end of a text that it names itself.
pub(super) struct Named<'a> {
    pub(super) inner: &'a tokenizers::Tokenizer,
    pub(super) path: &'a Path,
    /// The end named in the tokenizer's files, or `<|endoftext|>` where that is a token.
    pub(super) by_tokenizer: Option<u32>,
}

impl Named<'_> {
    /// The tokens that end a text, and how many tokens the folder's model knows.
    ///
    /// # Errors
    /// Files that are broken, that name no end, or an end that cannot be right.
    pub(super) fn read(
        &self,
        folder: Option<&Path>,
    ) -> Result<(EndTokens, Option<u64>), ModelError> {
        let of_model = folder
            .map(GenerationConfig::of_model)
            .transpose()?
            .flatten();
        let of_generation = folder.map(GenerationConfig::read).transpose()?.flatten();
        if let Some((settings, path)) = of_generation.as_ref().or(of_model.as_ref()) {
            settings.check(path)?;
        }
        let known = of_model
            .as_ref()
            .and_then(|(config, _)| config.vocab_size());
        let ends = |file: &Option<(GenerationConfig, _)>| {
            file.as_ref()
                .and_then(|(config, _)| config.eos_token_id.clone())
        };
        let (by_model, by_generation) = (ends(&of_model), ends(&of_generation));
        // An end that only generation_config.json has was put there on purpose, whatever it is.
        let on_purpose = by_generation.is_some() && by_generation != by_model;
        let source = match by_generation.is_some() {
            true => of_generation.as_ref(),
            false => of_model.as_ref(),
        };
        let Some(tokens) = by_generation.or(by_model) else {
            return Ok((self.own(known)?, known));
        };
        if let Some((_, path)) = source {
            self.check(&tokens, known, path, on_purpose)?;
        }
        Ok((tokens, known))
    }

    /// The tokenizer's own end.
    fn own(&self, known: Option<u64>) -> Result<EndTokens, ModelError> {
        match self.by_tokenizer.filter(|&token| is_known(token, known)) {
            Some(token) => Ok(token.into()),
            None => Err(failed(
                self.path,
                format!(
                    "no token ends a text: neither generation_config.json nor config.json has an `eos_token_id`, \
                     and the vocabulary has no {END_OF_TEXT}; write `eos_token_id` into config.json"
                ),
            )),
        }
    }

    fn check(
        &self,
        tokens: &EndTokens,
        known: Option<u64>,
        path: &Path,
        on_purpose: bool,
    ) -> Result<(), ModelError> {
        let refused = |found: String| {
            let name = path.file_name().unwrap_or_default().display();
            let reason = format!("`eos_token_id` is {found}; correct `eos_token_id` in {name}");
            Err(failed(path, reason))
        };
        if let Some(token) = tokens.iter().find(|&token| !is_known(token, known)) {
            let known = known.unwrap_or_default();
            return refused(format!(
                "{token}, but the model knows {known} tokens (`vocab_size`)"
            ));
        }
        let added = self.inner.get_added_tokens_decoder();
        let Some(right) = self.by_tokenizer.filter(|&token| is_known(token, known)) else {
            return Ok(());
        };
        let plausible = |token| token == right || added.contains_key(&token);
        if on_purpose || tokens.iter().any(plausible) {
            return Ok(());
        }
        let text = |token| match self.inner.id_to_token(token) {
            Some(text) => format!("`{text}`, a piece of ordinary text"),
            None => "no token of the tokenizer".to_owned(),
        };
        let texts: Vec<String> = tokens.iter().map(text).collect();
        let right_text = self.inner.id_to_token(right).unwrap_or_default();
        refused(format!(
            "{tokens} ({}), but the tokenizer ends a text with `{right_text}`, token {right}",
            texts.join("; ")
        ))
    }
}

fn is_known(token: u32, known: Option<u64>) -> bool {
    known.is_none_or(|known| u64::from(token) < known)
}
