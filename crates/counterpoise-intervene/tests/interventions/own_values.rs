//! Patching a model to its own recorded values returns its own text.

use counterpoise_groups::{Measurements, NeuronId, NeuronTable};
use counterpoise_hooks::{Capture, Counted, HookPoint, Hooks, MeanRecorder, Positions, Scope};
use counterpoise_intervene::{Prepared, SetNeurons, Subject};
use counterpoise_model::{Decoding, LastToken, Transformer, generate};

use crate::{D_MLP, LAYERS, build, matrix, model};

const PROMPTS: [&[u32]; 6] = [
    &[9, 31, 7],
    &[3, 1, 4, 1, 5],
    &[200],
    &[77, 12],
    &[150, 9, 9, 60, 31],
    &[8; 12],
];

fn one_token() -> Decoding {
    Decoding {
        max_new_tokens: 1,
        last_token: LastToken::NotFed,
        ..Decoding::default()
    }
}

fn first_token(model: &Transformer, prompt: &[u32], mut hooks: Hooks<'_>) -> u32 {
    let texts = generate(model, &[prompt.to_vec()], &one_token(), &mut hooks).unwrap();
    texts[0][0]
}

/// Every neuron with its activation at the last position of `prompt`.
fn activations(model: &Transformer, prompt: &[u32]) -> Vec<(NeuronId, f32)> {
    let mut capture = Capture::new((0..LAYERS).map(HookPoint::mlp_post));
    first_token(model, prompt, Hooks::new().observe(&mut capture));
    let mut values = Vec::new();
    for layer in 0..LAYERS {
        let post = capture.get(HookPoint::mlp_post(layer)).unwrap();
        let last = post.clone().narrow(1, prompt.len() - 1, 1);
        let last = last.try_into_vec_as::<f32>().unwrap().into_iter();
        values.extend(
            last.enumerate()
                .map(|(neuron, value)| (NeuronId { layer, neuron }, value)),
        );
    }
    values
}

#[test]
fn a_prompt_s_own_activations_give_its_own_token() {
    let model = model();
    let subject = Subject::of(&model);
    let patched = |prompt, values: &[(NeuronId, f32)]| {
        let edit = SetNeurons::new(values, &subject, &model.device()).unwrap();
        let prepared = Prepared::new(model.clone()).with_edit(edit, Scope::at(Positions::Last));
        first_token(&model, prompt, prepared.hooks())
    };
    let mut moved = 0;
    for (i, prompt) in PROMPTS.iter().enumerate() {
        let own = first_token(&model, prompt, Hooks::new());
        assert_eq!(patched(prompt, &activations(&model, prompt)), own);
        let other = PROMPTS[(i + 1) % PROMPTS.len()];
        moved += usize::from(patched(prompt, &activations(&model, other)) != own);
    }
    // Somebody else's activations are another matter.
    assert!(moved >= 3, "{moved}");
}

#[test]
fn a_model_s_own_means_give_its_own_token() {
    let model = model();
    let prompt = vec![200];
    let points: Vec<_> = (0..LAYERS).map(HookPoint::mlp_post).collect();
    // One prompt of one token: the mean over all positions is that token's activation.
    let mut recorder = MeanRecorder::new(points.clone(), Counted::All);
    let own = first_token(&model, &prompt, Hooks::new().observe(&mut recorder));
    let recorded = recorder.finish().unwrap();
    assert_eq!(recorded.count(points[0]), 1);
    let means = points.iter().map(|&point| recorded.mean(point).unwrap());
    let measured = Measurements {
        mean_activation: means.collect(),
        value_projection: matrix(&|_| 1.0),
        cosine: matrix(&|_| 1.0),
    };
    // A tuned model that reads its own means as the base does, and writes otherwise.
    let base = Measurements {
        value_projection: matrix(&|_| 2.0),
        ..measured.clone()
    };
    let table = NeuronTable::new(&base, &measured).unwrap();
    let subject = Subject::measured(&model, &table).unwrap();
    let neurons = LAYERS * D_MLP;
    let patch = build(&format!("kind = 'patch'\nneurons = {{ top = {neurons} }}")).unwrap();
    let prepared = patch.prepare(model.clone(), &subject).unwrap();
    assert_eq!(prepared.neurons(), neurons);
    let patched = |prompt: &[u32]| {
        let hooks = prepared.hooks();
        first_token(&prepared.model, prompt, hooks)
    };
    assert_eq!(patched(&prompt), own);
    // Another prompt's text they do change.
    let unpatched = |prompt: &[u32]| first_token(&model, prompt, Hooks::new());
    assert!(
        PROMPTS
            .iter()
            .any(|prompt| patched(prompt) != unpatched(prompt))
    );
}
