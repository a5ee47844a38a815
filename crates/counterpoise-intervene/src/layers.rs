//! Which blocks an intervention touches.

use std::fmt;
use std::ops::Range;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::InterveneError;

/// Blocks, counted from 0: `"all"`, `[3, 4]`, `{ from = 10, below = 24 }` or `{ last = 14 }`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(untagged)]
pub enum Layers {
    /// All of them.
    #[default]
    #[serde(serialize_with = "all")]
    All,
    /// These.
    List(Vec<usize>),
    /// From the one to before the other.
    Range {
        /// The first.
        from: usize,
        /// The first that is not meant.
        below: usize,
    },
    /// The last few.
    Last {
        /// How many.
        last: usize,
    },
}

fn all<S: serde::Serializer>(serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str("all")
}

impl Layers {
    /// The blocks of a model of `n_layer`, in their order.
    ///
    /// # Errors
    /// Blocks that the model does not have, one named twice, none at all.
    pub(crate) fn of(&self, n_layer: usize) -> Result<Vec<usize>, InterveneError> {
        let within = |range: Range<usize>| match range.is_empty() || range.end > n_layer {
            true => Err(self.refused(n_layer)),
            false => Ok(range.collect()),
        };
        match self {
            Self::All => Ok((0..n_layer).collect()),
            Self::Range { from, below } => within(*from..*below),
            Self::Last { last } => match n_layer.checked_sub(*last) {
                Some(from) => within(from..n_layer),
                None => Err(self.refused(n_layer)),
            },
            Self::List(layers) => {
                let mut sorted = layers.clone();
                sorted.sort_unstable();
                sorted.dedup();
                let there = sorted.last().is_some_and(|last| *last < n_layer);
                match there && sorted.len() == layers.len() {
                    true => Ok(sorted),
                    false => Err(self.refused(n_layer)),
                }
            }
        }
    }

    fn refused(&self, n_layer: usize) -> InterveneError {
        InterveneError::NoSuchLayers {
            layers: self.to_string(),
            n_layer,
        }
    }
}

impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::List(layers) => write!(f, "{layers:?}"),
            Self::Range { from, below } => write!(f, "from {from} to below {below}"),
            Self::Last { last } => write!(f, "last {last}"),
        }
    }
}

impl<'de> Deserialize<'de> for Layers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LayersVisitor)
    }
}

/// The keys of a table.
#[derive(Deserialize)]
struct RangeTable {
    from: Option<usize>,
    below: Option<usize>,
    last: Option<usize>,
}

struct LayersVisitor;

impl<'de> Visitor<'de> for LayersVisitor {
    type Value = Layers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"all\", a list of blocks, { from = …, below = … } or { last = … }")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Layers, E> {
        match name {
            "all" => Ok(Layers::All),
            other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Layers, A::Error> {
        Ok(Layers::List(Vec::deserialize(SeqAccessDeserializer::new(
            list,
        ))?))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Layers, A::Error> {
        let table = RangeTable::deserialize(MapAccessDeserializer::new(map))?;
        match (table.from, table.below, table.last) {
            (Some(from), Some(below), None) if from < below => Ok(Layers::Range { from, below }),
            (None, None, Some(last)) if last > 0 => Ok(Layers::Last { last }),
            _ => Err(de::Error::custom(
                "layers: give `from` and a larger `below`, or `last`, at least 1",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn blocks_are_counted_from_0_and_there() {
        let of = |layers: &Layers| layers.of(4).unwrap();
        assert_eq!(of(&Layers::All), [0, 1, 2, 3]);
        assert_eq!(of(&Layers::List(vec![3, 1])), [1, 3]);
        assert_eq!(of(&Layers::Range { from: 1, below: 3 }), [1, 2]);
        assert_eq!(of(&Layers::Last { last: 1 }), [3]);
        for layers in [
            Layers::List(vec![]),
            Layers::List(vec![4]),
            Layers::List(vec![1, 1]),
            Layers::Range { from: 2, below: 5 },
            Layers::Last { last: 5 },
        ] {
            let error = layers.of(4).unwrap_err().to_string();
            assert!(error.contains("4 blocks"), "{error}");
        }
    }
}
