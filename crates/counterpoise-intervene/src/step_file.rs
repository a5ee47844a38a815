//! What chosen neurons do at every step of every prompt, in a temporary file.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::env::temp_dir;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};

use burn::tensor::{Tensor, s};
use counterpoise_groups::{NeuronId, Role};
use counterpoise_hooks::{HookError, HookPoint, Hooks, Observe, Pass, activation_values};
use counterpoise_model::{Decoding, LastToken, generate};

use crate::{InterveneError, Subject};

/// Activations of chosen neurons at the last position of every forward step, one record for each step of each prompt. Step 0
/// reads a prompt's last token, step `t` the `t`-th token that the model wrote after it.
///
/// Only one record is in memory at a time, or while they are averaged those of one prompt.
#[derive(Debug)]
pub(crate) struct StepFile {
    file: Mutex<File>,
    layers: BTreeMap<usize, LayerNeurons>,
    /// Numbers in a record.
    width: usize,
    /// Records that a prompt has room for; the last is for the mean of the others.
    room: usize,
    /// Tokens of each prompt.
    lengths: Vec<usize>,
    /// Steps that were taken of each prompt.
    steps: Vec<usize>,
    /// Whether the means are there.
    averaged: Mutex<bool>,
}

/// The neurons of one block.
#[derive(Debug, Default)]
struct LayerNeurons {
    /// Where their numbers begin in a record.
    start: usize,
    neurons: Vec<usize>,
}

impl StepFile {
    /// Has the model `role` continue the study's prompts, and keeps what `neurons` do.
    ///
    /// # Errors
    /// What only a study has, what the model reports, a temporary folder without room.
    pub(crate) fn record(
        role: Role,
        neurons: &[NeuronId],
        subject: &Subject<'_>,
    ) -> Result<Self, InterveneError> {
        let (prompts, decoding) = (subject.prompts()?, subject.decoding()?);
        let decoding = Decoding {
            last_token: LastToken::Fed,
            ..decoding.clone()
        };
        let mut kept = Self {
            file: Mutex::new(tempfile::tempfile().map_err(unusable)?),
            layers: layers_of(neurons),
            width: neurons.len(),
            room: decoding.max_new_tokens + 2,
            lengths: prompts.iter().map(Vec::len).collect(),
            steps: vec![0; prompts.len()],
            averaged: Mutex::new(false),
        };
        let mut hooks = Hooks::new().observe(&mut kept);
        generate(subject.model(role)?, prompts, &decoding, &mut hooks)
            .map_err(InterveneError::other)?;
        drop(hooks);
        Ok(kept)
    }

    /// Puts behind each prompt's records the mean over the tokens that the model wrote, in `f64`, unless it is there.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub(crate) fn average(&self) -> Result<(), InterveneError> {
        let mut averaged = self.averaged.lock().unwrap_or_else(PoisonError::into_inner);
        if *averaged {
            return Ok(());
        }
        let mut record = vec![0.0; self.width];
        for prompt in 0..self.steps.len() {
            let written = self.steps[prompt].saturating_sub(1);
            let mut sums = vec![0.0_f64; self.width];
            for step in 1..=written {
                self.read(prompt, step, 0, &mut record).map_err(unusable)?;
                let pairs = sums.iter_mut().zip(&record);
                pairs.for_each(|(sum, &x)| *sum += f64::from(x));
            }
            let mean = sums.iter().map(|sum| (sum / written as f64) as f32);
            let mean: Vec<f32> = mean.collect();
            let place = self.mean_step();
            self.write(prompt, place, 0, &mean).map_err(unusable)?;
        }
        *averaged = true;
        Ok(())
    }

    /// The step as which [`Self::activations`] has the means.
    pub(crate) fn mean_step(&self) -> usize {
        self.room - 1
    }

    /// The blocks that have chosen neurons.
    pub(crate) fn layers(&self) -> impl Iterator<Item = usize> {
        self.layers.keys().copied()
    }

    /// The chosen neurons of block `layer`.
    pub(crate) fn neurons(&self, layer: usize) -> &[usize] {
        self.layers.get(&layer).map_or(&[], |here| &here.neurons)
    }

    /// Which prompt and step `row` of a pass is at its last column; `None` for a row that holds no token there, and beyond the
    /// last step that was taken of the prompt.
    pub(crate) fn step(&self, pass: &Pass, row: usize) -> Option<(usize, usize)> {
        let last = pass.seq().checked_sub(1)?;
        let prompt = *pass.prompts().get(row)?;
        let step = (pass.position(row, last) + 1).checked_sub(*self.lengths.get(prompt)?)?;
        let taken = pass.holds_token(row, last) && step < self.steps[prompt];
        taken.then_some((prompt, step))
    }

    /// What the neurons of block `layer` did at one step.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn activations(
        &self,
        prompt: usize,
        step: usize,
        layer: usize,
    ) -> Result<Vec<f32>, InterveneError> {
        let Some(LayerNeurons { start, neurons }) = self.layers.get(&layer) else {
            return Ok(Vec::new());
        };
        let mut values = vec![0.0; neurons.len()];
        self.read(prompt, step, *start, &mut values)
            .map_err(unusable)?;
        Ok(values)
    }

    fn read(&self, prompt: usize, step: usize, start: usize, to: &mut [f32]) -> io::Result<()> {
        let mut bytes = vec![0; size_of_val(to)];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(self.place(prompt, step, start))?;
        file.read_exact(&mut bytes)?;
        for (value, bytes) in to.iter_mut().zip(bytes.as_chunks().0) {
            *value = f32::from_le_bytes(*bytes);
        }
        Ok(())
    }

    fn write(&self, prompt: usize, step: usize, start: usize, from: &[f32]) -> io::Result<()> {
        let bytes: Vec<u8> = from.iter().flat_map(|x| x.to_le_bytes()).collect();
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(self.place(prompt, step, start))?;
        file.write_all(&bytes)
    }

    fn place(&self, prompt: usize, step: usize, start: usize) -> SeekFrom {
        let number = (prompt * self.room + step) as u64 * self.width as u64 + start as u64;
        SeekFrom::Start(number * size_of::<f32>() as u64)
    }
}

impl Observe for StepFile {
    fn points(&self) -> Vec<HookPoint> {
        self.layers().map(HookPoint::mlp_post).collect()
    }

    fn observe(
        &mut self,
        point: HookPoint,
        activation: &Tensor<3>,
        pass: &Pass,
    ) -> Result<(), HookError> {
        let HookPoint::Block { layer, .. } = point else {
            return Ok(());
        };
        let [batch, seq, width] = activation.dims();
        let Some(LayerNeurons { start, neurons }) = self.layers.get(&layer) else {
            return Ok(());
        };
        let values = activation_values(point, activation.clone().slice(s![.., seq - 1..]))?;
        for row in 0..batch {
            if !pass.holds_token(row, seq - 1) {
                continue;
            }
            let prompt = pass.prompts()[row];
            let step = pass.position(row, seq - 1) + 1 - self.lengths[prompt];
            let row = &values[row * width..(row + 1) * width];
            let chosen: Vec<f32> = neurons.iter().map(|&neuron| row[neuron]).collect();
            self.write(prompt, step, *start, &chosen)
                .map_err(|reason| HookError::other(unusable(reason)))?;
            self.steps[prompt] = self.steps[prompt].max(step + 1);
        }
        Ok(())
    }
}

/// The step file of the last intervention that had one, for the next that sets the same neurons of the same model. Prompts and
/// decoding have to stay the same. One file at a time is kept.
#[derive(Debug, Default)]
pub struct StepRecords(RefCell<Option<Recorded>>);

#[derive(Debug)]
struct Recorded {
    role: Role,
    neurons: Vec<NeuronId>,
    steps: Arc<StepFile>,
}

impl StepRecords {
    pub(crate) fn get(
        &self,
        role: Role,
        neurons: &[NeuronId],
        subject: &Subject<'_>,
    ) -> Result<Arc<StepFile>, InterveneError> {
        let mut last = self.0.borrow_mut();
        // Another one is dropped first, for the room that its file takes.
        let same = last
            .take()
            .filter(|it| it.role == role && it.neurons == neurons);
        let recorded = match same {
            Some(recorded) => recorded,
            None => Recorded {
                role,
                neurons: neurons.to_vec(),
                steps: Arc::new(StepFile::record(role, neurons, subject)?),
            },
        };
        let steps = Arc::clone(&recorded.steps);
        *last = Some(recorded);
        Ok(steps)
    }
}

fn layers_of(neurons: &[NeuronId]) -> BTreeMap<usize, LayerNeurons> {
    let mut layers: BTreeMap<usize, LayerNeurons> = BTreeMap::new();
    for id in neurons {
        let here = layers.entry(id.layer).or_default();
        here.neurons.push(id.neuron);
    }
    let mut start = 0;
    for here in layers.values_mut() {
        here.start = start;
        start += here.neurons.len();
    }
    layers
}

fn unusable(reason: io::Error) -> InterveneError {
    InterveneError::Temporary {
        folder: temp_dir(),
        reason,
    }
}
