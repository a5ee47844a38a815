//! Token F1 between what a model wrote and the gold text.

use std::collections::BTreeMap;

use counterpoise_model::EndTokens;

/// What is compared: a prompt with its continuation against the gold text, in tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenF1 {
    /// Tokens of the gold text that are compared, from its start: as many as the model reads of a prompt
    /// and may write together.
    pub max_gold_tokens: usize,
    /// The tokens that end a text, which are not compared: neither what was written nor the gold text counts them.
    pub end_tokens: EndTokens,
}

impl TokenF1 {
    /// F1 of one sample, what the model read and wrote against the gold text: `2·same/(|prompt + continuation| + |gold|)`, where `same` is the size of
    /// the multiset overlap; 0 if they share no token.
    pub fn score(&self, prompt: &[u32], continuation: &[u32], gold: &[u32]) -> f64 {
        let gold = &gold[..gold.len().min(self.max_gold_tokens)];
        let is_text = |token: &u32| !self.end_tokens.contains(*token);
        let written = prompt.iter().chain(continuation).copied();
        let written: Vec<u32> = written.filter(is_text).collect();
        let gold: Vec<u32> = gold.iter().copied().filter(is_text).collect();
        match overlap(&written, &gold) {
            0 => 0.0,
            same => 2.0 * same as f64 / (written.len() + gold.len()) as f64,
        }
    }
}

/// Size of the multiset intersection.
fn overlap(left: &[u32], right: &[u32]) -> usize {
    let mut left_counts = BTreeMap::new();
    for token in left {
        *left_counts.entry(token).or_insert(0_usize) += 1;
    }
    let mut same = 0;
    for token in right {
        if let Some(count) = left_counts.get_mut(token)
            && *count > 0
        {
            *count -= 1;
            same += 1;
        }
    }
    same
}

#[cfg(test)]
mod tests {
    use super::*;

    fn f1() -> TokenF1 {
        TokenF1 {
            max_gold_tokens: 52,
            end_tokens: EndTokens::from_iter([98, 99]),
        }
    }

    #[test]
    fn repeated_tokens_count_as_often_as_in_both() {
        // {1, 1, 2, 3} and {1, 2, 2}: 1 and 2 are shared once each.
        assert_eq!(f1().score(&[1, 1], &[2, 3], &[1, 2, 2]), 4.0 / 7.0);
        assert_eq!(f1().score(&[1], &[2], &[2, 1]), 1.0);
        assert_eq!(f1().score(&[1], &[2], &[3]), 0.0);
        assert_eq!(f1().score(&[1], &[2], &[]), 0.0);
        assert_eq!(f1().score(&[], &[], &[]), 0.0);
    }

    #[test]
    fn end_of_text_is_not_compared() {
        assert_eq!(f1().score(&[1], &[2, 99], &[1, 2]), 1.0);
        assert_eq!(f1().score(&[1], &[2, 99], &[1, 2, 99]), 1.0);
        assert_eq!(f1().score(&[1], &[2], &[1, 99, 2]), 1.0);
        assert_eq!(f1().score(&[98, 1], &[2, 98], &[1, 2, 99]), 1.0);
        let without = TokenF1 {
            end_tokens: EndTokens::default(),
            ..f1()
        };
        assert_eq!(without.score(&[1], &[2, 99], &[1, 2]), 0.8);
    }

    #[test]
    fn the_gold_text_is_cut_to_what_the_model_could_match() {
        let short = TokenF1 {
            max_gold_tokens: 3,
            end_tokens: EndTokens::default(),
        };
        // Gold [1, 2, 3]: what lies beyond is not compared.
        assert_eq!(short.score(&[1, 2], &[3], &[1, 2, 3, 8, 8, 8]), 1.0);
    }
}
