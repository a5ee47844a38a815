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
    match does.kind.as_str() {
        "none" | "patch" => Again::TheSame,
        "ablate" => read(does).map_or(Again::NotReleased, |ablate| {
            ablated_again(ablate, times, neurons)
        }),
        "scale_keys" => read(does).map_or(Again::NotReleased, |scale: ScaleKeys| {
            let factor = scale.factor.powi(i32::try_from(times).unwrap_or(i32::MAX));
            Again::Other(Box::new(ScaleKeys { factor, ..scale }))
        }),
        _ => Again::NotReleased,
    }
}

/// Neurons that are ranked are others each time; those that are named or grouped are the same.
fn ablated_again(mut ablate: Ablate, times: u32, neurons: usize) -> Again {
    let Selection::Top { k, .. } = &mut ablate.neurons else {
        return Again::TheSame;
    };
    let once = match *k {
        Count::Exactly(k) => k,
        Count::Published(k) => scale_rank(k, neurons),
    };
    *k = Count::Exactly(once * times as usize);
    Again::Other(Box::new(ablate))
}

fn read<T: DeserializeOwned>(does: &Description) -> Option<T> {
    Value::Table(does.parameters.clone()).try_into().ok()
}
