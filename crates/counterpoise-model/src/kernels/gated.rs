//! What a gated MLP makes of its two products.

use burn::tensor::Tensor;
use burn::tensor::activation::silu;

use super::exp::exp;
use super::gelu::{gelu, gelu_tanh};
use super::{RowKernel, is_host, on_rows};

/// A gate for which there is a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// `x·σ(x)`
    Silu,
    /// GELU by a hyperbolic tangent.
    GeluTanh,
}

/// `gate(pre) · linear`, value by value, in one pass where that is possible.
pub(crate) fn gated(gate: Gate, pre: Tensor<3>, linear: Tensor<3>) -> Tensor<3> {
    if !(is_host(&pre) && is_host(&linear)) {
        return match gate {
            Gate::Silu => silu(pre) * linear,
            Gate::GeluTanh => gelu_tanh(pre) * linear,
        };
    }
    let (shape, device) = (pre.dims(), pre.device());
    let [_, _, width] = shape;
    let mut data = pre.into_data();
    let linear = linear.into_data();
    #[expect(clippy::expect_used, reason = "`is_host` saw that the values are f32")]
    let (values, linear) = (
        data.as_mut_slice::<f32>().expect("values of f32"),
        linear.as_slice::<f32>().expect("values of f32"),
    );
    match gate {
        Gate::Silu => on_rows(values, width, &Times(width, linear, silu_of)),
        Gate::GeluTanh => on_rows(values, width, &Times(width, linear, gelu)),
    }
    Tensor::from_data(data, &device)
}

/// A row's width, the factors, and the gate's function.
struct Times<'a, F>(usize, &'a [f32], F);

impl<F: Fn(f32) -> f32 + Sync> RowKernel for Times<'_, F> {
    #[inline(always)]
    fn run(&self, first: usize, rows: &mut [f32]) {
        let Self(width, linear, gate) = self;
        let linear = &linear[first * width..first * width + rows.len()];
        for (x, &factor) in rows.iter_mut().zip(linear) {
            *x = gate(*x) * factor;
        }
    }
}

#[inline(always)]
fn silu_of(x: f32) -> f32 {
    x / (1.0 + exp(-x))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::{Device, TensorData};

    use super::*;

    #[test]
    fn kernels_and_operations_compute_the_same() {
        let shape = [3, 37, 511];
        let count = shape.iter().product::<usize>();
        let values = |step: usize| -> Vec<f32> {
            let values = (0..count).map(|i| (i * step % 1009) as f32 / 60.0 - 8.0);
            values.collect()
        };
        for gate in [Gate::Silu, Gate::GeluTanh] {
            let of = |device: &Device| {
                let tensor =
                    |step| Tensor::<3>::from_data(TensorData::new(values(step), shape), device);
                let product = gated(gate, tensor(7919), tensor(31));
                product.try_into_vec_as::<f32>().unwrap()
            };
            let (kernel, operations) = (of(&Device::flex()), of(&Device::flex().autodiff()));
            for (kernel, operations) in kernel.iter().zip(&operations) {
                let apart = (kernel - operations).abs();
                assert!(
                    apart < 2e-6 * (1.0 + operations.abs()),
                    "{gate:?}: {kernel} {operations}"
                );
            }
        }
    }
}
