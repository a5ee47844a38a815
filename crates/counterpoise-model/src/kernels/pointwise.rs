//! Functions of single values, applied to whole tensors.

use core::marker::PhantomData;

use burn::tensor::Tensor;

use super::{RowKernel, in_place, is_host, on_rows};

/// A function of single values, in two forms that agree up to rounding.
pub(crate) trait Pointwise: Sync {
    /// Of one value. It has to be `#[inline(always)]`, as a [`RowKernel`]'s `run`.
    fn of(x: f32) -> f32;

    /// Of a tensor, on any device.
    fn by_operations<const D: usize>(x: Tensor<D>) -> Tensor<D>;
}

/// `F` of each value.
pub(crate) fn pointwise<F: Pointwise, const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if is_host(&x) {
        return in_place(x, |values| on_rows(values, 1, &Each::<F>(PhantomData)));
    }
    F::by_operations(x)
}

struct Each<F>(PhantomData<F>);

impl<F: Pointwise> RowKernel for Each<F> {
    #[inline(always)]
    fn run(&self, _: usize, values: &mut [f32]) {
        values.iter_mut().for_each(|x| *x = F::of(*x));
    }
}

/// The function that changes nothing.
pub(crate) struct Identity;

impl Pointwise for Identity {
    #[inline(always)]
    fn of(x: f32) -> f32 {
        x
    }

    fn by_operations<const D: usize>(x: Tensor<D>) -> Tensor<D> {
        x
    }
}
