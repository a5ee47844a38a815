//! How far two scorers put the same things in the same order.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// Rank correlations of pairs of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RankCorrelation {
    /// How many pairs.
    pub n: usize,
    /// Spearman's ρ, ties at their mean rank; `None` if all numbers of a side are the same.
    pub spearman: Option<f64>,
    /// Kendall's τ-b, which is corrected for ties; `None` as above.
    pub kendall: Option<f64>,
}

/// The rank correlations of `pairs`, all of finite numbers.
///
/// ```
/// let pairs = [(0.1, 0.2), (0.3, 0.3), (0.2, 0.9), (0.8, 1.0)];
/// let found = counterpoise_score::rank_correlation(&pairs);
/// assert_eq!((found.n, found.spearman), (4, Some(0.8)));
/// ```
#[must_use]
pub fn rank_correlation(pairs: &[(f64, f64)]) -> RankCorrelation {
    RankCorrelation {
        n: pairs.len(),
        spearman: spearman(pairs),
        kendall: kendall(pairs),
    }
}

/// Pearson's correlation of the ranks.
fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    let (one, two): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let (one, two) = (ranks(&one), ranks(&two));
    // Ranks are halves of whole numbers: so are these sums, exactly, for any number of texts.
    let mean = (pairs.len() as f64 + 1.0) / 2.0;
    let product = |one: &[f64], two: &[f64]| -> f64 {
        let parts = one.iter().zip(two);
        parts.map(|(a, b)| (a - mean) * (b - mean)).sum()
    };
    let scale = (product(&one, &one) * product(&two, &two)).sqrt();
    (scale > 0.0).then(|| (product(&one, &two) / scale).clamp(-1.0, 1.0))
}

/// The rank of each value, from 1; equal ones share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| compare(values[a], values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = before as f64 + (tied.len() as f64 + 1.0) / 2.0;
        for &index in tied {
            ranks[index] = rank;
        }
        before += tied.len();
    }
    ranks
}

/// Knight's algorithm: pairs in discordant order are the exchanges of a merge sort.
fn kendall(pairs: &[(f64, f64)]) -> Option<f64> {
    let mut sorted = pairs.to_vec();
    sorted.sort_by(|a, b| compare(a.0, b.0).then(compare(a.1, b.1)));
    let all = pairs_of(sorted.len());
    let tied_in_first = tied(&sorted, |a, b| a.0 == b.0);
    let tied_in_both = tied(&sorted, |a, b| a == b);
    let mut second: Vec<f64> = sorted.iter().map(|pair| pair.1).collect();
    let discordant = exchanges(&mut second);
    let tied_in_second = tied(&second, |a, b| a == b);
    let (one, two) = (all - tied_in_first, all - tied_in_second);
    if one == 0 || two == 0 {
        return None;
    }
    // Pairs tied in neither, less twice the discordant ones.
    let untied = (one + tied_in_both) as f64 - tied_in_second as f64;
    let surplus = untied - 2.0 * discordant as f64;
    Some((surplus / (one as f64).sqrt() / (two as f64).sqrt()).clamp(-1.0, 1.0))
}

/// How many pairs `n` things make.
const fn pairs_of(n: usize) -> u64 {
    let n = n as u64;
    n * n.saturating_sub(1) / 2
}

/// How many pairs are within runs of equals.
fn tied<T>(sorted: &[T], equal: impl Fn(&T, &T) -> bool) -> u64 {
    let runs = sorted.chunk_by(equal);
    runs.map(|run| pairs_of(run.len())).sum()
}

/// Sorts, and counts the pairs that stood the wrong way round.
fn exchanges(values: &mut [f64]) -> u64 {
    if values.len() < 2 {
        return 0;
    }
    let middle = values.len() / 2;
    let mut count = exchanges(&mut values[..middle]) + exchanges(&mut values[middle..]);
    let (left, right) = values.split_at(middle);
    let mut merged = Vec::with_capacity(values.len());
    let (mut l, mut r) = (0, 0);
    while l < left.len() && r < right.len() {
        if right[r] < left[l] {
            count += (left.len() - l) as u64;
            merged.push(right[r]);
            r += 1;
        } else {
            merged.push(left[l]);
            l += 1;
        }
    }
    merged.extend_from_slice(&left[l..]);
    merged.extend_from_slice(&right[r..]);
    values.copy_from_slice(&merged);
    count
}

/// Finite numbers in their order; 0 and −0 are the same.
fn compare(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A case of `fixtures/golden/make_agreement.py`.
    #[derive(Deserialize)]
    struct Case {
        name: String,
        x: Vec<f64>,
        y: Vec<f64>,
        spearman: Option<f64>,
        kendall: Option<f64>,
    }

    #[test]
    fn correlations_are_those_of_scipy() {
        let text = include_str!("../../../fixtures/golden/agreement.json");
        let cases: Vec<Case> = serde_json::from_str(text).unwrap();
        assert!(cases.len() >= 8);
        for case in cases {
            let pairs: Vec<(f64, f64)> = case.x.into_iter().zip(case.y).collect();
            let found = rank_correlation(&pairs);
            for (found, expected) in [
                (found.spearman, case.spearman),
                (found.kendall, case.kendall),
            ] {
                assert_eq!(found.is_some(), expected.is_some(), "{}", case.name);
                let difference = found.unwrap_or_default() - expected.unwrap_or_default();
                assert!(difference.abs() < 1e-12, "{}: {difference}", case.name);
            }
        }
    }

    #[test]
    fn the_fast_count_is_the_plain_one() {
        // Few values, so that many are tied.
        let number = |seed: u64| (seed.wrapping_mul(2_654_435_761) >> 7) % 7;
        let pairs: Vec<(f64, f64)> = (0..97)
            .map(|i| (number(i) as f64, number(i * 31 + 5) as f64))
            .collect();
        let (mut surplus, mut one, mut two) = (0.0, 0.0_f64, 0.0_f64);
        for (index, a) in pairs.iter().enumerate() {
            for b in &pairs[..index] {
                let sign = |d: f64| if d == 0.0 { 0.0 } else { d.signum() };
                let (x, y) = (sign(a.0 - b.0), sign(a.1 - b.1));
                surplus += x * y;
                one += x * x;
                two += y * y;
            }
        }
        let plain = surplus / (one.sqrt() * two.sqrt());
        let found = kendall(&pairs).unwrap();
        assert!((found - plain).abs() < 1e-14, "{found} {plain}");
    }

    #[test]
    fn nothing_to_order_gives_none() {
        for pairs in [&[][..], &[(0.5, 0.5)], &[(0.5, 0.1), (0.5, 0.9)]] {
            let found = rank_correlation(pairs);
            assert_eq!((found.spearman, found.kendall), (None, None), "{pairs:?}");
        }
        let opposite = rank_correlation(&[(0.0, 1.0), (1.0, 0.0), (2.0, -1.0)]);
        assert_eq!(
            (opposite.spearman, opposite.kendall),
            (Some(-1.0), Some(-1.0))
        );
        assert_eq!(rank_correlation(&[(0.0, 1.0), (-0.0, 2.0)]).kendall, None);
    }
}
