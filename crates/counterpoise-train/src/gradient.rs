//! Gradient clipping by the norm over all parameters together.
//!
//! burn clips each parameter by itself; preference optimisation and language-model training as
//! published clip the whole gradient, which keeps its direction.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use crate::TrainError;

/// Scales `gradients` so that their norm is at most `max_norm`, and returns the norm they had.
///
/// The norm is `√(Σ g²)` over every parameter of `module`, summed in `f64`. The factor is
/// `max_norm / (norm + 1e-6)` where that is below one, as in `torch.nn.utils.clip_grad_norm_`.
///
/// # Errors
/// [`TrainError::Read`] when a gradient cannot be read back.
pub(crate) fn clip_by_global_norm<M: Module>(
    module: &M,
    gradients: &mut GradientsParams,
    max_norm: f64,
) -> Result<f64, TrainError> {
    let mut sum = SumOfSquares {
        gradients,
        total: Ok(0.0),
    };
    module.visit(&mut sum);
    let norm = sum.total?.sqrt();
    let factor = max_norm / (norm + 1e-6);
    if factor < 1.0 {
        module.visit(&mut Scale { gradients, factor });
    }
    Ok(norm)
}

struct SumOfSquares<'a> {
    gradients: &'a GradientsParams,
    total: Result<f64, TrainError>,
}

impl ModuleVisitor for SumOfSquares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(gradient) = self.gradients.get::<D>(param.id) else {
            return;
        };
        // Rows are summed on the device, the rows' sums in f64.
        let rows = gradient.square().sum_dim(D - 1).try_into_vec_as::<f64>();
        self.total = match (std::mem::replace(&mut self.total, Ok(0.0)), rows) {
            (Ok(total), Ok(rows)) => Ok(total + rows.iter().sum::<f64>()),
            (Ok(_), Err(reason)) => Err(TrainError::read(reason)),
            (error, _) => error,
        };
    }
}

struct Scale<'a> {
    gradients: &'a mut GradientsParams,
    factor: f64,
}

impl ModuleVisitor for Scale<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            let scaled = gradient.mul_scalar(self.factor);
            self.gradients.register(param.id, scaled);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::Device;

    use super::*;

    #[derive(Module, Debug)]
    struct Two {
        matrix: Param<Tensor<2>>,
        vector: Param<Tensor<1>>,
    }

    /// A module whose gradients are `[[3, 0], [0, 4]]` and `[12, 0]`: together of norm 13.
    fn module_and_gradients() -> (Two, GradientsParams) {
        let device = Device::flex().autodiff();
        let two = Two {
            matrix: Param::from_tensor(Tensor::zeros([2, 2], &device)),
            vector: Param::from_tensor(Tensor::zeros([2], &device)),
        };
        let plain = Device::flex();
        let mut gradients = GradientsParams::new();
        gradients.register(
            two.matrix.id,
            Tensor::<2>::from_data([[3.0, 0.0], [0.0, 4.0]], &plain),
        );
        gradients.register(two.vector.id, Tensor::<1>::from_data([12.0, 0.0], &plain));
        (two, gradients)
    }

    fn values(two: &Two, gradients: &GradientsParams) -> Vec<f32> {
        let matrix = gradients.get::<2>(two.matrix.id).unwrap();
        let vector = gradients.get::<1>(two.vector.id).unwrap();
        let mut values: Vec<f32> = matrix.try_into_vec_as().unwrap();
        values.extend(vector.try_into_vec_as::<f32>().unwrap());
        values
    }

    #[test]
    fn a_gradient_that_is_too_long_keeps_its_direction_across_parameters() {
        let (two, mut gradients) = module_and_gradients();
        let norm = clip_by_global_norm(&two, &mut gradients, 6.5).unwrap();

        assert_eq!(norm, 13.0);
        for (found, expected) in values(&two, &gradients)
            .into_iter()
            .zip([1.5, 0.0, 0.0, 2.0, 6.0, 0.0])
        {
            assert!((found - expected).abs() < 1e-5, "{found} != {expected}");
        }
    }

    #[test]
    fn a_gradient_within_the_norm_is_left_alone() {
        let (two, mut gradients) = module_and_gradients();
        let norm = clip_by_global_norm(&two, &mut gradients, 14.0).unwrap();

        assert_eq!(norm, 13.0);
        assert_eq!(values(&two, &gradients), [3.0, 0.0, 0.0, 4.0, 12.0, 0.0]);
    }
}
