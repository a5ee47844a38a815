//! What each component writes along the probe in both models, and that it adds up.

use counterpoise_probe::{Component, ComponentProjections};
use serde::{Deserialize, Serialize};

use crate::layer_identity::relative_difference;
use crate::results::PerModel;

/// How far components may add up to something else than the residual stream, relative to the larger of the two.
const TOLERANCE: f64 = 1e-5;

/// Where terms cancel, a sum is held to this part of what was summed, as its rounding follows that.
const CANCELLED: f64 = 0.1;

/// What the components of one model write along the probe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasuredComponents {
    /// Each, in the order in which they write.
    pub components: Vec<ProjectedComponent>,
    /// The residual stream after the last block.
    pub residual: f64,
}

/// One component of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProjectedComponent {
    /// Its name, as TransformerLens labels it.
    pub component: String,
    /// The block it is in; none of an embedding.
    pub layer: Option<usize>,
    /// Its mean projection.
    pub projection: f64,
}

impl From<ComponentProjections> for MeasuredComponents {
    fn from(found: ComponentProjections) -> Self {
        let component = |&(component, projection): &(Component, f64)| ProjectedComponent {
            component: component.to_string(),
            layer: component.layer(),
            projection,
        };
        Self {
            components: found.components.iter().map(component).collect(),
            residual: found.residual,
        }
    }
}

impl MeasuredComponents {
    /// How well the components add up to the residual stream.
    #[must_use]
    pub fn identity(&self) -> ResidualIdentity {
        let projections = self.components.iter().map(|each| each.projection);
        let sum = projections.clone().sum::<f64>();
        let summed = projections.map(f64::abs).sum::<f64>();
        ResidualIdentity {
            residual: self.residual,
            sum,
            relative_difference: relative_difference(self.residual, sum, CANCELLED * summed),
            tolerance: TOLERANCE,
        }
    }
}

/// The sum of what components write, beside the residual stream that they write into.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResidualIdentity {
    /// The mean projection of the residual stream after the last block.
    pub residual: f64,
    /// The sum over the components.
    pub sum: f64,
    /// Their difference, relative to the larger of the two, or to a tenth of what was summed.
    pub relative_difference: f64,
    /// What it may be.
    pub tolerance: f64,
}

impl ResidualIdentity {
    /// Whether the difference is within the tolerance.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.relative_difference <= self.tolerance
    }
}

/// What the components of both models write, and what of it the tuned model writes less.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComponentResults {
    /// Each component, in the order in which they write.
    pub components: Vec<ComponentReduction>,
    /// What they add up to: the residual stream after the last block.
    pub residual: ComponentReduction,
    /// How well they do.
    pub identity: PerModel<ResidualIdentity>,
}

/// One component of both models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComponentReduction {
    /// Its name, as TransformerLens labels it.
    pub component: String,
    /// The block it is in; none of an embedding.
    pub layer: Option<usize>,
    /// Its mean projection in the base model.
    pub base: f64,
    /// In the tuned model.
    pub tuned: f64,
    /// `base − tuned`
    pub reduction: f64,
}

impl ComponentResults {
    /// For each model whose components do not add up, a sentence that says so.
    pub fn failures(&self) -> impl Iterator<Item = String> {
        let models = [("base", self.identity.base), ("tuned", self.identity.tuned)];
        let failed = models.into_iter().filter(|(_, identity)| !identity.holds());
        failed.map(|(model, identity)| {
            format!(
                "components of the {model} model add up to {}, but the residual stream projects to {}; expected them equal to {:e} of \
                 the larger",
                identity.sum, identity.residual, identity.tolerance
            )
        })
    }

    /// Those of two models of one shape; `None` if they were not measured.
    #[must_use]
    pub fn of(
        base: Option<&MeasuredComponents>,
        tuned: Option<&MeasuredComponents>,
    ) -> Option<Self> {
        let (base, tuned) = (base?, tuned?);
        let pair = |component: &str, layer, base: f64, tuned: f64| ComponentReduction {
            component: component.to_owned(),
            layer,
            base,
            tuned,
            reduction: base - tuned,
        };
        let pairs = base.components.iter().zip(&tuned.components);
        let components = pairs.map(|(base, tuned)| {
            pair(
                &base.component,
                base.layer,
                base.projection,
                tuned.projection,
            )
        });
        Some(Self {
            components: components.collect(),
            residual: pair("residual stream", None, base.residual, tuned.residual),
            identity: PerModel {
                base: base.identity(),
                tuned: tuned.identity(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn measured(projections: [f64; 2], residual: f64) -> MeasuredComponents {
        let component = |projection| ProjectedComponent {
            component: "embed".to_owned(),
            layer: None,
            projection,
        };
        MeasuredComponents {
            components: projections.map(component).into(),
            residual,
        }
    }

    #[test]
    fn components_have_to_add_up() {
        assert!(measured([1.0, 2.0], 3.0).identity().holds());
        assert!(measured([1.0, 2.0], 3.000_02).identity().holds());
        assert!(!measured([1.0, 2.0], 3.000_04).identity().holds());
        // What cancels is held to a tenth of what was summed.
        assert!(measured([10.0, -10.0], 1e-5).identity().holds());
        assert!(!measured([10.0, -10.0], 1e-4).identity().holds());
        assert!(!measured([f64::NAN, 1.0], 1.0).identity().holds());
    }

    #[test]
    fn a_reduction_is_what_the_tuned_model_writes_less() {
        let (base, tuned) = (measured([1.0, 2.0], 3.0), measured([0.5, 2.5], 3.0));
        let found = ComponentResults::of(Some(&base), Some(&tuned)).unwrap();
        let reductions: Vec<f64> = (found.components.iter())
            .map(|each| each.reduction)
            .collect();
        assert_eq!(reductions, [0.5, -0.5]);
        assert_eq!(found.residual.reduction, 0.0);
        assert_eq!(found.failures().count(), 0);
        assert!(ComponentResults::of(Some(&base), None).is_none());
        let off = ComponentResults::of(Some(&base), Some(&measured([1.0, 1.0], 3.0))).unwrap();
        let failures: Vec<String> = off.failures().collect();
        assert!(
            failures.len() == 1 && failures[0].contains("tuned model add up to 2"),
            "{failures:?}"
        );
    }
}
