//! The tokens that end a text.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The set of tokens that end a text: often one, sometimes several, as an end of text and an end of turn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EndTokens(BTreeSet<u32>);

impl EndTokens {
    /// Whether `token` ends a text.
    pub fn contains(&self, token: u32) -> bool {
        self.0.contains(&token)
    }

    /// The tokens, in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        self.0.iter().copied()
    }

    /// Whether no token ends a text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `tokens` before the first one that ends a text.
    pub fn text_of<'a>(&self, tokens: &'a [u32]) -> &'a [u32] {
        let end = tokens.iter().position(|&token| self.contains(token));
        &tokens[..end.unwrap_or(tokens.len())]
    }
}

impl From<u32> for EndTokens {
    fn from(token: u32) -> Self {
        Self(BTreeSet::from([token]))
    }
}

impl FromIterator<u32> for EndTokens {
    fn from_iter<I: IntoIterator<Item = u32>>(tokens: I) -> Self {
        Self(tokens.into_iter().collect())
    }
}

impl fmt::Display for EndTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tokens: Vec<String> = self.iter().map(|token| token.to_string()).collect();
        match &tokens[..] {
            [token] => f.write_str(token),
            tokens => write!(f, "[{}]", tokens.join(", ")),
        }
    }
}

/// As `eos_token_id` is written: a number, or a list of several.
impl Serialize for EndTokens {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.first() {
            Some(token) if self.0.len() == 1 => token.serialize(serializer),
            _ => self.0.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for EndTokens {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Ids)
    }
}

struct Ids;

impl<'de> Visitor<'de> for Ids {
    type Value = EndTokens;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a token's number, or a list of at least one")
    }

    fn visit_u64<E: Error>(self, token: u64) -> Result<EndTokens, E> {
        let unknown = |_| E::invalid_value(serde::de::Unexpected::Unsigned(token), &self);
        u32::try_from(token).map(EndTokens::from).map_err(unknown)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<EndTokens, A::Error> {
        let mut tokens = BTreeSet::new();
        while let Some(token) = list.next_element()? {
            tokens.insert(token);
        }
        match tokens.is_empty() {
            true => Err(A::Error::invalid_length(0, &self)),
            false => Ok(EndTokens(tokens)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_token_is_written_as_a_number_and_several_as_a_list() {
        for json in ["7", "[3,7]"] {
            let tokens: EndTokens = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&tokens).unwrap(), json);
        }
        let one: EndTokens = serde_json::from_str("[7]").unwrap();
        assert_eq!(one, EndTokens::from(7));
        for bad in ["[]", "-1", "\"7\"", "4294967296", "[1, null]", "7.5", "{}"] {
            assert!(serde_json::from_str::<EndTokens>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_text_stops_before_its_first_end() {
        let ends = EndTokens::from_iter([9, 4]);
        assert_eq!(ends.text_of(&[1, 2, 4, 9, 3]), [1, 2]);
        assert_eq!(ends.text_of(&[1, 2]), [1, 2]);
        assert_eq!(ends.text_of(&[9]), [0; 0]);
    }
}
