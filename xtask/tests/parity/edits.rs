//! Ablated, patched and key-scaled models: their neurons, texts, layers and perplexities.

use burn::tensor::Device;
use counterpoise_groups::NeuronId;
use counterpoise_intervene::{
    Ablate, Intervention, Prepared, Reading, Registry, ScaleKeys, Selection, Subject, parse,
};
use counterpoise_model::Gpt2;
use toml::Table;

use crate::close::{Tolerance, assert_close};
use crate::expected::EditValues;
use crate::golden::Golden;
use crate::measured::{layer_projections, record};
use crate::texts::{CPU, assert_perplexity, assert_texts, perplexity_of};

/// Sums over a layer's neurons, of means over fewer positions.
const LAYERS: Tolerance = Tolerance::relative(1e-5, 0.1);

/// The edit as a study file describes it.
fn described(edit: &EditValues) -> Table {
    let k = edit.k.unwrap_or_default();
    let text = match edit.kind.as_str() {
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
    };
    text.parse().unwrap()
}

fn subject<'a>(golden: &'a Golden, model: &Gpt2) -> Subject<'a> {
    Subject::measured(model, &golden.measured().table).unwrap()
}

fn prepared(golden: &Golden, edit: &EditValues, device: &Device) -> Prepared {
    let model = golden.model(edit.model, device);
    let subject = subject(golden, &model);
    let intervention: Box<dyn Intervention> = Registry::paper().build(described(edit)).unwrap();
    intervention.prepare(model, &subject).unwrap()
}

/// The selection alone; that of a patch is known by its groups.
fn selection(edit: &EditValues) -> Option<Selection> {
    let mut table = described(edit);
    table.remove("kind");
    match edit.kind.as_str() {
        "patch" => None,
        "scale_keys" => Some(parse::<ScaleKeys>("scale_keys", table).unwrap().neurons),
        _ => Some(parse::<Ablate>("ablate", table).unwrap().neurons),
    }
}

pub(crate) fn check_neurons(golden: &Golden) {
    assert_eq!(golden.expected.interventions.len(), 16);
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
    for edit in &golden.expected.interventions {
        let prepared = prepared(golden, edit, device);
        let prompts = &golden.prompts()[..edit.generations.len()];
        let (texts, recorder) = record(&prepared, golden, prompts);
        assert_texts(&edit.name, &texts, &edit.generations, &edit.min_logit_gap);
        if texts != edit.generations {
            continue; // A text that went the other way at a near-tie moves every average.
        }
        let layers = layer_projections(golden, &recorder, prepared.model.h.len());
        assert_close(&edit.name, &layers, &edit.layer_projection, LAYERS);
        let unedited = &golden.expected.models[&edit.model].generations;
        let changed = texts
            .iter()
            .zip(unedited)
            .filter(|(text, unedited)| text != unedited);
        assert_eq!(changed.count(), edit.changed_prompts, "{}", edit.name);
    }
}

/// Which of the edits: the miniature's take long enough to be shared out over two tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edits {
    Patches,
    Others,
}

pub(crate) fn check_perplexity(golden: &Golden, device: &Device, which: Edits) {
    let chosen = |edit: &&EditValues| (edit.kind == "patch") == (which == Edits::Patches);
    for edit in golden.expected.interventions.iter().filter(chosen) {
        let prepared = prepared(golden, edit, device);
        let first = edit.perplexity.contains_key("first");
        assert_eq!(
            prepared.has_first_position_variant(),
            first,
            "{}",
            edit.name
        );
        for (place, expected) in &edit.perplexity {
            let reading = match place.as_str() {
                "all" => Reading::Text,
                "first" => Reading::TextFirstPosition,
                other => panic!("{}: unknown place {other}", edit.name),
            };
            let hooks = prepared.hooks(reading);
            let found = perplexity_of(&prepared.model, &golden.texts["text"], hooks);
            assert_perplexity(&format!("{}, {place}", edit.name), found, expected, CPU);
        }
    }
}
