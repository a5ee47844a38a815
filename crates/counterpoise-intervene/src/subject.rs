//! What an intervention may know of the study.

use std::fmt;
use std::sync::Arc;

use counterpoise_groups::{NeuronId, NeuronTable, Role};
use counterpoise_model::{Decoding, Tokenizer, Transformer};
use counterpoise_probe::Probe;

use crate::InterveneError;
use crate::step_file::{StepFile, StepRecords};

/// The models of a study, each loaded when it is first asked for.
pub trait Models {
    /// The model in a role.
    ///
    /// # Errors
    /// Weights that are missing or broken, as [`InterveneError::other`].
    fn get(&self, role: Role) -> Result<&Transformer, InterveneError>;
}

/// What an intervention may know of the study, beside the model it is to change.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// Blocks of the model.
    pub n_layer: usize,
    /// Neurons per block.
    pub d_mlp: usize,
    table: Option<&'a NeuronTable>,
    probe: Option<&'a Probe>,
    prompts: Option<&'a [Vec<u32>]>,
    models: Option<&'a dyn Models>,
    tokenizer: Option<&'a Tokenizer>,
    decoding: Option<&'a Decoding>,
    records: Option<&'a StepRecords>,
}

impl<'a> Subject<'a> {
    /// A model of which nothing has been measured yet.
    pub fn of(model: &Transformer) -> Self {
        Self {
            n_layer: model.n_layer(),
            d_mlp: model.d_mlp(),
            table: None,
            probe: None,
            prompts: None,
            models: None,
            tokenizer: None,
            decoding: None,
            records: None,
        }
    }

    /// A model with its neuron table.
    ///
    /// # Errors
    /// [`InterveneError::TableShape`] if the table is of a model of another shape.
    pub fn measured(model: &Transformer, table: &'a NeuronTable) -> Result<Self, InterveneError> {
        Self::of(model).with_table(table)
    }

    /// With what was measured of every neuron in the base and the tuned model.
    ///
    /// # Errors
    /// [`InterveneError::TableShape`] if the table is of a model of another shape.
    pub fn with_table(self, table: &'a NeuronTable) -> Result<Self, InterveneError> {
        let (found, found_width) = (table.layers(), table.d_mlp());
        if (found, found_width) != (self.n_layer, self.d_mlp) {
            return Err(InterveneError::TableShape {
                expected: self.n_layer,
                expected_width: self.d_mlp,
                found,
                found_width,
            });
        }
        Ok(Self {
            table: Some(table),
            ..self
        })
    }

    /// With the study's probe.
    #[must_use]
    pub fn with_probe(self, probe: &'a Probe) -> Self {
        Self {
            probe: Some(probe),
            ..self
        }
    }

    /// With the tokens of the study's prompts, as the model reads them. `[prompts][tokens]`
    #[must_use]
    pub fn with_prompts(self, prompts: &'a [Vec<u32>]) -> Self {
        Self {
            prompts: Some(prompts),
            ..self
        }
    }

    /// With both models of the study.
    #[must_use]
    pub fn with_models(self, models: &'a dyn Models) -> Self {
        Self {
            models: Some(models),
            ..self
        }
    }

    /// With the tokenizer of the model.
    #[must_use]
    pub fn with_tokenizer(self, tokenizer: &'a Tokenizer) -> Self {
        Self {
            tokenizer: Some(tokenizer),
            ..self
        }
    }

    /// With how the study's prompts are continued.
    #[must_use]
    pub fn with_decoding(self, decoding: &'a Decoding) -> Self {
        Self {
            decoding: Some(decoding),
            ..self
        }
    }

    /// With what was recorded for other interventions on the same prompts, continued in the same way.
    #[must_use]
    pub fn with_records(self, records: &'a StepRecords) -> Self {
        Self {
            records: Some(records),
            ..self
        }
    }

    /// What `neurons` do in the model `role` at every step of every prompt, recorded now unless the last intervention had
    /// the same recorded.
    pub(crate) fn recorded(
        &self,
        role: Role,
        neurons: &[NeuronId],
    ) -> Result<Arc<StepFile>, InterveneError> {
        match self.records {
            Some(records) => records.get(role, neurons, self),
            None => Ok(Arc::new(StepFile::record(role, neurons, self)?)),
        }
    }

    /// The neuron table; `by` says what it is needed for, such as `rank`.
    ///
    /// # Errors
    /// [`InterveneError::NoTable`] if nothing has been measured.
    pub fn table(&self, by: &'static str) -> Result<&'a NeuronTable, InterveneError> {
        self.table.ok_or(InterveneError::NoTable { by })
    }

    /// The study's probe.
    ///
    /// # Errors
    /// [`InterveneError::NotGiven`] outside of a study.
    pub fn probe(&self) -> Result<&'a Probe, InterveneError> {
        self.probe
            .ok_or(InterveneError::NotGiven { what: "a probe" })
    }

    /// The tokens of the study's prompts, as the model reads them. `[prompts][tokens]`
    ///
    /// # Errors
    /// [`InterveneError::NotGiven`] outside of a study.
    pub fn prompts(&self) -> Result<&'a [Vec<u32>], InterveneError> {
        self.prompts
            .ok_or(InterveneError::NotGiven { what: "prompts" })
    }

    /// The tokenizer of the model.
    ///
    /// # Errors
    /// [`InterveneError::NotGiven`] where a program has not handed it over.
    pub fn tokenizer(&self) -> Result<&'a Tokenizer, InterveneError> {
        let what = "a tokenizer";
        self.tokenizer.ok_or(InterveneError::NotGiven { what })
    }

    /// How the study's prompts are continued.
    ///
    /// # Errors
    /// [`InterveneError::NotGiven`] outside of a study.
    pub fn decoding(&self) -> Result<&'a Decoding, InterveneError> {
        let what = "how prompts are continued";
        self.decoding.ok_or(InterveneError::NotGiven { what })
    }

    /// One of the study's two models, unedited.
    ///
    /// # Errors
    /// [`InterveneError::NotGiven`] outside of a study; weights that cannot be loaded.
    pub fn model(&self, role: Role) -> Result<&'a Transformer, InterveneError> {
        match self.models {
            Some(models) => models.get(role),
            None => Err(InterveneError::NotGiven {
                what: "the base and the tuned model",
            }),
        }
    }
}

impl fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject")
            .field("n_layer", &self.n_layer)
            .field("d_mlp", &self.d_mlp)
            .field("table", &self.table.is_some())
            .field("probe", &self.probe.is_some())
            .field("prompts", &self.prompts.map(<[_]>::len))
            .field("models", &self.models.is_some())
            .field("tokenizer", &self.tokenizer.is_some())
            .field("decoding", &self.decoding)
            .finish()
    }
}
