//! One row of a neuron table file, and what makes rows a complete table.

use std::path::Path;

use crate::columns::{COLUMNS, INDEX_COLUMNS, Values};
use crate::error::Place;
use crate::measurements::COSINE_SLACK;
use crate::{GroupsError, Measured, Neuron, NeuronId};

/// How far a stored difference may lie from the one computed, relative to the larger operand:
/// wide enough for values stored as 32-bit floats.
const DIFF_TOLERANCE: f64 = 1e-5;

/// What an index has to be.
pub(crate) const WHOLE_NUMBER: &str = "a whole number, not negative";

/// One row of a file.
pub(crate) struct Record {
    place: Place,
    neuron: Neuron,
}

/// Rows that name each neuron once, in order.
pub(crate) struct Complete {
    pub(crate) rows: Vec<Neuron>,
    pub(crate) layers: usize,
    pub(crate) d_mlp: usize,
}

/// Orders the rows and checks that each neuron of the layers they span has exactly one.
pub(crate) fn complete(path: &Path, mut records: Vec<Record>) -> Result<Complete, GroupsError> {
    // Stable, so that of two rows for one neuron the later one is reported as the second.
    records.sort_by_key(|record| record.neuron.id);
    if let Some(pair) = (records.windows(2)).find(|pair| pair[0].neuron.id == pair[1].neuron.id) {
        return Err(GroupsError::Duplicate {
            path: path.to_path_buf(),
            neuron: pair[0].neuron.id,
            first: pair[0].place,
            second: pair[1].place,
        });
    }
    let rows: Vec<Neuron> = records.into_iter().map(|record| record.neuron).collect();
    let (Some(last), Some(widest)) = (rows.last(), rows.iter().map(|row| row.id.neuron).max())
    else {
        return Err(GroupsError::EmptyTable {
            path: path.to_path_buf(),
        });
    };
    let (layers, d_mlp) = (last.id.layer.saturating_add(1), widest.saturating_add(1));
    let expected = |position: usize| NeuronId {
        layer: position / d_mlp,
        neuron: position % d_mlp,
    };
    let gap = (0..rows.len()).find(|&position| rows[position].id != expected(position));
    if gap.is_some() || rows.len() < layers.saturating_mul(d_mlp) {
        return Err(GroupsError::Missing {
            path: path.to_path_buf(),
            neuron: expected(gap.unwrap_or(rows.len())),
            layers,
            d_mlp,
            found: rows.len(),
        });
    }
    Ok(Complete {
        rows,
        layers,
        d_mlp,
    })
}

/// Puts one row together and checks each value.
pub(crate) fn record(
    path: &Path,
    place: Place,
    [layer, neuron]: [usize; INDEX_COLUMNS],
    values: Values,
) -> Result<Record, GroupsError> {
    for (column, value) in (INDEX_COLUMNS..).zip(&values) {
        if !value.is_finite() {
            let found = value.to_string();
            return Err(bad_value(path, place, column, "a finite number", &found));
        }
    }
    let [
        pt_projection,
        dpo_projection,
        pt_activation,
        dpo_activation,
        pt_cossim,
        dpo_cossim,
        ..,
    ] = values;
    for (column, cosine) in [(6, pt_cossim), (7, dpo_cossim)] {
        if cosine.abs() > 1.0 + COSINE_SLACK {
            let found = cosine.to_string();
            return Err(bad_value(
                path,
                place,
                column,
                "a cosine, from -1 to 1",
                &found,
            ));
        }
    }
    let [.., projection_diff, activation_diff] = values;
    check_diff(
        path,
        place,
        8,
        [pt_projection, dpo_projection],
        projection_diff,
    )?;
    check_diff(
        path,
        place,
        9,
        [pt_activation, dpo_activation],
        activation_diff,
    )?;
    let neuron = Neuron {
        id: NeuronId { layer, neuron },
        base: Measured {
            activation: pt_activation,
            projection: pt_projection,
            cosine: pt_cossim,
        },
        tuned: Measured {
            activation: dpo_activation,
            projection: dpo_projection,
            cosine: dpo_cossim,
        },
    };
    Ok(Record { place, neuron })
}

fn check_diff(
    path: &Path,
    place: Place,
    column: usize,
    [base, tuned]: [f64; 2],
    found: f64,
) -> Result<(), GroupsError> {
    let expected = base - tuned;
    if (expected - found).abs() <= DIFF_TOLERANCE * base.abs().max(tuned.abs()) {
        return Ok(());
    }
    let expected = format!("base minus tuned, {expected}");
    Err(bad_value(
        path,
        place,
        column,
        &expected,
        &found.to_string(),
    ))
}

/// Whether pandas names a column of row numbers so: in CSV, read back from CSV, in Parquet.
fn is_row_numbers(name: &str) -> bool {
    let numbered = |before: &str, after: &str| {
        let number = name.strip_prefix(before)?.strip_suffix(after)?;
        number.parse::<usize>().ok()
    };
    name.is_empty()
        || numbered("Unnamed: ", "").is_some()
        || numbered("__index_level_", "__").is_some()
}

/// Where each of [`COLUMNS`] stands among `names`; columns of row numbers are passed over.
pub(crate) fn column_positions<'a>(
    path: &Path,
    names: impl Iterator<Item = &'a str>,
) -> Result<[usize; COLUMNS.len()], GroupsError> {
    let mut positions = [None; COLUMNS.len()];
    let mut unexpected = Vec::new();
    for (position, name) in names.enumerate() {
        match COLUMNS.iter().position(|column| *column == name) {
            Some(column) if positions[column].is_none() => positions[column] = Some(position),
            None if is_row_numbers(name) => {}
            _ => unexpected.push(name.to_owned()),
        }
    }
    let missing: Vec<String> = (COLUMNS.iter().zip(&positions))
        .filter(|(_, position)| position.is_none())
        .map(|(name, _)| (*name).to_owned())
        .collect();
    if missing.is_empty() && unexpected.is_empty() {
        Ok(positions.map(Option::unwrap_or_default)) // none is missing
    } else {
        Err(GroupsError::Columns {
            path: path.to_path_buf(),
            missing,
            unexpected,
        })
    }
}

/// The error for a value of `column`, an index into [`COLUMNS`].
pub(crate) fn bad_value(
    path: &Path,
    place: Place,
    column: usize,
    expected: &str,
    found: &str,
) -> GroupsError {
    GroupsError::Value {
        path: path.to_path_buf(),
        place,
        column: COLUMNS[column],
        expected: expected.to_owned(),
        found: found.to_owned(),
    }
}
