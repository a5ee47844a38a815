//! Edits made more than once and never undone, as the paper's released code makes them before each metric.

use counterpoise_groups::scaling::scale_rank;
use counterpoise_intervene::{Ablate, Count, Intervention, ScaleKeys, Selection};
use counterpoise_registry::Description;
use serde::de::DeserializeOwned;
use toml::Value;

/// What making an edit again does to it.
pub(super) enum Again {
    /// Nothing: it sets the same activations to the same values.
    TheSame,
    /// It is this edit.
    Other(Box<dyn Intervention>),
    /// The released code has no such edit.
    NotReleased,
}

/// The edit that `does` is once it was made `times` times on a model of `neurons` neurons.
///
/// Ablation there zeroes value vectors, so that their cosines are 0 and the next neurons are the most toxic; scaled keys
/// are scaled again.
pub(super) fn accumulated(does: &Description, times: u32, neurons: usize) -> Again {
    let again: Option<Box<dyn Intervention>> = match does.kind.as_str() {
        "none" | "patch" => return Again::TheSame,
        "ablate" => read::<Ablate>(does).and_then(|ablate| match ablate.neurons {
            Selection::Top {
                k,
                among,
                ranked_by,
                direction,
            } => {
                let once = match k {
                    Count::Exactly(k) => k,
                    Count::Published(k) => scale_rank(k, neurons),
                };
                let k = Count::Exactly(once * times as usize);
                let neurons = Selection::Top {
                    k,
                    among,
                    ranked_by,
                    direction,
                };
                Some(Box::new(Ablate { neurons }) as Box<dyn Intervention>)
            }
            _ => None,
        }),
        "scale_keys" => read::<ScaleKeys>(does).map(|scale| {
            let factor = scale.factor.powi(i32::try_from(times).unwrap_or(i32::MAX));
            Box::new(ScaleKeys { factor, ..scale }) as Box<dyn Intervention>
        }),
        _ => return Again::NotReleased,
    };
    again.map_or(Again::TheSame, Again::Other)
}

fn read<T: DeserializeOwned>(does: &Description) -> Option<T> {
    Value::Table(does.parameters.clone()).try_into().ok()
}
