//! The comparison as Markdown, and in one line.

use std::fmt;

use counterpoise_eval::Protocol;
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
    text.push_str(&nearest(run, comparisons));
    text.push_str(&footnotes.render());
    text.push_str(&format!("\n{}.\n", Tally::of(comparisons)));
    text
}

/// Which protocol comes nearest to each published cell; empty where the run has one.
fn nearest(run: &Run<'_>, comparisons: &[Comparison]) -> String {
    let protocols: Vec<Protocol> = run
        .results
        .protocols()
        .map(|(protocol, _)| protocol)
        .collect();
    if protocols.len() < 2 {
        return String::new();
    }
    let mut text = "\n## By protocol\n\nWhich protocol comes nearest to each published cell, both rounded as it is. Nearness of one \
                    cell may be chance; the verdicts above are of the first protocol alone.\n\n| Quantity | Published |"
        .to_owned();
    for protocol in &protocols {
        text.push_str(&format!(" {protocol} |"));
    }
    text.push_str(" Nearest |\n|---|---:|");
    text.push_str(&"---:|".repeat(protocols.len()));
    text.push_str("---|\n");
    let mut counts = vec![0; protocols.len()];
    let mut alike = 0;
    for comparison in comparisons {
        let nearest = comparison.nearest();
        if nearest.is_empty() {
            continue;
        }
        text.push_str(&format!(
            "| {} | {} |",
            cell(&comparison.quantity),
            comparison.published
        ));
        for protocol in &protocols {
            let found = comparison.by_protocol.iter().find(|(of, _)| of == protocol);
            let shown = found.map_or_else(
                || "—".to_owned(),
                |(_, ours)| comparison.published.like(*ours),
            );
            text.push_str(&format!(" {shown} |"));
        }
        match &nearest[..] {
            [only] => {
                text.push_str(&format!(" {only} |\n"));
                if let Some(place) = protocols.iter().position(|protocol| protocol == only) {
                    counts[place] += 1;
                }
            }
            _ => {
                text.push_str(" alike |\n");
                alike += 1;
            }
        }
    }
    let counts: Vec<String> = (protocols.iter().zip(counts))
        .map(|(protocol, count)| format!("{protocol} is nearest in {count}"))
        .collect();
    text.push_str(&format!(
        "\nOf the cells compared, {}, and {alike} are alike.\n",
        counts.join(", ")
    ));
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
