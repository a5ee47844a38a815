//! What a gated MLP makes of its two products.

use core::marker::PhantomData;

use burn::tensor::Tensor;
use burn::tensor::activation::silu;

use super::exp::exp;
use super::pointwise::Pointwise;
use super::{RowKernel, is_host, on_rows};

/// `F(pre) · linear`, value by value, in one pass where that is possible.
pub(crate) fn gated<F: Pointwise>(pre: Tensor<3>, linear: Tensor<3>) -> Tensor<3> {
    if !(is_host(&pre) && is_host(&linear)) {
        return F::by_operations(pre) * linear;
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
    on_rows(values, width, &Times::<F>(width, linear, PhantomData));
    Tensor::from_data(data, &device)
}

/// A row's width, and the factors.
struct Times<'a, F>(usize, &'a [f32], PhantomData<F>);

impl<F: Pointwise> RowKernel for Times<'_, F> {
    #[inline(always)]
    fn run(&self, first: usize, rows: &mut [f32]) {
        let Self(width, linear, _) = self;
        let linear = &linear[first * width..first * width + rows.len()];
        for (x, &factor) in rows.iter_mut().zip(linear) {
            *x = F::of(*x) * factor;
        }
    }
}

/// `x·σ(x)`
pub(crate) struct Silu;

impl Pointwise for Silu {
    #[inline(always)]
    fn of(x: f32) -> f32 {
        x / (1.0 + exp(-x))
    }

    fn by_operations<const D: usize>(x: Tensor<D>) -> Tensor<D> {
        silu(x)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::{Device, TensorData};

    use super::*;
    use crate::kernels::{GeluErf, GeluTanh};

    fn check_agreement<F: Pointwise>(what: &str) {
        let shape = [3, 37, 511];
        let count = shape.iter().product::<usize>();
        let values = |step: usize| -> Vec<f32> {
            let values = (0..count).map(|i| (i * step % 1009) as f32 / 60.0 - 8.0);
            values.collect()
        };
        let of = |device: &Device| {
            let tensor =
                |step| Tensor::<3>::from_data(TensorData::new(values(step), shape), device);
            let product = gated::<F>(tensor(7919), tensor(31));
            product.try_into_vec_as::<f32>().unwrap()
        };
        let (kernel, operations) = (of(&Device::flex()), of(&Device::flex().autodiff()));
        for (kernel, operations) in kernel.iter().zip(&operations) {
            let apart = (kernel - operations).abs();
            assert!(
                apart < 2e-6 * (1.0 + operations.abs()),
                "{what}: {kernel} {operations}"
            );
        }
    }

    #[test]
    fn kernels_and_operations_compute_the_same() {
        check_agreement::<Silu>("silu");
        check_agreement::<GeluTanh>("tanh");
        check_agreement::<GeluErf>("erf");
    }
}
