//! What is read of a study: its base model's configuration and tokenizer, some prompts, some text.

use std::num::NonZeroUsize;
use std::path::Path;

use anyhow::{Context, Result, bail};
use counterpoise_data::read_text;
use counterpoise_eval::{MetricKind, Perplexity, Windows, challenge_prompts};
use counterpoise_study::{ModelFiles, Part, Study};

use super::BenchArgs;
use crate::project;

/// What the steps are timed on.
pub(super) struct Inputs {
    /// The base model's configuration and tokenizer.
    pub(super) files: ModelFiles,
    /// The first challenge prompts. `[prompts][tokens]`
    pub(super) prompts: Vec<Vec<u32>>,
    /// The first tokens of the text.
    pub(super) text: Vec<u32>,
    /// How the study measures perplexity.
    pub(super) perplexity: Perplexity,
}

impl Inputs {
    /// Reads them; if there are fewer prompts or tokens than `args` asks for, all of them.
    ///
    /// # Errors
    /// Files that are missing, all in one error; files that are broken.
    pub(super) fn read(study: &Study, args: &BenchArgs) -> Result<Self> {
        check_present(study)?;
        let files = match study.tuning {
            // Only the base model is run, and the other may not be made.
            Some(_) => ModelFiles::read(&study.base)?,
            None => ModelFiles::read_pair(&study.base, &study.tuned)?,
        };
        let limit = Some(args.prompts.get());
        let prompts = challenge_prompts(&study.prompts, &files.tokenizer, study.decoding, limit)?;
        let perplexity = perplexity(study)?;
        let mut text = files
            .tokenizer
            .encode(&read_text(&perplexity.text)?)
            .with_context(|| perplexity.text.display().to_string())?;
        text.truncate(args.text_tokens as usize);
        Ok(Self {
            files,
            prompts: prompts.tokens,
            text,
            perplexity,
        })
    }

    /// How the text is cut.
    pub(super) fn windows(&self) -> Windows {
        let [window, batch_size] = [self.perplexity.window, self.perplexity.batch_size]
            .map(|number| number.map(NonZeroUsize::get));
        let n_positions = self.files.config.n_positions;
        Windows::of(
            n_positions,
            window,
            batch_size,
            self.files.tokenizer.beginning(),
        )
    }
}

/// The study's metric of perplexity, its text taken from the study's folder.
fn perplexity(study: &Study) -> Result<Perplexity> {
    let is_perplexity = |part: &&Part<dyn MetricKind>| part.does.kind == "perplexity";
    let file = project::shown(&study.file.path);
    let Some(part) = study.metrics.iter().find(is_perplexity) else {
        bail!("{}: `bench` needs a metric of perplexity", file.display());
    };
    let mut perplexity: Perplexity = part.does.parameters.clone().try_into()?;
    if let [text] = part.inputs.as_slice() {
        perplexity.text.clone_from(text);
    }
    Ok(perplexity)
}

fn check_present(study: &Study) -> Result<()> {
    let text = perplexity(study)?.text;
    let needed: [(&str, &Path); 3] = [
        ("base model", &study.base),
        ("prompts", &study.prompts),
        ("text", &text),
    ];
    let missing: Vec<String> = needed
        .iter()
        .filter(|(_, path)| !path.exists())
        .map(|(what, path)| format!("{what} {}", path.display()))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let file = project::shown(&study.file.path);
    let file = file.display();
    bail!(
        "{file}: `bench` needs the base model, the prompts and the text; not found: {}; \
         `counterpoise doctor --study {file}` says which files a study needs",
        missing.join(", ")
    )
}
