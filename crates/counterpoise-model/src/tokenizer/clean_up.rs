//! Spaces before punctuation, which `transformers` takes out of decoded texts where a tokenizer's files ask for it.

use tokenizers::ModelWrapper;

use super::settings::TokenizerConfig;

/// What is replaced by what, in this order.
const REPLACED: [(&str, &str); 10] = [
    (" .", "."),
    (" ?", "?"),
    (" !", "!"),
    (" ,", ","),
    (" ' ", "'"),
    (" n't", "n't"),
    (" 'm", "'m"),
    (" 's", "'s"),
    (" 've", "'ve"),
    (" 're", "'re"),
];

/// Whether decoded texts keep their spaces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Spaces {
    /// As the tokens have them.
    #[default]
    Kept,
    /// Without those before punctuation.
    CleanedUp,
}

impl Spaces {
    /// What a tokenizer's settings ask for. A BPE, whose tokens carry their spaces, has to insist.
    pub(super) fn of(config: &TokenizerConfig, inner: &tokenizers::Tokenizer) -> Self {
        let set = |flag: Option<bool>| flag == Some(true);
        let is_bpe = matches!(inner.get_model(), ModelWrapper::BPE(_));
        match set(config.clean_up_tokenization_spaces)
            && (!is_bpe || set(config.clean_up_tokenization_spaces_for_bpe))
        {
            true => Self::CleanedUp,
            false => Self::Kept,
        }
    }

    /// A decoded text.
    pub(super) fn of_text(self, text: String) -> String {
        match self {
            Self::Kept => text,
            Self::CleanedUp => REPLACED
                .iter()
                .fold(text, |text, (from, to)| text.replace(from, to)),
        }
    }
}
