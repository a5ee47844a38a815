//! What is read of a study: its base model's configuration and tokenizer, some prompts, some text.

use std::path::Path;

use anyhow::{Context, Result, bail};
use counterpoise_data::read_text;
use counterpoise_study::{ModelFiles, Study, challenge_prompts};

use super::BenchArgs;
use crate::workspace;

/// What the steps are timed on.
pub(super) struct Inputs {
    /// The base model's configuration and tokenizer.
    pub(super) files: ModelFiles,
    /// The first challenge prompts, uncut. `[prompts][tokens]`
    pub(super) prompts: Vec<Vec<u32>>,
    /// The first tokens of the text.
    pub(super) text: Vec<u32>,
}

impl Inputs {
    /// Reads them; if there are fewer prompts or tokens than `args` asks for, all of them.
    ///
    /// # Errors
    /// Files that are missing, all in one error; files that are broken.
    pub(super) fn read(study: &Study, args: &BenchArgs) -> Result<Self> {
        check_present(study)?;
        let files = ModelFiles::read_pair(&study.base, &study.tuned)?;
        let max_prompt_tokens = study.decoding.max_prompt_tokens;
        let limit = Some(args.prompts.get());
        let prompts =
            challenge_prompts(&study.prompts, &files.tokenizer, max_prompt_tokens, limit)?;
        let mut text = files
            .tokenizer
            .encode(&read_text(&study.text)?)
            .with_context(|| study.text.display().to_string())?;
        text.truncate(args.text_tokens as usize);
        Ok(Self {
            files,
            prompts: prompts.tokens,
            text,
        })
    }
}

fn check_present(study: &Study) -> Result<()> {
    let needed: [(&str, &Path); 3] = [
        ("base model", &study.base),
        ("prompts", &study.prompts),
        ("text", &study.text),
    ];
    let missing: Vec<String> = needed
        .iter()
        .filter(|(_, path)| !path.exists())
        .map(|(what, path)| format!("{what} {}", path.display()))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let file = workspace::shown(&study.file.path);
    let file = file.display();
    bail!(
        "{file}: `bench` needs the base model, the prompts and the text; not found: {}; \
         `cargo xtask doctor --study {file}` says which files a study needs",
        missing.join(", ")
    )
}
