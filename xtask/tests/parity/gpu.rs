//! The same on a GPU, or on Mesa's llvmpipe, which runs the same shaders on the CPU.

use burn::tensor::{Device, DeviceKind};

use crate::close::Tolerance;
use crate::golden::Golden;
use crate::{hook_points, texts};

/// A GPU's exponentials and square roots are rounded less carefully.
const ACTIVATIONS: Tolerance = Tolerance::relative(1e-4, 1.0);
const PERPLEXITY: Tolerance = Tolerance::relative(1e-5, 1.0);

/// A graphics adapter, or a word on standard error that there is none: on Linux, `apt-get install mesa-vulkan-drivers` will do.
fn gpu() -> Option<Device> {
    let options = Device::wgpu_options().device_kind(DeviceKind::DefaultDevice);
    match options.init_with_setup() {
        Ok((device, _)) => Some(device),
        Err(error) => {
            eprintln!("skipped: no graphics adapter: {error}");
            None
        }
    }
}

macro_rules! parity_on_a_gpu {
    ($name:ident) => {
        mod $name {
            use super::*;

            #[test]
            fn every_hook_point_and_the_logits() {
                if let Some(gpu) = gpu() {
                    hook_points::check(Golden::$name(), &gpu, ACTIVATIONS);
                }
            }

            #[test]
            fn greedy_tokens_padded() {
                if let Some(gpu) = gpu() {
                    texts::check_generations(Golden::$name(), &gpu, &texts::TOGETHER);
                }
            }

            #[test]
            fn perplexity_of_both_models() {
                if let Some(gpu) = gpu() {
                    texts::check_perplexity(Golden::$name(), &gpu, PERPLEXITY);
                }
            }
        }
    };
}

parity_on_a_gpu!(random);
parity_on_a_gpu!(mini);
