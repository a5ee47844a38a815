//! A base and a tuned model, for programs that need no study file.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use counterpoise_eval::{
    DecodingSizes, Metric, MetricInputs, MetricKind, Progress, Prompts, challenge_prompts,
};
use counterpoise_groups::{NeuronTable, Role};
use counterpoise_model::{LastToken, Precision, Tokenizer, Transformer};
use counterpoise_probe::Probe;

use crate::error::Result;
use crate::measure::measure;
use crate::model_files::{ModelFiles, load_weights};

/// A base and a tuned model. Their weights are loaded when they are needed, one model at a time.
#[derive(Debug)]
pub struct ModelPair {
    base: PathBuf,
    tuned: PathBuf,
    files: ModelFiles,
    precision: Precision,
    device: Device,
}

impl ModelPair {
    /// A base model's folder, and a tuned version of it: another folder, or one weight file.
    ///
    /// # Errors
    /// A configuration or tokenizer that is missing or broken, or tokenizers that differ.
    pub fn open(
        base: impl Into<PathBuf>,
        tuned: impl Into<PathBuf>,
        device: &Device,
    ) -> Result<Self> {
        let (base, tuned) = (base.into(), tuned.into());
        let files = ModelFiles::read_pair(&base, &tuned)?;
        Ok(Self {
            base,
            tuned,
            files,
            precision: Precision::default(),
            device: device.clone(),
        })
    }

    /// The same with the matrices of both kept in `precision`, on the CPU.
    #[must_use]
    pub fn kept_in(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// Loads one of the models. `progress` hears what a reader should know of its files.
    ///
    /// # Errors
    /// Weights that are missing, broken or of another model.
    pub fn load(&self, role: Role, progress: &mut dyn Progress) -> Result<Transformer> {
        let state = match role {
            Role::Base => None,
            Role::Tuned => Some(self.tuned.as_path()),
        };
        let remark = &mut |text: &str| progress.line(text);
        load_weights(&self.base, state, self.precision, &self.device, remark)
    }

    /// The tokenizer of both models.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.files.tokenizer
    }

    /// Reads challenge prompts: encoded, and cut once.
    ///
    /// # Errors
    /// A broken file, or a prompt that cannot be encoded.
    pub fn prompts(&self, path: impl AsRef<Path>, sizes: DecodingSizes) -> Result<Prompts> {
        let prompts = challenge_prompts(path.as_ref(), &self.files.tokenizer, sizes, None)?;
        Ok(prompts)
    }

    /// Reads a probe of these models' width.
    ///
    /// # Errors
    /// A file that is broken, or a probe of another model.
    pub fn probe(&self, path: impl AsRef<Path>) -> Result<Probe> {
        Ok(Probe::load(path.as_ref(), self.files.config.d_model)?)
    }

    /// Opens a metric that a study would name by its kind.
    ///
    /// # Errors
    /// Files that are missing or broken.
    pub fn metric(&self, kind: &dyn MetricKind, sizes: DecodingSizes) -> Result<Box<dyn Metric>> {
        Ok(kind.open(&MetricInputs {
            tokenizer: &self.files.tokenizer,
            sizes,
            scorers: &[],
            limit: None,
        })?)
    }

    /// Measures every neuron of both models while they continue the prompts (section 4.2).
    ///
    /// # Errors
    /// What the models or the probe report; layers whose neurons do not add up to their output.
    pub fn measure(
        &self,
        prompts: &Prompts,
        probe: &Probe,
        progress: &mut dyn Progress,
    ) -> Result<NeuronTable> {
        let tokenizer = self.tokenizer();
        let decoding = prompts.sizes.greedy(tokenizer, LastToken::Fed);
        let mut of = |role: Role| {
            let what = format!("measure {role} model");
            let model = self.load(role, progress)?;
            let tokens = &prompts.tokens;
            measure(&what, &model, tokenizer, tokens, &decoding, probe, progress)
        };
        let (base, tuned) = (of(Role::Base)?, of(Role::Tuned)?);
        Ok(NeuronTable::new(&base.neurons, &tuned.neurons)?)
    }
}
