//! The rows of a sweep: which values each has, and what it is called by them.

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

/// Which row of a sweep a row is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Swept {
    /// The sweep's name; its rows have it with a number each, from 1.
    pub sweep: String,
    /// The parameters swept over, a nested one as `table.key`, with their values in this row.
    pub values: Table,
}

impl Swept {
    pub(super) fn of(sweep: &str, values: &[(String, Value)]) -> Self {
        Self {
            sweep: sweep.to_owned(),
            values: values.iter().cloned().collect(),
        }
    }
}

/// What a row is called beside the sweep's label, such as `λ = 0.5, layers 4–7`.
pub(super) fn label(values: &[(String, Value)]) -> String {
    let labels = values.iter().map(|(path, value)| {
        let name = path.rsplit('.').next().unwrap_or(path);
        match value {
            Value::Array(list) => format!("{name} {}", listed(list)),
            _ => format!("{} = {}", symbol(name), plain(value)),
        }
    });
    labels.collect::<Vec<_>>().join(", ")
}

/// Whole numbers in a row as `4–7`, anything else one by one.
fn listed(list: &[Value]) -> String {
    let numbers: Option<Vec<i64>> = list.iter().map(Value::as_integer).collect();
    match numbers.as_deref() {
        Some([first, .., last]) if numbers.iter().flatten().copied().eq(*first..=*last) => {
            format!("{first}–{last}")
        }
        _ => list.iter().map(plain).collect::<Vec<_>>().join(", "),
    }
}

/// A value as a table holds it: a string without its quotes.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        // Without the decimals of a whole number.
        Value::Float(number) => number.to_string(),
        other => other.to_string(),
    }
}

/// The letter of a parameter that is written out.
fn symbol(name: &str) -> &str {
    match name {
        "alpha" => "α",
        "beta" => "β",
        "gamma" => "γ",
        "lambda" => "λ",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_says_the_values() {
        let numbers = |list: &[i64]| Value::Array(list.iter().copied().map(Value::from).collect());
        let values = [
            ("lambda".to_owned(), Value::from(0.5)),
            ("layers".to_owned(), numbers(&[4, 5, 6, 7])),
            ("neurons.top".to_owned(), Value::from(10)),
            ("factor".to_owned(), Value::from(5.0)),
            ("layers".to_owned(), numbers(&[4, 7])),
            ("layers".to_owned(), numbers(&[4])),
            ("to".to_owned(), Value::from("base")),
            ("groups".to_owned(), Value::from(vec!["TP-", "AN-"])),
            ("range".to_owned(), Value::from(vec![0.5, 1.0])),
            ("edit.alpha".to_owned(), Value::from(-1)),
            ("beta".to_owned(), Value::from(0.25)),
            ("gamma".to_owned(), Value::from(true)),
        ];
        assert_eq!(
            label(&values),
            "λ = 0.5, layers 4–7, top = 10, factor = 5, layers 4, 7, layers 4, to = base, groups TP-, AN-, \
             range 0.5, 1, α = -1, β = 0.25, γ = true"
        );
    }
}
