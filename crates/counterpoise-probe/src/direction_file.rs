//! Reads the one float vector a probe file holds.

use std::path::Path;

use counterpoise_weights::{Element, read_single};

use crate::ProbeError;

/// Reads the vector `[d]` from a file, by its extension.
pub(crate) fn read(path: &Path) -> Result<Vec<f32>, ProbeError> {
    let stored = read_single(path)?;
    let tensor = stored.name.clone();
    if let Element::Other(found) = &stored.element {
        let found = found.clone();
        return Err(ProbeError::Element { tensor, found });
    }
    let ([_] | [1, _]) = stored.shape[..] else {
        let found = stored.shape;
        return Err(ProbeError::Shape { tensor, found });
    };
    stored.values().map_err(|reason| ProbeError::Device {
        what: format!("tensor `{tensor}`"),
        reason,
    })
}
