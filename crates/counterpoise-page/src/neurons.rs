//! Every neuron as columns.

use serde::Serialize;

use crate::pack::{packed, planes};
use crate::{NeuronTokens, PageError};

/// Digits that the page shows of a value.
const DIGITS: usize = 6;

/// Every neuron, by layer, then index.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Neurons {
    /// How many there are in each layer.
    pub d_mlp: usize,
    /// The columns; the page's script knows those of its figures' hover by their names.
    pub columns: Vec<Column>,
    /// What value vectors say in tokens.
    pub tokens: NeuronTokens,
}

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name, as in the neuron table where it is from there.
    pub name: String,
    /// Its heading.
    pub heading: String,
    /// Its values, one for each neuron.
    pub values: Values,
}

/// The values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Numbers, of which six significant digits are kept.
    Numbers(Vec<f64>),
    /// Counts, such as ranks.
    Counts(Vec<u32>),
    /// Names, as places in a list of at most 255.
    Names(Vec<String>, Vec<u8>),
}

#[derive(Serialize)]
pub(crate) struct PackedNeurons {
    count: usize,
    d_mlp: usize,
    digits: usize,
    columns: Vec<Head>,
    data: String,
}

#[derive(Serialize)]
struct Head {
    name: String,
    heading: String,
    kind: &'static str,
    names: Vec<String>,
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Counts(counts) => counts.len(),
            Self::Names(_, places) => places.len(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Numbers(_) => "number",
            Self::Counts(_) => "count",
            Self::Names(..) => "name",
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Numbers(numbers) => {
                let words: Vec<[u8; 4]> = numbers.iter().map(|x| kept(*x).to_le_bytes()).collect();
                planes(&words)
            }
            Self::Counts(counts) => {
                let words: Vec<[u8; 4]> = counts.iter().map(|count| count.to_le_bytes()).collect();
                planes(&words)
            }
            Self::Names(_, places) => places.clone(),
        }
    }
}

/// The `f32` next to `value` rounded to [`DIGITS`] significant digits. An `f32` keeps six decimal digits, so these digits are
/// shown as they are of `value` itself; rounding `value` to `f32` first could change the last one.
fn kept(value: f64) -> f32 {
    let rounded = format!("{value:.*e}", DIGITS - 1);
    // What was just written is a number; one too large for an f32 becomes infinite.
    rounded.parse().unwrap_or(f32::NAN)
}

impl Neurons {
    /// The columns, compressed.
    pub(crate) fn packed(&self) -> Result<PackedNeurons, PageError> {
        let count = self.columns.first().map_or(0, |column| column.values.len());
        let mut bytes = Vec::new();
        let mut columns = Vec::new();
        for Column {
            name,
            heading,
            values,
        } in &self.columns
        {
            if values.len() != count {
                return Err(PageError::Column {
                    column: name.clone(),
                    expected: count,
                    found: values.len(),
                });
            }
            bytes.extend(values.bytes());
            columns.push(Head {
                name: name.clone(),
                heading: heading.clone(),
                kind: values.kind(),
                names: match values {
                    Values::Names(names, _) => names.clone(),
                    _ => Vec::new(),
                },
            });
        }
        Ok(PackedNeurons {
            count,
            d_mlp: self.d_mlp,
            digits: DIGITS,
            columns,
            data: packed(&bytes)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_of_a_value_survive() {
        // The first lies so close to a half of the sixth digit that rounding to f32 first gives 0.184947.
        for value in [
            0.18494649999_f64,
            -0.030319519,
            12345.678,
            1e-30,
            0.0,
            -7.25e9,
        ] {
            let shown = |value: f64| format!("{value:.5e}");
            assert_eq!(shown(f64::from(kept(value))), shown(value), "{value}");
        }
        assert_ne!(
            format!("{:.5e}", f64::from(0.18494649999_f64 as f32)),
            format!("{:.5e}", 0.18494649999_f64)
        );
    }

    #[test]
    fn columns_of_another_length_are_refused() {
        let column = |name: &str, values| Column {
            name: name.to_owned(),
            heading: String::new(),
            values,
        };
        let neurons = Neurons {
            d_mlp: 2,
            columns: vec![
                column("a", Values::Numbers(vec![0.0; 2])),
                column("b", Values::Counts(vec![1])),
            ],
            tokens: NeuronTokens::default(),
        };
        assert!(matches!(
            neurons.packed(),
            Err(PageError::Column { expected: 2, found: 1, column }) if column == "b"
        ));
    }
}
