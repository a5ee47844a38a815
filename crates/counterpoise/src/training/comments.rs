//! Labelled comments as a fit reads them.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use counterpoise_data::{Comment, CommentSet, Place, Rows, read_comments};
use counterpoise_model::Tokenizer;
use serde::Serialize;

use super::split::{HeldOutEvery, Split};

/// How many comments there are on each side of the split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct CommentCounts {
    /// Comments read.
    pub rows: usize,
    /// Rows of the whole file that are left out because they are labelled -1: not scored.
    pub not_scored: usize,
    /// Of these, labelled toxic.
    pub toxic: usize,
    /// Comments that are fitted on.
    pub fitted: usize,
    /// Comments that are tested on.
    pub held_out: usize,
    /// Of these, labelled toxic.
    pub held_out_toxic: usize,
}

impl CommentCounts {
    /// How many comments were read, in words.
    pub(super) fn in_words(&self) -> String {
        match self.not_scored {
            0 => format!("{} comments", self.rows),
            left_out => format!(
                "{} comments ({left_out} labelled -1, not scored, are left out)",
                self.rows
            ),
        }
    }

    /// The held-out accuracy of giving every comment the label that most have.
    pub(super) fn commoner_label(&self) -> f64 {
        let commoner = self.held_out_toxic.max(self.held_out - self.held_out_toxic);
        commoner as f64 / self.held_out as f64
    }
}

/// Reads comments, the first `limit` of them if there is one, and counts them.
///
/// # Errors
/// A broken file, and comments to fit on of which all or none are toxic: found out here, before a
/// model reads them.
pub(super) fn labelled(
    path: &Path,
    held_out_every: HeldOutEvery,
    limit: Option<usize>,
) -> Result<(Rows<Comment>, CommentCounts)> {
    let CommentSet {
        comments,
        not_scored,
    } = read_comments(path)?;
    let comments = comments.limited(limit);
    let counts = CommentCounts {
        not_scored,
        ..counts(labels(&comments), held_out_every)
    };
    let toxic = counts.toxic - counts.held_out_toxic;
    ensure!(
        toxic > 0 && toxic < counts.fitted,
        "{}: expected toxic and other comments to fit on, found {toxic} toxic ones among {}; give \
         more comments, in an order that mixes the labels if `--limit` cuts them",
        path.display(),
        counts.fitted
    );
    Ok((comments, counts))
}

/// The label of each comment.
pub fn labels(comments: &[Comment]) -> Vec<bool> {
    comments.iter().map(|comment| comment.toxic).collect()
}

/// The tokens of each comment.
///
/// # Errors
/// A comment that cannot be encoded, by its file and line.
pub(super) fn tokens(comments: &Rows<Comment>, tokenizer: &Tokenizer) -> Result<Vec<Vec<u32>>> {
    let encode = |(comment, place): (&Comment, &Place)| {
        let place = || format!("{place}: `comment_text`");
        tokenizer.encode(&comment.comment_text).with_context(place)
    };
    comments.with_places().map(encode).collect()
}

fn counts(labels: Vec<bool>, every: HeldOutEvery) -> CommentCounts {
    let toxic = |labels: &[bool]| labels.iter().filter(|&&toxic| toxic).count();
    let (rows, all_toxic) = (labels.len(), toxic(&labels));
    let Split { fitted, held_out } = every.split(labels);
    CommentCounts {
        rows,
        not_scored: 0,
        toxic: all_toxic,
        fitted: fitted.len(),
        held_out: held_out.len(),
        held_out_toxic: toxic(&held_out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_tell_both_sides_apart() {
        let labels = vec![true, false, true, true, false, false];
        let found = counts(labels, HeldOutEvery::default());
        let expected = CommentCounts {
            rows: 6,
            not_scored: 0,
            toxic: 3,
            fitted: 4,
            held_out: 2,
            held_out_toxic: 1,
        };
        assert_eq!(found, expected);
        assert_eq!(found.commoner_label(), 0.5);
    }
}
