//! What can go wrong with a classifier.

use std::fmt::Write as _;
use std::path::PathBuf;

use counterpoise_data::DataError;
use counterpoise_weights::{WeightsError, list_names};

/// Why a classifier could not be read or run. Each message about files begins with the file.
#[derive(Debug, thiserror::Error)]
pub enum EncoderError {
    /// A file could not be read, or breaks its format.
    #[error(transparent)]
    File(#[from] DataError),
    /// A weight file could not be read, or is not one.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A folder holds a model of another kind.
    #[error(
        "{}: expected a sequence classifier: `model_type` bert or roberta, `architectures` BertForSequenceClassification or \
         RobertaForSequenceClassification; found {found}; name the folder of such a model",
        path.display()
    )]
    NotAClassifier {
        /// `config.json`.
        path: PathBuf,
        /// What it says.
        found: String,
    },
    /// A configuration describes a model that would be computed wrongly here.
    #[error("{}: `{field}`: expected {expected}; found {found}; give a model whose configuration says so", path.display())]
    Unsupported {
        /// `config.json`.
        path: PathBuf,
        /// The field.
        field: &'static str,
        /// What is supported.
        expected: String,
        /// What the file says.
        found: String,
    },
    /// The outputs' labels contradict each other or are not numbered from 0.
    #[error("{}: {found}; correct `id2label` and `label2id`", path.display())]
    Labels {
        /// The file with the labels.
        path: PathBuf,
        /// What is wrong.
        found: String,
    },
    /// It is not clear which output is the toxicity.
    #[error(
        "{}: expected one label named toxic, toxicity or hate, whose output is the toxicity; found {}; choose one with \
         `label = \"…\"`",
        path.display(), list_names(labels)
    )]
    NoToxicity {
        /// The file with the labels.
        path: PathBuf,
        /// The labels.
        labels: Vec<String>,
    },
    /// No output has the label that was asked for.
    #[error("{}: no output is labelled `{label}`; the labels are {}", path.display(), list_names(labels))]
    NoSuchLabel {
        /// The file with the labels.
        path: PathBuf,
        /// What was asked for.
        label: String,
        /// The labels.
        labels: Vec<String>,
    },
    /// It is not said how logits become scores.
    #[error(
        "{}: {labels} labels, and no `problem_type` to say whether one of them is true of a text or any number; write \
         problem_type = \"multi_label_classification\" (sigmoids) or \"single_label_classification\" (softmax) in the \
         study, as the model was trained",
        path.display()
    )]
    NoProblemType {
        /// `config.json`.
        path: PathBuf,
        /// How many labels there are.
        labels: usize,
    },
    /// A checkpoint has no weights where Detoxify's have them.
    #[error(
        "{}: expected a checkpoint as Detoxify releases them, a dictionary with `state_dict` and `config`; found {found}; \
         download it again, or give the weights as model.safetensors or pytorch_model.bin in the folder",
        path.display()
    )]
    NoStateDict {
        /// The checkpoint.
        path: PathBuf,
        /// What it holds instead.
        found: String,
    },
    /// A checkpoint's tensors are not those of the configured model.
    #[error("{}: the tensors are not those of the configured {architecture}; give weights that belong to its config.json{}", path.display(), list(missing, unexpected, misshapen))]
    Tensors {
        /// The file or folder.
        path: PathBuf,
        /// The model that is configured.
        architecture: &'static str,
        /// Names the model needs and the file lacks.
        missing: Vec<String>,
        /// Names the file has and the model does not know.
        unexpected: Vec<String>,
        /// Tensors of another shape, in words.
        misshapen: Vec<String>,
    },
    /// The values of a tensor could not be read.
    #[error("{}: `{tensor}`: {reason}; copy the file again", path.display())]
    Values {
        /// The file or folder.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// What the reader said.
        reason: String,
    },
    /// A weight is not a number.
    #[error("{}: `{tensor}` holds {count} values that are NaN or infinite", path.display())]
    NotFinite {
        /// The file or folder.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// How many.
        count: usize,
    },
    /// A tokenizer file is missing or broken, or does not belong to the model.
    #[error("{}: {reason}", path.display())]
    Tokenizer {
        /// The tokenizer file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: String,
    },
    /// A text has no tokens, more than the model has positions, or a token that the model does not know.
    #[error(
        "a text of {found}; the model reads 1 to {most} tokens of a vocabulary of {vocab_size}"
    )]
    Tokens {
        /// What is wrong.
        found: String,
        /// The longest text.
        most: usize,
        /// The size of the vocabulary.
        vocab_size: usize,
    },
    /// `max_tokens` leaves no text, or more than the model reads.
    #[error("`max_tokens` is {found}; expected {least} to {most}, the special tokens included")]
    MaxTokens {
        /// What was asked for.
        found: usize,
        /// With the special tokens and one more.
        least: usize,
        /// What the model reads.
        most: usize,
    },
    /// The model's output could not be read back.
    #[error("the logits could not be read back: {0}")]
    Output(String),
}

/// How many tensors of another shape a message names; that there are more says enough.
const MOST: usize = 12;

/// The three lists of [`EncoderError::Tensors`], a line each.
fn list(missing: &[String], unexpected: &[String], misshapen: &[String]) -> String {
    let mut text = String::new();
    for (what, list) in [("missing", missing), ("unexpected", unexpected)] {
        if !list.is_empty() {
            let _ = write!(text, "\n  {what}: {}", list_names(list));
        }
    }
    for wrong in misshapen.iter().take(MOST) {
        let _ = write!(text, "\n  wrong shape: {wrong}");
    }
    if misshapen.len() > MOST {
        let more = misshapen.len() - MOST;
        let _ = write!(text, "\n  and {more} more of wrong shape");
    }
    text
}
