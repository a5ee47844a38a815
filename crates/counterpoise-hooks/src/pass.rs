//! What the columns of one forward pass are: padding, prompt, or generated text.

use std::ops::Range;

/// What a forward pass reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// A prompt, which the model is going to continue.
    Prompt,
    /// A token the model has generated, fed back at its own position.
    Generated,
    /// A given text that is not continued, as for perplexity.
    Text,
}

/// One forward pass, described for observers and edits: `batch` rows by `seq` new columns.
///
/// Rows are padded on the left, so that the last column is the last token of every row. Columns
/// count on from what is cached: this pass holds the columns `past .. past + seq` of the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    prompts: Vec<usize>,
    padding: Vec<usize>,
    live: Vec<bool>,
    past: usize,
    seq: usize,
    stage: Stage,
}

impl Pass {
    /// A first pass over `batch` rows of `seq` tokens each, none of them padding.
    pub fn whole(batch: usize, seq: usize) -> Self {
        Self::left_padded(vec![0; batch], seq)
    }

    /// A first pass over rows of `seq` columns, of which the leading `padding[row]` are padding.
    pub fn left_padded(padding: Vec<usize>, seq: usize) -> Self {
        let live = vec![true; padding.len()];
        Self {
            prompts: (0..padding.len()).collect(),
            padding,
            live,
            past: 0,
            seq,
            stage: Stage::Prompt,
        }
    }

    /// The same pass over a text that is not continued.
    #[must_use]
    pub fn of_text(self) -> Self {
        Self {
            stage: Stage::Text,
            ..self
        }
    }

    /// The same pass, its rows being the prompts (or windows of a text) numbered `prompts`, from 0 in
    /// the caller's order. Without this, rows are numbered as they stand.
    ///
    /// # Panics
    /// If there is not one number per row.
    #[must_use]
    pub fn of_prompts(self, prompts: Vec<usize>) -> Self {
        assert_eq!(prompts.len(), self.batch(), "one prompt per row");
        Self { prompts, ..self }
    }

    /// The pass that feeds `seq` more columns of given text after this one.
    #[must_use]
    pub fn continued(&self, seq: usize) -> Self {
        Self {
            past: self.past + self.seq,
            seq,
            ..self.clone()
        }
    }

    /// The columns `columns` of this pass, as a pass that continues those before them.
    #[must_use]
    pub fn part(&self, columns: Range<usize>) -> Self {
        Self {
            past: self.past + columns.start,
            seq: columns.len(),
            ..self.clone()
        }
    }

    /// The pass that feeds each row's newly generated token after this one. Rows whose text has
    /// ended are not `live`: their column holds nothing.
    #[must_use]
    pub fn generated(&self, live: Vec<bool>) -> Self {
        Self {
            prompts: self.prompts.clone(),
            padding: self.padding.clone(),
            live,
            past: self.past + self.seq,
            seq: 1,
            stage: Stage::Generated,
        }
    }

    /// Number of rows.
    pub fn batch(&self) -> usize {
        self.padding.len()
    }

    /// Number of columns this pass adds.
    pub fn seq(&self) -> usize {
        self.seq
    }

    /// Number of columns before this pass, padding included.
    pub fn past(&self) -> usize {
        self.past
    }

    /// Which of the caller's prompts (or windows of a text) each row is, from 0.
    pub fn prompts(&self) -> &[usize] {
        &self.prompts
    }

    /// Leading columns of each row, counted over the whole text, that are padding.
    pub fn padding(&self) -> &[usize] {
        &self.padding
    }

    /// Whether any row has padding.
    pub fn is_padded(&self) -> bool {
        self.padding.iter().any(|&columns| columns > 0)
    }

    /// What it reads.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Whether `row`'s column `column` of this pass holds a token of its text.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn holds_token(&self, row: usize, column: usize) -> bool {
        self.live[row] && self.past + column >= self.padding[row]
    }

    /// The position of `column` in `row`'s own text; 0 for padding, which no token attends to.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn position(&self, row: usize, column: usize) -> usize {
        (self.past + column).saturating_sub(self.padding[row])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_those_of_each_row_alone() {
        let prompt = Pass::left_padded(vec![0, 2], 3);
        assert_eq!(
            [0, 1, 2].map(|column| prompt.position(0, column)),
            [0, 1, 2]
        );
        assert_eq!(
            [0, 1, 2].map(|column| prompt.position(1, column)),
            [0, 0, 0]
        );
        assert!(!prompt.holds_token(1, 1));
        assert!(prompt.holds_token(1, 2));

        let next = prompt.generated(vec![true, false]);
        assert_eq!((next.past(), next.seq()), (3, 1));
        assert_eq!((next.position(0, 0), next.position(1, 0)), (3, 1));
        assert!(next.holds_token(0, 0));
        assert!(!next.holds_token(1, 0));
        assert_eq!(prompt.stage(), Stage::Prompt);
        assert_eq!(next.stage(), Stage::Generated);
        assert_eq!(prompt.continued(4).past(), 3);
        assert_eq!(
            Pass::whole(1, 3).of_text().continued(3).stage(),
            Stage::Text
        );

        let named = Pass::left_padded(vec![0, 2], 3).of_prompts(vec![7, 4]);
        assert_eq!(named.generated(vec![true, true]).prompts(), [7, 4]);
        assert_eq!(prompt.prompts(), [0, 1]);

        let last = prompt.part(1..3);
        assert_eq!((last.past(), last.seq()), (1, 2));
        assert_eq!(last.position(1, 1), prompt.position(1, 2));
        assert_eq!(last.holds_token(1, 0), prompt.holds_token(1, 1));
    }
}
