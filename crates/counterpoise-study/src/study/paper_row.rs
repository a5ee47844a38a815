//! Recognises the rows of the paper's tables, so that its claims can be put to them.

use std::collections::BTreeSet;
use std::fmt;

use counterpoise_groups::{Group, Role};
use counterpoise_intervene::{
    Ablate, Activated, Count, Direction, Intervention, Patch, ScaleKeys, Selection, Untouched,
};
use counterpoise_registry::Description;

use crate::error::Result;

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
    /// The row of the paper's tables that does what `does` says; `None` if it has no such row.
    pub fn of(does: &Description) -> Option<Self> {
        let row = match does.kind.as_str() {
            "none" => Self::None,
            "ablate" => {
                let (published, among) = published_top(does)?;
                Self::Ablate { published, among }
            }
            "patch" => match selection(does)? {
                Selection::Groups { groups, .. } => Self::patch(groups),
                _ => return None,
            },
            "scale_keys" => {
                let (published, _) = published_top(does)?;
                let factor = does.parameters.get("factor")?.as_float()? as f32;
                Self::ScaleKeys { published, factor }
            }
            _ => return None,
        };
        // Equal only if all that was not looked at is as the paper has it.
        (row.description().ok()? == *does).then_some(row)
    }

    /// What the row does, as the intervention itself describes it.
    ///
    /// # Errors
    /// None: every intervention of the paper can be described.
    pub fn description(&self) -> Result<Description> {
        let top = |published, among, ranked_by| Selection::Top {
            k: Count::Published(published),
            among,
            ranked_by,
            direction: Direction::Probe,
        };
        let described = match *self {
            Self::None => Untouched {}.describe(),
            Self::Ablate { published, among } => Ablate {
                neurons: top(published, among, Role::Base),
            }
            .describe(),
            Self::Patch(ref groups) => Patch::groups(groups.iter().copied()).describe(),
            Self::ScaleKeys { published, factor } => ScaleKeys {
                neurons: top(published, Activated::Any, Role::Tuned),
                factor,
            }
            .describe(),
        };
        Ok(described?)
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

/// The neurons that an intervention selects.
fn selection(does: &Description) -> Option<Selection> {
    does.parameters.get("neurons")?.clone().try_into().ok()
}

/// The number of GPT-2 medium's neurons that an intervention names, and among which.
fn published_top(does: &Description) -> Option<(usize, Activated)> {
    match selection(does)? {
        Selection::Top {
            k: Count::Published(published),
            among,
            ..
        } => Some((published, among)),
        _ => None,
    }
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

    use counterpoise_intervene::interventions;
    use counterpoise_registry::PartTable;

    fn row(text: &str) -> Option<PaperRow> {
        let table = PartTable::parse(text).unwrap();
        let built = interventions().unwrap().build(&table).unwrap();
        PaperRow::of(&built.describe().unwrap())
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
