//! Products and fused element-wise kernels for tensors that lie in this process's memory.
//!
//! burn's CPU backend makes one pass over memory per element-wise operation, most of them on one
//! core, and takes exponentials one at a time. Next to its matrix products, which use every core and
//! the widest vectors there are, that is half of a GPT-2's time. Each kernel here does in one pass, on
//! every core, what several operations do; on any other device, and when gradients are tracked,
//! those operations are run instead.
//!
//! A kernel's result depends on its input alone: not on the number of threads, nor on the vector
//! width, because no multiplication is contracted into a fused multiply-add and no sum changes its order.
//! A matrix product (`product.rs`) does fuse them, in an order that the threads and the other rows do not change.

mod bias;
mod exp;
mod gated;
mod gelu;
mod gelu_erf;
mod heads;
mod likelihood;
mod pointwise;
mod product;
mod residual_norm;
mod rms;
mod softmax;
mod widen;
mod widening_product;

use burn::tensor::{DType, Tensor};
use counterpoise_hooks::in_memory;
use rayon::prelude::*;

pub use bias::add_bias;
pub(crate) use bias::add_bias_and;
pub(crate) use gated::{Silu, gated};
pub(crate) use gelu::GeluTanh;
pub use gelu::gelu_tanh;
pub(crate) use gelu_erf::GeluErf;
pub use gelu_erf::gelu_erf;
pub(crate) use heads::Heads;
pub(crate) use likelihood::log_likelihoods;
pub use product::product;
pub use residual_norm::{PostNorm, norm_of_sum};
pub(crate) use rms::rms_norm;
pub use softmax::row_softmax;
pub(crate) use softmax::{Scores, causal_softmax};
pub use widen::widen;

/// Values that one task works on at least: below it, handing work to another core costs more than
/// it saves.
const VALUES_PER_TASK: usize = 16 * 1024;

/// Whether kernels can work on `tensor`: 32-bit floats of the CPU backend, without gradients.
fn is_host<const D: usize>(tensor: &Tensor<D>) -> bool {
    tensor.dtype() == DType::F32 && in_memory(&tensor.device())
}

/// The same for 16-bit floats, which kernels widen.
fn is_half<const D: usize>(tensor: &Tensor<D>) -> bool {
    matches!(tensor.dtype(), DType::F16 | DType::BF16) && in_memory(&tensor.device())
}

/// `tensor` after `kernel` has changed its values, in place unless something else holds them too.
fn in_place<const D: usize>(tensor: Tensor<D>, kernel: impl FnOnce(&mut [f32])) -> Tensor<D> {
    let device = tensor.device();
    let mut data = tensor.into_data();
    #[expect(clippy::expect_used, reason = "`is_host` saw that the values are f32")]
    kernel(data.as_mut_slice::<f32>().expect("values of f32"));
    Tensor::from_data(data, &device)
}

/// What is done to rows of a tensor.
///
/// A trait rather than a closure, because only what is inlined into the function compiled for the
/// widest vectors is compiled for them, and closures are not reliably inlined: `run` has to be
/// `#[inline(always)]`.
trait RowKernel: Sync {
    /// Works on some whole `rows`, of which the first is row `first` of all.
    fn run(&self, first: usize, rows: &mut [f32]);
}

/// A kernel and what it is to work on.
struct Task<'a, K> {
    kernel: &'a K,
    first: usize,
    rows: &'a mut [f32],
}

impl<K: RowKernel> pulp::WithSimd for Task<'_, K> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        self.kernel.run(self.first, self.rows);
    }
}

/// Runs `kernel` on the rows of `values`, each `width` long, on every core.
fn on_rows(values: &mut [f32], width: usize, kernel: &impl RowKernel) {
    if values.is_empty() {
        return;
    }
    let rows_per_task = VALUES_PER_TASK.div_ceil(width);
    let arch = pulp::Arch::new();
    let tasks = values.par_chunks_mut(rows_per_task * width).enumerate();
    tasks.for_each(|(task, rows)| {
        arch.dispatch(Task {
            kernel,
            first: task * rows_per_task,
            rows,
        });
    });
}
