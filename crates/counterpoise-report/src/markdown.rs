//! What every Markdown table here has in common.

/// Text that cannot break out of its cell: one line, vertical bars escaped.
#[must_use]
pub fn cell(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace('\\', "\\\\").replace('|', "\\|")
}

/// Remarks in the order of their first use; one that is used again keeps its number.
#[derive(Clone, Debug, Default)]
pub struct Footnotes {
    texts: Vec<String>,
}

impl Footnotes {
    /// The mark of a remark, such as `[^1]`.
    pub fn mark(&mut self, text: &str) -> String {
        let known = self.texts.iter().position(|known| known == text);
        let index = known.unwrap_or_else(|| {
            self.texts.push(text.to_owned());
            self.texts.len() - 1
        });
        format!("[^{}]", index + 1)
    }

    /// All remarks, as they stand below a table.
    #[must_use]
    pub fn render(&self) -> String {
        let line =
            |(index, text): (usize, &String)| format!("\n[^{}]: {}\n", index + 1, cell(text));
        self.texts.iter().enumerate().map(line).collect()
    }
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
