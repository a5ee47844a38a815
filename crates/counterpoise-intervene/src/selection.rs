//! How an intervention selects neurons.

use std::fmt;

use counterpoise_groups::{
    Group, GroupAssignment, Grouping, NeuronId, NeuronTable, Ranking, scaling::scale_rank,
};
use serde::Deserialize;

use crate::{InterveneError, Subject};

/// Which neurons an intervention touches.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "SelectionTable")]
pub enum Selection {
    /// The toxic neurons, cosine to the probe above 0, with the highest cosine.
    Top {
        /// How many.
        k: K,
        /// Among which.
        among: Activated,
        /// In which model.
        ranked_by: RankedBy,
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
pub enum K {
    /// This many.
    Exactly(usize),
    /// As many in proportion as the paper took of GPT-2 medium's 98,304 neurons.
    Published(usize),
}

/// Which neurons a top `K` is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activated {
    /// All of them.
    #[default]
    Any,
    /// Those with a positive mean activation in the model that ranks them.
    Positively,
}

/// Whose cosines, and mean activations, a top `K` is taken by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RankedBy {
    /// The base model's, as for the paper's ablations.
    #[default]
    Base,
    /// The tuned model's, as for the keys the paper scales in it.
    Tuned,
}

impl Selection {
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
                let table = table(subject, "rank")?;
                let ranking = ranking(*among, *ranked_by);
                let neurons = ranking.at(table, 0..k.on(table))?;
                neurons.into_iter().map(|neuron| neuron.id).collect()
            }
            Self::Groups { groups, grouping } => {
                let assignment = GroupAssignment::new(table(subject, "group")?, *grouping);
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

impl K {
    fn on(self, table: &NeuronTable) -> usize {
        match self {
            Self::Exactly(k) => k,
            Self::Published(k) => scale_rank(k, table.rows().len()),
        }
    }
}

fn ranking(among: Activated, ranked_by: RankedBy) -> Ranking {
    match (ranked_by, among) {
        (RankedBy::Base, Activated::Any) => Ranking::Toxic,
        (RankedBy::Base, Activated::Positively) => Ranking::ToxicPositivelyActivated,
        (RankedBy::Tuned, Activated::Any) => Ranking::TunedToxic,
        (RankedBy::Tuned, Activated::Positively) => Ranking::TunedToxicPositivelyActivated,
    }
}

fn table<'a>(subject: &Subject<'a>, by: &'static str) -> Result<&'a NeuronTable, InterveneError> {
    subject.table.ok_or(InterveneError::NoTable { by })
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
                    K::Exactly(k) => write!(f, "top {k} ")?,
                    K::Published(k) => write!(f, "top {k} of 98,304, in proportion, ")?,
                }
                f.write_str(match among {
                    Activated::Any => "toxic neurons",
                    Activated::Positively => "positively activated toxic neurons",
                })?;
                match ranked_by {
                    RankedBy::Base => Ok(()),
                    RankedBy::Tuned => f.write_str(" of the tuned model"),
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
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SelectionTable {
    top: Option<usize>,
    published_top: Option<usize>,
    activated: Option<Activated>,
    ranked_by: Option<RankedBy>,
    groups: Option<Vec<String>>,
    grouping: Option<String>,
    list: Option<Vec<[usize; 2]>>,
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
            (Some(k), _) => K::Exactly(k),
            (None, k) => K::Published(k.unwrap_or_default()),
        };
        Ok(Self::Top {
            k,
            among: activated.unwrap_or_default(),
            ranked_by: ranked_by.unwrap_or_default(),
        })
    }
}
