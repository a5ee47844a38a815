//! The key of a service, which nothing prints.

use std::fmt::{self, Write as _};

/// Where the key is taken from.
pub(super) const VARIABLE: &str = "PERSPECTIVE_API_KEY";

/// A key.
pub(super) struct Key(String);

impl Key {
    /// The key in the environment; `None` if none is set.
    ///
    /// # Errors
    /// What is wrong with it, without what it says.
    pub(super) fn from_environment() -> Result<Option<Self>, String> {
        let key = match std::env::var(VARIABLE) {
            Ok(key) => key,
            Err(std::env::VarError::NotPresent) => return Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => {
                return Err(format!("{VARIABLE} is not text; set it to the key alone"));
            }
        };
        Self::of(&key)
    }

    fn of(key: &str) -> Result<Option<Self>, String> {
        let key = key.trim();
        match key.chars().all(|c| c.is_ascii_graphic()) {
            true if key.is_empty() => Ok(None),
            true => Ok(Some(Self(key.to_owned()))),
            false => Err(format!(
                "{VARIABLE} has blanks or characters that no key has; set it to the key alone"
            )),
        }
    }

    /// The key itself, to be sent.
    pub(super) fn secret(&self) -> &str {
        &self.0
    }

    /// `text` without the key, plain or as a URL has it.
    pub(super) fn hidden_in(&self, text: &str) -> String {
        let mut encoded = String::new();
        for byte in self.0.bytes() {
            let is_plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            // Writing to a string cannot fail.
            let _ = match is_plain {
                true => write!(encoded, "{}", char::from(byte)),
                false => write!(encoded, "%{byte:02X}"),
            };
        }
        text.replace(&self.0, "[key]").replace(&encoded, "[key]")
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[key]")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_key_is_hidden_wherever_it_stands() {
        let key = Key::of(" AIza/Sy+1 \n").unwrap().unwrap();
        assert_eq!(key.secret(), "AIza/Sy+1");
        assert_eq!(format!("{key:?}"), "[key]");
        let text = "https://host/?key=AIza%2FSy%2B1 refused AIza/Sy+1";
        assert_eq!(key.hidden_in(text), "https://host/?key=[key] refused [key]");
    }

    #[test]
    fn an_empty_key_is_none_and_a_strange_one_is_refused() {
        assert!(Key::of(" \n").unwrap().is_none());
        for strange in ["a b", "a\nb", "schlüssel"] {
            let error = Key::of(strange).unwrap_err();
            assert!(!error.contains(strange), "{error}");
        }
    }
}
