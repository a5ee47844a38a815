//! The kinds of intervention a study file can name.

use counterpoise_registry::Registry;

use crate::{
    Ablate, AblateDirection, Aura, EditActivations, InterveneError, Intervention, Patch, Project,
    ScaleKeys, Steer, Untouched,
};

/// The paper's interventions, `none`, `ablate`, `patch` and `scale_keys`, and those that came after it. A study's own are
/// registered beside them.
///
/// # Errors
/// None: each kind is registered once.
pub fn interventions() -> Result<Registry<dyn Intervention>, InterveneError> {
    let mut kinds: Registry<dyn Intervention> = Registry::new("intervention");
    kinds.register("none", |none: Untouched| Box::new(none))?;
    kinds.register("ablate", |ablate: Ablate| Box::new(ablate))?;
    kinds.register("patch", |patch: Patch| Box::new(patch))?;
    kinds.register("project", |project: Project| Box::new(project))?;
    kinds.register("scale_keys", |scale: ScaleKeys| Box::new(scale))?;
    kinds.register("steer", |steer: Steer| Box::new(steer))?;
    kinds.register("ablate_direction", |ablate: AblateDirection| {
        Box::new(ablate)
    })?;
    kinds.register("aura", |aura: Aura| Box::new(aura))?;
    kinds.register("edit_activations", |edit: EditActivations| Box::new(edit))?;
    Ok(kinds)
}
