//! The kinds of intervention a study file can name.

use counterpoise_registry::Registry;

use crate::{Ablate, InterveneError, Intervention, Patch, ScaleKeys, Untouched};

/// The paper's interventions: `none`, `ablate`, `patch`, `scale_keys`. A study's own are registered
/// beside them.
///
/// # Errors
/// None: each kind is registered once.
pub fn interventions() -> Result<Registry<dyn Intervention>, InterveneError> {
    let mut kinds: Registry<dyn Intervention> = Registry::new("intervention");
    kinds.register("none", |none: Untouched| Box::new(none))?;
    kinds.register("ablate", |ablate: Ablate| Box::new(ablate))?;
    kinds.register("patch", |patch: Patch| Box::new(patch))?;
    kinds.register("scale_keys", |scale: ScaleKeys| Box::new(scale))?;
    Ok(kinds)
}
