//! Running means of activations, summed in `f64` while the model runs.

use std::collections::BTreeMap;

use burn::tensor::Tensor;

use crate::device_sums::{DeviceSums, FinishedBatch};
use crate::read_back::{floats, in_memory, read_back};
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
///
/// On the CPU every activation is added as it comes. Elsewhere each row's sums are kept on the device, in 32-bit floats, while
/// its batch runs, and read back once when it is finished, since a step that reads waits for all that was computed before.
#[derive(Debug, Clone)]
pub struct MeanRecorder {
    counted: Counted,
    sums: BTreeMap<HookPoint, Sum>,
    /// What was summed of the batch that runs, if its activations are not in memory.
    on_device: DeviceSums,
    in_memory: fn(&Tensor<3>) -> bool,
}

/// What a [`MeanRecorder`] recorded.
#[derive(Debug, Clone)]
pub struct Means {
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
            on_device: DeviceSums::default(),
            in_memory: |activation| in_memory(&activation.device()),
        }
    }

    /// The means of what was recorded.
    ///
    /// # Errors
    /// A device that cannot be read from.
    pub fn finish(mut self) -> Result<Means, HookError> {
        self.finish_batch()?;
        Ok(Means { sums: self.sums })
    }
}

impl Means {
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
        if !(self.in_memory)(activation) {
            if !self.on_device.is_of(pass) {
                self.finish_batch()?;
            }
            return self.add_on_device(point, activation, pass);
        }
        let failed = |reason| HookError::Read { point, reason };
        let data = read_back(activation.clone()).map_err(failed)?;
        self.add(
            point,
            floats(&data).map_err(failed)?,
            activation.dims(),
            pass,
        )
    }
}

impl MeanRecorder {
    /// Which positions count.
    pub(crate) fn counted(&self) -> &Counted {
        &self.counted
    }

    /// As if no activation were in memory.
    #[cfg(test)]
    pub(crate) fn out_of_memory(self) -> Self {
        Self {
            in_memory: |_| false,
            ..self
        }
    }

    /// Whether `activation` is added as it comes.
    pub(crate) fn adds_at_once(&self, activation: &Tensor<3>) -> bool {
        (self.in_memory)(activation)
    }

    /// Whether `pass` goes on with the batch that is summed on the device.
    pub(crate) fn goes_on_with(&self, pass: &Pass) -> bool {
        self.on_device.is_of(pass)
    }

    /// Adds an activation of the batch that is summed on the device.
    pub(crate) fn add_on_device(
        &mut self,
        point: HookPoint,
        activation: &Tensor<3>,
        pass: &Pass,
    ) -> Result<(), HookError> {
        (self.on_device).add(point, activation, pass, &self.counted)
    }

    /// Adds what was summed on the device to the means, and returns it; nothing of points that are in memory.
    pub(crate) fn finish_batch(&mut self) -> Result<Option<FinishedBatch>, HookError> {
        let Some(batch) = self.on_device.take()? else {
            return Ok(None);
        };
        for (&point, rows) in &batch.points {
            let width = rows.columns.len() / rows.tokens.len();
            let sum = sum_at(&mut self.sums, point, width)?;
            sum.count += rows.tokens.iter().sum::<u64>();
            for row in rows.columns.chunks_exact(width) {
                for (total, value) in sum.columns.iter_mut().zip(row) {
                    *total += value;
                }
            }
        }
        Ok(Some(batch))
    }

    /// Adds an activation that was read back, `[batch, seq, width]`.
    pub(crate) fn add(
        &mut self,
        point: HookPoint,
        values: &[f32],
        [_, seq, width]: [usize; 3],
        pass: &Pass,
    ) -> Result<(), HookError> {
        let sum = sum_at(&mut self.sums, point, width)?;
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

/// The sum at `point`, made for its width.
fn sum_at(
    sums: &mut BTreeMap<HookPoint, Sum>,
    point: HookPoint,
    width: usize,
) -> Result<&mut Sum, HookError> {
    let sum = sums.entry(point).or_default();
    if sum.columns.is_empty() {
        sum.columns.resize(width, 0.0);
    } else if sum.columns.len() != width {
        return Err(HookError::Width {
            point,
            expected: sum.columns.len(),
            found: width,
        });
    }
    Ok(sum)
}

/// The values of an activation, copied to the host, row-major.
///
/// # Errors
/// A device that cannot be read back from.
pub fn activation_values<const D: usize>(
    point: HookPoint,
    activation: Tensor<D>,
) -> Result<Vec<f32>, HookError> {
    let failed = |reason| HookError::Read { point, reason };
    let data = read_back(activation).map_err(failed)?;
    (data.try_into_vec_as()).map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::Device;

    use super::*;
    use crate::Hooks;

    const POINT: HookPoint = HookPoint::mlp_post(0);

    fn run(mut recorder: MeanRecorder, passes: &[(Pass, Tensor<3>)]) -> Means {
        let mut hooks = Hooks::new().observe(&mut recorder);
        for (pass, activation) in passes {
            hooks.at(POINT, activation.clone(), pass).unwrap();
        }
        drop(hooks);
        recorder.finish().unwrap()
    }

    /// What is recorded of small integers, which no sum rounds, where activations are in memory; and the same if they were not.
    fn record(counted: &Counted, passes: &[(Pass, Tensor<3>)]) -> Means {
        let at_once = MeanRecorder::new([POINT], counted.clone());
        let by_batches = at_once.clone().out_of_memory();
        let [at_once, by_batches] = [at_once, by_batches].map(|recorder| run(recorder, passes));
        assert_eq!(by_batches.mean(POINT), at_once.mean(POINT));
        assert_eq!(by_batches.count(POINT), at_once.count(POINT));
        at_once
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
        let generated = record(&Counted::Generated, &passes);
        assert_eq!(generated.count(POINT), 3);
        assert_eq!(generated.mean(POINT), Some(vec![6.0]));
        let all = record(&Counted::All, &passes);
        assert_eq!(all.count(POINT), 6);
        assert_eq!(all.mean(POINT), Some(vec![4.0]));
    }

    #[test]
    fn a_continuation_fed_behind_its_prompt_counts_from_its_own_start() {
        let device = Device::flex();
        // Prompt 1 has two tokens before its continuation, prompt 0 one, and a column of padding.
        let pass = Pass::left_padded(vec![0, 1], 3).of_prompts(vec![1, 0]);
        let values = Tensor::from_data([[[1.0], [2.0], [4.0]], [[64.0], [8.0], [16.0]]], &device);
        let recorder = record(&Counted::From(vec![1, 2]), &[(pass, values)]);
        assert_eq!(recorder.count(POINT), 2);
        assert_eq!(recorder.mean(POINT), Some(vec![10.0])); // (4 + 16) / 2
    }

    #[test]
    fn nothing_counted_is_no_mean() {
        let means = record(&Counted::All, &[]);
        assert_eq!(means.mean(POINT), None);
        assert_eq!(means.mean(HookPoint::Embed), None);
    }

    #[test]
    fn a_batch_that_is_not_in_memory_is_read_once_whatever_is_recorded_of_it() {
        let device = Device::flex();
        let point = HookPoint::mlp_post(1);
        let recorder = MeanRecorder::new([POINT, point], Counted::Generated);
        let mut recorder = recorder.out_of_memory();
        let mut hooks = Hooks::new().observe(&mut recorder);
        let first = Pass::whole(2, 1).of_prompts(vec![0, 1]);
        let other = Pass::whole(1, 1).of_prompts(vec![2]);
        let passes = [
            (first.generated(vec![true, true]), [1.0, 2.0].as_slice()),
            (first.generated(vec![true, false]), &[4.0, f32::NAN]),
            (other.generated(vec![true]), &[8.0]),
        ];
        for (pass, values) in passes {
            let rows = Tensor::<1>::from_data(values, &device).reshape([values.len(), 1, 1]);
            hooks.at(POINT, rows.clone(), &pass).unwrap();
            let wider = Tensor::cat(vec![rows.clone(), rows * 2.0], 2);
            hooks.at(point, wider, &pass).unwrap();
        }
        drop(hooks);
        // The first batch has been read by now, and the second not.
        assert_eq!(recorder.sums[&POINT].columns, [7.0]);
        let means = recorder.finish().unwrap();
        assert_eq!(means.mean(POINT), Some(vec![3.75]));
        assert_eq!(means.mean(point), Some(vec![3.75, 7.5]));
    }

    #[test]
    fn sums_are_kept_in_f64() {
        // 2^24 + 1 is not representable in f32: an f32 sum would stay at 2^24.
        let device = Device::flex();
        let passes = [16_777_216.0_f32, 1.0, 1.0, 1.0]
            .map(|value| (Pass::whole(1, 1), Tensor::from_data([[[value]]], &device)));
        let recorder = MeanRecorder::new([POINT], Counted::All);
        let mean = run(recorder, &passes).mean(POINT).unwrap();
        assert_eq!(mean, [16_777_219.0 / 4.0]);
    }
}
