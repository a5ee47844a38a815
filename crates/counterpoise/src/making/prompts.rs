//! Prompts of a few tokens: the beginnings of the sentences of a text.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use counterpoise_model::Tokenizer;
use serde::Serialize;

/// The beginning of a sentence, and the rest of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SentencePrompt {
    /// Its tokens, which are those of `text` alone.
    pub tokens: Vec<u32>,
    pub text: String,
    /// What the source has after it.
    pub gold_text: String,
    pub gold_tokens: Vec<u32>,
}

/// The prompts of a text, and what became of its sentences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SentencePrompts {
    pub prompts: Vec<SentencePrompt>,
    pub counts: SentenceCounts,
}

/// What became of the sentences of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct SentenceCounts {
    /// Sentences there are, as far as the text was read.
    pub sentences: usize,
    /// Those that are not longer than a prompt.
    pub short: usize,
    /// Those that begin as one before them does.
    pub repeated: usize,
}

/// One prompt of at most `most` tokens for each sentence of `text` that has more and begins as none before it, in their
/// order, up to `limit` of them. Headings of WikiText, between equals signs, are no sentences.
///
/// # Errors
/// A text that cannot be encoded.
pub(super) fn sentence_prompts(
    text: &str,
    tokenizer: &Tokenizer,
    most: usize,
    limit: Option<usize>,
) -> Result<SentencePrompts> {
    let mut found = SentencePrompts::default();
    let mut begun = BTreeSet::new();
    let lines = text.lines().enumerate();
    let lines = lines.filter(|(_, line)| !is_heading(line));
    for (index, sentence) in
        lines.flat_map(|(index, line)| sentences(line).map(move |s| (index, s)))
    {
        if limit == Some(found.prompts.len()) {
            break;
        }
        found.counts.sentences += 1;
        let prompt =
            beginning(sentence, tokenizer, most).with_context(|| format!("line {}", index + 1))?;
        match prompt {
            None => found.counts.short += 1,
            Some(prompt) if begun.insert(prompt.tokens.clone()) => found.prompts.push(prompt),
            Some(_) => found.counts.repeated += 1,
        }
    }
    Ok(found)
}

fn is_heading(line: &str) -> bool {
    let line = line.trim();
    line.starts_with('=') && line.ends_with('=')
}

/// The sentences of a line, trimmed: each ends with the line, or with a full stop, exclamation or question mark before white
/// space.
fn sentences(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    let sentences = std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let ends = |(index, c): (usize, char)| {
            let after = &rest[index + c.len_utf8()..];
            (matches!(c, '.' | '!' | '?') && after.starts_with(char::is_whitespace))
                .then_some(index + c.len_utf8())
        };
        let end = rest.char_indices().find_map(ends).unwrap_or(rest.len());
        let (sentence, others) = rest.split_at(end);
        rest = others;
        Some(sentence.trim())
    });
    sentences.filter(|sentence| !sentence.is_empty())
}

/// The longest beginning of at most `most` tokens whose text has just these tokens; `None` for a sentence that has no more.
fn beginning(sentence: &str, tokenizer: &Tokenizer, most: usize) -> Result<Option<SentencePrompt>> {
    let tokens = tokenizer.encode(sentence)?;
    if tokens.len() <= most {
        return Ok(None);
    }
    for count in (1..=most).rev() {
        let text = tokenizer.decode(&tokens[..count])?;
        // Half a character, or a space that the tokenizer takes away.
        let Some(gold_text) = sentence.strip_prefix(text.as_str()) else {
            continue;
        };
        if tokenizer.encode(&text)? == tokens[..count] {
            return Ok(Some(SentencePrompt {
                gold_text: gold_text.to_owned(),
                gold_tokens: tokens[count..].to_vec(),
                tokens: tokens[..count].to_vec(),
                text,
            }));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::Path;

    use super::*;

    fn prompts(text: &str, most: usize, limit: Option<usize>) -> SentencePrompts {
        let mini = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/mini");
        let tokenizer = Tokenizer::read(&mini).unwrap();
        sentence_prompts(text, &tokenizer, most, limit).unwrap()
    }

    #[test]
    fn a_line_is_cut_after_marks_before_white_space() {
        let found = |line| sentences(line).collect::<Vec<_>>();
        let line = " It cost 3.50 there. Why?  No , \" so . \" he said !";
        let expected = [
            "It cost 3.50 there.",
            "Why?",
            "No , \" so .",
            "\" he said !",
        ];
        assert_eq!(found(line), expected);
        assert_eq!(
            found("Œuvre… is a word.\u{a0}Yes"),
            ["Œuvre… is a word.", "Yes"]
        );
        assert_eq!(found("  "), Vec::<&str>::new());
    }

    #[test]
    fn a_prompt_is_the_beginning_of_a_sentence_that_goes_on() {
        let text = "= The river =\n\nThe river rises in the hills and flows. Yes!\nThe river rises in the hills and ends.\n";
        let found = prompts(text, 4, None);
        assert_eq!(
            found.counts,
            SentenceCounts {
                sentences: 3,
                short: 1,
                repeated: 1
            }
        );
        assert_eq!(found.prompts.len(), 1);
        let prompt = &found.prompts[0];
        assert_eq!(prompt.tokens.len(), 4);
        assert!(prompt.text.starts_with("The r"), "{}", prompt.text);
        let whole = format!("{}{}", prompt.text, prompt.gold_text);
        assert_eq!(whole, "The river rises in the hills and flows.");
        assert!(!prompt.gold_tokens.is_empty());
    }

    #[test]
    fn half_a_character_is_no_prompt() {
        // Each is several bytes, none of which the miniature's tokenizer has seen together.
        let found = prompts("漢字漢字", 4, None);
        for prompt in &found.prompts {
            assert!("漢字漢字".starts_with(&prompt.text) && !prompt.text.is_empty());
            assert!(prompt.tokens.len() <= 4);
        }
        assert_eq!(found.prompts.len() + found.counts.short, 1);
    }

    #[test]
    fn a_limit_leaves_the_rest_unread() {
        let text =
            "The first one is long enough. The second one is long enough. And the third one too.";
        let all = prompts(text, 3, None).prompts;
        assert_eq!(all.len(), 3);
        let two = prompts(text, 3, Some(2));
        assert_eq!(two.prompts, all[..2]);
        assert_eq!(two.counts.sentences, 2);
    }
}
