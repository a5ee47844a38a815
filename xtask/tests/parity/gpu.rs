//! The same on a GPU, or on Mesa's llvmpipe, which runs the same shaders on the CPU.

use burn::tensor::{Device, DeviceKind};

use crate::close::Tolerance;
use crate::golden::Golden;
use crate::{hook_points, texts};

/// A GPU's exponentials and square roots are rounded less carefully.
const ACTIVATIONS: Tolerance = Tolerance::relative(1e-4, 1.0);
const PERPLEXITY: Tolerance = Tolerance::relative(1e-5, 1.0);

fn gpu() -> Device {
    Device::wgpu(DeviceKind::DefaultDevice)
}

macro_rules! parity_on_a_gpu {
    ($name:ident) => {
        mod $name {
            use super::*;

            #[test]
            #[ignore = "needs a GPU or Mesa's llvmpipe: cargo test --workspace --test parity -- --ignored"]
            fn every_hook_point_and_the_logits() {
                hook_points::check(Golden::$name(), &gpu(), ACTIVATIONS);
            }

            #[test]
            #[ignore = "needs a GPU or Mesa's llvmpipe: cargo test --workspace --test parity -- --ignored"]
            fn greedy_tokens_padded() {
                texts::check_generations(Golden::$name(), &gpu(), &texts::TOGETHER);
            }

            #[test]
            #[ignore = "needs a GPU or Mesa's llvmpipe: cargo test --workspace --test parity -- --ignored"]
            fn perplexity_of_both_models() {
                texts::check_perplexity(Golden::$name(), &gpu(), PERPLEXITY);
            }
        }
    };
}

parity_on_a_gpu!(random);
parity_on_a_gpu!(mini);
