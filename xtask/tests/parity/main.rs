//! Parity with Hugging Face `transformers`, from the golden files under `fixtures/golden`: the same
//! checks on a random 2-block GPT-2 and on the miniature pair.
//!
//! Tokens, counts and groups must be equal. Numbers must agree to the tolerance stated where they
//! are compared; `f32` sums in another order make no two implementations agree to the bit.
//! `fixtures/golden/README.md` says how each number was made.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod array;
mod close;
mod edits;
mod expected;
mod golden;
mod gpu;
mod groups;
mod half_precision;
mod hook_points;
mod measured;
mod neurons;
mod texts;

use burn::tensor::Device;

use edits::Edits;
use golden::Golden;

/// The checks, each a test of its own, on one set of golden files.
macro_rules! parity {
    ($name:ident) => {
        mod $name {
            use super::*;

            fn golden() -> &'static Golden {
                Golden::$name()
            }

            #[test]
            fn inputs_are_those_of_the_golden_files() {
                golden::check_inputs(golden());
            }

            #[test]
            fn every_hook_point_and_the_logits() {
                hook_points::check(golden(), &Device::flex(), hook_points::CPU);
            }

            #[test]
            fn greedy_tokens_padded_and_alone() {
                let batch_sizes = texts::ALONE_AND_TOGETHER;
                texts::check_generations(golden(), &Device::flex(), &batch_sizes);
            }

            #[test]
            fn perplexity_of_both_models() {
                texts::check_perplexity(golden(), &Device::flex(), texts::CPU);
            }

            #[test]
            fn f1_of_both_models() {
                texts::check_f1(golden(), &Device::flex());
            }

            #[test]
            fn means_projections_and_cosines_of_every_neuron() {
                neurons::check(golden());
            }

            #[test]
            fn a_layer_writes_what_its_neurons_and_bias_write() {
                neurons::check_layers(golden());
            }

            #[test]
            fn reductions_groups_and_shares() {
                groups::check(golden());
            }

            #[test]
            fn neurons_of_every_edit() {
                edits::check_neurons(golden());
            }

            #[test]
            fn generations_under_every_edit() {
                edits::check_generations(golden(), &Device::flex());
            }

            #[test]
            fn perplexity_under_every_patch() {
                edits::check_perplexity(golden(), &Device::flex(), Edits::Patches);
            }

            #[test]
            fn perplexity_under_every_other_edit() {
                edits::check_perplexity(golden(), &Device::flex(), Edits::Others);
            }
        }
    };
}

parity!(random);
parity!(mini);
