//! The trait every intervention implements, and what it returns.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use counterpoise_groups::NeuronId;
use counterpoise_hooks::{Edit, Edits, Hooks, Scope};
use counterpoise_model::Transformer;
use counterpoise_registry::Description;

use crate::{InterveneError, Selection, Subject};

/// Something done to a model before its text is scored.
pub trait Intervention: fmt::Debug + Send + Sync {
    /// Every file it reads. They are hashed into a run's identity, and relative ones are taken from
    /// the folder of the file that names them.
    fn inputs(&mut self) -> Vec<&mut PathBuf> {
        Vec::new()
    }

    /// What it does: its kind and its parameters, defaults included. Two interventions with the same
    /// description do the same.
    ///
    /// # Errors
    /// Parameters that TOML cannot hold.
    fn describe(&self) -> Result<Description, InterveneError>;

    /// Reads its files as far as that goes without a model, and says in a few words what is there.
    ///
    /// # Errors
    /// Files that are missing or broken.
    fn check(&self) -> Result<String, InterveneError> {
        Ok(String::new())
    }

    /// The same with the `draw`-th of other random numbers, counted from 1; `None` if nothing in it is drawn
    /// at random.
    fn redrawn(&self, draw: u32) -> Option<Box<dyn Intervention>> {
        let _ = draw;
        None
    }

    /// Turns `model` into the one to be run: its weights changed, or edits to run it under.
    ///
    /// # Errors
    /// Parameters that do not fit the model, or that would change nothing.
    fn prepare(
        &self,
        model: Transformer,
        subject: &Subject<'_>,
    ) -> Result<Prepared, InterveneError>;
}

/// A model ready to be run, and the edits to run it under.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The model, its weights perhaps changed.
    pub model: Transformer,
    /// The edits to run it under.
    pub edits: Edits,
    /// What has to be known to read the row.
    pub notes: Vec<String>,
    neurons: usize,
}

impl Prepared {
    /// The model without edits.
    pub fn new(model: Transformer) -> Self {
        Self {
            model,
            edits: Edits::new(),
            notes: Vec::new(),
            neurons: 0,
        }
    }

    /// Says how many neurons the intervention touches.
    #[must_use]
    pub fn touching(mut self, neurons: usize) -> Self {
        self.neurons += neurons;
        self
    }

    /// Says that the intervention touches `neurons`, which `selection` selected, and what has to be known of them.
    pub(crate) fn touching_selected(
        mut self,
        neurons: &[NeuronId],
        selection: &Selection,
        subject: &Subject<'_>,
    ) -> Result<Self, InterveneError> {
        self.notes.extend(selection.remark(neurons, subject)?);
        Ok(self.touching(neurons.len()))
    }

    /// Adds an edit in `scope`.
    #[must_use]
    pub fn with_edit(self, edit: impl Edit + 'static, scope: Scope) -> Self {
        self.with_edits(Edits::new().with(edit, scope))
    }

    /// Adds edits, some of which may have variants.
    #[must_use]
    pub fn with_edits(mut self, edits: Edits) -> Self {
        self.edits = self.edits.then(edits);
        self
    }

    /// How many neurons the intervention touches; 0 if it is not about single neurons.
    pub fn neurons(&self) -> usize {
        self.neurons
    }

    /// The edits as hooks, to which observers can be added.
    pub fn hooks(&self) -> Hooks<'_> {
        self.edits.hooks()
    }

    /// This preparation's edits, then those of `next`, which started from this model.
    fn followed_by(self, next: Self) -> Self {
        Self {
            notes: [self.notes, next.notes].concat(),
            model: next.model,
            edits: self.edits.then(next.edits),
            neurons: self.neurons + next.neurons,
        }
    }
}

/// Applies several interventions one after the other, each to what the last one left.
///
/// # Errors
/// The first error of any of them.
pub fn prepare_all(
    interventions: &[Arc<dyn Intervention>],
    model: Transformer,
    subject: &Subject<'_>,
) -> Result<Prepared, InterveneError> {
    let mut whole = Prepared::new(model);
    for intervention in interventions {
        let next = intervention.prepare(whole.model.clone(), subject)?;
        whole = whole.followed_by(next);
    }
    Ok(whole)
}
