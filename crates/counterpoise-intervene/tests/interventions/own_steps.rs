//! Patches with each prompt's own activations: beside PyTorch, and identities that hold.

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::path::Path;

use burn::tensor::Device;
use counterpoise_groups::Role;
use counterpoise_hooks::{Capture, Edits, HookPoint, Hooks, Pass};
use counterpoise_intervene::{InterveneError, Models, Prepared, StepRecords, Subject};
use counterpoise_model::{Decoding, EndTokens, KvCache, Transformer, generate, load, token_tensor};
use serde_json::Value;

use crate::directions::{expected, numbers};
use crate::{D_MLP, LAYERS, build, model};

/// A base model and a tuned one.
struct Both([Transformer; 2]);

impl Models for Both {
    fn get(&self, role: Role) -> Result<&Transformer, InterveneError> {
        Ok(match role {
            Role::Base => &self.0[0],
            Role::Tuned => &self.0[1],
        })
    }
}

fn tuned() -> Transformer {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden");
    load(&golden.join("random/tuned"), &Device::flex())
        .unwrap()
        .model
}

fn prompts() -> Vec<Vec<u32>> {
    let steps = expected()["steps"].take();
    tokens(&steps["prompts"])
}

fn tokens(rows: &Value) -> Vec<Vec<u32>> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| numbers(row).iter().map(|&x| x as u32).collect())
        .collect()
}

fn decoding(max_new_tokens: usize, batch_size: usize) -> Decoding {
    Decoding {
        max_new_tokens,
        batch_size: NonZeroUsize::new(batch_size),
        stop: EndTokens::from(0),
        ..Decoding::default()
    }
}

const STEPS: usize = 10;

/// The patch of `neurons`, a list in TOML, as `more` says, of the base model of `both`.
fn patched(both: &Both, neurons: &str, more: &str, batch_size: usize) -> Prepared {
    let (prompts, decoding) = (prompts(), decoding(STEPS, batch_size));
    let base = &both.0[0];
    let subject = Subject::of(base)
        .with_prompts(&prompts)
        .with_decoding(&decoding)
        .with_models(both);
    let text = format!("kind = 'patch'\nneurons = {{ list = {neurons} }}\n{more}");
    let prepared = build(&text).unwrap().prepare(base.clone(), &subject);
    prepared.unwrap()
}

/// What is written after every prompt.
fn written(prepared: &Prepared, batch_size: usize) -> Vec<Vec<u32>> {
    let decoding = decoding(STEPS, batch_size);
    let model = &prepared.model;
    generate(model, &prompts(), &decoding, &mut prepared.hooks()).unwrap()
}

fn every_neuron() -> String {
    let all = (0..LAYERS).flat_map(|layer| (0..D_MLP).map(move |neuron| vec![layer, neuron]));
    format!("{:?}", all.collect::<Vec<_>>())
}

#[test]
fn texts_are_those_that_pytorch_writes_under_the_same_activations() {
    let steps = expected()["steps"].take();
    let both = Both([model(), tuned()]);
    assert_eq!(written(&Prepared::new(model()), 32), tokens(&steps["base"]));
    assert_eq!(
        written(&Prepared::new(tuned()), 32),
        tokens(&steps["tuned"])
    );
    let neurons = steps["neurons"].to_string();
    for average in ["none", "prompt"] {
        let expected = tokens(&steps[average]);
        assert_ne!(expected, tokens(&steps["base"]));
        for batch_size in [1, 3, 32] {
            let more = format!("average = '{average}'");
            let prepared = patched(&both, &neurons, &more, batch_size);
            assert!(prepared.edits.are_of_prompts());
            assert_eq!(written(&prepared, batch_size), expected, "{average}");
            // Recorded in other batches than it is read in.
            assert_eq!(written(&prepared, 2), expected, "{average}");
        }
    }
}

#[test]
fn a_model_s_own_activations_change_no_token() {
    let both = Both([model(), tuned()]);
    let own = written(&Prepared::new(model()), 32);
    let all = every_neuron();
    let patch = |more: &str| written(&patched(&both, &all, more, 32), 32);
    assert_eq!(patch("to = 'base'\naverage = 'none'"), own);
    assert_ne!(patch("to = 'base'\naverage = 'prompt'"), own);
    assert_ne!(patch("average = 'none'"), own);
}

#[test]
fn every_neuron_of_a_model_that_differs_in_the_last_mlp_makes_that_model() {
    let last = LAYERS - 1;
    let neurons: Vec<_> = (0..D_MLP / 2).map(|neuron| [last, 2 * neuron]).collect();
    let text = format!("kind = 'scale_keys'\nfactor = -2.0\nneurons = {{ list = {neurons:?} }}");
    let base = model();
    let other = build(&text)
        .unwrap()
        .prepare(base.clone(), &Subject::of(&base));
    let other = other.unwrap().model;
    let expected = written(&Prepared::new(other.clone()), 32);
    assert_ne!(expected, written(&Prepared::new(base.clone()), 32));
    let both = Both([base, other]);
    let found = written(&patched(&both, &every_neuron(), "average = 'none'", 32), 32);
    assert_eq!(found, expected);
}

/// What every neuron does at the last position of each pass over one prompt, `[passes][layers · d_mlp]`.
fn seen(model: &Transformer, prompt: usize, text: &[u32], edits: &Edits) -> Vec<Vec<f32>> {
    let tokens = &prompts()[prompt];
    let mut cache = KvCache::new();
    let mut pass = Pass::whole(1, tokens.len()).of_prompts(vec![prompt]);
    let mut fed = tokens.clone();
    let mut found = Vec::new();
    for next in text.iter().map(Some).chain([None]) {
        let mut capture = Capture::new((0..LAYERS).map(HookPoint::mlp_post));
        let mut hooks = edits.hooks().observe(&mut capture);
        let shape = [1, fed.len()];
        let input = token_tensor(&fed, shape, &model.device());
        model.forward(input, &pass, &mut cache, &mut hooks).unwrap();
        drop(hooks);
        let last = |layer| {
            let post = capture.get(HookPoint::mlp_post(layer)).unwrap().clone();
            let last = post.narrow(1, shape[1] - 1, 1);
            last.try_into_vec_as::<f32>().unwrap()
        };
        found.push((0..LAYERS).flat_map(last).collect());
        fed = next.copied().into_iter().collect();
        pass = pass.generated(vec![true]);
    }
    found
}

#[test]
fn each_step_takes_the_tuned_model_s_activations_and_the_mean_is_over_what_it_wrote() {
    let both = Both([model(), tuned()]);
    let edits = |more: &str| patched(&both, &every_neuron(), more, 4).edits;
    let (each, mean) = (edits("average = 'none'"), edits("average = 'prompt'"));
    for (prompt, text) in written(&Prepared::new(tuned()), 32).iter().enumerate() {
        let source = seen(&both.0[1], prompt, text, &Edits::new());
        let near = |found: &[f32], expected: &[f32]| {
            let pairs = found.iter().zip(expected);
            let apart = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(apart < 2e-5, "prompt {prompt}: {apart}");
        };
        // Whatever tokens the base model reads.
        let read: Vec<u32> = text.iter().map(|token| token ^ 1).collect();
        let found = seen(&both.0[0], prompt, &read, &each);
        assert_eq!(found.len(), text.len() + 1);
        found.iter().zip(&source).for_each(|(a, b)| near(a, b));
        let of_written = |at: usize| -> f32 {
            let sum: f64 = source[1..].iter().map(|step| f64::from(step[at])).sum();
            (sum / text.len() as f64) as f32
        };
        let expected: Vec<f32> = (0..LAYERS * D_MLP).map(of_written).collect();
        for found in seen(&both.0[0], prompt, &read, &mean) {
            near(&found, &expected);
        }
    }
}

#[test]
fn beyond_the_last_step_activations_are_the_model_s_own() {
    let both = Both([model(), tuned()]);
    let edits = patched(&both, &every_neuron(), "average = 'none'", 32).edits;
    let text = &written(&Prepared::new(tuned()), 32)[0];
    let longer: Vec<u32> = text.iter().copied().chain([17, 250]).collect();
    let found = seen(&both.0[0], 0, &longer, &edits);
    let unpatched = seen(&both.0[0], 0, &longer, &Edits::new());
    let first_mlp = |steps: &[Vec<f32>], at: usize| steps[at][..D_MLP].to_vec();
    // The first block's activations follow from the tokens; what is patched before stays in the cache, behind it.
    for step in [text.len() + 1, text.len() + 2] {
        assert_eq!(first_mlp(&found, step), first_mlp(&unpatched, step));
    }
    assert_ne!(
        first_mlp(&found, text.len()),
        first_mlp(&unpatched, text.len())
    );
}

/// Both models, and how often one was asked for.
struct Counted(Both, Cell<usize>);

impl Models for Counted {
    fn get(&self, role: Role) -> Result<&Transformer, InterveneError> {
        self.1.set(self.1.get() + 1);
        self.0.get(role)
    }
}

#[test]
fn rows_that_need_the_same_activations_share_what_was_recorded() {
    let both = Counted(Both([model(), tuned()]), Cell::new(0));
    let (prompts, decoding, records) = (prompts(), decoding(STEPS, 32), StepRecords::default());
    let base = &both.0.0[0];
    let subject = Subject::of(base)
        .with_prompts(&prompts)
        .with_decoding(&decoding)
        .with_models(&both)
        .with_records(&records);
    let (some, others) = ("[[0, 3], [1, 7], [1, 8]]", "[[0, 3], [1, 7], [1, 9]]");
    let rows = [
        (some, "average = 'prompt'", 1),
        (some, "average = 'none'", 1),
        (some, "average = 'prompt'", 1),
        (some, "average = 'none'\nto = 'base'", 2),
        (others, "average = 'none'\nto = 'base'", 3),
        (some, "average = 'none'", 4),
    ];
    let mut kept = Vec::new();
    for (neurons, more, runs) in rows {
        let text = format!("kind = 'patch'\nneurons = {{ list = {neurons} }}\n{more}");
        let prepared = build(&text).unwrap().prepare(base.clone(), &subject);
        kept.push((
            prepared.unwrap(),
            written(&patched(&both.0, neurons, more, 32), 32),
        ));
        assert_eq!(both.1.get(), runs, "{neurons} {more}");
    }
    // Also after others were recorded, and while all of them are held.
    for (prepared, alone) in &kept {
        assert_eq!(written(prepared, 32), *alone);
    }
}

#[test]
fn what_has_no_prompts_of_its_own_is_refused() {
    let patch = |more: &str| format!("kind = 'patch'\nneurons = {{ list = [[0, 3]] }}\n{more}");
    let refused = |more: &str| build(&patch(more)).unwrap_err().to_string();
    assert!(refused("average = 'none'\nto = 'reversed'").contains("`to = \"reversed\"` goes with"));
    assert!(refused("average = 'prompt'\npositions = 'all'").contains("`positions` goes with"));
    let file = "kind = 'patch'\nfile = 'values.csv'\naverage = 'none'";
    assert!(
        build(file)
            .unwrap_err()
            .to_string()
            .contains("goes with `neurons`")
    );
    // Written with its default it is the paper's patch, and described as that.
    let described = |text: &str| build(text).unwrap().describe().unwrap();
    assert_eq!(described(&patch("average = 'all'")), described(&patch("")));
    assert_ne!(described(&patch("average = 'none'")), described(&patch("")));

    let alone = build(&patch("average = 'none'")).unwrap();
    let model = model();
    let error = alone
        .prepare(model.clone(), &Subject::of(&model))
        .unwrap_err();
    assert!(
        error.to_string().contains("which a study hands to it"),
        "{error}"
    );
    let both = Both([model.clone(), tuned()]);
    let prepared = patched(&both, "[[0, 3]]", "average = 'none'", 32);
    let tokens = token_tensor(&[1, 2], [1, 2], &model.device());
    let text = Pass::whole(1, 2).of_text();
    let mut cache = KvCache::new();
    let mut hooks: Hooks<'_> = prepared.hooks();
    let error = model
        .forward(tokens, &text, &mut cache, &mut hooks)
        .unwrap_err();
    assert!(error.to_string().contains("has none for a text"), "{error}");
}
