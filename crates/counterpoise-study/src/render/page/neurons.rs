//! The neuron table as columns of the page.

use std::path::Path;

use counterpoise_groups::{
    Group, GroupAssignment, Grouping, Neuron, NeuronId, NeuronTable, Ranking,
};
use counterpoise_page::{Column, NeuronTokens, Neurons, Values};

use crate::attribution::{self, NEURON_TOKENS_FILE};
use crate::error::Result;
use crate::results::Results;

/// Every neuron: its groups and rank, then what `neurons.csv` has under the same names, and its nearest tokens.
///
/// # Errors
/// A file of tokens that is broken.
pub(super) fn neurons(results: &Results, table: &NeuronTable, folder: &Path) -> Result<Neurons> {
    let path = folder.join(NEURON_TOKENS_FILE);
    let written = results
        .outputs
        .iter()
        .any(|output| output == Path::new(NEURON_TOKENS_FILE));
    let tokens = match written && path.is_file() {
        true => all_tokens(&path, table)?,
        false => some_tokens(results, table, written),
    };
    Ok(columns(table, tokens))
}

fn columns(table: &NeuronTable, tokens: NeuronTokens) -> Neurons {
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
        tokens,
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

/// The tokens of every neuron; those with the largest reductions of either sign come first.
fn all_tokens(path: &Path, table: &NeuronTable) -> Result<NeuronTokens> {
    let rows = table.rows();
    let found = attribution::NeuronTokens::read(path, rows.len(), table.d_mlp())?;
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let size = |at: &usize| rows[*at].reduction().abs();
    order.sort_by(|a, b| size(b).total_cmp(&size(a))); // stable
    let of = |at: usize| &found.ids[at * found.each..][..found.each];
    Ok(NeuronTokens {
        each: found.each,
        at: order.iter().map(|&at| at as u32).collect(),
        ids: order.iter().flat_map(|&at| of(at)).copied().collect(),
        texts: found.texts,
        without: format!(
            "Its nearest tokens do not fit into this page; {NEURON_TOKENS_FILE} has them."
        ),
        order: format!(
            "those with the largest reductions of either sign; {NEURON_TOKENS_FILE} has all"
        ),
    })
}

/// The tokens of the neurons that `vocabulary.md` has.
fn some_tokens(results: &Results, table: &NeuronTable, written: bool) -> NeuronTokens {
    let mut tokens = NeuronTokens {
        without: match written {
            true => format!("{NEURON_TOKENS_FILE} has its nearest tokens, and is gone."),
            false => "Its nearest tokens are not among the results.".to_owned(),
        },
        ..NeuronTokens::default()
    };
    for row in results.vocabulary.iter().flat_map(|found| &found.rows) {
        let id: Option<NeuronId> = row.vector.parse().ok(); // none of the probe
        let Some(id) = id.filter(|id| table.get(*id).is_some()) else {
            continue;
        };
        tokens.each = row.tokens.len();
        tokens.at.push(place(table, id) as u32);
        for token in &row.tokens {
            tokens.ids.push(token.id);
            tokens.texts.insert(token.id, token.text.clone());
        }
    }
    tokens
}
