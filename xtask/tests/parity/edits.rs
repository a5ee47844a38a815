//! Ablated, patched and key-scaled models: their neurons, texts, layers and perplexities.

use burn::tensor::Device;
use counterpoise_groups::NeuronId;
use counterpoise_intervene::{
    Ablate, FIRST_POSITION, Prepared, ScaleKeys, Selection, Subject, interventions,
};
use counterpoise_model::{Transformer, generate};
use counterpoise_registry::PartTable;

use crate::close::Tolerance;
use crate::expected::EditValues;
use crate::golden::Golden;
use crate::texts::{CPU, assert_perplexity, assert_texts, perplexity_of};

/// Perplexities of thousands, with both keys of gated neurons scaled by 10: in 64-bit floats those of `transformers`' own
/// 32-bit ones differ by 2.6e-6.
const SCALED: Tolerance = Tolerance::relative(1e-5, 1.0);

/// The edit as a study file describes it.
fn described(edit: &EditValues) -> String {
    let k = edit.k.unwrap_or_default();
    match edit.kind.as_str() {
        "ablate" => format!("kind = 'ablate'\nneurons = {{ top = {k} }}"),
        "ablate_positive" => {
            format!("kind = 'ablate'\nneurons = {{ top = {k}, activated = 'positively' }}")
        }
        "scale_keys" => format!(
            "kind = 'scale_keys'\nneurons = {{ top = {k}, ranked_by = 'tuned' }}\nfactor = {:?}",
            edit.factor.unwrap()
        ),
        "patch" => format!(
            "kind = 'patch'\nneurons = {{ groups = {:?}, grouping = '{}' }}",
            edit.groups.as_ref().unwrap(),
            edit.grouping.as_ref().unwrap().replace('_', "-")
        ),
        other => panic!("{}: unknown kind {other}", edit.name),
    }
}

fn subject<'a>(golden: &'a Golden, model: &Transformer) -> Subject<'a> {
    Subject::measured(model, &golden.measured().table).unwrap()
}

fn prepared(golden: &Golden, edit: &EditValues, device: &Device) -> Prepared {
    let model = golden.model(edit.model, device);
    let subject = subject(golden, &model);
    let text = described(edit);
    let table = PartTable::parse(&text).unwrap();
    let intervention = interventions().unwrap().build(&table).unwrap();
    intervention.prepare(model, &subject).unwrap()
}

/// The selection alone; that of a patch is known by its groups.
fn selection(edit: &EditValues) -> Option<Selection> {
    let text = described(edit);
    let (_, table) = PartTable::parse(&text).unwrap().split(|key| key == "kind");
    match edit.kind.as_str() {
        "patch" => None,
        "scale_keys" => Some(table.read::<ScaleKeys>("scale_keys").unwrap().neurons),
        _ => Some(table.read::<Ablate>("ablate").unwrap().neurons),
    }
}

pub(crate) fn check_neurons(golden: &Golden) {
    // Groups may have no neurons, as two after a ReLU, and few neurons may be positively activated.
    assert!((13..=16).contains(&golden.expected.interventions.len()));
    for edit in &golden.expected.interventions {
        let prepared = prepared(golden, edit, &Device::flex());
        assert_eq!(prepared.neurons(), edit.neuron_count, "{}", edit.name);
        let subject = subject(golden, &prepared.model);
        let selected = selection(edit).map(|selection| selection.neurons(&subject).unwrap());
        let expected = edit.neurons.as_ref().map(|neurons| {
            let id = |&[layer, neuron]: &[usize; 2]| NeuronId { layer, neuron };
            neurons.iter().map(id).collect::<Vec<_>>()
        });
        assert_eq!(selected, expected, "{}", edit.name);
    }
}

pub(crate) fn check_generations(golden: &Golden, device: &Device) {
    let all = golden.prompts();
    for edit in &golden.expected.interventions {
        let prepared = prepared(golden, edit, device);
        let prompts = &all[..edit.generations.len()];
        let texts = generate(
            &prepared.model,
            prompts,
            &golden.decoding(16),
            &mut prepared.hooks(),
        )
        .unwrap();
        assert_texts(&edit.name, &texts, &edit.generations, &edit.min_logit_gap);
        if texts != edit.generations {
            continue; // A text that went the other way at a near-tie moves every average.
        }
        let unedited = &golden.expected.models[&edit.model].generations;
        let changed = texts
            .iter()
            .zip(unedited)
            .filter(|(text, unedited)| text != unedited);
        assert_eq!(changed.count(), edit.changed_prompts, "{}", edit.name);
    }
}

pub(crate) fn check_perplexity(golden: &Golden, device: &Device) {
    for edit in &golden.expected.interventions {
        let prepared = prepared(golden, edit, device);
        let first = edit.perplexity.contains_key("first");
        let variants = prepared.edits.variants();
        assert_eq!(variants.contains(FIRST_POSITION), first, "{}", edit.name);
        for (place, expected) in &edit.perplexity {
            let hooks = match place.as_str() {
                "all" => prepared.hooks(),
                "first" => prepared.edits.variant_hooks(FIRST_POSITION),
                other => panic!("{}: unknown place {other}", edit.name),
            };
            let found = perplexity_of(&prepared.model, &golden.texts["text"], hooks);
            let tolerance = match edit.kind.as_str() {
                "scale_keys" => SCALED,
                _ => CPU,
            };
            assert_perplexity(
                &format!("{}, {place}", edit.name),
                found,
                expected,
                tolerance,
            );
        }
    }
}
