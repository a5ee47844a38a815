//! Numbers in sentences.

/// A count with commas between groups of three digits.
pub(crate) fn with_commas(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::with_commas;

    #[test]
    fn groups_of_three() {
        let shown = [0, 999, 1000, 98_304, 1_234_567].map(with_commas);
        assert_eq!(shown, ["0", "999", "1,000", "98,304", "1,234,567"]);
    }
}
