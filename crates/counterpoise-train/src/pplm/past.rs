//! Cached keys and values, and what they are moved by.

use burn::tensor::{Gradients, Tensor};
use counterpoise_model::{KeysValues, KvCache};

use super::{GradientNorm, Moved};

/// Added to a norm, so that nothing is divided by zero.
const SMALL: f64 = 1e-15;

/// What the keys and values of one block are moved by, `[batch, n_kv_head, past, d_head]` each.
#[derive(Debug, Clone)]
pub(super) struct Delta {
    /// Of keys and values together, or of keys and of values.
    pub(super) parts: Vec<Tensor<4>>,
}

impl Delta {
    /// Nothing, for a block's `past`.
    pub(super) fn zero(moved: Moved, past: &KeysValues) -> Self {
        let parts = match moved {
            Moved::Together => vec![past.keys.zeros_like()],
            Moved::Apart => vec![past.keys.zeros_like(), past.values.zeros_like()],
        };
        Self { parts }
    }

    /// The same amounts as leaves of a new graph.
    pub(super) fn leaf(self) -> Self {
        let leaf = |part: Tensor<4>| part.autodiff().require_grad();
        Self {
            parts: self.parts.into_iter().map(leaf).collect(),
        }
    }

    /// `past`, moved.
    pub(super) fn on(&self, past: &KeysValues) -> KeysValues {
        // Together, the first part is the last one too.
        let part = |index: usize| self.parts[index.min(self.parts.len() - 1)].clone();
        KeysValues {
            keys: past.keys.clone() + part(0),
            values: past.values.clone() + part(1),
        }
    }

    /// The gradient of these leaves, in their form and without a graph.
    pub(super) fn gradient(&self, gradients: &Gradients) -> Self {
        let of = |leaf: &Tensor<4>| match leaf.grad(gradients) {
            Some(gradient) => gradient,
            // The loss does not depend on it.
            None => leaf.zeros_like().inner(),
        };
        Self {
            parts: self.parts.iter().map(of).collect(),
        }
    }

    /// These amounts, without a graph, after a step of `step_size·g/‖g‖^gamma` against `gradient`.
    pub(super) fn stepped(
        self,
        gradient: Self,
        step_size: f64,
        gamma: f64,
        norm: GradientNorm,
    ) -> Self {
        let length = gradient.norm(norm).add_scalar(SMALL).powf_scalar(gamma);
        let step = |(part, gradient): (Tensor<4>, Tensor<4>)| {
            part.inner() - gradient.mul_scalar(step_size) / length.clone()
        };
        let both = self.parts.into_iter().zip(gradient.parts);
        Self {
            parts: both.map(step).collect(),
        }
    }

    /// The norm over all parts, of a row or of all rows: `[batch or 1, 1, 1, 1]`.
    fn norm(&self, norm: GradientNorm) -> Tensor<4> {
        let squares = |part: &Tensor<4>| {
            let rows = part.clone().square().sum_dim(3).sum_dim(2).sum_dim(1);
            match norm {
                GradientNorm::Row => rows,
                GradientNorm::Batch => rows.sum_dim(0),
            }
        };
        let parts = self.parts.iter().map(squares);
        let sum = parts.reduce(|sum, part| sum + part);
        #[expect(clippy::expect_used, reason = "`zero` makes one part at least")]
        sum.expect("a part").sqrt()
    }
}

/// Every block's `past`, moved by its delta, to continue from.
pub(super) fn moved(past: &[KeysValues], deltas: &[Delta]) -> KvCache {
    let both = past.iter().zip(deltas);
    KvCache::of(both.map(|(past, delta)| delta.on(past)).collect())
}
