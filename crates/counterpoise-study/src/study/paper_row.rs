//! Recognises the rows of the paper's tables, so that its claims can be put to them.

use std::collections::BTreeSet;
use std::fmt;

use counterpoise_groups::{Group, Grouping};
use counterpoise_intervene::{
    Ablate, Activated, K, Patch, PatchValues, RankedBy, ScaleKeys, Selection, parse,
};
use serde::de::DeserializeOwned;
use toml::Table;

/// What a row of tables 1 and 2 does.
#[derive(Clone, Debug, PartialEq)]
pub enum PaperRow {
    /// Nothing.
    None,
    /// The most toxic neurons are ablated.
    Ablate {
        /// How many, of GPT-2 medium's.
        published: usize,
        /// Among which.
        among: Activated,
    },
    /// Groups, by section 4.3's definition, are patched to the tuned model's means.
    Patch(BTreeSet<Group>),
    /// The keys of the most toxic neurons are scaled.
    ScaleKeys {
        /// How many, of GPT-2 medium's.
        published: usize,
        /// By how much.
        factor: f32,
    },
}

impl PaperRow {
    /// The row that `parameters` (`kind` and what goes with it) describe; `None` if the paper has
    /// no such kind of row.
    pub fn of(parameters: &Table) -> Option<Self> {
        match parameters.get("kind")?.as_str()? {
            "none" => Some(Self::None),
            "ablate" => match read::<Ablate>("ablate", parameters)?.neurons {
                Selection::Top {
                    k: K::Published(published),
                    among,
                    ranked_by: RankedBy::Base,
                } => Some(Self::Ablate { published, among }),
                _ => None,
            },
            "patch" => match read::<Patch>("patch", parameters)? {
                Patch {
                    values:
                        PatchValues::TunedMeans(Selection::Groups {
                            groups,
                            grouping: Grouping::ActivationChange,
                        }),
                    positions: None,
                } => Some(Self::patch(groups)),
                _ => None,
            },
            "scale_keys" => match read::<ScaleKeys>("scale_keys", parameters)? {
                ScaleKeys {
                    neurons:
                        Selection::Top {
                            k: K::Published(published),
                            among: Activated::Any,
                            ranked_by: RankedBy::Tuned,
                        },
                    factor,
                } => Some(Self::ScaleKeys { published, factor }),
                _ => None,
            },
            _ => None,
        }
    }

    /// The row that patches `groups`.
    pub fn patch(groups: impl IntoIterator<Item = Group>) -> Self {
        Self::Patch(groups.into_iter().collect())
    }

    /// The number of neurons the paper names for it.
    pub fn published(&self) -> Option<usize> {
        match self {
            Self::Ablate { published, .. } | Self::ScaleKeys { published, .. } => Some(*published),
            Self::None | Self::Patch(_) => None,
        }
    }
}

fn read<T: DeserializeOwned>(kind: &'static str, parameters: &Table) -> Option<T> {
    let mut table = parameters.clone();
    table.remove("kind");
    // What cannot be read is reported where the intervention is built.
    parse(kind, table).ok()
}

impl fmt::Display for PaperRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("no intervention"),
            Self::Ablate { published, among } => match among {
                Activated::Any => write!(f, "top {published} ablated"),
                Activated::Positively => write!(f, "top {published} positively activated ablated"),
            },
            Self::Patch(groups) => {
                let names: Vec<String> = groups.iter().map(ToString::to_string).collect();
                write!(f, "{} patched", names.join(", "))
            }
            Self::ScaleKeys { published, factor } => {
                write!(f, "keys of the top {published} × {factor}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn row(text: &str) -> Option<PaperRow> {
        PaperRow::of(&text.parse().unwrap())
    }

    #[test]
    fn the_paper_s_rows_are_recognised() {
        assert_eq!(row("kind = 'none'"), Some(PaperRow::None));
        let ablate =
            row("kind = 'ablate'\nneurons = { published_top = 200, activated = 'positively' }");
        assert_eq!(
            ablate,
            Some(PaperRow::Ablate {
                published: 200,
                among: Activated::Positively
            })
        );
        let scale = row(
            "kind = 'scale_keys'\nneurons = { published_top = 7, ranked_by = 'tuned' }\nfactor = 2.0",
        );
        assert_eq!(scale.as_ref().and_then(PaperRow::published), Some(7));
        let patch = row("kind = 'patch'\nneurons = { groups = ['AN-', 'TP-'] }").unwrap();
        assert_eq!(patch, PaperRow::patch([Group::TpMinus, Group::AnMinus]));
        assert_eq!(patch.to_string(), "TP−, AN− patched");
    }

    #[test]
    fn other_rows_are_not() {
        for other in [
            "kind = 'steer'",
            "kind = 'ablate'\nneurons = { top = 200 }",
            "kind = 'ablate'\nneurons = { list = [[0, 1]] }",
            "kind = 'patch'\nneurons = { groups = ['TP-'], grouping = 'reduction-sign' }",
            "kind = 'patch'\nneurons = { groups = ['TP-'] }\npositions = 'all'",
            "kind = 'patch'\nfile = 'values.csv'",
            "kind = 'scale_keys'\nneurons = { top = 7 }\nfactor = 2.0",
            "kind = 'scale_keys'\nneurons = { published_top = 7 }\nfactor = 2.0",
        ] {
            assert_eq!(row(other), None, "{other}");
        }
    }
}
