//! The trait every intervention implements, what it is given, and what it returns.

use std::fmt;
use std::rc::Rc;

use counterpoise_groups::NeuronTable;
use counterpoise_hooks::{Edit, Hooks};
use counterpoise_model::Gpt2;

use crate::InterveneError;

/// Something done to a model before its text is scored.
pub trait Intervention: fmt::Debug {
    /// Turns `model` into the one to be run: its weights changed, or edits to run it under.
    ///
    /// # Errors
    /// Parameters that do not fit the model, or that would change nothing.
    fn prepare(&self, model: Gpt2, subject: &Subject<'_>) -> Result<Prepared, InterveneError>;
}

/// What an intervention may know of the study.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// What was measured of every neuron in the base and the tuned model, once it has been.
    pub table: Option<&'a NeuronTable>,
    /// Blocks of the model.
    pub n_layer: usize,
    /// Neurons per block.
    pub d_mlp: usize,
}

impl<'a> Subject<'a> {
    /// A model of which nothing has been measured yet.
    pub fn of(model: &Gpt2) -> Self {
        Self {
            table: None,
            n_layer: model.h.len(),
            d_mlp: model.d_mlp(),
        }
    }

    /// A model with its neuron table.
    ///
    /// # Errors
    /// [`InterveneError::TableShape`] if the table is of a model of another shape.
    pub fn measured(model: &Gpt2, table: &'a NeuronTable) -> Result<Self, InterveneError> {
        let subject = Self::of(model);
        let (found, found_width) = (table.layers(), table.d_mlp());
        if (found, found_width) != (subject.n_layer, subject.d_mlp) {
            return Err(InterveneError::TableShape {
                expected: subject.n_layer,
                expected_width: subject.d_mlp,
                found,
                found_width,
            });
        }
        Ok(Self {
            table: Some(table),
            ..subject
        })
    }
}

/// What the prepared model is about to read, which decides where a patch applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reading {
    /// It generates: a patch applies at the final position of every forward step.
    Generation,
    /// It reads a given text, for perplexity: a patch applies at every position.
    Text,
    /// It reads a given text: a patch applies at the first position only. The paper does not say
    /// where a patch applies during perplexity; both are reported.
    TextFirstPosition,
}

/// A model ready to be run, and the edits to run it under.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The model, its weights perhaps changed.
    pub model: Gpt2,
    neurons: usize,
    generation: Vec<Rc<dyn Edit>>,
    text: Vec<Rc<dyn Edit>>,
    text_first: Option<Vec<Rc<dyn Edit>>>,
}

impl Prepared {
    /// The model without edits.
    pub fn new(model: Gpt2) -> Self {
        Self {
            model,
            neurons: 0,
            generation: Vec::new(),
            text: Vec::new(),
            text_first: None,
        }
    }

    /// Says how many neurons the intervention touches.
    #[must_use]
    pub fn touching(mut self, neurons: usize) -> Self {
        self.neurons += neurons;
        self
    }

    /// Adds an edit that applies in the same way whatever the model reads.
    #[must_use]
    pub fn with_edit(mut self, edit: impl Edit + 'static) -> Self {
        let edit: Rc<dyn Edit> = Rc::new(edit);
        self.generation.push(Rc::clone(&edit));
        self.text.push(Rc::clone(&edit));
        if let Some(edits) = &mut self.text_first {
            edits.push(edit);
        }
        self
    }

    /// Adds an edit that depends on what the model reads; perplexity then has two variants.
    #[must_use]
    pub fn with_edit_for<E: Edit + 'static>(mut self, edit: impl Fn(Reading) -> E) -> Self {
        let mut first = self.text_first.take().unwrap_or_else(|| self.text.clone());
        first.push(Rc::new(edit(Reading::TextFirstPosition)));
        self.text_first = Some(first);
        self.generation.push(Rc::new(edit(Reading::Generation)));
        self.text.push(Rc::new(edit(Reading::Text)));
        self
    }

    /// How many neurons the intervention touches; 0 if it is not about single neurons.
    pub fn neurons(&self) -> usize {
        self.neurons
    }

    /// Whether [`Reading::TextFirstPosition`] differs from [`Reading::Text`].
    pub fn has_first_position_variant(&self) -> bool {
        self.text_first.is_some()
    }

    /// The edits to run the model under.
    pub fn edits(&self, reading: Reading) -> &[Rc<dyn Edit>] {
        match reading {
            Reading::Generation => &self.generation,
            Reading::Text => &self.text,
            Reading::TextFirstPosition => self.text_first.as_ref().unwrap_or(&self.text),
        }
    }

    /// The edits as hooks, to which observers can be added.
    pub fn hooks(&self, reading: Reading) -> Hooks<'_> {
        self.edits(reading)
            .iter()
            .fold(Hooks::new(), |hooks, edit| hooks.edit(&**edit))
    }
}

/// Applies several interventions one after the other, each to what the last one left.
///
/// # Errors
/// The first error of any of them.
pub fn prepare_all(
    interventions: &[Box<dyn Intervention>],
    model: Gpt2,
    subject: &Subject<'_>,
) -> Result<Prepared, InterveneError> {
    let mut whole = Prepared::new(model);
    for intervention in interventions {
        let next = intervention.prepare(whole.model.clone(), subject)?;
        whole = whole.followed_by(next);
    }
    Ok(whole)
}

impl Prepared {
    /// This preparation's edits, then those of `next`, which started from this model.
    fn followed_by(mut self, next: Self) -> Self {
        if self.text_first.is_some() || next.text_first.is_some() {
            let mut first = self.edits(Reading::TextFirstPosition).to_vec();
            first.extend_from_slice(next.edits(Reading::TextFirstPosition));
            self.text_first = Some(first);
        }
        self.generation.extend(next.generation);
        self.text.extend(next.text);
        self.neurons += next.neurons;
        self.model = next.model;
        self
    }
}
