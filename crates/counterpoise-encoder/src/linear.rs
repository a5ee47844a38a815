//! A linear layer.

use burn::tensor::Tensor;
use counterpoise_model::add_bias;

/// `x·W + b`. The weight is held as `[in, out]`, the transpose of what files have, so that no product packs a transposed
/// matrix.
#[derive(Debug)]
pub(crate) struct Linear {
    pub(crate) weight: Tensor<2>, // [in, out]
    pub(crate) bias: Tensor<1>,   // [out]
}

impl Linear {
    /// `[1, rows, in]` to `[1, rows, out]`.
    pub(crate) fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        add_bias(product(x, &self.weight), self.bias.clone())
    }

    /// The layer that gives `width` of its outputs from `first` on.
    pub(crate) fn columns(&self, first: usize, width: usize) -> Self {
        Self {
            weight: self.weight.clone().narrow(1, first, width),
            bias: self.bias.clone().narrow(0, first, width),
        }
    }
}

/// `x·W`, `[1, rows, in]` to `[1, rows, out]`.
pub(crate) fn product(x: Tensor<3>, weight: &Tensor<2>) -> Tensor<3> {
    let [_, rows, d_in] = x.dims();
    let product = counterpoise_model::product(x.reshape([rows, d_in]), weight.clone());
    product.unsqueeze()
}
