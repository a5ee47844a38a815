//! The kinds of intervention that study and edit files can name.

use counterpoise_intervene::{InterveneError, Registry};

/// The paper's kinds, and any of your own: register those here.
///
/// ```text
/// registry.register("steer", |table| Ok(Box::new(parse::<Steer>("steer", table)?)))?;
/// ```
///
/// # Errors
/// A kind that is registered twice.
pub(crate) fn registry() -> Result<Registry, InterveneError> {
    let registry = Registry::paper();
    Ok(registry)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_paper_s_kinds_are_there() {
        let registry = registry().unwrap();
        let kinds: Vec<_> = registry.kinds().collect();
        assert_eq!(kinds, ["ablate", "none", "patch", "scale_keys"]);
    }
}
