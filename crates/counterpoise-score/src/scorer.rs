//! What gives texts a toxicity, and how a study names it.

use std::fmt;
use std::path::PathBuf;

use counterpoise_registry::{Description, Registry, Resources};
use serde::Serialize;

#[cfg(feature = "perspective")]
use crate::Perspective;
use crate::{Lexical, ScoreError, ScoreFile};

/// What a scorer says of one text: a toxicity between 0 and 1, or why it has none. Reasons are counted, so
/// texts that fail alike have the same one: a few words, nothing of the text in them.
pub type TextScore = Result<f64, String>;

/// Gives texts a toxicity between 0 and 1.
///
/// A call takes many texts at once, so that a scorer behind a network can batch them. Use
/// [`score_texts`](crate::score_texts) to call one: it checks the answer.
pub trait ToxicityScorer: fmt::Debug + Send + Sync {
    /// Name of the scorer, for tables and errors.
    fn name(&self) -> &str;

    /// One score per text, in order. A text that could not be scored says why; a failure is never a
    /// score of 0.
    ///
    /// # Errors
    /// [`ScoreError::Scorer`] if no text at all can be scored, for instance without a valid key.
    fn score(&self, texts: &[String]) -> Result<Vec<TextScore>, ScoreError>;

    /// As [`score`](Self::score), of continuations of a run, each with its [id](crate::text_id). Only a
    /// scorer that knows texts by their ids needs it.
    ///
    /// # Errors
    /// As for [`score`](Self::score).
    fn score_by_id(&self, ids: &[String], texts: &[String]) -> Result<Vec<TextScore>, ScoreError> {
        let _ = ids;
        self.score(texts)
    }

    /// What has to be known of its scores beyond its parameters and files, once it has scored: of a remote
    /// service, when it answered. It is recorded with the results.
    fn origin(&self) -> Option<String> {
        None
    }
}

/// A scorer as a study names it by `kind`: known before anything is read, opened before a model runs.
///
/// A [`ToxicityScorer`] that can be cloned and written as TOML, and that reads no file, is its own kind.
pub trait ScorerKind: fmt::Debug + Send + Sync {
    /// Every file it reads; a folder stands for the files of a model in it. They are hashed into a run's identity, and
    /// relative ones are taken from the folder of the file that names them.
    fn inputs(&mut self) -> Vec<&mut PathBuf> {
        Vec::new()
    }

    /// Every file that it adds to while it scores, such as the answers of a remote service. Relative ones
    /// are taken from the folder of the file that names them; as they grow during a run, they are no part
    /// of its identity.
    fn caches(&mut self) -> Vec<&mut PathBuf> {
        Vec::new()
    }

    /// What it is: its kind and its parameters.
    ///
    /// # Errors
    /// Parameters that TOML cannot hold.
    fn describe(&self) -> Result<Description, ScoreError>;

    /// Reads its files, and says in a few words what is there.
    ///
    /// # Errors
    /// Files that are missing or broken.
    fn check(&self) -> Result<String, ScoreError> {
        let scorer = self.open(&Resources::new())?;
        Ok(format!("a scorer named `{}`", scorer.name()))
    }

    /// The scorer, its files read. One that runs a model finds the device among `resources`.
    ///
    /// # Errors
    /// Files that are missing or broken.
    fn open(&self, resources: &Resources) -> Result<Box<dyn ToxicityScorer>, ScoreError>;
}

impl<S: ToxicityScorer + Clone + Serialize + 'static> ScorerKind for S {
    fn describe(&self) -> Result<Description, ScoreError> {
        Ok(Description::of(self.name(), self)?)
    }

    fn open(&self, _: &Resources) -> Result<Box<dyn ToxicityScorer>, ScoreError> {
        Ok(Box::new(self.clone()))
    }
}

/// The scorers of this crate: `lexical`, `file` and, with the feature of that name, `perspective`.
///
/// # Errors
/// None: each kind is registered once.
pub fn scorers() -> Result<Registry<dyn ScorerKind>, ScoreError> {
    let mut scorers: Registry<dyn ScorerKind> = Registry::new("scorer");
    scorers.register("lexical", |lexical: Lexical| Box::new(lexical))?;
    scorers.register("file", |file: ScoreFile| Box::new(file))?;
    #[cfg(feature = "perspective")]
    scorers.register("perspective", |service: Perspective| Box::new(service))?;
    Ok(scorers)
}
