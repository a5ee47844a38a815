//! Where a row stands: its model and tables, or those of the row that it is a control of.

use std::ops::Range;

use counterpoise_groups::Role;
use toml::Value;

use super::interventions::ReadRow;
use crate::error::Result;
use crate::toml_file::TomlFile;

/// Where the rows of one `[[intervention]]` stand.
pub(super) struct Place {
    pub(super) model: Role,
    pub(super) tables: Vec<u32>,
    /// The rows that they are controls of: none, one for all of them, or one each.
    controlled: Vec<String>,
}

impl Place {
    /// The row that row `index` of a sweep is a control of.
    pub(super) fn control_of(&self, index: usize) -> Option<String> {
        match &self.controlled[..] {
            [one] => Some(one.clone()),
            each => each.get(index).cloned(),
        }
    }
}

/// The model of a row, and its tables: a control's are those of the row that it is a control of.
///
/// # Errors
/// What is missing, and what a control does not decide; a row that is not there, or is a control itself; a sweep
/// whose rows the control's do not answer one by one.
pub(super) fn place(file: &TomlFile, read: &ReadRow, rows: &[ReadRow]) -> Result<Place> {
    let ReadRow { row, spans, .. } = read;
    let refused =
        |span: &Range<usize>, message: &str| Err(row.refused(file, span.clone(), message));
    let Some(name) = &row.control_of else {
        return match (row.model, &row.tables) {
            (None, _) => refused(&spans.model, "missing key `model`: `base` or `tuned`"),
            (_, None) => refused(&spans.tables, "missing key `tables`: their numbers"),
            (_, Some(tables)) if tables.is_empty() || tables.contains(&0) => refused(
                &spans.tables,
                "`tables`: expected the numbers of the tables it stands in, at least one, from 1",
            ),
            (Some(model), Some(tables)) => Ok(Place {
                model,
                tables: tables.clone(),
                controlled: Vec::new(),
            }),
        };
    };
    for (key, given, span) in [
        ("model", row.model.is_some(), &spans.model),
        ("tables", row.tables.is_some(), &spans.tables),
    ] {
        if given {
            let message =
                format!("`{key}`: a control has that of the row `control_of` names; leave it out");
            return refused(span, &message);
        }
    }
    let named = |other: &&ReadRow| other.row.name == *name || other.names().any(|row| row == *name);
    let fault = match rows.iter().find(named) {
        None => format!("the study has no intervention named `{name}`"),
        Some(other) if other.row.control_of.is_some() => {
            format!("`{name}` is a control itself; name the row that both are controls of")
        }
        Some(other) => match controlled(read, name, other) {
            Ok(controlled) => {
                let place = place(file, other, rows)?;
                return Ok(Place {
                    controlled,
                    ..place
                });
            }
            Err(fault) => fault,
        },
    };
    refused(&spans.control_of, &format!("`control_of`: {fault}"))
}

/// The rows of `other` that the rows of `control`, which names `name` of it, are controls of.
fn controlled(control: &ReadRow, name: &str, other: &ReadRow) -> Result<Vec<String>, String> {
    let names: Vec<String> = other.names().collect();
    if names.iter().any(|row| row == name) {
        return Ok(vec![name.to_owned()]);
    }
    match same_values(control, other) {
        true => Ok(names),
        false => Err(format!(
            "`{name}` is a sweep of {count} rows; name one of them, `{name}.1` to `{name}.{count}`, or give this \
             control a sweep over the same values in the same order, for one control each",
            count = names.len()
        )),
    }
}

/// Whether two sweeps have the same values row by row, whatever the parameters are called: a control may have the
/// value in another place, such as `neurons.matched_to.top` for `neurons.top`.
fn same_values(left: &ReadRow, right: &ReadRow) -> bool {
    let values = |read: &ReadRow| -> Vec<Vec<Value>> {
        let of =
            |values: &Vec<(String, Value)>| values.iter().map(|(_, value)| value.clone()).collect();
        let points = read.points.iter().filter_map(|point| point.values.as_ref());
        points.map(of).collect()
    };
    values(left) == values(right)
}
