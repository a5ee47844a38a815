//! Two finished runs beside each other.

use std::fmt::Write;
use std::path::Path;

use counterpoise_report::{cell, metric_heading, shown_score};

use crate::error::Result;
use crate::results::Results;
use crate::row::RowResults;

/// The run that another one is compared with.
#[derive(Clone, Debug)]
pub struct OtherRun {
    /// What it is called: its folder.
    pub name: String,
    /// What it found out.
    pub results: Results,
}

impl OtherRun {
    /// Reads the run in `folder`.
    ///
    /// # Errors
    /// As [`Results::read`].
    pub fn read(folder: &Path) -> Result<Self> {
        Ok(Self {
            name: folder.display().to_string(),
            results: Results::read(folder)?,
        })
    }
}

/// `this` beside `other`, as Markdown: inputs that differ, sums, groups, and the rows that both have by their names.
pub(super) fn markdown(this: &Results, other: &OtherRun) -> String {
    let that = &other.results;
    let mut text = format!(
        "This run (study `{}`) beside `{}` (study `{}`). Differences are this run's value less the other's, unpaired; rows are \
         matched by their names.\n\n",
        cell(&this.study.name),
        cell(&other.name),
        cell(&that.study.name)
    );
    text.push_str(&inputs(this, that));
    text.push_str(
        "\n| Sums and shares | This run | The other | Difference |\n|---|---:|---:|---:|\n",
    );
    let mut line = |name: &str, a: f64, b: f64| {
        let _ = writeln!(text, "| {name} | {a:.4} | {b:.4} | {:+.4} |", a - b);
    };
    line("peak reduction", this.reduction.peak, that.reduction.peak);
    line("net reduction", this.reduction.net, that.reduction.net);
    for grouping in &this.groups {
        let mut theirs = that.groups.iter();
        let Some(theirs) = theirs.find(|theirs| theirs.grouping == grouping.grouping) else {
            continue;
        };
        for (a, b) in grouping.groups.iter().zip(&theirs.groups) {
            if let (Some(ours), Some(others)) = (a.share, b.share) {
                let name = format!("share of {} by {}", a.group, grouping.grouping);
                line(&name, ours, others);
            }
        }
    }
    text.push_str(&rows(this, that));
    text
}

/// The inputs that are not the same file.
fn inputs(this: &Results, that: &Results) -> String {
    let mut differ: Vec<&str> = Vec::new();
    for file in &this.inputs {
        let same = |other: &crate::hashing::HashedFile| {
            other.role == file.role && other.sha256 == file.sha256
        };
        if !that.inputs.iter().any(same) && !differ.contains(&file.role.as_str()) {
            differ.push(&file.role);
        }
    }
    match differ.is_empty() {
        true => "Every input of this run is one of the other's, by SHA-256.\n".to_owned(),
        false => format!(
            "Inputs that differ, by SHA-256: {}.\n",
            cell(&differ.join(", "))
        ),
    }
}

fn rows(this: &Results, that: &Results) -> String {
    let mut text = String::from(
        "\n| Model | Intervention | Metric | This run | The other | Difference |\n|---|---|---|---:|---:|---:|\n",
    );
    let mut only_here: Vec<&str> = Vec::new();
    for row in this.rows.iter().filter(|row| row.control.is_none()) {
        match that.rows.iter().find(|other| other.name == row.name) {
            Some(other) => text.push_str(&scores(row, other)),
            None => only_here.push(&row.name),
        }
    }
    let has = |name: &str| this.rows.iter().any(|row| row.name == name);
    let mut only_there = Vec::new();
    for row in that.rows.iter().filter(|row| row.control.is_none()) {
        if !has(&row.name) {
            only_there.push(row.name.as_str());
        }
    }
    for (names, whose) in [(only_here, "this run"), (only_there, "the other")] {
        if !names.is_empty() {
            let _ = writeln!(
                text,
                "\nRows of {whose} alone: {}.",
                cell(&names.join(", "))
            );
        }
    }
    text
}

fn scores(row: &RowResults, other: &RowResults) -> String {
    let mut text = String::new();
    for score in &row.outcome.scores {
        let theirs = other.whole_score(&score.metric);
        let dash = || "—".to_owned();
        let ours_shown = score
            .value
            .map_or_else(dash, |value| shown_score(score, value));
        let their_value = theirs.and_then(|theirs| theirs.value);
        let their_shown = theirs.and_then(|theirs| Some(shown_score(theirs, theirs.value?)));
        let difference = score
            .value
            .zip(their_value)
            .map(|(a, b)| format!("{:+.4}", a - b));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {ours_shown} | {} | {} |",
            row.model,
            cell(&row.label),
            cell(metric_heading(&score.metric)),
            their_shown.unwrap_or_else(dash),
            difference.unwrap_or_else(dash)
        );
    }
    text
}
