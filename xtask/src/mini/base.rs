//! The base model: a GPT-2 trained from nothing on the miniature's language.

use anyhow::{Context, Result};
use burn::tensor::Device;
use counterpoise_model::{Checkpoint, Config, Tokenizer, Transformer, load, save_in};

use super::fixture::Fixture;
use super::settings::Settings;
use counterpoise::progress;

/// The base model and its tokenizer.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    pub(crate) model: Transformer,
    pub(crate) config: Config,
    pub(crate) tokenizer: Tokenizer,
}

/// Trains the base model and writes its folder.
pub(crate) fn train(
    documents: &[String],
    tokenizer: Tokenizer,
    settings: &Settings,
    fixture: &Fixture,
    device: &Device,
) -> Result<Base> {
    let end_of_text = tokenizer.end_tokens().iter().next();
    let end_of_text = end_of_text.context("the tokenizer has no end of text")?;
    let config = settings.config(end_of_text);
    let documents = documents
        .iter()
        .map(|document| tokenizer.encode(document))
        .collect::<Result<Vec<_>, _>>()?;
    let model = Transformer::init(&config, settings.seed, device);
    let mut run = settings.pretraining.start(model, documents, end_of_text)?;
    let bar = progress::bar("training the base model", run.steps() as u64);
    while let Some(log) = run.step()? {
        bar.inc(1);
        if log.step % 100 == 0 {
            let (step, loss, speed) = (log.step, log.loss, log.tokens_per_second);
            progress::line(&format!("step {step}: loss {loss:.4}, {speed:.0} tokens/s"));
        }
    }
    drop(bar);
    fixture.write_shared_json("config.json", &config)?;
    let file = fixture.path("base/model.safetensors");
    save_in(&run.into_model(), &file, settings.precision)?;
    read(fixture, device)
}

/// Reads the base model's folder.
pub(crate) fn read(fixture: &Fixture, device: &Device) -> Result<Base> {
    let Checkpoint { config, model, .. } = load(&fixture.path("base"), device)?;
    Ok(Base {
        model,
        config,
        tokenizer: Tokenizer::read(&fixture.path("base"))?,
    })
}
