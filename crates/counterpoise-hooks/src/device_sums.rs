//! Sums of the rows of a batch, kept on the device that the activations are on.

use std::collections::BTreeMap;
use std::mem;

use burn::tensor::{Bool, Tensor, TensorData};

use crate::read_back::{floats, read_back};
use crate::{Counted, HookError, HookPoint, Pass};

/// What was summed at one point of the rows of a batch.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowSums {
    /// `[batch, width]`
    pub(crate) columns: Vec<f64>,
    /// How many columns of a pass were counted of each row. `[batch]`
    pub(crate) tokens: Vec<u64>,
}

/// The sums of a batch, in 32-bit floats on the device, so that a step reads nothing back: of a continuation of 20 tokens
/// a sum loses at most 20 roundings, which is what a device's products lose.
#[derive(Debug, Clone, Default)]
pub(crate) struct DeviceSums {
    /// The prompts of the batch.
    prompts: Vec<usize>,
    points: BTreeMap<HookPoint, OnDevice>,
    /// Which columns of the last pass do not count, if there are any.
    uncounted: Option<(Pass, Option<Tensor<3, Bool>>)>,
}

#[derive(Debug, Clone)]
struct OnDevice {
    columns: Tensor<2>, // [batch, width]
    tokens: Vec<u64>,
}

/// The sums of a batch that is finished.
#[derive(Debug, Clone, Default)]
pub(crate) struct FinishedBatch {
    pub(crate) prompts: Vec<usize>,
    pub(crate) points: BTreeMap<HookPoint, RowSums>,
}

impl DeviceSums {
    /// Whether `pass` goes on with the batch that is summed.
    pub(crate) fn is_of(&self, pass: &Pass) -> bool {
        self.prompts == pass.prompts()
    }

    /// Adds the columns of `activation` `[batch, seq, width]` that count.
    ///
    /// # Errors
    /// An activation of another width than those before.
    pub(crate) fn add(
        &mut self,
        point: HookPoint,
        activation: &Tensor<3>,
        pass: &Pass,
        counted: &Counted,
    ) -> Result<(), HookError> {
        self.prompts = pass.prompts().to_vec();
        let [batch, seq, width] = activation.dims();
        let counting = match self.uncounted(activation, pass, counted) {
            Some(mask) => (activation.clone()).mask_fill(mask.expand([batch, seq, width]), 0.0),
            None => activation.clone(),
        };
        let columns = counting.sum_dim(1).reshape([batch, width]);
        let tokens = (0..batch).map(|row| {
            let counts = |&column: &usize| counted.counts(pass, row, column);
            (0..seq).filter(counts).count() as u64
        });
        let Some(sums) = self.points.remove(&point) else {
            let tokens = tokens.collect();
            self.points.insert(point, OnDevice { columns, tokens });
            return Ok(());
        };
        let [_, expected] = sums.columns.dims();
        if width != expected {
            return Err(HookError::Width {
                point,
                expected,
                found: width,
            });
        }
        let tokens = sums.tokens.iter().zip(tokens);
        let sums = OnDevice {
            tokens: tokens.map(|(before, more)| before + more).collect(),
            columns: sums.columns + columns,
        };
        self.points.insert(point, sums);
        Ok(())
    }

    /// The columns of `pass` that do not count, `[batch, seq, 1]`; `None` if all do.
    fn uncounted(
        &mut self,
        activation: &Tensor<3>,
        pass: &Pass,
        counted: &Counted,
    ) -> Option<Tensor<3, Bool>> {
        if let Some((last, mask)) = &self.uncounted
            && last == pass
        {
            return mask.clone();
        }
        let [batch, seq, _] = activation.dims();
        let columns = (0..batch * seq).map(|at| !counted.counts(pass, at / seq, at % seq));
        let columns: Vec<bool> = columns.collect();
        let mask = columns.contains(&true).then(|| {
            let columns = TensorData::new(columns, [batch, seq, 1]);
            Tensor::from_data(columns, &activation.device())
        });
        self.uncounted = Some((pass.clone(), mask.clone()));
        mask
    }

    /// Reads the sums of the batch, all points at once, and forgets them; `None` if there are none.
    ///
    /// # Errors
    /// A device that cannot be read from.
    pub(crate) fn take(&mut self) -> Result<Option<FinishedBatch>, HookError> {
        let Self {
            prompts, points, ..
        } = mem::take(self);
        let Some((&first, _)) = points.first_key_value() else {
            return Ok(None);
        };
        let failed = |reason| HookError::Read {
            point: first,
            reason,
        };
        let widths: Vec<usize> = points.values().map(|sums| sums.columns.dims()[1]).collect();
        let (mut names, mut parts) = (Vec::new(), Vec::new());
        for (point, OnDevice { columns, tokens }) in points {
            names.push((point, tokens));
            parts.push(columns);
        }
        let data = read_back(Tensor::cat(parts, 1)).map_err(failed)?; // [batch, Σ width]
        let values = floats(&data).map_err(failed)?;
        let (total, mut start) = (widths.iter().sum(), 0);
        let points = names
            .into_iter()
            .zip(widths)
            .map(|((point, tokens), width)| {
                let here = start..start + width;
                start += width;
                let rows = values.chunks_exact(total);
                let columns = rows.flat_map(|row| row[here.clone()].iter().copied().map(f64::from));
                let columns = columns.collect();
                (point, RowSums { columns, tokens })
            });
        let points = points.collect();
        Ok(Some(FinishedBatch { prompts, points }))
    }
}
