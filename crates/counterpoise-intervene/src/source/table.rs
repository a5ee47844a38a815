//! A source of directions as it is written in TOML.

use std::fmt;
use std::path::PathBuf;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{DirectionSource, Token};
use crate::Seeded;

/// `"probe"`, or a table.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Written {
    Name(&'static str),
    Table(Box<SourceTable>),
}

/// The keys of `direction = { … }`.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct SourceTable {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    layer: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_vectors: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unembedding: Option<Vec<Token>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minus: Option<Vec<Token>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    draw: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    k: Option<usize>,
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrTable;

        impl<'de> Visitor<'de> for NameOrTable {
            type Value = Written;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "\"probe\", or a table with `file`, `value_vectors`, `unembedding` or `seed`",
                )
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Written, E> {
                match name {
                    "probe" => Ok(Written::Name("probe")),
                    other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Written, A::Error> {
                let table = SourceTable::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Written::Table(Box::new(table)))
            }
        }

        deserializer.deserialize_any(NameOrTable)
    }
}

impl TryFrom<Written> for DirectionSource {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Name(_) => Ok(Self::Probe),
            Written::Table(table) => {
                check_keys(&table)?;
                Self::of(*table)
            }
        }
    }
}

impl DirectionSource {
    /// The source that a table with only keys that go together is.
    fn of(table: SourceTable) -> Result<Self, String> {
        let count = |key: &str, given: Option<usize>| match given {
            Some(0) => Err(format!("direction: `{key}` is 0; give at least 1")),
            given => Ok(given),
        };
        let k = count("k", table.k)?;
        if let Some(path) = table.file {
            let layer = table.layer;
            return Ok(Self::File { path, k, layer });
        }
        if let Some(top) = count("value_vectors", table.value_vectors)? {
            return Ok(Self::ValueVectors {
                top,
                k: k.unwrap_or(1),
            });
        }
        if let Some(of) = table.unembedding {
            let minus = table.minus.unwrap_or_default();
            if of.is_empty() {
                return Err("direction: `unembedding` is empty; name at least one token".into());
            }
            return Ok(Self::Unembedding { of, minus });
        }
        if table.draw == Some(0) {
            return Err("direction: `draw` counts from 1".into());
        }
        let seeded = Seeded {
            seed: table.seed.unwrap_or_default(),
            draw: table.draw.unwrap_or(1),
        };
        Ok(Self::Random {
            seeded,
            k: k.unwrap_or(1),
        })
    }
}

/// One source, and only keys that go with it.
fn check_keys(table: &SourceTable) -> Result<(), String> {
    let (file, values) = (table.file.is_some(), table.value_vectors.is_some());
    let (tokens, random) = (table.unembedding.is_some(), table.seed.is_some());
    if [file, values, tokens, random]
        .iter()
        .filter(|given| **given)
        .count()
        != 1
    {
        return Err(
            "direction: give exactly one of `file`, `value_vectors`, `unembedding`, `seed`, or \"probe\" in place of the table"
                .into(),
        );
    }
    for (name, given, goes, with) in [
        ("layer", table.layer.is_some(), file, "`file`"),
        ("minus", table.minus.is_some(), tokens, "`unembedding`"),
        ("draw", table.draw.is_some(), random, "`seed`"),
        (
            "k",
            table.k.is_some(),
            !tokens,
            "`file`, `value_vectors` or `seed`",
        ),
    ] {
        if given && !goes {
            return Err(format!("direction: `{name}` goes with {with}"));
        }
    }
    Ok(())
}

impl From<DirectionSource> for Written {
    fn from(source: DirectionSource) -> Self {
        let empty = SourceTable::default();
        let table = match source {
            DirectionSource::Probe => return Self::Name("probe"),
            DirectionSource::File { path, k, layer } => SourceTable {
                file: Some(path),
                k,
                layer,
                ..empty
            },
            DirectionSource::ValueVectors { top, k } => SourceTable {
                value_vectors: Some(top),
                k: Some(k),
                ..empty
            },
            DirectionSource::Unembedding { of, minus } => SourceTable {
                unembedding: Some(of),
                minus: Some(minus),
                ..empty
            },
            DirectionSource::Random { seeded, k } => SourceTable {
                seed: Some(seeded.seed),
                draw: Some(seeded.draw),
                k: Some(k),
                ..empty
            },
        };
        Self::Table(Box::new(table))
    }
}
