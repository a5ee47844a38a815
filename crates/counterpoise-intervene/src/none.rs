//! No intervention: the rows every table compares with.

use counterpoise_model::Transformer;
use counterpoise_registry::Description;
use serde::{Deserialize, Serialize};

use crate::{InterveneError, Intervention, Prepared, Subject};

/// `kind = "none"`: the model as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Untouched {}

impl Intervention for Untouched {
    fn describe(&self) -> Result<Description, InterveneError> {
        Ok(Description::bare("none"))
    }

    fn prepare(
        &self,
        model: Transformer,
        _subject: &Subject<'_>,
    ) -> Result<Prepared, InterveneError> {
        Ok(Prepared::new(model))
    }
}
