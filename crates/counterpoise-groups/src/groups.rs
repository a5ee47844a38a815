//! The four neuron groups of the paper and the two ways of sorting neurons into them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{GroupsError, Neuron, Orientation};

/// The four ways a neuron lowers what is written along the probe (section 4.3 of the paper).
///
/// The letters give the base model's value vector (T toxic, A anti-toxic) and the sign of its
/// mean activation (P positive or zero, N negative); the sign gives the direction of writing that
/// changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// TP−: toxic, activated; writes less toxicity.
    TpMinus,
    /// TN+: toxic, negatively activated; writes more against toxicity.
    TnPlus,
    /// AP+: anti-toxic, activated; writes more against toxicity.
    ApPlus,
    /// AN−: anti-toxic, negatively activated; writes less toxicity.
    AnMinus,
}

impl Group {
    /// The four groups in the paper's order.
    pub const ALL: [Group; 4] = [Group::TpMinus, Group::TnPlus, Group::ApPlus, Group::AnMinus];

    /// The only group that a neuron can be in, by the signs of its base cosine and base mean activation; `None` for
    /// one orthogonal to the probe.
    #[must_use]
    pub fn of_quadrant(neuron: &Neuron) -> Option<Self> {
        let positive = neuron.base.activation >= 0.0;
        Some(match (neuron.orientation()?, positive) {
            (Orientation::Toxic, true) => Group::TpMinus,
            (Orientation::Toxic, false) => Group::TnPlus,
            (Orientation::AntiToxic, true) => Group::ApPlus,
            (Orientation::AntiToxic, false) => Group::AnMinus,
        })
    }

    /// The quadrant that the group is a part of: its name without the sign.
    #[must_use]
    pub const fn quadrant(self) -> &'static str {
        match self {
            Group::TpMinus => "TP",
            Group::TnPlus => "TN",
            Group::ApPlus => "AP",
            Group::AnMinus => "AN",
        }
    }
}

impl fmt::Display for Group {
    /// The paper's name, with a true minus sign.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Group::TpMinus => "TP−",
            Group::TnPlus => "TN+",
            Group::ApPlus => "AP+",
            Group::AnMinus => "AN−",
        })
    }
}

impl FromStr for Group {
    type Err = GroupsError;

    /// Takes the paper's name, its minus written as a minus sign or as an ASCII hyphen.
    fn from_str(name: &str) -> Result<Self, GroupsError> {
        match name {
            "TP−" | "TP-" => Ok(Group::TpMinus),
            "TN+" => Ok(Group::TnPlus),
            "AP+" => Ok(Group::ApPlus),
            "AN−" | "AN-" => Ok(Group::AnMinus),
            _ => Err(GroupsError::UnknownGroup {
                found: name.to_owned(),
            }),
        }
    }
}

/// What makes a neuron a member of a group. Under either, a neuron belongs to one group at most,
/// and one orthogonal to the probe (cosine 0) to none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grouping {
    /// Section 4.3: the mean activation moved against the base model's value vector. With base
    /// mean `m̄` and tuned mean `m̄'`, a toxic neuron is TP− (`m̄ ≥ 0`) or TN+ (`m̄ < 0`) when
    /// `m̄' < m̄`, an anti-toxic one AP+ (`m̄ ≥ 0`) or AN− (`m̄ < 0`) when `m̄' > m̄`.
    #[default]
    ActivationChange,
    /// The paper's later figures: the reduction is positive, `r > 0`, and the group follows from
    /// the signs of base cosine and base mean activation alone.
    ReductionSign,
}

impl Grouping {
    /// Both groupings, the one of section 4.3 first.
    pub const ALL: [Grouping; 2] = [Grouping::ActivationChange, Grouping::ReductionSign];

    /// The group a neuron belongs to, if any.
    #[must_use]
    pub fn group_of(self, neuron: &Neuron) -> Option<Group> {
        let group = Group::of_quadrant(neuron)?;
        let (before, after) = (neuron.base.activation, neuron.tuned.activation);
        let member = match (self, group) {
            (Grouping::ActivationChange, Group::TpMinus | Group::TnPlus) => after < before,
            (Grouping::ActivationChange, Group::ApPlus | Group::AnMinus) => after > before,
            (Grouping::ReductionSign, _) => neuron.reduction() > 0.0,
        };
        member.then_some(group)
    }
}

impl fmt::Display for Grouping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Grouping::ActivationChange => "activation-change",
            Grouping::ReductionSign => "reduction-sign",
        })
    }
}

impl FromStr for Grouping {
    type Err = GroupsError;

    fn from_str(name: &str) -> Result<Self, GroupsError> {
        match name {
            "activation-change" => Ok(Grouping::ActivationChange),
            "reduction-sign" => Ok(Grouping::ReductionSign),
            _ => Err(GroupsError::UnknownGrouping {
                found: name.to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Measured, NeuronId};

    /// A neuron whose value vector has length 1 in both models, so that `p = m̄ · cosine`.
    fn neuron(cosine: f64, before: f64, after: f64) -> Neuron {
        let measured = |activation: f64| Measured {
            activation,
            projection: activation * cosine,
            cosine,
        };
        Neuron {
            id: NeuronId {
                layer: 0,
                neuron: 0,
            },
            base: measured(before),
            tuned: measured(after),
        }
    }

    #[test]
    fn both_groupings_agree_while_value_vectors_stay() {
        let cases = [
            (0.5, 1.0, 0.2, Some(Group::TpMinus)),
            (0.5, 1.0, -0.1, Some(Group::TpMinus)),
            (0.5, -0.1, -0.2, Some(Group::TnPlus)),
            (-0.5, 0.2, 1.0, Some(Group::ApPlus)),
            (-0.5, -0.2, -0.1, Some(Group::AnMinus)),
            (-0.5, -0.2, 0.1, Some(Group::AnMinus)),
            // The change goes the other way.
            (0.5, 0.2, 1.0, None),
            (0.5, -0.2, -0.1, None),
            (-0.5, 1.0, 0.2, None),
            (-0.5, -0.1, -0.2, None),
            // Nothing changes.
            (0.5, 1.0, 1.0, None),
            (-0.5, -0.1, -0.1, None),
            // A base mean of zero counts as positive.
            (0.5, 0.0, -0.1, Some(Group::TpMinus)),
            (0.5, -0.0, -0.1, Some(Group::TpMinus)),
            (-0.5, 0.0, 0.1, Some(Group::ApPlus)),
            // Orthogonal to the probe.
            (0.0, 1.0, 0.2, None),
            (-0.0, 1.0, 2.0, None),
        ];
        for (cosine, before, after, expected) in cases {
            let neuron = neuron(cosine, before, after);
            for grouping in Grouping::ALL {
                let found = grouping.group_of(&neuron);
                assert_eq!(found, expected, "{grouping}: {cosine} {before} {after}");
            }
        }
    }

    #[test]
    fn groupings_differ_when_the_value_vector_changes() {
        // The activation rises, but the value vector turns away from the probe.
        let mut turned = neuron(0.5, 1.0, 1.2);
        turned.tuned.projection = 0.1;
        assert_eq!(Grouping::ActivationChange.group_of(&turned), None);
        assert_eq!(
            Grouping::ReductionSign.group_of(&turned),
            Some(Group::TpMinus)
        );
        // The activation falls, but the value vector grows along the probe.
        let mut grown = neuron(0.5, 1.0, 0.9);
        grown.tuned.projection = 0.7;
        assert_eq!(
            Grouping::ActivationChange.group_of(&grown),
            Some(Group::TpMinus)
        );
        assert_eq!(Grouping::ReductionSign.group_of(&grown), None);
        // No reduction at all is no positive reduction.
        grown.tuned.projection = grown.base.projection;
        assert_eq!(Grouping::ReductionSign.group_of(&grown), None);
    }

    #[test]
    fn an_orthogonal_base_vector_has_no_group_even_if_it_reduces() {
        let mut orthogonal = neuron(0.0, 1.0, 0.5);
        orthogonal.tuned.projection = -0.3;
        assert!(orthogonal.reduction() > 0.0);
        assert_eq!(Grouping::ReductionSign.group_of(&orthogonal), None);
    }

    #[test]
    fn names_are_read_back() {
        for group in Group::ALL {
            assert_eq!(group.to_string().parse::<Group>().unwrap(), group);
        }
        assert_eq!("TP-".parse::<Group>().unwrap(), Group::TpMinus);
        assert_eq!("AN-".parse::<Group>().unwrap(), Group::AnMinus);
        for grouping in Grouping::ALL {
            assert_eq!(grouping.to_string().parse::<Grouping>().unwrap(), grouping);
        }
    }

    #[test]
    fn an_unknown_name_says_what_is_known() {
        for name in ["TP+", "tp-", "", "TP"] {
            let error = name.parse::<Group>().unwrap_err().to_string();
            assert!(error.contains("TP-, TN+, AP+ or AN-"), "{error}");
        }
        let error = "sign".parse::<Grouping>().unwrap_err().to_string();
        assert!(
            error.contains("\"sign\"") && error.contains("reduction-sign"),
            "{error}"
        );
    }
}
