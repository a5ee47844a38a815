//! Random neurons matched to others: as many in each layer, and about as active.

use std::collections::BTreeSet;
use std::fmt;

use counterpoise_groups::{Neuron, NeuronId, NeuronTable, Role};
use counterpoise_score::Draws;

use crate::InterveneError;

/// A neuron is drawn among this many that are nearest to it in activation.
const NEAREST: usize = 5;

/// What is drawn at random: the `draw`-th of the sequences that `seed` starts, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seeded {
    /// Starts the draws.
    pub seed: u32,
    /// Which of its sequences.
    pub draw: u32,
}

impl Seeded {
    /// What `seed` and `draw` of a table ask for; nothing without a seed. The first draw unless another is named.
    pub(crate) fn of(seed: Option<u32>, draw: Option<u32>) -> Result<Option<Self>, String> {
        match (seed, draw) {
            (None, Some(_)) => Err("`draw` goes with `seed`".into()),
            (_, Some(0)) => Err("`draw` counts from 1".into()),
            (seed, draw) => Ok(seed.map(|seed| Self {
                seed,
                draw: draw.unwrap_or(1),
            })),
        }
    }
}

impl fmt::Display for Seeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {}, draw {}", self.seed, self.draw)
    }
}

impl Seeded {
    /// The random numbers.
    #[must_use]
    pub fn draws(self) -> Draws {
        Draws::new(self.seed.into()).jumped(u64::from(self.draw).saturating_sub(1))
    }
}

/// Draws a neuron for each of `neurons`: of the same layer, none of them, none twice, and near in the
/// absolute mean activation of the model `role`.
///
/// Layer by layer, the neurons stand in the order of the table and are shuffled (Fisher and Yates, from the
/// last place down). Each in turn is given one, drawn evenly, of the [`NEAREST`] left that are nearest to it;
/// they are looked for among that many on either side in the order of activation. Ties go to the neuron that
/// comes first. The answer is in the order of the table.
///
/// # Errors
/// [`InterveneError::NoMatch`] for a layer of which more than half is to be matched.
pub(crate) fn matched(
    neurons: &[NeuronId],
    table: &NeuronTable,
    role: Role,
    seeded: Seeded,
) -> Result<Vec<NeuronId>, InterveneError> {
    let set: BTreeSet<&NeuronId> = neurons.iter().collect();
    let mut draws = seeded.draws();
    let mut found = Vec::with_capacity(neurons.len());
    for rows in table.by_layer() {
        let (wanted, mut left): (Vec<&Neuron>, Vec<&Neuron>) =
            rows.iter().partition(|row| set.contains(&row.id));
        if wanted.len() > left.len() {
            return Err(InterveneError::NoMatch {
                layer: rows[0].id.layer,
                wanted: wanted.len(),
                left: left.len(),
            });
        }
        // Stable: ties stay in the order of the table.
        left.sort_by(|a, b| activity(a, role).total_cmp(&activity(b, role)));
        for row in shuffled(wanted, &mut draws) {
            let nearest = nearest(activity(row, role), &left, role);
            let drawn = nearest[draws.below(nearest.len())];
            found.push(left.remove(drawn).id);
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// The mean of the absolute mean activations of `neurons` in the model `role`.
pub(crate) fn mean_activity(neurons: &[NeuronId], table: &NeuronTable, role: Role) -> f64 {
    let rows = neurons.iter().filter_map(|&id| table.get(id));
    rows.map(|row| activity(row, role)).sum::<f64>() / neurons.len() as f64
}

fn activity(row: &Neuron, role: Role) -> f64 {
    let measured = match role {
        Role::Base => row.base,
        Role::Tuned => row.tuned,
    };
    measured.activation.abs()
}

fn shuffled<T>(mut values: Vec<T>, draws: &mut Draws) -> Vec<T> {
    for last in (1..values.len()).rev() {
        values.swap(last, draws.below(last + 1));
    }
    values
}

/// The places of the nearest among `left`, which is in the order of activation.
fn nearest(activation: f64, left: &[&Neuron], role: Role) -> Vec<usize> {
    let place = left.partition_point(|row| activity(row, role) < activation);
    let around = place.saturating_sub(NEAREST)..(place + NEAREST).min(left.len());
    let mut around: Vec<usize> = around.collect();
    let distance = |&index: &usize| (activity(left[index], role) - activation).abs();
    around.sort_by(|a, b| {
        let by_id = left[*a].id.cmp(&left[*b].id);
        distance(a).total_cmp(&distance(b)).then(by_id)
    });
    around.truncate(NEAREST);
    around
}
