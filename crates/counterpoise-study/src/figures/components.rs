//! What every component writes less, as a map.

use std::path::PathBuf;

use counterpoise_registry::{Description, RegistryError};
use counterpoise_report as report;
use serde::{Deserialize, Serialize};

use super::{FigureContext, FigureKind};
use crate::attribution::{ComponentReduction, ComponentResults};
use crate::error::{Context, Result};

/// `kind = "component_reductions"`: what each head, bias and MLP of each layer writes less along the probe in the tuned model;
/// the numbers of `components.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentReductions {}

impl FigureKind for ComponentReductions {
    fn describe(&self) -> Result<Description, RegistryError> {
        Description::of("component_reductions", self)
    }

    fn draw(&self, context: &FigureContext<'_>) -> Result<Vec<PathBuf>> {
        let found = context.results.components.as_ref();
        let found = found.context("components were not measured: `components` of [attribution]")?;
        let outside = found.components.iter().filter(|each| each.layer.is_none());
        let outside: Vec<String> = outside
            .map(|each| format!("{} {:+.4}", each.component, each.reduction))
            .collect();
        let caption = format!(
            "Base less tuned, means over generated tokens, along the unit probe; the residual stream: {:+.4}; {}.",
            found.residual.reduction,
            outside.join(", ")
        );
        context.draw(&map(found), &[caption])
    }
}

fn map(found: &ComponentResults) -> report::ComponentReductions {
    let mut columns: Vec<String> = Vec::new();
    let mut layers: Vec<Vec<Option<f64>>> = Vec::new();
    for each in &found.components {
        let Some((layer, name)) = each.layer.zip(name_in_layer(each)) else {
            continue;
        };
        let column = columns.iter().position(|column| *column == name);
        let column = column.unwrap_or_else(|| {
            columns.push(name);
            columns.len() - 1
        });
        if layers.len() <= layer {
            layers.resize(layer + 1, Vec::new());
        }
        let row = &mut layers[layer];
        if row.len() <= column {
            row.resize(column + 1, None);
        }
        row[column] = Some(each.reduction);
    }
    for row in &mut layers {
        row.resize(columns.len(), None);
    }
    report::ComponentReductions { columns, layers }
}

/// What a component is called beside the others of its layer.
fn name_in_layer(each: &ComponentReduction) -> Option<String> {
    let layer = each.layer?;
    let name = each.component.strip_prefix(&format!("L{layer}"));
    let name = name.or_else(|| each.component.strip_prefix(&format!("{layer}_")));
    Some(match name? {
        "attn_bias" => "b_O".to_owned(),
        "attn_out" => "attn".to_owned(),
        "mlp_out" => "MLP".to_owned(),
        "mlp_bias" => "b_out".to_owned(),
        head => head.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_component_of_a_layer_has_its_column() {
        let each = |component: &str, layer, reduction| ComponentReduction {
            component: component.to_owned(),
            layer,
            base: reduction,
            tuned: 0.0,
            reduction,
        };
        let residual = each("residual", None, 1.0);
        let identity = crate::attribution::ResidualIdentity {
            residual: 1.0,
            sum: 1.0,
            relative_difference: 0.0,
            tolerance: 1e-5,
        };
        let found = ComponentResults {
            components: vec![
                each("embed", None, 0.5),
                each("L0H0", Some(0), 0.1),
                each("L0H1", Some(0), 0.2),
                each("0_mlp_out", Some(0), 0.3),
                each("1_attn_out", Some(1), 0.4),
                each("1_mlp_bias", Some(1), 0.6),
            ],
            residual,
            identity: crate::results::PerModel {
                base: identity,
                tuned: identity,
            },
        };
        let map = map(&found);
        assert_eq!(map.columns, ["H0", "H1", "MLP", "attn", "b_out"]);
        assert_eq!(
            map.layers,
            [
                [Some(0.1), Some(0.2), Some(0.3), None, None],
                [None, None, None, Some(0.4), Some(0.6)]
            ]
        );
    }
}
