//! The neuron table as columns of the page.

use counterpoise_groups::{
    Group, GroupAssignment, Grouping, Neuron, NeuronId, NeuronTable, Ranking,
};
use counterpoise_page::{Column, NeuronTokens, Neurons, Values};

use crate::results::Results;

/// Every neuron: its groups and rank, then what `neurons.csv` has under the same names.
pub(super) fn columns(results: &Results, table: &NeuronTable) -> Neurons {
    let number = |name: &str, heading: &str, value: fn(&Neuron) -> f64| Column {
        name: name.to_owned(),
        heading: heading.to_owned(),
        values: Values::Numbers(table.rows().iter().map(value).collect()),
    };
    Neurons {
        d_mlp: table.d_mlp(),
        columns: vec![
            Column {
                name: "rank".to_owned(),
                heading: "Rank by reduction, from 0".to_owned(),
                values: Values::Counts(ranks(table)),
            },
            groups(table, Grouping::ActivationChange, "group", "Group"),
            groups(
                table,
                Grouping::ReductionSign,
                "group_by_signs",
                "Group by signs",
            ),
            number("projection_diff", "Reduction", Neuron::reduction),
            number("pt_cossim", "Cosine, base", |neuron| neuron.base.cosine),
            number("dpo_cossim", "Cosine, tuned", |neuron| neuron.tuned.cosine),
            number("pt_activation_value", "Activation, base", |neuron| {
                neuron.base.activation
            }),
            number("dpo_activation_value", "Activation, tuned", |neuron| {
                neuron.tuned.activation
            }),
            number("pt_projection_value", "Projection, base", |neuron| {
                neuron.base.projection
            }),
            number("dpo_projection_value", "Projection, tuned", |neuron| {
                neuron.tuned.projection
            }),
        ],
        tokens: tokens(results, table),
    }
}

/// The rank of each neuron by reduction.
fn ranks(table: &NeuronTable) -> Vec<u32> {
    let mut ranks = vec![0; table.rows().len()];
    for (rank, neuron) in (0u32..).zip(Ranking::Reduction.order(table)) {
        ranks[place(table, neuron.id)] = rank;
    }
    ranks
}

/// The row of a neuron in the table.
fn place(table: &NeuronTable, id: NeuronId) -> usize {
    id.layer * table.d_mlp() + id.neuron
}

fn groups(table: &NeuronTable, grouping: Grouping, name: &str, heading: &str) -> Column {
    let names = Group::ALL.map(|group| group.to_string()).into_iter();
    let place = |group: &Option<Group>| {
        let found = (0u8..)
            .zip(Group::ALL)
            .find(|(_, known)| Some(*known) == *group);
        found.map_or(4, |(place, _)| place)
    };
    let assignment = GroupAssignment::new(table, grouping);
    Column {
        name: name.to_owned(),
        heading: heading.to_owned(),
        values: Values::Names(
            names.chain(["in no group".to_owned()]).collect(),
            assignment.groups().iter().map(place).collect(),
        ),
    }
}

/// The tokens of the neurons whose value vectors were read.
fn tokens(results: &Results, table: &NeuronTable) -> Vec<NeuronTokens> {
    let rows = results.vocabulary.iter().flat_map(|found| &found.rows);
    rows.filter_map(|row| {
        let id = row.vector.parse().ok()?; // not of the probe
        table.get(id)?;
        let text = |token: &crate::VocabularyToken| {
            let number = || format!("token {}", token.id);
            token.text.clone().unwrap_or_else(number)
        };
        Some(NeuronTokens {
            at: place(table, id),
            tokens: row.tokens.iter().map(text).collect(),
        })
    })
    .collect()
}
