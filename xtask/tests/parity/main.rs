//! Parity with Hugging Face `transformers`, from the golden files under `fixtures/golden`: the same
//! checks on a random 2-block pair of each family and on the miniature pair.
//!
//! Tokens, counts and groups must be equal. Numbers must agree to the tolerance stated where they
//! are compared; `f32` sums in another order make no two implementations agree to the bit.
//! `fixtures/golden/README.md` says how each number was made.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod array;
mod attribute;
mod close;
mod components;
mod edits;
mod expected;
mod files;
mod golden;
mod gpu;
mod groups;
mod half_precision;
mod hook_points;
mod neurons;
mod pplm;
mod probes;
mod texts;
mod tuning;

use burn::tensor::Device;

use golden::Golden;

/// Checks on one set of golden files, each a test of its own.
macro_rules! parity {
    ($name:ident, $golden:expr, $($test:ident: $check:expr;)*) => {
        mod $name {
            use super::*;

            $(#[test]
            fn $test() {
                let check: fn(&Golden) = $check;
                check($golden);
            })*
        }
    };
}

parity! {
    random, Golden::random(),
    inputs_are_those_of_the_golden_files: golden::check_inputs;
    every_hook_point_and_the_logits:
        |golden| hook_points::check(golden, &Device::flex(), hook_points::CPU);
    greedy_tokens_padded_and_alone:
        |golden| texts::check_generations(golden, &Device::flex(), &texts::ALONE_AND_TOGETHER);
    perplexity_of_both_models:
        |golden| texts::check_perplexity(golden, &Device::flex(), texts::CPU);
    f1_of_both_models: |golden| texts::check_f1(golden, &Device::flex());
    means_projections_and_cosines_of_every_neuron: neurons::check;
    a_layer_writes_what_its_neurons_and_bias_write: neurons::check_layers;
    components_add_up_and_write_what_they_write_there: components::check;
    vectors_read_as_tokens: components::check_vocabulary;
    reductions_groups_and_shares: groups::check;
    neurons_of_every_edit: edits::check_neurons;
    generations_under_every_edit: |golden| edits::check_generations(golden, &Device::flex());
    perplexity_under_every_edit: |golden| edits::check_perplexity(golden, &Device::flex());
}

// What the miniature scores is compared where a whole study runs, in counterpoise-study's golden test.
parity! {
    mini, Golden::mini(),
    inputs_are_those_of_the_golden_files: golden::check_inputs;
    every_hook_point_and_the_logits:
        |golden| hook_points::check(golden, &Device::flex(), hook_points::CPU);
    greedy_tokens_padded_and_alone:
        |golden| texts::check_generations(golden, &Device::flex(), &texts::ALONE_AND_TOGETHER);
    a_layer_writes_what_its_neurons_and_bias_write: neurons::check_layers;
    neurons_of_every_edit: edits::check_neurons;
}

/// All checks on each of several families.
macro_rules! families {
    ($($name:ident)*) => {
        $(parity! {
            $name, Golden::family(stringify!($name)),
            inputs_are_those_of_the_golden_files: golden::check_inputs;
            files_are_written_as_they_were_read: files::check;
            two_steps_of_dpo_and_the_tuned_model_read_again: tuning::check;
            the_probe_of_labelled_comments: probes::check;
            every_hook_point_and_the_logits:
                |golden| hook_points::check(golden, &Device::flex(), hook_points::CPU);
            every_hook_point_and_the_logits_with_gradients:
                |golden| hook_points::check(golden, &Device::flex().autodiff(), hook_points::CPU);
            greedy_tokens_padded_and_alone:
                |golden| texts::check_generations(golden, &Device::flex(), &texts::ALONE_AND_TOGETHER);
            perplexity_of_both_models:
                |golden| texts::check_perplexity(golden, &Device::flex(), texts::CPU);
            f1_of_both_models: |golden| texts::check_f1(golden, &Device::flex());
            means_projections_and_cosines_of_every_neuron: neurons::check;
            a_layer_writes_what_its_neurons_and_bias_write: neurons::check_layers;
            components_add_up_and_write_what_they_write_there: components::check;
            vectors_read_as_tokens: components::check_vocabulary;
            reductions_groups_and_shares: groups::check;
            neurons_of_every_edit: edits::check_neurons;
            generations_under_every_edit:
                |golden| edits::check_generations(golden, &Device::flex());
            perplexity_under_every_edit:
                |golden| edits::check_perplexity(golden, &Device::flex());
        })*
    };
}

families! { llama2 llama3 mistral qwen2 qwen3 gemma gemma2 gemma3 gpt_neox gpt_neo opt phi3 olmo2 }
