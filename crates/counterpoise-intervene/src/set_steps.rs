//! The edit behind prompt-specific patching: neurons take what they did at a step of the same prompt.

use std::sync::Arc;

use burn::tensor::{Bool, Tensor, TensorData};
use counterpoise_hooks::{Edit, HookError, HookPoint, Pass, Stage};

use crate::step_file::StepFile;

/// Sets chosen neurons to what a [`StepFile`] has of the same prompt. Beyond the last step that was taken of it they keep
/// their bits.
#[derive(Debug)]
pub(crate) struct SetSteps {
    values: Arc<StepFile>,
    which: OwnActivations,
    d_mlp: usize,
}

/// Which of its own activations a prompt's neurons are set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnActivations {
    /// Those of the same step. Step 0 is that which reads the prompt's last token.
    EachStep,
    /// Their mean over the tokens that were written, at every step.
    Mean,
}

impl SetSteps {
    pub(crate) fn new(values: Arc<StepFile>, which: OwnActivations, d_mlp: usize) -> Self {
        Self {
            values,
            which,
            d_mlp,
        }
    }
}

impl Edit for SetSteps {
    fn points(&self) -> Vec<HookPoint> {
        self.values.layers().map(HookPoint::mlp_post).collect()
    }

    fn edit(
        &self,
        point: HookPoint,
        activation: Tensor<3>,
        pass: &Pass,
    ) -> Result<Tensor<3>, HookError> {
        let HookPoint::Block { layer, .. } = point else {
            return Ok(activation);
        };
        if pass.stage() == Stage::Text {
            let reason = "a patch with each prompt's own activations has none for a text";
            return Err(HookError::other(reason));
        }
        let [batch, seq, found] = activation.dims();
        if (seq, found) != (1, self.d_mlp) {
            return Err(HookError::Width {
                point,
                expected: self.d_mlp,
                found: seq * found,
            });
        }
        let mut mask = vec![false; batch * found];
        let mut values = vec![0.0_f32; batch * found];
        for row in 0..batch {
            let Some((prompt, step)) = self.values.step(pass, row) else {
                continue;
            };
            let step = match self.which {
                OwnActivations::EachStep => step,
                OwnActivations::Mean => self.values.mean_step(),
            };
            let kept = self.values.activations(prompt, step, layer);
            let kept = kept.map_err(HookError::other)?;
            for (&neuron, value) in self.values.neurons(layer).iter().zip(kept) {
                mask[row * found + neuron] = true;
                values[row * found + neuron] = value;
            }
        }
        let (shape, device) = ([batch, 1, found], activation.device());
        let mask = Tensor::<3, Bool>::from_data(TensorData::new(mask, shape), &device);
        let values = Tensor::<3>::from_data(TensorData::new(values, shape), &device);
        Ok(activation.mask_where(mask, values))
    }
}
