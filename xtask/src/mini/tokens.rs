//! The miniature's tokenizer: a byte-level BPE trained on the training text.

use anyhow::{Result, anyhow};
use counterpoise_model::Tokenizer;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{AddedToken, TokenizerBuilder};

use super::fixture::Fixture;
use super::settings::Settings;
use counterpoise::progress;

/// Trains the tokenizer, writes it, and reads it back as any model's.
pub(crate) fn train(
    documents: &[String],
    settings: &Settings,
    fixture: &Fixture,
) -> Result<Tokenizer> {
    let spinner = progress::spinner("training the tokenizer");
    let failed = |error: tokenizers::Error| anyhow!("the tokenizer could not be trained: {error}");
    let byte_level = ByteLevel::new(false, true, true);
    let mut tokenizer = TokenizerBuilder::new()
        .with_model(BPE::default())
        .with_normalizer(None::<tokenizers::NormalizerWrapper>)
        .with_pre_tokenizer(Some(byte_level))
        .with_post_processor(None::<tokenizers::PostProcessorWrapper>)
        .with_decoder(Some(byte_level))
        .build()
        .map_err(failed)?;
    let mut trainer = BpeTrainer::builder()
        .vocab_size(settings.vocab_size)
        .show_progress(false)
        .special_tokens(vec![AddedToken::from("<|endoftext|>", true)])
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .build();
    tokenizer
        .train(&mut trainer, documents.iter())
        .map_err(failed)?;
    let json = tokenizer.to_string(false).map_err(failed)?;
    fixture.write_shared("tokenizer.json", json.as_bytes())?;
    drop(spinner);
    Ok(Tokenizer::read(&fixture.path("tokenizer.json"))?)
}
