//! GPT-2's activation function.

use burn::tensor::Tensor;
use burn::tensor::activation::sigmoid;

use super::exp::exp;
use super::pointwise::{Pointwise, pointwise};

/// 2√(2/π)
const SCALE: f64 = 2.0 * core::f64::consts::FRAC_2_SQRT_PI * core::f64::consts::FRAC_1_SQRT_2;
/// What `x³` counts beside `x`.
const CUBE: f64 = 0.044_715;

/// GPT-2's GELU, `0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))`.
///
/// Computed as `x·σ(2√(2/π)·x·(1 + 0.044715·x²))`, the same function because
/// `(1 + tanh z) / 2 = σ(2z)`: one exponential, and nothing cancels where the result is small.
pub fn gelu_tanh<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    pointwise::<GeluTanh, D>(x)
}

/// [`gelu_tanh`] of a single value.
pub(crate) struct GeluTanh;

impl Pointwise for GeluTanh {
    #[inline(always)]
    fn of(x: f32) -> f32 {
        let twice = x * (x * x * (SCALE * CUBE) as f32 + SCALE as f32);
        x / (1.0 + exp(-twice))
    }

    fn by_operations<const D: usize>(x: Tensor<D>) -> Tensor<D> {
        let inner = x
            .clone()
            .square()
            .mul_scalar(SCALE * CUBE)
            .add_scalar(SCALE);
        let gate = sigmoid(inner * x.clone());
        x * gate
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::Device;

    use super::*;

    fn truth(x: f32) -> f64 {
        let x = f64::from(x);
        x / (1.0 + (-SCALE * x * (1.0 + CUBE * x * x)).exp())
    }

    /// Of a size that several cores share.
    fn inputs() -> Vec<f32> {
        (-50_000..=50_000).map(|x| x as f32 / 4_000.0).collect()
    }

    fn of(device: &Device) -> Vec<f32> {
        let x = Tensor::<1>::from_floats(inputs().as_slice(), device);
        gelu_tanh(x).try_into_vec_as::<f32>().unwrap()
    }

    #[test]
    fn the_kernel_and_the_operations_are_the_same_function() {
        let (kernel, operations) = (of(&Device::flex()), of(&Device::flex().autodiff()));
        for ((x, kernel), operations) in inputs().into_iter().zip(kernel).zip(operations) {
            // The exponent is rounded before the exponential: that is relative to its own size.
            let tolerance = 3e-7 * truth(x).abs() * f64::from(1.0 + x * x) + 1e-37;
            for found in [kernel, operations] {
                assert!(
                    (f64::from(found) - truth(x)).abs() <= tolerance,
                    "gelu({x}) = {found}, not {}",
                    truth(x)
                );
            }
        }
    }

    #[test]
    fn a_tensor_that_is_held_elsewhere_keeps_its_values() {
        let x = Tensor::<1>::from_floats([1.0, 2.0], &Device::flex());
        let kept = x.clone();
        let _ = gelu_tanh(x);
        assert_eq!(kept.try_into_vec_as::<f32>().unwrap(), [1.0, 2.0]);
    }
}
