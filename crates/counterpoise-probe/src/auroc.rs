//! How well one number tells two classes apart.

/// The area under the receiver operating characteristic of `values` for `positive`: the share of pairs, one of each class,
/// in which the positive one has the larger value, pairs of equals by half. `None` if a class is empty or a value is NaN.
///
/// ```
/// use counterpoise_probe::auroc;
///
/// let positive = [true, true, false, false];
/// assert_eq!(auroc(&[0.9, 0.4, 0.4, 0.1], &positive), Some(0.875));
/// assert_eq!(auroc(&[0.9, 0.4, 0.4, 0.1], &[true; 4]), None);
/// ```
#[must_use]
pub fn auroc(values: &[f64], positive: &[bool]) -> Option<f64> {
    if values.iter().any(|value| value.is_nan()) {
        return None;
    }
    let mut order: Vec<usize> = (0..values.len().min(positive.len())).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    // Twice the number of such pairs: whole, so that the sum is exact.
    let (mut twice_pairs, mut below) = (0_u64, 0_u64);
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let positives = equal.iter().filter(|&&index| positive[index]).count() as u64;
        let negatives = equal.len() as u64 - positives;
        twice_pairs += positives * (2 * below + negatives);
        below += negatives;
    }
    let pairs = (order.len() as u64 - below) * below;
    (pairs > 0).then(|| twice_pairs as f64 / (2 * pairs) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_count_by_half_and_both_zeros_are_equal() {
        assert_eq!(auroc(&[0.0, -0.0, 1.0], &[true, false, false]), Some(0.25));
        assert_eq!(
            auroc(&[7.0; 5], &[true, false, true, false, false]),
            Some(0.5)
        );
        assert_eq!(auroc(&[1.0, f64::NAN], &[true, false]), None);
    }
}
