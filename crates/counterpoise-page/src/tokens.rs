//! What value vectors say in tokens: places in a list that has each text once.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::PageError;
use crate::pack::{packed, planes};

/// Characters that the tokens of all neurons may take in the page.
const MOST: usize = 1_600_000;

/// The tokens that the value vectors of neurons score highest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NeuronTokens {
    /// Tokens of a neuron.
    pub each: usize,
    /// The neurons that have tokens, by their places in the columns. Where not all of them fit, the last are left out.
    pub at: Vec<u32>,
    /// Their tokens' numbers, the highest score first. `[at.len() * each]`
    pub ids: Vec<u32>,
    /// The text of each token that is among them; none where a token alone is no text.
    pub texts: BTreeMap<u32, Option<String>>,
    /// What is said of a neuron without tokens.
    pub without: String,
    /// Which neurons have tokens where not all of them fit, as the end of a sentence.
    pub order: String,
}

/// The tokens as they stand in the page.
#[derive(Debug, Serialize)]
pub(crate) struct PackedTokens {
    each: usize,
    count: usize,
    texts: String,
    places: String,
    at: String,
    without: String,
    /// What is said above the neurons where not all have their tokens.
    #[serde(skip)]
    pub(crate) note: Option<String>,
}

/// A token in the page: its text, or its number where it has none.
#[derive(Serialize)]
#[serde(untagged)]
enum Shown<'a> {
    Text(&'a str),
    Number(u32),
}

impl NeuronTokens {
    /// The tokens, compressed, of as many neurons as fit; `None` if no neuron has any.
    pub(crate) fn packed(&self) -> Result<Option<PackedTokens>, PageError> {
        self.packed_within(MOST)
    }

    fn packed_within(&self, most: usize) -> Result<Option<PackedTokens>, PageError> {
        if self.ids.len() != self.at.len() * self.each {
            return Err(PageError::Column {
                column: "tokens".to_owned(),
                expected: self.at.len() * self.each,
                found: self.ids.len(),
            });
        }
        let mut count = self.at.len();
        while count > 0 && self.each > 0 {
            let found = self.packed_first(count)?;
            let size = found.texts.len() + found.places.len() + found.at.len();
            if size <= most {
                return Ok(Some(found));
            }
            // In proportion, and a little fewer, as the first have most of the texts.
            count = (count as f64 * most as f64 / size as f64 * 0.98) as usize;
        }
        Ok(None)
    }

    /// The tokens of the first `count` neurons.
    fn packed_first(&self, count: usize) -> Result<PackedTokens, PageError> {
        let ids = &self.ids[..count * self.each];
        let mut times: BTreeMap<u32, usize> = BTreeMap::new();
        for &id in ids {
            *times.entry(id).or_default() += 1;
        }
        // What is found often has small places, which compress better.
        let mut order: Vec<u32> = times.keys().copied().collect();
        order.sort_by_key(|id| Reverse(times[id])); // stable
        let place: BTreeMap<u32, u32> = order.iter().copied().zip(0..).collect();
        let shown = |id: &u32| match self.texts.get(id).and_then(Option::as_deref) {
            Some(text) => Shown::Text(text),
            None => Shown::Number(*id),
        };
        let texts: Vec<Shown<'_>> = order.iter().map(shown).collect();
        let texts = serde_json::to_vec(&texts);
        let texts = texts.map_err(|error| PageError::Data(error.to_string()))?;
        let mut rows: Vec<(u32, &[u32])> = (self.at.iter().copied())
            .zip(ids.chunks_exact(self.each))
            .collect();
        rows.sort_by_key(|(at, _)| *at);
        let places = rows
            .iter()
            .flat_map(|(_, ids)| ids.iter().map(|id| place[id]));
        let all = self.at.len();
        Ok(PackedTokens {
            each: self.each,
            count,
            texts: packed(&texts)?,
            places: packed(&planes(&words(places)))?,
            at: packed(&planes(&words(rows.iter().map(|(at, _)| *at))))?,
            without: self.without.clone(),
            note: (count < all).then(|| {
                format!(
                    "Of {count} of the {all} neurons the nearest tokens are in this page: {}.",
                    self.order
                )
            }),
        })
    }
}

fn words(values: impl Iterator<Item = u32>) -> Vec<[u8; 4]> {
    values.map(u32::to_le_bytes).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Read;

    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use flate2::read::DeflateDecoder;

    use super::*;

    /// Numbers below 509 that look drawn.
    fn drawn(i: u32) -> u32 {
        (i.wrapping_mul(i)
            .wrapping_add(i)
            .wrapping_mul(2_654_435_761)
            >> 16)
            % 509
    }

    fn tokens(neurons: u32) -> NeuronTokens {
        NeuronTokens {
            each: 2,
            at: (0..neurons).rev().collect(),
            ids: (0..2 * neurons).map(drawn).collect(),
            texts: (0..509)
                .map(|id: u32| (id, (!id.is_multiple_of(13)).then(|| format!("t{id}"))))
                .collect(),
            without: String::new(),
            order: "the last of all".to_owned(),
        }
    }

    #[test]
    fn as_many_neurons_as_fit_have_tokens_and_the_page_says_which() {
        let tokens = tokens(3000);
        let whole = tokens.packed_within(1 << 20).unwrap().unwrap();
        assert_eq!((whole.count, &whole.note), (3000, &None));
        let size = whole.texts.len() + whole.places.len() + whole.at.len();
        let part = tokens.packed_within(size / 2).unwrap().unwrap();
        assert!(part.texts.len() + part.places.len() + part.at.len() <= size / 2);
        assert!((900..1500).contains(&part.count), "{}", part.count);
        let note = part.note.clone().unwrap();
        let start = format!("Of {} of the 3000 neurons ", part.count);
        assert!(
            note.starts_with(&start) && note.ends_with(": the last of all."),
            "{note}"
        );
        assert!(tokens.packed_within(10).unwrap().is_none());
        // The first of them, each with its own tokens.
        let (texts, first) = unpacked(&part);
        let expected = (tokens.at.iter().zip(tokens.ids.chunks(2))).take(part.count);
        let text = |id: &u32| tokens.texts[id].clone().unwrap_or_else(|| format!("#{id}"));
        let expected = expected.map(|(at, ids)| (*at, ids.iter().map(text).collect()));
        assert_eq!(first, expected.collect::<BTreeMap<u32, Vec<String>>>());
        // What is found most often stands first.
        let times = |text: &String| first.values().flatten().filter(|it| *it == text).count();
        assert!(texts.iter().map(times).is_sorted_by(|a, b| a >= b));
    }

    /// The texts, and the tokens of each neuron that has any, read as the page reads them.
    fn unpacked(packed: &PackedTokens) -> (Vec<String>, BTreeMap<u32, Vec<String>>) {
        let bytes = |text: &str| {
            let bytes = STANDARD.decode(text).unwrap();
            let mut out = Vec::new();
            DeflateDecoder::new(bytes.as_slice())
                .read_to_end(&mut out)
                .unwrap();
            out
        };
        let words = |text: &str| -> Vec<u32> {
            let bytes = bytes(text);
            let count = bytes.len() / 4;
            let word = |at: usize| [0, 1, 2, 3].map(|plane| bytes[plane * count + at]);
            (0..count).map(|at| u32::from_le_bytes(word(at))).collect()
        };
        let texts: Vec<serde_json::Value> = serde_json::from_slice(&bytes(&packed.texts)).unwrap();
        let text = |text: &serde_json::Value| match text.as_str() {
            Some(text) => text.to_owned(),
            None => format!("#{text}"),
        };
        let texts: Vec<String> = texts.iter().map(text).collect();
        let (at, places) = (words(&packed.at), words(&packed.places));
        let rows = places.chunks(packed.each).map(|row| {
            row.iter()
                .map(|&place| texts[place as usize].clone())
                .collect()
        });
        let found = at.into_iter().zip(rows).collect();
        (texts, found)
    }

    #[test]
    fn numbers_that_are_not_each_neurons_are_refused() {
        let mut tokens = tokens(3);
        tokens.ids.pop();
        let error = tokens.packed().unwrap_err();
        assert!(matches!(
            error,
            PageError::Column {
                expected: 6,
                found: 5,
                ..
            }
        ));
    }
}
