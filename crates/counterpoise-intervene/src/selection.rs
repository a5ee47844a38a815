//! How an intervention selects neurons.

mod table;

use std::fmt;

use counterpoise_groups::{
    Group, GroupAssignment, Grouping, NeuronId, NeuronTable, Ranking, Role, scaling::scale_rank,
};
use serde::{Deserialize, Serialize};

use crate::matched::{matched, mean_activity};
use crate::{Direction, InterveneError, Seeded, Subject};
use table::SelectionTable;

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
        /// Along which direction.
        direction: Direction,
    },
    /// The members of groups, as sorted by `grouping`.
    Groups {
        /// The groups.
        groups: Vec<Group>,
        /// The definition of the groups.
        grouping: Grouping,
        /// Along which direction.
        direction: Direction,
    },
    /// Random neurons in place of others: as many in each layer, none of them, and about as active.
    Matched {
        /// The neurons they stand for.
        to: Box<Selection>,
        /// What is drawn.
        seeded: Seeded,
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
            direction: Direction::Probe,
        }
    }

    /// The members of `groups`, sorted by the change of activation (section 4.3).
    pub fn groups(groups: impl IntoIterator<Item = Group>) -> Self {
        Self::Groups {
            groups: groups.into_iter().collect(),
            grouping: Grouping::ActivationChange,
            direction: Direction::Probe,
        }
    }

    /// The neurons, highest ranked first, or in table order for groups and for random neurons.
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
                direction,
            } => {
                let table = direction.table("rank", subject)?;
                let ranking = ranking(*among, *ranked_by);
                let neurons = ranking.at(&table, 0..k.on(&table))?;
                neurons.into_iter().map(|neuron| neuron.id).collect()
            }
            Self::Groups {
                groups,
                grouping,
                direction,
            } => {
                let table = direction.table("group", subject)?;
                let assignment = GroupAssignment::new(&table, *grouping);
                groups
                    .iter()
                    .flat_map(|group| assignment.members(*group))
                    .copied()
                    .collect()
            }
            Self::Matched { to, seeded } => {
                let neurons = to.neurons(subject)?;
                let table = subject.table("activation")?;
                matched(&neurons, table, to.role(), *seeded)?
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

impl Selection {
    /// The same with the `draw`-th of other random numbers; `None` if nothing is drawn.
    pub(crate) fn redrawn(&self, draw: u32) -> Option<Self> {
        let mut redrawn = self.clone();
        match &mut redrawn {
            Self::Matched { to, seeded } => {
                seeded.draw = draw;
                if let Some(other) = to.redrawn(draw) {
                    **to = other;
                }
            }
            Self::Top {
                direction: Direction::Random(seeded),
                ..
            }
            | Self::Groups {
                direction: Direction::Random(seeded),
                ..
            } => seeded.draw = draw,
            _ => return None,
        }
        Some(redrawn)
    }

    /// What has to be known of `neurons`, which this selected: how well random ones are matched.
    ///
    /// # Errors
    /// As for [`Selection::neurons`].
    pub(crate) fn remark(
        &self,
        neurons: &[NeuronId],
        subject: &Subject<'_>,
    ) -> Result<Option<String>, InterveneError> {
        let Self::Matched { to, .. } = self else {
            return Ok(None);
        };
        let (table, role) = (subject.table("activation")?, to.role());
        let [found, wanted] =
            [neurons, &to.neurons(subject)?].map(|neurons| mean_activity(neurons, table, role));
        Ok(Some(format!(
            "mean |activation| {found:.3}, that of the neurons they are matched to {wanted:.3}"
        )))
    }

    /// The model whose activations and cosines select.
    fn role(&self) -> Role {
        match self {
            Self::Top { ranked_by, .. } => *ranked_by,
            Self::Matched { to, .. } => to.role(),
            Self::Groups { .. } | Self::List(_) => Role::Base,
        }
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
                direction,
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
                }?;
                write!(f, "{direction}")
            }
            Self::Groups {
                groups,
                grouping,
                direction,
            } => {
                let names: Vec<String> = groups.iter().map(ToString::to_string).collect();
                write!(f, "{} by {grouping}{direction}", names.join(", "))
            }
            Self::Matched { to, seeded } => {
                write!(f, "random neurons ({seeded}) matched to {to}")
            }
            Self::List(neurons) => write!(f, "a list of {} neurons", neurons.len()),
        }
    }
}
