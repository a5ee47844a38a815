//! GELU by the error function, the activation of BERT and RoBERTa.

use burn::tensor::Tensor;
use burn::tensor::activation;

use super::exp::exp;
use super::pointwise::{Pointwise, pointwise};

/// `x·Φ(x)`, where `Φ` is the normal distribution: `0.5·x·(1 + erf(x/√2))`.
pub fn gelu_erf<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    pointwise::<GeluErf, D>(x)
}

/// [`gelu_erf`] of a single value.
///
/// Computed as `x·σ(g(x))` with `g` the logit of `Φ`: one exponential, and nothing cancels where the result is small.
/// `g` is odd; `g(x)/x` is a rational function of `x²`, fitted to within 2e-7 of one more than a quarter of `g`.
pub(crate) struct GeluErf;

/// Coefficients of the numerator, the lowest power first.
const ABOVE: [f32; 5] = [
    1.595_768_5,
    0.238_609_2,
    0.021_139_358,
    7.438_126e-4,
    4.069_097e-6,
];
/// Coefficients of the denominator.
const BELOW: [f32; 5] = [
    1.0,
    0.103_982_71,
    0.008_562_598,
    1.441_124_6e-4,
    1.955_756_7e-7,
];
/// Where the fit ends; `Φ(−8)` is 6e-16.
const EDGE: f32 = 8.0;

impl Pointwise for GeluErf {
    #[inline(always)]
    fn of(x: f32) -> f32 {
        let inside = if x > EDGE { EDGE } else { x };
        let inside = if inside < -EDGE { -EDGE } else { inside };
        let square = inside * inside;
        let polynomial = |[c0, c1, c2, c3, c4]: [f32; 5]| {
            (((c4 * square + c3) * square + c2) * square + c1) * square + c0
        };
        let logit = inside * polynomial(ABOVE) / polynomial(BELOW);
        x / (1.0 + exp(-logit))
    }

    fn by_operations<const D: usize>(x: Tensor<D>) -> Tensor<D> {
        activation::gelu(x)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::Device;

    use super::*;

    fn of(x: &[f32], device: &Device) -> Vec<f32> {
        let x = Tensor::<1>::from_floats(x, device);
        gelu_erf(x).try_into_vec_as::<f32>().unwrap()
    }

    /// `x·Φ(x)`, by Simpson's rule in 64 bits: 0.5 and the integral of the density from 0 to `x`.
    fn truth(x: f32) -> f64 {
        const STEPS: u32 = 400;
        let (x, step) = (f64::from(x), f64::from(x) / f64::from(STEPS));
        let density = |at: f64| (-0.5 * at * at).exp();
        let weight = |index: u32| match index {
            0 | STEPS => 1.0,
            odd if odd % 2 == 1 => 4.0,
            _ => 2.0,
        };
        let sum: f64 = (0..=STEPS)
            .map(|index| weight(index) * density(f64::from(index) * step))
            .sum();
        x * (0.5 + sum * step / 3.0 / (2.0 * core::f64::consts::PI).sqrt())
    }

    #[test]
    fn kernel_and_operations_are_the_normal_distribution_times_x() {
        let x: Vec<f32> = (-10_000..=10_000).map(|x| x as f32 / 1_000.0).collect();
        let (kernel, operations) = (of(&x, &Device::flex()), of(&x, &Device::flex().autodiff()));
        for ((x, kernel), operations) in x.into_iter().zip(kernel).zip(operations) {
            for found in [kernel, operations] {
                let apart = (f64::from(found) - truth(x)).abs();
                assert!(
                    apart <= 2.5e-7 * f64::from(x.abs().max(1.0)),
                    "{x}: {found}, not {}",
                    truth(x)
                );
            }
        }
    }

    #[test]
    fn the_ends_are_defined() {
        let found = of(&[0.0, 30.0, -30.0, 1e30, f32::NAN], &Device::flex());
        assert_eq!((found[0], found[1], found[3]), (0.0, 30.0, 1e30));
        assert!(found[2].abs() < 1e-12 && found[4].is_nan());
    }
}
