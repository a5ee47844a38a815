//! What both models' value vectors write along random directions, kept on disk while a run goes on.

use std::path::Path;

use counterpoise_groups::uncertainty::Directions;
use counterpoise_groups::{Aggregates, Statistic};
use counterpoise_model::Transformer;
use counterpoise_probe::project_onto;
use counterpoise_score::{Draws, Purpose};

use super::SLICE;
use super::compute::Pair;
use super::results::NullDraws;
use super::rows_file::{RowsFile, RowsWriter};
use crate::error::Result;

/// Unit directions `[directions][d_model]`, any as likely as any other; the same every time.
pub(crate) fn random_unit_directions(directions: usize, d_model: usize) -> Vec<Vec<f64>> {
    let mut draws = Draws::of_run(Purpose::Directions);
    (0..directions).map(|_| draws.direction(d_model)).collect()
}

/// Writes what each value vector of `model` projects onto `directions` random unit vectors: a row of 64-bit floats a
/// neuron. At GPT-2 medium's 98,304 neurons and 200 directions that is 157 MB.
///
/// # Errors
/// Weights that cannot be read; a file that cannot be written.
pub(crate) fn write_projections(model: &Transformer, directions: usize, path: &Path) -> Result<()> {
    let directions = random_unit_directions(directions, model.d_model());
    let mut rows = RowsWriter::<f64>::create(path)?;
    project_onto(model, &directions, |layer| rows.write(layer))?;
    rows.finish()
}

/// The projections of a model's value vectors.
pub(crate) type DirectionsFile = RowsFile<f64>;

/// The statistics along random directions, whose projections are in the files of both models.
///
/// # Errors
/// A file that cannot be read.
pub(crate) fn random_directions(
    pair: &Pair<'_>,
    directions: usize,
    [base, tuned]: [&Path; 2],
) -> Result<NullDraws> {
    let neurons = pair.table.rows().len();
    let open = |path: &Path| DirectionsFile::open(path, [neurons, directions]);
    let (mut base, mut tuned) = (open(base)?, open(tuned)?);
    let mut along = Directions::new(pair.measured, directions);
    for start in (0..neurons).step_by(SLICE) {
        let rows = start..(start + SLICE).min(neurons);
        let base = base.read(rows.clone(), 0..directions)?;
        along.add(&base, &tuned.read(rows, 0..directions)?);
    }
    let draws = along.finish();
    let draws: Vec<_> = draws
        .iter()
        .map(|found| move |statistic: Statistic| found.get(statistic))
        .collect();
    Ok(NullDraws::new(
        "the same mean activations and value vectors along random unit directions, any as likely as any other".to_owned(),
        |statistic| Aggregates::of(pair.table).get(statistic),
        &draws,
    ))
}
