//! Running means of activations, summed in `f64` while the model runs.

use std::collections::BTreeMap;

use burn::tensor::{Tensor, TensorData};

use crate::{HookError, HookPoint, Observe, Pass, Stage};

/// Which positions a recorder counts. Padding and ended rows never count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counted {
    /// Every token.
    All,
    /// Generated tokens only, each at its own position as an input.
    Generated,
    /// The tokens of a text from this position on, by the prompt's number: continuations that are fed
    /// whole behind their prompts.
    From(Vec<usize>),
}

impl Counted {
    /// Whether any column of `pass` may count.
    pub(crate) fn any(&self, pass: &Pass) -> bool {
        *self != Self::Generated || pass.stage() == Stage::Generated
    }

    /// Whether `row`'s column `column` of `pass` counts, [`Counted::any`] being true.
    pub(crate) fn counts(&self, pass: &Pass, row: usize, column: usize) -> bool {
        let started = match self {
            Self::All | Self::Generated => true,
            Self::From(starts) => {
                let start = starts.get(pass.prompts()[row]);
                start.is_some_and(|&start| pass.position(row, column) >= start)
            }
        };
        started && pass.holds_token(row, column)
    }
}

/// Mean activation over the counted positions, per hook point and per column, in `f64`.
///
/// With `blocks.{l}.mlp.hook_post` and [`Counted::Generated`] these are the mean activations `m̄_i`
/// of the paper's section 4.2.
#[derive(Debug, Clone)]
pub struct MeanRecorder {
    counted: Counted,
    sums: BTreeMap<HookPoint, Sum>,
}

/// The running sum at one point.
#[derive(Debug, Clone, Default)]
struct Sum {
    columns: Vec<f64>,
    count: u64,
}

impl MeanRecorder {
    /// A recorder at `points`.
    pub fn new(points: impl IntoIterator<Item = HookPoint>, counted: Counted) -> Self {
        Self {
            counted,
            sums: points
                .into_iter()
                .map(|point| (point, Sum::default()))
                .collect(),
        }
    }

    /// Mean over all counted positions, `[width]`; `None` if `point` was not recorded or nothing
    /// was counted there.
    pub fn mean(&self, point: HookPoint) -> Option<Vec<f64>> {
        let sum = self.sums.get(&point).filter(|sum| sum.count > 0)?;
        let count = sum.count as f64;
        Some(sum.columns.iter().map(|column| column / count).collect())
    }

    /// How many positions were counted at `point`.
    pub fn count(&self, point: HookPoint) -> u64 {
        self.sums.get(&point).map_or(0, |sum| sum.count)
    }
}

impl Observe for MeanRecorder {
    fn points(&self) -> Vec<HookPoint> {
        self.sums.keys().copied().collect()
    }

    fn observe(
        &mut self,
        point: HookPoint,
        activation: &Tensor<3>,
        pass: &Pass,
    ) -> Result<(), HookError> {
        if !self.counted.any(pass) {
            return Ok(());
        }
        let data = read(point, activation)?;
        self.add(point, values(point, &data)?, activation.dims(), pass)
    }
}

impl MeanRecorder {
    /// Which positions count.
    pub(crate) fn counted(&self) -> &Counted {
        &self.counted
    }

    /// Adds an activation that was read back, `[batch, seq, width]`.
    pub(crate) fn add(
        &mut self,
        point: HookPoint,
        values: &[f32],
        [_, seq, width]: [usize; 3],
        pass: &Pass,
    ) -> Result<(), HookError> {
        let sum = self.sums.entry(point).or_default();
        if sum.columns.is_empty() {
            sum.columns.resize(width, 0.0);
        } else if sum.columns.len() != width {
            return Err(HookError::Width {
                point,
                expected: sum.columns.len(),
                found: width,
            });
        }
        for (index, row) in values.chunks_exact(width).enumerate() {
            if self.counted.counts(pass, index / seq, index % seq) {
                sum.count += 1;
                for (total, &value) in sum.columns.iter_mut().zip(row) {
                    *total += f64::from(value);
                }
            }
        }
        Ok(())
    }
}

/// Copies an activation to the host.
pub(crate) fn read(point: HookPoint, activation: &Tensor<3>) -> Result<TensorData, HookError> {
    (activation.try_to_data()).map_err(|error| HookError::Read {
        point,
        reason: error.to_string(),
    })
}

/// The values of an activation, copied to the host, row-major.
///
/// # Errors
/// A device that cannot be read back from.
pub fn activation_values<const D: usize>(
    point: HookPoint,
    activation: Tensor<D>,
) -> Result<Vec<f32>, HookError> {
    let values = activation.try_into_vec_as::<f32>();
    values.map_err(|error| HookError::Read {
        point,
        reason: error.to_string(),
    })
}

/// What was copied.
pub(crate) fn values(point: HookPoint, data: &TensorData) -> Result<&[f32], HookError> {
    (data.as_slice()).map_err(|error| HookError::Read {
        point,
        reason: format!("{error:?}"),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::Device;

    use super::*;
    use crate::Hooks;

    const POINT: HookPoint = HookPoint::mlp_post(0);

    fn record(counted: Counted, passes: &[(Pass, Tensor<3>)]) -> MeanRecorder {
        let mut recorder = MeanRecorder::new([POINT], counted);
        let mut hooks = Hooks::new().observe(&mut recorder);
        for (pass, activation) in passes {
            hooks.at(POINT, activation.clone(), pass).unwrap();
        }
        recorder
    }

    #[test]
    fn padding_ended_rows_and_uncounted_stages_stay_out() {
        let device = Device::flex();
        let prompt = Pass::left_padded(vec![1, 0], 2);
        let step = prompt.generated(vec![true, true]);
        let last = step.generated(vec![false, true]);
        let passes = [
            (
                prompt,
                Tensor::from_data([[[100.0], [1.0]], [[2.0], [3.0]]], &device),
            ),
            (step, Tensor::from_data([[[4.0]], [[5.0]]], &device)),
            (last, Tensor::from_data([[[100.0]], [[9.0]]], &device)),
        ];
        let generated = record(Counted::Generated, &passes);
        assert_eq!(generated.count(POINT), 3);
        assert_eq!(generated.mean(POINT), Some(vec![6.0]));
        let all = record(Counted::All, &passes);
        assert_eq!(all.count(POINT), 6);
        assert_eq!(all.mean(POINT), Some(vec![4.0]));
    }

    #[test]
    fn a_continuation_fed_behind_its_prompt_counts_from_its_own_start() {
        let device = Device::flex();
        // Prompt 1 has two tokens before its continuation, prompt 0 one, and a column of padding.
        let pass = Pass::left_padded(vec![0, 1], 3).of_prompts(vec![1, 0]);
        let values = Tensor::from_data([[[1.0], [2.0], [4.0]], [[64.0], [8.0], [16.0]]], &device);
        let recorder = record(Counted::From(vec![1, 2]), &[(pass, values)]);
        assert_eq!(recorder.count(POINT), 2);
        assert_eq!(recorder.mean(POINT), Some(vec![10.0])); // (4 + 16) / 2
    }

    #[test]
    fn nothing_counted_is_no_mean() {
        let recorder = MeanRecorder::new([POINT], Counted::All);
        assert_eq!(recorder.mean(POINT), None);
        assert_eq!(recorder.mean(HookPoint::Embed), None);
    }

    #[test]
    fn sums_are_kept_in_f64() {
        // 2^24 + 1 is not representable in f32: an f32 sum would stay at 2^24.
        let device = Device::flex();
        let passes = [16_777_216.0_f32, 1.0, 1.0, 1.0]
            .map(|value| (Pass::whole(1, 1), Tensor::from_data([[[value]]], &device)));
        let mean = record(Counted::All, &passes).mean(POINT).unwrap();
        assert_eq!(mean, [16_777_219.0 / 4.0]);
    }
}
