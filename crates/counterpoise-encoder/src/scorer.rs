//! A classifier as what scores texts: files, labels and weights together.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use burn::tensor::Device;
use counterpoise_registry::{Description, Resources};
use counterpoise_score::{ScoreError, ScorerKind, TextScore, ToxicityScorer};
use counterpoise_weights::Weights;
use serde::{Deserialize, Serialize};

use crate::batches::batches;
use crate::config::EncoderConfig;
use crate::labels::{Labels, ProblemType};
use crate::{EncoderError, SequenceClassifier, Tokenizer, detoxify, load};

/// The name of the kind.
const KIND: &str = "classifier";

/// `kind = "classifier"`: a BERT or RoBERTa with a classification head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classifier {
    /// A Hugging Face folder: `config.json`, the tokenizer, and the weights unless `weights` names others.
    pub model: PathBuf,
    /// Weights in a file of their own, such as a checkpoint of Detoxify's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<PathBuf>,
    /// The label whose output is the toxicity; may be left out where one is named toxic, toxicity or hate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// How logits become scores; may be left out where `config.json` says it, and for one or two labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem_type: Option<ProblemType>,
    /// Texts that are taken together. It changes the speed and the memory, never a score by more than rounding.
    #[serde(default = "default_batch_size")]
    pub batch_size: NonZeroUsize,
    /// Texts are cut to so many tokens, special ones included; what the model reads, unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<usize>,
}

fn default_batch_size() -> NonZeroUsize {
    const SIXTY_FOUR: NonZeroUsize = NonZeroUsize::MIN.saturating_add(63);
    SIXTY_FOUR
}

/// What the files say, values of weights left where they are.
struct Files {
    config: EncoderConfig,
    labels: Labels,
    problem_type: ProblemType,
    /// The output that is the toxicity.
    output: usize,
    weights: Weights,
    tokenizer: Tokenizer,
}

impl Classifier {
    /// The classifier in a folder, everything else as its files say.
    pub fn at(model: impl Into<PathBuf>) -> Self {
        Self {
            model: model.into(),
            weights: None,
            label: None,
            problem_type: None,
            batch_size: default_batch_size(),
            max_tokens: None,
        }
    }

    /// Reads the files, and the weights onto `device`.
    ///
    /// # Errors
    /// Files that are missing or broken, of another model, or that do not say which output is the toxicity.
    pub fn load(&self, device: &Device) -> Result<ClassifierScorer, EncoderError> {
        let files = self.files()?;
        Ok(ClassifierScorer {
            model: load::build(&files.config, &files.weights, device)?,
            tokenizer: files.tokenizer,
            problem_type: files.problem_type,
            output: files.output,
            batch_size: self.batch_size.get(),
        })
    }

    fn files(&self) -> Result<Files, EncoderError> {
        let config = EncoderConfig::read(&self.model)?;
        let of_checkpoint = match &self.weights {
            Some(file) => detoxify::labels(file)?,
            None => {
                config.check_architecture()?;
                None
            }
        };
        let (labels, stated) = match of_checkpoint {
            // Detoxify takes a sigmoid of every output.
            Some(labels) => (labels, Some(ProblemType::MultiLabel)),
            None => (config.labels.clone(), config.problem_type),
        };
        let count = labels.names.len();
        let problem_type = (self.problem_type.or(stated)).or_else(|| ProblemType::of(count));
        let problem_type = problem_type.ok_or_else(|| EncoderError::NoProblemType {
            path: config.path.clone(),
            labels: count,
        })?;
        let path = self.weights.as_ref().unwrap_or(&self.model);
        Ok(Files {
            output: labels.toxicity(self.label.as_deref())?,
            tokenizer: Tokenizer::read(&self.model, &config, self.max_tokens)?,
            weights: load::open(&config, count, path)?,
            problem_type,
            labels,
            config,
        })
    }
}

impl Files {
    /// In a few words.
    fn summary(&self) -> String {
        let config = &self.config;
        let sizes = format!(
            "{}, {} blocks, {} wide",
            config.family.architecture(),
            config.num_hidden_layers,
            config.hidden_size
        );
        let labels = format!("labels {}", self.labels.names.join(", "));
        let toxicity = format!(
            "the toxicity is the {} of `{}`",
            self.problem_type.function(),
            self.labels.names[self.output]
        );
        let texts = format!("texts of up to {} tokens", self.tokenizer.max_tokens());
        let said = [sizes, labels, toxicity, texts];
        [&said[..], &self.weights.remarks].concat().join("; ")
    }
}

impl ScorerKind for Classifier {
    fn inputs(&mut self) -> Vec<&mut PathBuf> {
        let weights = self.weights.iter_mut();
        std::iter::once(&mut self.model).chain(weights).collect()
    }

    fn describe(&self) -> Result<Description, ScoreError> {
        Ok(Description::of(KIND, self)?)
    }

    fn check(&self) -> Result<String, ScoreError> {
        let files = self.files().map_err(ScoreError::other)?;
        Ok(files.summary())
    }

    fn open(&self, resources: &Resources) -> Result<Box<dyn ToxicityScorer>, ScoreError> {
        let device = resources.get::<Device>();
        let device = device.ok_or_else(|| ScoreError::Scorer {
            scorer: KIND.to_owned(),
            reason: "it runs a model, and was given no device to run it on; open it with one"
                .to_owned(),
        })?;
        let scorer = self.load(device).map_err(ScoreError::other)?;
        Ok(Box::new(scorer))
    }
}

/// A loaded classifier with its tokenizer.
#[derive(Debug)]
pub struct ClassifierScorer {
    model: SequenceClassifier,
    tokenizer: Tokenizer,
    problem_type: ProblemType,
    output: usize,
    batch_size: usize,
}

impl ClassifierScorer {
    /// The model.
    pub fn model(&self) -> &SequenceClassifier {
        &self.model
    }

    /// Its tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// The toxicity of each text, between 0 and 1; `None` where the logits are NaN or infinite.
    ///
    /// # Errors
    /// A text that cannot be encoded; what the model reports.
    pub fn toxicity(&self, texts: &[String]) -> Result<Vec<Option<f64>>, EncoderError> {
        let encoded = texts.iter().map(|text| self.tokenizer.encode(text));
        let encoded = encoded.collect::<Result<Vec<_>, _>>()?;
        let lengths: Vec<usize> = encoded.iter().map(Vec::len).collect();
        let mut scores = vec![None; texts.len()];
        for batch in batches(&lengths, self.batch_size) {
            let tokens: Vec<&[u32]> = batch.iter().map(|&text| encoded[text].as_slice()).collect();
            for (&text, logits) in batch.iter().zip(self.model.logits(&tokens)?) {
                scores[text] = self.problem_type.score(&logits, self.output);
            }
        }
        Ok(scores)
    }
}

impl ToxicityScorer for ClassifierScorer {
    fn name(&self) -> &str {
        KIND
    }

    fn score(&self, texts: &[String]) -> Result<Vec<TextScore>, ScoreError> {
        let scores = self.toxicity(texts).map_err(ScoreError::other)?;
        let reason = || "the classifier's logits are not finite".to_owned();
        let scores = scores.into_iter().map(|score| score.ok_or_else(reason));
        Ok(scores.collect())
    }
}
