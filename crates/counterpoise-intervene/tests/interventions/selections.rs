//! Which neurons a selection selects.

use counterpoise_groups::{Group, GroupAssignment, Grouping, Neuron, NeuronId, NeuronTable};
use counterpoise_intervene::{Ablate, Intervention, Subject};
use counterpoise_registry::PartTable;

use crate::{model, table};

/// The neurons that `neurons = { … }` selects.
fn selected(neurons: &str) -> Vec<NeuronId> {
    let (model, table) = (model(), table());
    let subject = Subject::measured(&model, &table).unwrap();
    ablate(neurons).neurons.neurons(&subject).unwrap()
}

fn ablate(neurons: &str) -> Ablate {
    let text = format!("neurons = {{ {neurons} }}");
    PartTable::parse(&text).unwrap().read("ablate").unwrap()
}

/// The `k` highest by `value`, of those that `keep` keeps.
fn highest(
    table: &NeuronTable,
    k: usize,
    value: fn(&Neuron) -> f64,
    keep: fn(&Neuron) -> bool,
) -> Vec<NeuronId> {
    let mut kept: Vec<&Neuron> = table.rows().iter().filter(|neuron| keep(neuron)).collect();
    kept.sort_by(|a, b| value(b).total_cmp(&value(a)).then(a.id.cmp(&b.id)));
    kept.iter().take(k).map(|neuron| neuron.id).collect()
}

#[test]
fn tops_are_ranked_by_the_model_asked_for() {
    let table = table();
    let by_base = highest(&table, 9, |n| n.base.cosine, |n| n.base.cosine > 0.0);
    let by_tuned = highest(&table, 9, |n| n.tuned.cosine, |n| n.tuned.cosine > 0.0);
    assert_ne!(by_base, by_tuned);
    assert_eq!(selected("top = 9"), by_base);
    assert_eq!(selected("top = 9, ranked_by = 'base'"), by_base);
    assert_eq!(selected("top = 9, ranked_by = 'tuned'"), by_tuned);
}

#[test]
fn positively_activated_means_so_in_the_model_that_ranks() {
    let table = table();
    let by_base = highest(
        &table,
        20,
        |n| n.base.cosine,
        |n| n.base.cosine > 0.0 && n.base.activation > 0.0,
    );
    let by_tuned = highest(
        &table,
        20,
        |n| n.tuned.cosine,
        |n| n.tuned.cosine > 0.0 && n.tuned.activation > 0.0,
    );
    assert_eq!(selected("top = 20, activated = 'positively'"), by_base);
    assert_eq!(
        selected("top = 20, activated = 'positively', ranked_by = 'tuned'"),
        by_tuned
    );
    let unlike = |ids: &[NeuronId], negative: fn(&Neuron) -> bool| {
        ids.iter().any(|&id| negative(table.get(id).unwrap()))
    };
    assert!(unlike(&by_tuned, |n| n.base.activation <= 0.0));
    assert!(unlike(&selected("top = 20"), |n| n.base.activation <= 0.0));
}

#[test]
fn published_numbers_are_taken_in_proportion() {
    // 320 of GPT-2 medium's 98,304 neurons: 2,000 become 6.51.
    assert_eq!(selected("published_top = 2000"), selected("top = 7"));
    assert_eq!(
        selected("published_top = 2000, ranked_by = 'tuned'"),
        selected("top = 7, ranked_by = 'tuned'")
    );
    assert_eq!(selected("published_top = 7").len(), 1);
}

#[test]
fn groups_are_those_of_the_grouping() {
    let table = table();
    for grouping in Grouping::ALL {
        let assignment = GroupAssignment::new(&table, grouping);
        let members = |group| assignment.members(group).to_vec();
        let both = [members(Group::ApPlus), members(Group::TpMinus)].concat();
        let found = selected(&format!("groups = ['AP+', 'TP-'], grouping = '{grouping}'"));
        assert_eq!(found, both);
        assert!(!both.is_empty());
    }
    assert_eq!(
        selected("groups = ['AN-']"),
        selected("groups = ['AN−'], grouping = 'activation-change'")
    );
}

#[test]
fn a_list_is_taken_as_it_is() {
    let id = |layer, neuron| NeuronId { layer, neuron };
    assert_eq!(
        selected("list = [[1, 5], [0, 159]]"),
        [id(1, 5), id(0, 159)]
    );
}

#[test]
fn a_selection_says_what_it_is() {
    for (neurons, text) in [
        ("top = 3", "top 3 toxic neurons"),
        (
            "published_top = 7, ranked_by = 'tuned'",
            "top 7 of 98,304, in proportion, toxic neurons of the tuned model",
        ),
        (
            "top = 3, activated = 'positively'",
            "top 3 positively activated toxic neurons",
        ),
        ("groups = ['TP-', 'AN-']", "TP−, AN− by activation-change"),
        ("list = [[0, 1]]", "a list of 1 neurons"),
    ] {
        assert_eq!(ablate(neurons).neurons.to_string(), text);
    }
}

#[test]
fn what_is_described_is_what_was_read() {
    for neurons in [
        "top = 3",
        "published_top = 7, ranked_by = 'tuned', activated = 'positively'",
        "groups = ['AN-', 'TP-'], grouping = 'reduction-sign'",
        "list = [[0, 1], [1, 7]]",
    ] {
        let described = ablate(neurons).describe().unwrap();
        let again: Ablate = described.parameters.clone().try_into().unwrap();
        assert_eq!(again.describe().unwrap(), described);
        let (model, table) = (model(), table());
        let subject = Subject::measured(&model, &table).unwrap();
        let mut selected = ablate(neurons).neurons.neurons(&subject).unwrap();
        let mut described = again.neurons.neurons(&subject).unwrap();
        selected.sort_unstable();
        described.sort_unstable();
        assert_eq!(selected, described);
    }
    let [one, other] = ["groups = ['AN-', 'TP-']", "groups = ['TP-', 'AN-']"]
        .map(|neurons| ablate(neurons).describe().unwrap());
    assert_eq!(one, other);
}
