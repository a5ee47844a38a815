//! The comparison as Markdown, and in one line.

use std::fmt;

use counterpoise_report::{Footnotes, cell};

use super::Run;
use super::compare::{Comparison, Outcome, Rule};
use crate::results::ScorerRecord;

const HEADER: &str = "\
| Quantity | Published | Ours | Difference | Band | Verdict | Source |
|---|---:|---:|---:|---:|---|---|
";

/// The whole report.
pub(super) fn markdown(run: &Run<'_>, comparisons: &[Comparison]) -> String {
    let mut text = format!(
        "# Published and measured\n\nThe study `{}`, toxicity scored by {}. Differences are ours less the \
         published figure, rounded like it; verdicts are by the unrounded one.\n\n{HEADER}",
        run.results.study.name,
        scorer(run)
    );
    let mut footnotes = Footnotes::default();
    for comparison in comparisons {
        text.push_str(&line(comparison, &mut footnotes));
    }
    text.push_str(&footnotes.render());
    text.push_str(&format!("\n{}.\n", Tally::of(comparisons)));
    text
}

fn scorer(run: &Run<'_>) -> String {
    match run.results.scorer() {
        None => "nothing".to_owned(),
        Some(ScorerRecord { name, origin, .. }) => match origin {
            Some(origin) => format!("`{name}`, {}", cell(origin)),
            None => format!("`{name}`"),
        },
    }
}

fn line(comparison: &Comparison, footnotes: &mut Footnotes) -> String {
    let (ours, missing) = match &comparison.ours {
        Ok(figure) => (figure.to_string(), None),
        Err(reason) => ("—".to_owned(), Some(reason)),
    };
    let (band, not_compared) = match &comparison.rule {
        Rule::Within(band) => (comparison.published.shown_band(*band), None),
        Rule::NotCompared(reason) => ("—".to_owned(), Some(reason)),
    };
    let marks: String = (missing.into_iter().chain(not_compared))
        .chain(&comparison.remarks)
        .map(|text| footnotes.mark(text))
        .collect();
    format!(
        "| {} | {} | {ours} | {} | {band} | {}{marks} | {} |\n",
        cell(&comparison.quantity),
        comparison.published,
        comparison.difference().unwrap_or_else(|| "—".to_owned()),
        comparison.outcome(),
        cell(&comparison.source)
    )
}

/// How many comparisons came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Within their band.
    pub within: usize,
    /// Outside it.
    pub outside: usize,
    /// Not in the run.
    pub missing: usize,
    /// Shown only.
    pub not_compared: usize,
}

impl Tally {
    /// Counts them.
    pub(super) fn of(comparisons: &[Comparison]) -> Self {
        let mut tally = Self::default();
        for comparison in comparisons {
            *match comparison.outcome() {
                Outcome::Within => &mut tally.within,
                Outcome::Outside => &mut tally.outside,
                Outcome::Missing => &mut tally.missing,
                Outcome::NotCompared => &mut tally.not_compared,
            } += 1;
        }
        tally
    }

    /// Whether nothing that is to be compared is outside its band or missing.
    #[must_use]
    pub fn passes(self) -> bool {
        self.within > 0 && self.outside == 0 && self.missing == 0
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            within,
            outside,
            missing,
            not_compared,
        } = self;
        let all = within + outside + missing + not_compared;
        write!(
            f,
            "{all} published figures: {within} within their band, {outside} outside, {missing} missing, \
             {not_compared} not compared"
        )
    }
}
