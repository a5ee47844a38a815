//! The terms of a text: its words and its pairs of neighbouring words.

use std::collections::BTreeSet;

/// The words of a text, in order: lower-cased runs of letters, digits and apostrophes.
fn words(text: &str) -> Vec<String> {
    let straight = text.replace('’', "'").to_lowercase();
    straight
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .map(|word| word.trim_matches('\''))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The distinct terms of a text: each word, and each pair of neighbours joined by a space.
pub(super) fn terms(text: &str) -> BTreeSet<String> {
    let words = words(text);
    let pairs = words.windows(2).map(|pair| pair.join(" "));
    pairs.chain(words.iter().cloned()).collect()
}

/// Whether `term` is one that [`terms`] can find.
pub(super) fn is_term(term: &str) -> bool {
    let words = words(term);
    (1..=2).contains(&words.len()) && words.join(" ") == term
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_pairs_are_found_once_each() {
        let found = terms("You, you FOOL! Don’t 'quote'");
        let expected = [
            "don't",
            "don't quote",
            "fool",
            "fool don't",
            "quote",
            "you",
            "you fool",
            "you you",
        ];
        assert_eq!(found.into_iter().collect::<Vec<_>>(), expected);
        assert!(terms(" ... \n'").is_empty());
    }

    #[test]
    fn only_what_can_be_found_is_a_term() {
        for term in ["fool", "you fool", "don't", "élan vital", "3rd"] {
            assert!(is_term(term), "{term}");
            assert!(terms(term).contains(term));
        }
        for term in ["", " ", "Fool", "you  fool", "a b c", "fool!", "'fool"] {
            assert!(!is_term(term), "{term}");
        }
    }
}
