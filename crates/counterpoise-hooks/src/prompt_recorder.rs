//! Sums of activations of each prompt alone, beside the means over all of them.

use std::collections::BTreeMap;
use std::fmt;

use burn::tensor::Tensor;

use crate::device_sums::RowSums;
use crate::read_back::{floats, read_back};
use crate::{HookError, HookPoint, MeanRecorder, Means, Observe, Pass};

/// Takes what was summed of each prompt, as soon as the prompt is finished.
pub trait PromptSink: fmt::Debug {
    /// `sums` over the counted `tokens` of the prompt numbered `prompt`: the columns of the first point, then of
    /// the next. `[points · width]`
    ///
    /// # Errors
    /// Whatever keeps it from taking them, such as a full disk; the pass stops.
    fn take(&mut self, prompt: usize, tokens: u64, sums: &[f64]) -> Result<(), HookError>;
}

/// A [`MeanRecorder`] that also hands each prompt's own sums, in `f64`, to a [`PromptSink`].
///
/// What is read back from a device is read once for both, and the means are those of the recorder alone,
/// bit for bit. The sums of a batch are held while it runs: `batch · points · width` numbers.
#[derive(Debug)]
pub struct PromptRecorder<'a> {
    means: MeanRecorder,
    /// The points whose sums are handed on, in the order of the model.
    points: Vec<HookPoint>,
    sink: &'a mut dyn PromptSink,
    /// The prompts of the batch that runs.
    prompts: Vec<usize>,
    /// What was summed of them.
    sums: BTreeMap<HookPoint, RowSums>,
}

impl<'a> PromptRecorder<'a> {
    /// Records what `means` does, and hands the sums at `points` to `sink`.
    ///
    /// # Panics
    /// If `means` does not record one of `points`.
    pub fn new(
        means: MeanRecorder,
        points: impl IntoIterator<Item = HookPoint>,
        sink: &'a mut dyn PromptSink,
    ) -> Self {
        let (points, recorded): (Vec<_>, _) = (points.into_iter().collect(), means.points());
        assert!(
            points.iter().all(|point| recorded.contains(point)),
            "sums are taken where means are"
        );
        Self {
            means,
            points,
            sink,
            prompts: Vec::new(),
            sums: BTreeMap::new(),
        }
    }

    /// Hands on the last batch, and returns the means.
    ///
    /// # Errors
    /// What the sink reports; a device that cannot be read from.
    pub fn finish(mut self) -> Result<Means, HookError> {
        self.flush()?;
        self.means.finish()
    }

    /// Hands on what was summed of the batch that ran.
    fn flush(&mut self) -> Result<(), HookError> {
        if let Some(batch) = self.means.finish_batch()? {
            self.prompts = batch.prompts;
            self.sums = batch.points;
        }
        let sums = std::mem::take(&mut self.sums);
        let mut of_prompt = Vec::new();
        for (row, &prompt) in std::mem::take(&mut self.prompts).iter().enumerate() {
            of_prompt.clear();
            let mut tokens = 0;
            for point in &self.points {
                let Some(sums) = sums.get(point) else {
                    continue;
                };
                let width = sums.columns.len() / sums.tokens.len();
                of_prompt.extend_from_slice(&sums.columns[row * width..(row + 1) * width]);
                tokens = sums.tokens[row];
            }
            self.sink.take(prompt, tokens, &of_prompt)?;
        }
        Ok(())
    }
}

impl Observe for PromptRecorder<'_> {
    fn points(&self) -> Vec<HookPoint> {
        self.means.points()
    }

    fn observe(
        &mut self,
        point: HookPoint,
        activation: &Tensor<3>,
        pass: &Pass,
    ) -> Result<(), HookError> {
        if !self.means.counted().any(pass) {
            return Ok(());
        }
        if !self.means.adds_at_once(activation) {
            if !self.means.goes_on_with(pass) {
                self.flush()?;
            }
            return self.means.add_on_device(point, activation, pass);
        }
        let failed = |reason| HookError::Read { point, reason };
        let data = read_back(activation.clone()).map_err(failed)?;
        let values = floats(&data).map_err(failed)?;
        let [batch, seq, width] = activation.dims();
        self.means.add(point, values, [batch, seq, width], pass)?;
        if !self.points.contains(&point) {
            return Ok(());
        }
        if self.prompts != pass.prompts() {
            self.flush()?;
            self.prompts = pass.prompts().to_vec();
        }
        let sums = self.sums.entry(point).or_default();
        sums.columns.resize(batch * width, 0.0);
        sums.tokens.resize(batch, 0);
        for (index, values) in values.chunks_exact(width).enumerate() {
            let (row, column) = (index / seq, index % seq);
            if self.means.counted().counts(pass, row, column) {
                sums.tokens[row] += 1;
                let columns = &mut sums.columns[row * width..(row + 1) * width];
                for (sum, &value) in columns.iter_mut().zip(values) {
                    *sum += f64::from(value);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::Device;

    use super::*;
    use crate::{Counted, Hooks};

    const POINTS: [HookPoint; 2] = [HookPoint::mlp_post(0), HookPoint::mlp_post(1)];

    #[derive(Debug, Default)]
    struct Kept(Vec<(usize, u64, Vec<f64>)>);

    impl PromptSink for Kept {
        fn take(&mut self, prompt: usize, tokens: u64, sums: &[f64]) -> Result<(), HookError> {
            self.0.push((prompt, tokens, sums.to_vec()));
            Ok(())
        }
    }

    /// Two batches: prompts 4 and 2, of which 2 ends first, then prompt 0.
    fn passes() -> Vec<(HookPoint, Pass, Tensor<3>)> {
        let first = Pass::left_padded(vec![0, 0], 1).of_prompts(vec![4, 2]);
        let [step, last] = [vec![true, true], vec![true, false]].map(|live| first.generated(live));
        let other = Pass::whole(1, 1).of_prompts(vec![0]).generated(vec![true]);
        let tensor = |rows: &[f32]| {
            let rows = Tensor::<1>::from_data(rows, &Device::flex());
            let [batch] = rows.dims();
            rows.reshape([batch, 1, 1])
        };
        let values: [(&Pass, [&[f32]; 2]); 4] = [
            (&first, [&[100.0, 100.0], &[100.0, 100.0]]),
            (&step, [&[1.0, 2.0], &[10.0, 20.0]]),
            (&last, [&[4.0, 100.0], &[40.0, 100.0]]),
            (&other, [&[0.5], &[0.25]]),
        ];
        (values.into_iter())
            .flat_map(|(pass, rows)| {
                let points = POINTS.into_iter().zip(rows);
                points.map(move |(point, rows)| (point, pass.clone(), tensor(rows)))
            })
            .collect()
    }

    fn run(observer: &mut dyn Observe) {
        let mut hooks = Hooks::new().observe(observer);
        for (point, pass, activation) in passes() {
            hooks.at(point, activation, &pass).unwrap();
        }
    }

    #[test]
    fn each_prompt_gets_its_own_sums_and_the_means_stay_what_they_are() {
        let mut alone = MeanRecorder::new(POINTS, Counted::Generated);
        run(&mut alone);
        let alone = alone.finish().unwrap();
        let at_once = MeanRecorder::new(POINTS, Counted::Generated);
        for means in [at_once.clone().out_of_memory(), at_once] {
            let mut kept = Kept::default();
            let mut recorder = PromptRecorder::new(means, POINTS, &mut kept);
            run(&mut recorder);
            let means = recorder.finish().unwrap();
            for point in POINTS {
                assert_eq!(means.mean(point), alone.mean(point));
                assert_eq!(means.count(point), 4);
            }
            let expected = [
                (4, 2, vec![5.0, 50.0]),
                (2, 1, vec![2.0, 20.0]),
                (0, 1, vec![0.5, 0.25]),
            ];
            assert_eq!(kept.0, expected);
        }
    }

    #[test]
    fn a_sink_that_fails_stops_the_pass() {
        #[derive(Debug)]
        struct Full;
        impl PromptSink for Full {
            fn take(&mut self, _: usize, _: u64, _: &[f64]) -> Result<(), HookError> {
                Err(HookError::other("no space left"))
            }
        }
        let means = MeanRecorder::new(POINTS, Counted::Generated);
        let mut sink = Full;
        let mut recorder = PromptRecorder::new(means, POINTS, &mut sink);
        let mut hooks = Hooks::new().observe(&mut recorder);
        let mut outcomes =
            (passes().into_iter()).map(|(point, pass, x)| hooks.at(point, x, &pass).map(|_| ()));
        let error = outcomes.find_map(Result::err).unwrap();
        assert_eq!(error.to_string(), "no space left");
    }
}
