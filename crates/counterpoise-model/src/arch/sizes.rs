//! Sizes of a configuration that can be right.

use std::path::Path;

use crate::ModelError;

/// Far above any model, and small enough to be multiplied without overflow.
pub(super) const LARGEST_SIZE: usize = 1 << 24;

/// Far above any model, and few enough to be set up before the weights are looked at.
pub(super) const MOST_LAYERS: usize = 1 << 12;

/// Fields of one `config.json`, to be checked.
#[derive(Clone, Copy)]
pub(super) struct Checked<'a>(pub(super) &'a Path);

impl Checked<'_> {
    /// The error that `field` is `found`.
    pub(super) fn unsupported<T>(
        self,
        field: &'static str,
        expected: impl Into<String>,
        found: impl ToString,
    ) -> Result<T, ModelError> {
        Err(ModelError::Unsupported {
            path: self.0.to_owned(),
            field,
            expected: expected.into(),
            found: found.to_string(),
        })
    }

    /// Checks that each size is 1 to `most`.
    pub(super) fn sizes(self, sizes: &[(&'static str, usize, usize)]) -> Result<(), ModelError> {
        for &(field, size, most) in sizes {
            if !(1..=most).contains(&size) {
                return self.unsupported(field, format!("1 to {most}"), size);
            }
        }
        Ok(())
    }

    /// Checks that `found` is a number above 0.
    pub(super) fn positive(self, field: &'static str, found: f64) -> Result<(), ModelError> {
        match found > 0.0 && found.is_finite() {
            true => Ok(()),
            false => self.unsupported(field, "a number above 0", found),
        }
    }

    /// Checks that `found` divides `of`.
    pub(super) fn divisor(
        self,
        field: &'static str,
        found: usize,
        (name, of): (&str, usize),
    ) -> Result<(), ModelError> {
        match of.is_multiple_of(found) {
            true => Ok(()),
            false => self.unsupported(field, format!("a divisor of {name} = {of}"), found),
        }
    }
}
