//! What follows the product of an MLP's first layer.

use core::marker::PhantomData;

use burn::tensor::Tensor;

use super::pointwise::{Identity, Pointwise};
use super::{RowKernel, in_place, is_host, on_rows};

/// `x + bias`, `[batch, seq, width]` and `[width]`, on every core where that is possible.
pub fn add_bias(x: Tensor<3>, bias: Tensor<1>) -> Tensor<3> {
    add_bias_and::<Identity>(x, bias)
}

/// `F(x + bias)`, `[batch, seq, width]` and `[width]`, in one pass where that is possible; bit for
/// bit what the two steps give.
pub(crate) fn add_bias_and<F: Pointwise>(x: Tensor<3>, bias: Tensor<1>) -> Tensor<3> {
    if !is_host(&x) {
        return F::by_operations(x + bias.unsqueeze());
    }
    let [_, _, width] = x.dims();
    let bias = bias.into_data();
    #[expect(
        clippy::expect_used,
        reason = "a layer's bias has the type of its output"
    )]
    let bias = bias.as_slice::<f32>().expect("values of f32");
    let kernel = Biased::<F>(bias, PhantomData);
    in_place(x, |values| on_rows(values, width, &kernel))
}

struct Biased<'a, F>(&'a [f32], PhantomData<F>);

impl<F: Pointwise> RowKernel for Biased<'_, F> {
    #[inline(always)]
    fn run(&self, _: usize, rows: &mut [f32]) {
        let Self(bias, _) = self;
        for row in rows.chunks_exact_mut(bias.len()) {
            for (x, &bias) in row.iter_mut().zip(*bias) {
                *x = F::of(*x + bias);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::{Device, TensorData};

    use super::*;
    use crate::kernels::{GeluErf, GeluTanh, gelu_erf, gelu_tanh};

    fn ramp<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
        let values = (0..shape.iter().product::<usize>()).map(|i| (i % 97) as f32 / 13.0 - 3.0);
        Tensor::from_data(TensorData::new(values.collect(), shape), device)
    }

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.try_into_vec_as::<f32>().unwrap()
    }

    fn check_agreement<F: Pointwise>() {
        let of = |device: &Device| {
            // Rows that do not divide evenly among tasks.
            let (x, bias) = (ramp([3, 37, 511], device), ramp([511], device));
            values(add_bias_and::<F>(x, bias))
        };
        let (kernel, operations) = (of(&Device::flex()), of(&Device::flex().autodiff()));
        for (kernel, operations) in kernel.iter().zip(&operations) {
            assert!((kernel - operations).abs() < 1e-6 * (1.0 + operations.abs()));
        }
    }

    #[test]
    fn kernel_and_operations_agree() {
        check_agreement::<GeluTanh>();
        check_agreement::<GeluErf>();
        check_agreement::<Identity>();
    }

    #[test]
    fn one_pass_gives_the_bits_of_two() {
        let device = Device::flex();
        let (x, bias) = (ramp([2, 5, 64], &device), ramp([64], &device));
        let sum = x.clone() + bias.clone().unsqueeze();
        let one = add_bias_and::<GeluTanh>(x.clone(), bias.clone());
        assert_eq!(values(one), values(gelu_tanh(sum.clone())));
        let one = add_bias_and::<GeluErf>(x.clone(), bias.clone());
        assert_eq!(values(one), values(gelu_erf(sum.clone())));
        assert_eq!(values(add_bias(x, bias)), values(sum));
    }
}
