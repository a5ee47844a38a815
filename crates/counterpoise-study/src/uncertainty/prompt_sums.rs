//! What each neuron did on each prompt, kept on disk while a model is measured.

use std::ops::Range;
use std::path::Path;

use counterpoise_groups::Measurements;
use counterpoise_hooks::{HookError, PromptSink};
use serde::{Deserialize, Serialize};

use super::rows_file::{RowsFile, RowsWriter, remove_the_folder_of};
use crate::error::{Result, refuse};

/// Takes each prompt's sums as it finishes: a row of 32-bit floats a prompt, in the order in which they finish.
///
/// Sums are made in `f64` and rounded once. At GPT-2 medium's 98,304 neurons and 1,199 prompts that is 471 MB.
#[derive(Debug)]
pub(crate) struct PromptSumsWriter {
    rows: RowsWriter<f32>,
    index: PromptIndex,
}

/// What the rows of a file are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PromptIndex {
    /// The prompt of each row.
    prompts: Vec<usize>,
    /// Generated tokens that each row is summed over.
    tokens: Vec<u32>,
    /// Columns of a row.
    neurons: usize,
}

impl PromptSumsWriter {
    /// Begins a file that will stand at `path`.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        Ok(Self {
            rows: RowsWriter::create(path)?,
            index: PromptIndex::default(),
        })
    }

    /// Brings the file to the disk.
    pub(crate) fn finish(self) -> Result<PromptIndex> {
        self.rows.finish()?;
        Ok(self.index)
    }
}

impl PromptSink for PromptSumsWriter {
    fn take(&mut self, prompt: usize, tokens: u64, sums: &[f64]) -> Result<(), HookError> {
        if let Some(neuron) = sums.iter().position(|sum| !(*sum as f32).is_finite()) {
            let sum = sums[neuron];
            return Err(HookError::other(format!(
                "the activations of neuron {neuron} (counted over all layers) on prompt {prompt}, both from 0, add up \
                 to {sum}; expected a number that a 32-bit float holds"
            )));
        }
        self.rows
            .write(sums)
            .map_err(|error| HookError::other(error.in_full()))?;
        self.index.prompts.push(prompt);
        self.index
            .tokens
            .push(u32::try_from(tokens).map_err(HookError::other)?);
        self.index.neurons = sums.len();
        Ok(())
    }
}

/// The sums of a model that was measured, read in slices of neurons.
#[derive(Debug)]
pub(crate) struct PromptSums<'a> {
    rows: RowsFile<f32>,
    index: &'a PromptIndex,
    /// The row of each prompt.
    row_of: Vec<usize>,
    measured: &'a Measurements,
}

impl<'a> PromptSums<'a> {
    /// Opens the file at `path`, of which `index` says what it holds: what made up the means `measured`.
    ///
    /// # Errors
    /// A file that is not there or damaged.
    pub(crate) fn open(
        path: &Path,
        index: &'a PromptIndex,
        measured: &'a Measurements,
    ) -> Result<Self> {
        let prompts = index.prompts.len();
        let mut row_of = vec![usize::MAX; prompts];
        for (row, &prompt) in index.prompts.iter().enumerate() {
            match row_of.get_mut(prompt) {
                Some(place) if *place == usize::MAX => *place = row,
                _ => refuse!(
                    "{}: expected the prompts 0 to {}, each once; found {prompt} twice or beyond; {}",
                    path.display(),
                    prompts.saturating_sub(1),
                    remove_the_folder_of(path)
                ),
            }
        }
        Ok(Self {
            rows: RowsFile::open(path, [prompts, index.neurons])?,
            index,
            row_of,
            measured,
        })
    }

    /// Neurons of all layers.
    pub(crate) fn neurons(&self) -> usize {
        self.index.neurons
    }

    /// Generated tokens of each prompt.
    pub(crate) fn tokens(&self) -> Vec<u32> {
        self.row_of
            .iter()
            .map(|&row| self.index.tokens[row])
            .collect()
    }

    /// The sums of some neurons over each prompt. `[prompts, neurons]`
    ///
    /// # Errors
    /// A file that cannot be read; sums that do not make up the means that were measured with them.
    pub(crate) fn read(&mut self, neurons: Range<usize>) -> Result<Vec<f64>> {
        let prompts = self.row_of.len();
        let rows = self.rows.read(0..prompts, neurons.clone())?;
        self.check(&rows, neurons.clone())?;
        let width = neurons.len();
        let of = |&row: &usize| &rows[row * width..(row + 1) * width];
        Ok(self.row_of.iter().flat_map(of).copied().collect())
    }

    /// Refuses sums that are not those of the means: rounding to 32 bits moves each by 2⁻²⁴ of itself at most.
    fn check(&self, rows: &[f64], neurons: Range<usize>) -> Result<()> {
        let d_mlp = self.measured.mean_activation[0].len();
        let tokens: f64 = self.index.tokens.iter().copied().map(f64::from).sum();
        let mut of_neurons = vec![(0.0, 0.0); neurons.len()];
        for row in rows.chunks_exact(neurons.len()) {
            for ((sum, size), of_prompt) in of_neurons.iter_mut().zip(row) {
                *sum += of_prompt;
                *size += of_prompt.abs();
            }
        }
        for (neuron, (sum, size)) in neurons.zip(of_neurons) {
            let mean = self.measured.mean_activation[neuron / d_mlp][neuron % d_mlp];
            let allowed = 1.001 * f64::powi(2.0, -24) * size + f64::from(f32::MIN_POSITIVE);
            // A NaN is not within anything.
            let within = (sum - mean * tokens).abs() <= allowed;
            if !within {
                let path = self.rows.path();
                refuse!(
                    "{}: it is damaged: neuron {neuron} (counted over all layers) adds up to {sum}, expected {}; {}",
                    path.display(),
                    mean * tokens,
                    remove_the_folder_of(path)
                );
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Three prompts of one layer of four neurons, finished in the order 2, 0, 1.
    fn kept(path: &Path) -> (PromptIndex, Measurements) {
        let mut writer = PromptSumsWriter::create(path).unwrap();
        let rows = [(2, 3), (0, 1), (1, 2)];
        let sums = |prompt: usize| [0.1, 1.0, -2.0, 0.0].map(|x| x * (1 + prompt) as f64);
        for (prompt, tokens) in rows {
            writer.take(prompt, tokens, &sums(prompt)).unwrap();
        }
        let mean = [0.1, 1.0, -2.0, 0.0].map(|x| x * 6.0 / 6.0).to_vec();
        let measured = Measurements {
            mean_activation: vec![mean],
            value_projection: vec![vec![1.0; 4]],
            cosine: vec![vec![1.0; 4]],
        };
        (writer.finish().unwrap(), measured)
    }

    #[test]
    fn sums_come_back_by_prompt_whatever_order_they_finished_in() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sums");
        let (index, measured) = kept(&path);
        let mut sums = PromptSums::open(&path, &index, &measured).unwrap();
        assert_eq!((sums.neurons(), sums.tokens()), (4, vec![1, 2, 3]));
        assert_eq!(sums.read(1..3).unwrap(), [1.0, -2.0, 2.0, -4.0, 3.0, -6.0]);
        let first = sums.read(0..1).unwrap();
        assert!(
            (first[2] - 0.3).abs() < 1e-7 && first[2] != 0.3,
            "stored in 32 bits"
        );
    }

    #[test]
    fn a_changed_byte_is_found_by_what_was_measured() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sums");
        let (index, measured) = kept(&path);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[4] ^= 0x10; // in the second number of the first row
        std::fs::write(&path, bytes).unwrap();
        let mut sums = PromptSums::open(&path, &index, &measured).unwrap();
        assert!(sums.read(2..4).is_ok());
        let error = sums.read(0..4).unwrap_err().to_string();
        assert!(
            error.contains("neuron 1") && error.contains("remove"),
            "{error}"
        );
    }

    #[test]
    fn what_no_32_bit_float_holds_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = PromptSumsWriter::create(&folder.path().join("sums")).unwrap();
        for sum in [1e39, f64::NAN] {
            let error = writer.take(5, 1, &[0.0, sum]).unwrap_err().to_string();
            assert!(
                error.contains("neuron 1") && error.contains("prompt 5"),
                "{error}"
            );
        }
    }
}
