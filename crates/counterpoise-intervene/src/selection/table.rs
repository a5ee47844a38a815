//! A selection as it is written in TOML.

use counterpoise_groups::{Group, Grouping, GroupsError, NeuronId, Role};
use serde::{Deserialize, Serialize};

use super::{Activated, Count, Selection};
use crate::{Direction, Seeded};

/// The keys of `neurons = { … }`.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct SelectionTable {
    #[serde(skip_serializing_if = "Option::is_none")]
    top: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    published_top: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    activated: Option<Activated>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ranked_by: Option<Role>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grouping: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<Vec<[usize; 2]>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<DirectionName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    draw: Option<u32>,
    // Last: TOML writes tables after values.
    #[serde(skip_serializing_if = "Option::is_none")]
    matched_to: Option<Box<SelectionTable>>,
}

/// `direction = "random"`.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum DirectionName {
    Probe,
    Random,
}

impl SelectionTable {
    /// The table with what a random direction is drawn by; the probe is not named.
    fn along(self, direction: Direction) -> Self {
        match direction {
            Direction::Probe => self,
            Direction::Random(seeded) => Self {
                direction: Some(DirectionName::Random),
                ..self.seeded(seeded)
            },
        }
    }

    fn seeded(self, Seeded { seed, draw }: Seeded) -> Self {
        Self {
            seed: Some(seed),
            draw: Some(draw),
            ..self
        }
    }
}

impl From<Selection> for SelectionTable {
    fn from(selection: Selection) -> Self {
        match selection {
            Selection::Top {
                k,
                among,
                ranked_by,
                direction,
            } => {
                let (top, published_top) = match k {
                    Count::Exactly(k) => (Some(k), None),
                    Count::Published(k) => (None, Some(k)),
                };
                let table = Self {
                    top,
                    published_top,
                    activated: Some(among),
                    ranked_by: Some(ranked_by),
                    ..Self::default()
                };
                table.along(direction)
            }
            Selection::Groups {
                groups,
                grouping,
                direction,
            } => {
                // In the paper's order: a selection is a set of groups.
                let named = |group: &Group| groups.contains(group);
                let name = |group: Group| group.to_string().replace('−', "-");
                let table = Self {
                    groups: Some(Group::ALL.into_iter().filter(named).map(name).collect()),
                    grouping: Some(grouping.to_string()),
                    ..Self::default()
                };
                table.along(direction)
            }
            Selection::Matched { to, seeded } => {
                let table = Self {
                    matched_to: Some(Box::new((*to).into())),
                    ..Self::default()
                };
                table.seeded(seeded)
            }
            Selection::List(neurons) => {
                let pair = |id: NeuronId| [id.layer, id.neuron];
                Self {
                    list: Some(neurons.into_iter().map(pair).collect()),
                    ..Self::default()
                }
            }
        }
    }
}

impl TryFrom<SelectionTable> for Selection {
    type Error = String;

    fn try_from(table: SelectionTable) -> Result<Self, String> {
        check_keys(&table)?;
        let seeded = seeded(&table)?;
        let direction = match table.direction {
            Some(DirectionName::Random) => Direction::Random(seeded),
            Some(DirectionName::Probe) | None => Direction::Probe,
        };
        if let Some(to) = table.matched_to {
            let to = Box::new(Self::try_from(*to)?);
            return Ok(Self::Matched { to, seeded });
        }
        if let Some(groups) = table.groups {
            let parse = |name: String| name.parse::<Group>().map_err(|error| error.to_string());
            let named = |name: String| {
                name.parse::<Grouping>()
                    .map_err(|error: GroupsError| error.to_string())
            };
            let grouping = table.grouping.map(named).transpose()?;
            return Ok(Self::Groups {
                groups: groups.into_iter().map(parse).collect::<Result<_, _>>()?,
                grouping: grouping.unwrap_or(Grouping::ActivationChange),
                direction,
            });
        }
        if let Some(list) = table.list {
            let id = |[layer, neuron]: [usize; 2]| NeuronId { layer, neuron };
            return Ok(Self::List(list.into_iter().map(id).collect()));
        }
        let k = match (table.top, table.published_top) {
            (Some(k), _) => Count::Exactly(k),
            (None, k) => Count::Published(k.unwrap_or_default()),
        };
        Ok(Self::Top {
            k,
            among: table.activated.unwrap_or_default(),
            ranked_by: table.ranked_by.unwrap_or(Role::Base),
            direction,
        })
    }
}

/// One way of selecting, and only keys that go with it.
fn check_keys(table: &SelectionTable) -> Result<(), String> {
    let top = table.top.is_some() || table.published_top.is_some();
    let (groups, matched) = (table.groups.is_some(), table.matched_to.is_some());
    let ways = [
        table.top.is_some(),
        table.published_top.is_some(),
        groups,
        table.list.is_some(),
        matched,
    ];
    if ways.iter().filter(|given| **given).count() != 1 {
        return Err(
            "neurons: give exactly one of `top`, `published_top`, `groups`, `list`, `matched_to`"
                .into(),
        );
    }
    let random = table.direction == Some(DirectionName::Random);
    let tops = "`top` or `published_top`";
    let drawn = "`matched_to` or `direction = \"random\"`";
    for (name, given, goes, with) in [
        ("activated", table.activated.is_some(), top, tops),
        ("ranked_by", table.ranked_by.is_some(), top, tops),
        ("grouping", table.grouping.is_some(), groups, "`groups`"),
        (
            "direction",
            table.direction.is_some(),
            top || groups,
            "`top`, `published_top` or `groups`",
        ),
        ("seed", table.seed.is_some(), matched || random, drawn),
        ("draw", table.draw.is_some(), matched || random, drawn),
    ] {
        if given && !goes {
            return Err(format!("neurons: `{name}` goes with {with}"));
        }
    }
    if (matched || random) && table.seed.is_none() {
        return Err(format!("neurons: {drawn} needs a `seed`, a whole number"));
    }
    Ok(())
}

/// What is drawn, where anything is.
fn seeded(table: &SelectionTable) -> Result<Seeded, String> {
    match table.draw {
        Some(0) => Err("neurons: `draw` counts from 1".into()),
        draw => Ok(Seeded {
            seed: table.seed.unwrap_or_default(),
            draw: draw.unwrap_or(1),
        }),
    }
}
