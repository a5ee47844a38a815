//! What every Markdown table here has in common.

/// Text that cannot break out of its cell: one line, vertical bars escaped.
pub(crate) fn cell(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace('\\', "\\\\").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_cell_stays_a_cell() {
        assert_eq!(cell("a | b\n\n c\\"), "a \\| b c\\\\");
        assert_eq!(cell("TP− ×2"), "TP− ×2");
    }
}
