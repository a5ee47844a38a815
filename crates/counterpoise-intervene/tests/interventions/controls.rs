//! Controls: random neurons, random directions, and patches that go elsewhere than to the tuned model.

use std::collections::BTreeMap;
use std::fs;

use counterpoise_groups::{Measurements, Neuron, NeuronId, NeuronTable, Role};
use counterpoise_hooks::HookPoint;
use counterpoise_intervene::{Ablate, InterveneError, Intervention, Models, Subject};
use counterpoise_model::{Config, Gpt2};
use counterpoise_probe::{Probe, value_projections};
use counterpoise_registry::PartTable;

use crate::{D_MLP, LAYERS, Reading, Seen, build, matrix, model, prepare, seen, table};

const MATCHED: &str = "matched_to = { groups = ['TP-'] }, seed = 7";

/// The two models of [`own_table`].
struct Both {
    base: Gpt2,
    tuned: Gpt2,
}

impl Models for Both {
    fn get(&self, role: Role) -> Result<&Gpt2, InterveneError> {
        Ok(match role {
            Role::Base => &self.base,
            Role::Tuned => &self.tuned,
        })
    }
}

fn both() -> Both {
    let config = Config::new(16, 8, 24, LAYERS, 2);
    let init = |seed| Gpt2::init(&config, seed, &burn::tensor::Device::flex());
    Both {
        base: init(1),
        tuned: init(2),
    }
}

fn probe(width: usize) -> Probe {
    Probe::new((0..width).map(|i| (i as f32 * 0.7).sin()).collect()).unwrap()
}

/// What is measured of [`both`] along `probe`, with made-up activations.
fn own_table(both: &Both, probe: &Probe) -> NeuronTable {
    let measured = |role: Role, which: usize| {
        let along = value_projections(both.get(role).unwrap(), probe).unwrap();
        let width = both.base.d_mlp();
        let activation = |i: usize| ((i * 37 + which * 11) % 101) as f64 / 51.0 - 0.99;
        Measurements {
            mean_activation: (0..LAYERS)
                .map(|layer| (0..width).map(|n| activation(layer * width + n)).collect())
                .collect(),
            value_projection: along.projection,
            cosine: along.cosine,
        }
    };
    NeuronTable::new(&measured(Role::Base, 2), &measured(Role::Tuned, 3)).unwrap()
}

fn ablate(neurons: &str) -> Ablate {
    let text = format!("neurons = {{ {neurons} }}");
    PartTable::parse(&text).unwrap().read("ablate").unwrap()
}

/// The neurons that `neurons = { … }` selects from the made-up table.
fn selected(neurons: &str) -> Vec<NeuronId> {
    let (model, table) = (model(), table());
    let subject = Subject::measured(&model, &table).unwrap();
    ablate(neurons).neurons.neurons(&subject).unwrap()
}

fn per_layer(neurons: &[NeuronId]) -> BTreeMap<usize, usize> {
    let mut counts = BTreeMap::new();
    for id in neurons {
        *counts.entry(id.layer).or_insert(0) += 1;
    }
    counts
}

#[test]
fn matched_neurons_are_as_many_in_each_layer_and_none_of_the_set() {
    let set = selected("groups = ['TP-']");
    let mut seen = Vec::new();
    for draw in 1..=6 {
        let matched = selected(&format!("{MATCHED}, draw = {draw}"));
        assert_eq!(per_layer(&matched), per_layer(&set));
        assert!(matched.iter().all(|id| !set.contains(id)));
        // In the order of the table, and none twice.
        assert!(matched.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(!seen.contains(&matched), "draw {draw} came before");
        seen.push(matched);
    }
    assert_eq!(selected(MATCHED), seen[0]);
    assert_ne!(
        selected("matched_to = { groups = ['TP-'] }, seed = 8"),
        seen[0]
    );
}

#[test]
fn matched_neurons_are_as_active() {
    let table = table();
    let activity = |ids: &[NeuronId]| {
        let of = |id: &NeuronId| table.get(*id).unwrap().base.activation.abs();
        ids.iter().map(of).sum::<f64>() / ids.len() as f64
    };
    let set = selected("top = 30");
    let matched = selected("matched_to = { top = 30 }, seed = 1");
    let all: Vec<NeuronId> = table.rows().iter().map(|row| row.id).collect();
    let off = (activity(&matched) - activity(&set)).abs();
    assert!(off < 0.05, "{off}");
    assert!((activity(&all) - activity(&set)).abs() > 2.0 * off);
    // By the tuned model's activations, where the set is ranked by it.
    let tuned = |ids: &[NeuronId]| {
        let of = |id: &NeuronId| table.get(*id).unwrap().tuned.activation.abs();
        ids.iter().map(of).sum::<f64>() / ids.len() as f64
    };
    let set = selected("top = 30, ranked_by = 'tuned'");
    let matched = selected("matched_to = { top = 30, ranked_by = 'tuned' }, seed = 1");
    assert!((tuned(&matched) - tuned(&set)).abs() < 0.05);
    let prepared =
        prepare("kind = 'ablate'\nneurons = { matched_to = { top = 30 }, seed = 1 }").unwrap();
    assert_eq!(prepared.notes.len(), 1);
    assert!(
        prepared.notes[0].starts_with("mean |activation| 0."),
        "{:?}",
        prepared.notes
    );
}

#[test]
fn more_than_half_of_a_layer_has_no_match() {
    let others: Vec<String> = (0..81).map(|neuron| format!("[1, {neuron}]")).collect();
    let text = |list: &str| {
        format!("kind = 'ablate'\nneurons = {{ matched_to = {{ list = [{list}] }}, seed = 1 }}")
    };
    let error = prepare(&text(&others.join(", "))).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("layer 1: 81 neurons are to be matched and only 79 others"),
        "{error}"
    );
    let half = prepare(&text(&others[..80].join(", "))).unwrap();
    assert_eq!(half.neurons(), D_MLP / 2);
}

#[test]
fn what_is_drawn_is_described_and_can_be_drawn_again() {
    for kind in ["ablate", "patch", "scale_keys"] {
        let factor = if kind == "scale_keys" {
            "\nfactor = 2.0"
        } else {
            ""
        };
        let text = |neurons: &str| format!("kind = '{kind}'\nneurons = {{ {neurons} }}{factor}");
        let first = build(&text(MATCHED)).unwrap();
        let third = build(&text(&format!("{MATCHED}, draw = 3"))).unwrap();
        assert_eq!(
            first.redrawn(3).unwrap().describe().unwrap(),
            third.describe().unwrap()
        );
        assert_ne!(first.describe().unwrap(), third.describe().unwrap());
        let direction = build(&text("groups = ['TP-'], direction = 'random', seed = 1")).unwrap();
        assert!(direction.redrawn(2).is_some());
        let fixed = build(&text("groups = ['TP-']")).unwrap();
        assert!(fixed.redrawn(2).is_none());
    }
    let described = ablate(MATCHED).describe().unwrap();
    let again: Ablate = described.parameters.clone().try_into().unwrap();
    assert_eq!(again, ablate(MATCHED));
    assert_eq!(
        ablate(MATCHED).neurons.to_string(),
        "random neurons (seed 7, draw 1) matched to TP− by activation-change"
    );
}

#[test]
fn a_direction_is_random_and_the_same_again() {
    let both = both();
    let table = own_table(&both, &probe(both.base.d_model()));
    let subject = Subject::measured(&both.base, &table).unwrap();
    let along = |neurons: &str| {
        let subject = subject.with_models(&both);
        ablate(neurons).neurons.neurons(&subject).unwrap()
    };
    let top = "top = 8, direction = 'random', seed = 1";
    assert_eq!(along(top), along(&format!("{top}, draw = 1")));
    assert_ne!(along(top), along(&format!("{top}, draw = 2")));
    assert_ne!(along(top), along("top = 8"));
    // The neurons that rise or fall stay; which of them are toxic changes.
    let groups = "groups = ['TP-', 'TN+', 'AP+', 'AN-']";
    let [own, random] = [
        groups.to_owned(),
        format!("{groups}, direction = 'random', seed = 1"),
    ]
    .map(|text| along(&text));
    assert_ne!(own, random);
    let falls = |row: &&Neuron| row.tuned.activation < row.base.activation;
    let fallen = |ids: &[NeuronId]| {
        ids.iter()
            .filter_map(|id| table.get(*id))
            .filter(falls)
            .count()
    };
    assert!(fallen(&own) > 0 && fallen(&random) > 0);
    let error = ablate(top).neurons.neurons(&subject).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("needs the base and the tuned model"),
        "{error}"
    );
}

/// A table in which neuron L0.3 has the same mean in both models.
fn with_one_still() -> NeuronTable {
    let table = table();
    let measured = |activation: &dyn Fn(usize) -> f64,
                    of: fn(&Neuron) -> counterpoise_groups::Measured| {
        let row = |i: usize| of(&table.rows()[i]);
        Measurements {
            mean_activation: matrix(activation),
            value_projection: matrix(&|i| row(i).cosine),
            cosine: matrix(&|i| row(i).cosine),
        }
    };
    let base = |i: usize| table.rows()[i].base.activation;
    let tuned = |i: usize| {
        if i == 3 {
            base(3)
        } else {
            table.rows()[i].tuned.activation
        }
    };
    NeuronTable::new(
        &measured(&base, |row| row.base),
        &measured(&tuned, |row| row.tuned),
    )
    .unwrap()
}

/// What is seen at the end of `layer` under a patch of one neuron.
fn under(table: &NeuronTable, text: &str) -> [Vec<u32>; 2] {
    let model = model();
    let subject = Subject::measured(&model, table).unwrap();
    let prepared = build(text)
        .unwrap()
        .prepare(model.clone(), &subject)
        .unwrap();
    seen(&prepared, Reading::Generation, HookPoint::mlp_post(0)).map(|seen: Seen| seen.bits())
}

#[test]
fn a_neuron_that_fine_tuning_left_alone_is_patched_alike_whichever_way() {
    let table = with_one_still();
    let patch = |neuron: usize, to: &str| {
        let text = format!("kind = 'patch'\nneurons = {{ list = [[0, {neuron}]] }}\nto = '{to}'");
        under(&table, &text)
    };
    assert_eq!(patch(3, "base"), patch(3, "tuned"));
    assert_eq!(patch(3, "base"), patch(3, "reversed"));
    assert_ne!(patch(4, "base"), patch(4, "tuned"));
    assert_ne!(patch(4, "base"), patch(4, "reversed"));
    // The paper's patch, and the one that a study means without `to`.
    let plain = under(&table, "kind = 'patch'\nneurons = { list = [[0, 4]] }");
    assert_eq!(plain, patch(4, "tuned"));
}

#[test]
fn a_patch_sets_its_own_means_or_as_far_the_other_way() {
    let (folder, table) = (tempfile::tempdir().unwrap(), table());
    let id = NeuronId {
        layer: 0,
        neuron: 4,
    };
    let row = table.get(id).unwrap();
    let (base, tuned) = (row.base.activation, row.tuned.activation);
    for (to, value) in [
        ("base", base),
        ("reversed", base - (tuned - base)),
        ("tuned", tuned),
    ] {
        let path = folder.path().join("values.csv");
        let value = value as f32;
        fs::write(
            &path,
            format!("layer_idx,neuron_idx,assigned_value\n0,4,{value:?}\n"),
        )
        .unwrap();
        let file = format!("kind = 'patch'\nfile = '{}'", path.display());
        let patch = format!("kind = 'patch'\nneurons = {{ list = [[0, 4]] }}\nto = '{to}'");
        assert_eq!(under(&table, &patch), under(&table, &file), "{to}");
    }
}

#[test]
fn parameters_that_do_not_go_together_are_refused() {
    for (text, part) in [
        ("neurons = { matched_to = { top = 3 } }", "needs a `seed`"),
        (
            "neurons = { top = 3, direction = 'random' }",
            "needs a `seed`",
        ),
        (
            "neurons = { top = 3, seed = 1 }",
            "`seed` goes with `matched_to`",
        ),
        (
            "neurons = { top = 3, direction = 'probe', draw = 2 }",
            "`draw` goes with",
        ),
        (
            "neurons = { list = [[0, 1]], direction = 'random', seed = 1 }",
            "`direction` goes with",
        ),
        (
            "neurons = { matched_to = { top = 3 }, top = 3, seed = 1 }",
            "exactly one of",
        ),
        (
            "neurons = { matched_to = { top = 3 }, seed = 1, draw = 0 }",
            "counts from 1",
        ),
        (
            "neurons = { matched_to = { top = 3, tops = 3 }, seed = 1 }",
            "tops",
        ),
        (
            "neurons = { top = 3, direction = 'up', seed = 1 }",
            "unknown variant `up`",
        ),
        ("neurons = { matched_to = { top = 3 }, seed = -1 }", "-1"),
        (
            "neurons = { top = 3 }\nto = 'away'",
            "unknown variant `away`",
        ),
        (
            "file = 'values.csv'\nto = 'base'",
            "`to` goes with `neurons`",
        ),
    ] {
        let error = build(&format!("kind = 'patch'\n{text}")).unwrap_err();
        assert!(error.to_string().contains(part), "{text}: {error}");
    }
}
