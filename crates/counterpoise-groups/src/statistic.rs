//! The names of what is reported of all neurons together.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Group, Grouping};

/// A number that [`Aggregates`](crate::Aggregates) hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "Parts", try_from = "Parts")]
pub enum Statistic {
    /// Peak reduction `Σ max(r, 0)`.
    Peak,
    /// Net reduction `Σ r`.
    Net,
    /// Net over peak reduction, from −∞ to 1: how little of what some neurons reduce is undone by others. Unlike
    /// the two, it does not grow with the value vectors' extent along the direction.
    NetOverPeak,
    /// Neurons with `r > 0`.
    Reducing,
    /// Neurons in a group.
    Neurons(Grouping, Group),
    /// `Σ r` over a group.
    Reduction(Grouping, Group),
    /// That over the four groups' sum.
    Share(Grouping, Group),
    /// The shares of TP− and AN− together: what erases toxicity, beside what promotes anti-toxicity (section 4.3).
    Erasing(Grouping),
}

impl Statistic {
    /// All of them: of all neurons, then by grouping and group.
    pub fn all() -> impl Iterator<Item = Self> {
        let totals = [Self::Peak, Self::Net, Self::NetOverPeak, Self::Reducing];
        let of_groups = Grouping::ALL.into_iter().flat_map(|grouping| {
            let of = [Self::Neurons, Self::Reduction, Self::Share];
            let of = of
                .into_iter()
                .flat_map(move |statistic| Group::ALL.map(|group| statistic(grouping, group)));
            of.chain([Self::Erasing(grouping)])
        });
        totals.into_iter().chain(of_groups)
    }

    /// Those that a direction is judged by, together: peak, net, net over peak, and the shares by activation change.
    pub fn judged() -> impl Iterator<Item = Self> {
        let share = |group| Self::Share(Grouping::ActivationChange, group);
        [Self::Peak, Self::Net, Self::NetOverPeak]
            .into_iter()
            .chain(Group::ALL.map(share))
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = Parts::from(*self);
        match (parts.group, parts.grouping) {
            (Some(group), Some(grouping)) => {
                write!(f, "{group} {}, {grouping}", parts.statistic)
            }
            (None, Some(grouping)) => write!(f, "{}, {grouping}", parts.statistic),
            _ => f.pad(&parts.statistic),
        }
    }
}

/// A statistic as it is written in files.
#[derive(Serialize, Deserialize)]
struct Parts {
    statistic: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grouping: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group: Option<String>,
}

impl From<Statistic> for Parts {
    fn from(statistic: Statistic) -> Self {
        let (name, grouping, group) = match statistic {
            Statistic::Peak => ("peak", None, None),
            Statistic::Net => ("net", None, None),
            Statistic::NetOverPeak => ("net/peak", None, None),
            Statistic::Reducing => ("reducing neurons", None, None),
            Statistic::Neurons(grouping, group) => ("neurons", Some(grouping), Some(group)),
            Statistic::Reduction(grouping, group) => ("reduction", Some(grouping), Some(group)),
            Statistic::Share(grouping, group) => ("share", Some(grouping), Some(group)),
            Statistic::Erasing(grouping) => ("share of TP− and AN−", Some(grouping), None),
        };
        Self {
            statistic: name.to_owned(),
            grouping: grouping.map(|grouping| grouping.to_string()),
            group: group.map(|group| group.to_string()),
        }
    }
}

impl TryFrom<Parts> for Statistic {
    type Error = String;

    fn try_from(parts: Parts) -> Result<Self, String> {
        let same = |statistic: &Self| {
            let known = Parts::from(*statistic);
            known.statistic == parts.statistic
                && known.grouping == parts.grouping
                && known.group == parts.group
        };
        let unknown = || {
            format!(
                "`{}` of grouping {:?}, group {:?} is no statistic; expected one that this program writes",
                parts.statistic, parts.grouping, parts.group
            )
        };
        Self::all().find(same).ok_or_else(unknown)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_statistic_has_a_name_of_its_own_and_is_read_back() {
        let names: HashSet<String> = Statistic::all().map(|each| each.to_string()).collect();
        assert_eq!(names.len(), 30);
        for statistic in Statistic::all() {
            assert_eq!(
                Statistic::try_from(Parts::from(statistic)).unwrap(),
                statistic
            );
        }
        let share = Statistic::Share(Grouping::ReductionSign, Group::AnMinus);
        assert_eq!(share.to_string(), "AN− share, reduction-sign");
        assert_eq!(Statistic::judged().count(), 7);
        let parts = Parts {
            group: None,
            ..Parts::from(share)
        };
        assert!(Statistic::try_from(parts).is_err());
    }
}
