//! How an intervention selects neurons.

use std::fmt;

use counterpoise_groups::{
    Group, GroupAssignment, Grouping, NeuronId, NeuronTable, Ranking, Role, scaling::scale_rank,
};
use serde::{Deserialize, Serialize};

use crate::{InterveneError, Subject};

/// Which neurons an intervention touches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "SelectionTable", into = "SelectionTable")]
pub enum Selection {
    /// The toxic neurons, cosine to the probe above 0, with the highest cosine.
    Top {
        /// How many.
        k: Count,
        /// Among which.
        among: Activated,
        /// By whose cosines, and mean activations: the base model's for the paper's ablations, the
        /// tuned model's for the keys it scales there.
        ranked_by: Role,
    },
    /// The members of groups, as sorted by `grouping`.
    Groups {
        /// The groups.
        groups: Vec<Group>,
        /// The definition of the groups.
        grouping: Grouping,
    },
    /// Neurons named one by one.
    List(Vec<NeuronId>),
}

/// How many of the top neurons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// This many.
    Exactly(usize),
    /// As many in proportion as the paper took of GPT-2 medium's 98,304 neurons.
    Published(usize),
}

/// Which neurons a top `K` is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activated {
    /// All of them.
    #[default]
    Any,
    /// Those with a positive mean activation in the model that ranks them.
    Positively,
}

impl Selection {
    /// The `k` most toxic neurons of the base model.
    pub fn top(k: usize) -> Self {
        Self::Top {
            k: Count::Exactly(k),
            among: Activated::Any,
            ranked_by: Role::Base,
        }
    }

    /// The neurons, highest ranked first, or in table order for groups.
    ///
    /// # Errors
    /// A selection that needs a neuron table there is none of, asks for more neurons than there
    /// are, names one twice or one that does not exist, or comes out empty.
    pub fn neurons(&self, subject: &Subject<'_>) -> Result<Vec<NeuronId>, InterveneError> {
        let neurons = match self {
            Self::Top {
                k,
                among,
                ranked_by,
            } => {
                let table = subject.table("rank")?;
                let ranking = ranking(*among, *ranked_by);
                let neurons = ranking.at(table, 0..k.on(table))?;
                neurons.into_iter().map(|neuron| neuron.id).collect()
            }
            Self::Groups { groups, grouping } => {
                let assignment = GroupAssignment::new(subject.table("group")?, *grouping);
                groups
                    .iter()
                    .flat_map(|group| assignment.members(*group))
                    .copied()
                    .collect()
            }
            Self::List(neurons) => neurons.clone(),
        };
        if neurons.is_empty() {
            return Err(InterveneError::NothingSelected {
                selection: self.to_string(),
            });
        }
        check(&neurons, subject)?;
        Ok(neurons)
    }
}

impl Count {
    fn on(self, table: &NeuronTable) -> usize {
        match self {
            Self::Exactly(k) => k,
            Self::Published(k) => scale_rank(k, table.rows().len()),
        }
    }
}

fn ranking(among: Activated, ranked_by: Role) -> Ranking {
    match (ranked_by, among) {
        (Role::Base, Activated::Any) => Ranking::Toxic,
        (Role::Base, Activated::Positively) => Ranking::ToxicPositivelyActivated,
        (Role::Tuned, Activated::Any) => Ranking::TunedToxic,
        (Role::Tuned, Activated::Positively) => Ranking::TunedToxicPositivelyActivated,
    }
}

/// Every neuron exists, and none is named twice.
pub(crate) fn check(neurons: &[NeuronId], subject: &Subject<'_>) -> Result<(), InterveneError> {
    let (n_layer, d_mlp) = (subject.n_layer, subject.d_mlp);
    if let Some(&neuron) = neurons
        .iter()
        .find(|id| id.layer >= n_layer || id.neuron >= d_mlp)
    {
        return Err(InterveneError::NoSuchNeuron {
            neuron,
            n_layer,
            d_mlp,
        });
    }
    let mut sorted = neurons.to_vec();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(InterveneError::NamedTwice { neuron: pair[0] }),
        None => Ok(()),
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Top {
                k,
                among,
                ranked_by,
            } => {
                match k {
                    Count::Exactly(k) => write!(f, "top {k} ")?,
                    Count::Published(k) => write!(f, "top {k} of 98,304, in proportion, ")?,
                }
                f.write_str(match among {
                    Activated::Any => "toxic neurons",
                    Activated::Positively => "positively activated toxic neurons",
                })?;
                match ranked_by {
                    Role::Base => Ok(()),
                    Role::Tuned => f.write_str(" of the tuned model"),
                }
            }
            Self::Groups { groups, grouping } => {
                let names: Vec<String> = groups.iter().map(ToString::to_string).collect();
                write!(f, "{} by {grouping}", names.join(", "))
            }
            Self::List(neurons) => write!(f, "a list of {} neurons", neurons.len()),
        }
    }
}

/// A selection as it is written in TOML.
#[derive(Default, Serialize, Deserialize)]
struct SelectionTable {
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
}

impl From<Selection> for SelectionTable {
    fn from(selection: Selection) -> Self {
        match selection {
            Selection::Top {
                k,
                among,
                ranked_by,
            } => {
                let (top, published_top) = match k {
                    Count::Exactly(k) => (Some(k), None),
                    Count::Published(k) => (None, Some(k)),
                };
                Self {
                    top,
                    published_top,
                    activated: Some(among),
                    ranked_by: Some(ranked_by),
                    ..Self::default()
                }
            }
            Selection::Groups { groups, grouping } => {
                // In the paper's order: a selection is a set of groups.
                let named = |group: &Group| groups.contains(group);
                let name = |group: Group| group.to_string().replace('−', "-");
                Self {
                    groups: Some(Group::ALL.into_iter().filter(named).map(name).collect()),
                    grouping: Some(grouping.to_string()),
                    ..Self::default()
                }
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
        let SelectionTable {
            top,
            published_top,
            activated,
            ranked_by,
            groups,
            grouping,
            list,
        } = table;
        let ways = [
            top.is_some(),
            published_top.is_some(),
            groups.is_some(),
            list.is_some(),
        ];
        if ways.iter().filter(|given| **given).count() != 1 {
            return Err(
                "neurons: give exactly one of `top`, `published_top`, `groups`, `list`".into(),
            );
        }
        let of_a_top = [
            ("activated", activated.is_some()),
            ("ranked_by", ranked_by.is_some()),
        ];
        if top.is_none()
            && published_top.is_none()
            && let Some((name, _)) = of_a_top.iter().find(|(_, given)| *given)
        {
            return Err(format!(
                "neurons: `{name}` goes with `top` or `published_top`"
            ));
        }
        if grouping.is_some() && groups.is_none() {
            return Err("neurons: `grouping` goes with `groups`".into());
        }
        if let Some(groups) = groups {
            let parse = |name: String| name.parse::<Group>().map_err(|error| error.to_string());
            return Ok(Self::Groups {
                groups: groups.into_iter().map(parse).collect::<Result<_, _>>()?,
                grouping: match grouping {
                    Some(name) => name
                        .parse()
                        .map_err(|error: counterpoise_groups::GroupsError| error.to_string())?,
                    None => Grouping::ActivationChange,
                },
            });
        }
        if let Some(list) = list {
            let id = |[layer, neuron]: [usize; 2]| NeuronId { layer, neuron };
            return Ok(Self::List(list.into_iter().map(id).collect()));
        }
        let k = match (top, published_top) {
            (Some(k), _) => Count::Exactly(k),
            (None, k) => Count::Published(k.unwrap_or_default()),
        };
        Ok(Self::Top {
            k,
            among: activated.unwrap_or_default(),
            ranked_by: ranked_by.unwrap_or(Role::Base),
        })
    }
}
