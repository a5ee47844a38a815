//! A table as Markdown, with footnotes; below it the differences from the unedited model and from controls.

use std::collections::BTreeSet;

use counterpoise_score::Difference;

use super::columns::{
    change_heading, changed, decimals, heading, metrics, shown, shown_change, spread,
};
use super::{TableRow, Tables};
use crate::markdown::{Footnotes, cell};
use crate::number::with_commas;

pub(super) fn render(tables: &Tables, number: u32) -> String {
    let mut text = match tables.titles.get(&number) {
        Some(title) => format!("# Table {number}: {}\n\n", cell(title)),
        None => format!("# Table {number}\n\n"),
    };
    if let Some(note) = &tables.note {
        text.push_str(&format!("{}\n\n", cell(note)));
    }
    let rows: Vec<&TableRow> = (tables.rows.iter())
        .filter(|row| row.table == number)
        .collect();
    if rows.is_empty() {
        text.push_str("The study has no interventions of this table.\n");
        return text;
    }
    let lines = lines(&rows);
    let mut footnotes = Footnotes::default();
    text.push_str(&scores(tables, &lines, &mut footnotes));
    text.push_str(&changes(&lines, &mut footnotes));
    text.push_str(&against_controls(tables, number, &mut footnotes));
    text.push_str(&footnotes.render());
    text
}

/// The rows as they are shown: the draws of one control on one line.
fn lines<'a>(rows: &[&'a TableRow]) -> Vec<Vec<&'a TableRow>> {
    let mut lines: Vec<Vec<&TableRow>> = Vec::new();
    for &row in rows {
        let key = |row: &TableRow| (row.intervention.clone(), row.control_of.clone());
        match lines.last_mut() {
            Some(line) if row.draw.is_some() && key(line[0]) == key(row) => line.push(row),
            _ => lines.push(vec![row]),
        }
    }
    lines
}

/// What each row scored.
fn scores(tables: &Tables, lines: &[Vec<&TableRow>], footnotes: &mut Footnotes) -> String {
    // The same columns in every table of a study.
    let metrics = metrics(&tables.rows);
    let headings = metrics.iter().map(|metric| cell(heading(metric)));
    let mut text = header(&["Model", "Intervention"], Some("Neurons"), headings);
    for rows in lines {
        let row = rows[0];
        let named = [cell(&row.model), label(rows, footnotes), neurons(row)];
        let scores = metrics.iter().map(|metric| score(rows, metric, footnotes));
        text.push_str(&line(named, scores.collect()));
    }
    let mut all = tables.rows.iter().flat_map(|row| &row.scores);
    if all.any(|score| score.interval.is_some()) {
        text.push_str("\nIn parentheses: 95 % bootstrap intervals.\n");
    }
    if lines.iter().any(|rows| rows.len() > 1) {
        text.push_str(
            "\nA control of several draws: mean ± standard deviation over the draws, lowest and highest in parentheses.\n",
        );
    }
    text
}

/// How each row differs from the unedited model; empty where that is not known.
fn changes(lines: &[Vec<&TableRow>], footnotes: &mut Footnotes) -> String {
    let all = lines.iter().flatten().flat_map(|row| &row.changes);
    let metrics = changed(all);
    if metrics.is_empty() {
        return String::new();
    }
    let headings = metrics
        .iter()
        .map(|(metric, scale)| cell(&change_heading(metric, *scale)));
    let mut text = "\n## Against the unedited model\n\nPaired: the same continuations, windows and samples on both \
                    sides, with 95 % bootstrap intervals. Δ is a difference of means, × a ratio of perplexities. \
                    The unedited tuned model is compared with the base model.\n\n"
        .to_owned();
    text.push_str(&header(&["Model", "Intervention"], None, headings));
    for rows in lines.iter().filter(|rows| !rows[0].changes.is_empty()) {
        let cells = metrics.iter().map(|(metric, _)| {
            let found = rows.iter().filter_map(|row| row.change(metric));
            let found: Vec<&Difference> = found.collect();
            changes_cell(&found, footnotes)
        });
        let cells: Vec<String> = cells.collect();
        let named = [cell(&rows[0].model), label(rows, footnotes)];
        text.push_str(&line(named, cells));
    }
    text
}

/// How rows differ from their controls; empty where there are none.
fn against_controls(tables: &Tables, number: u32, footnotes: &mut Footnotes) -> String {
    let controls = tables.controls.iter();
    let controls: Vec<_> = controls.filter(|control| control.table == number).collect();
    let metrics = changed(controls.iter().flat_map(|control| &control.changes));
    if metrics.is_empty() {
        return String::new();
    }
    let headings = metrics
        .iter()
        .map(|(metric, scale)| cell(&change_heading(metric, *scale)));
    let mut text = "\n## Against controls\n\nEach row against its controls, paired as above: what a control does not \
                    explain. The draws of a control are averaged item by item.\n\n"
        .to_owned();
    text.push_str(&header(
        &["Model", "Intervention", "Control"],
        None,
        headings,
    ));
    for control in controls {
        let of = |metric: &str| {
            control
                .changes
                .iter()
                .find(|change| change.metric == metric)
        };
        let cells = (metrics.iter())
            .map(|(metric, _)| changes_cell(&Vec::from_iter(of(metric)), footnotes));
        let cells: Vec<String> = cells.collect();
        let name = match control.draws {
            1 => cell(&control.control),
            draws => format!("{} (mean of {draws} draws)", cell(&control.control)),
        };
        let named = [cell(&control.model), cell(&control.intervention), name];
        text.push_str(&line(named, cells));
    }
    text
}

fn header(named: &[&str], counted: Option<&str>, headings: impl Iterator<Item = String>) -> String {
    let (mut names, mut rule) = (String::from("|"), String::from("|"));
    for name in named {
        names.push_str(&format!(" {name} |"));
        rule.push_str("---|");
    }
    for heading in counted.map(str::to_owned).into_iter().chain(headings) {
        names.push_str(&format!(" {heading} |"));
        rule.push_str("---:|");
    }
    format!("{names}\n{rule}\n")
}

fn line<const N: usize>(named: [String; N], cells: Vec<String>) -> String {
    let cells = named.into_iter().chain(cells).collect::<Vec<_>>();
    format!("| {} |\n", cells.join(" | "))
}

/// What a line is called; a control is set below its row.
fn label(rows: &[&TableRow], footnotes: &mut Footnotes) -> String {
    let row = rows[0];
    let notes = rows.iter().flat_map(|row| &row.notes);
    let marks: BTreeSet<String> = notes.map(|note| footnotes.mark(note)).collect();
    let marks: String = marks.into_iter().collect();
    let draws = match rows.len() {
        1 => String::new(),
        draws => format!(", {draws} draws"),
    };
    let below = if row.control_of.is_some() { "↳ " } else { "" };
    format!("{below}{}{draws}{marks}", cell(&row.intervention))
}

fn neurons(row: &TableRow) -> String {
    let neurons = row.neurons.map(with_commas).unwrap_or_default();
    match row.published_neurons {
        Some(published) if row.neurons != Some(published) => {
            let both = format!("{neurons} (published {})", with_commas(published));
            both.trim_start().to_owned()
        }
        _ => neurons,
    }
}

/// The score, a dash where it is missing, nothing where none was asked for; of several draws their spread.
fn score(rows: &[&TableRow], metric: &str, footnotes: &mut Footnotes) -> String {
    let scores = rows.iter().filter_map(|row| row.score(metric));
    let scores: Vec<_> = scores.collect();
    let remarks = scores
        .iter()
        .flat_map(|score| score.missing.iter().chain(&score.notes));
    let mut marks: Vec<String> = remarks.map(|note| footnotes.mark(note)).collect();
    // Draws have their remarks in common.
    marks.dedup();
    let marks = marks.concat();
    let values: Vec<f64> = scores.iter().filter_map(|score| score.value).collect();
    match (&scores[..], &values[..]) {
        ([], _) => String::new(),
        (_, []) => format!("—{marks}"),
        ([score], [value]) => shown(score, *value) + &marks,
        _ => spread(&values, decimals(metric)) + &marks,
    }
}

/// Differences of one row, or of the draws of a control.
fn changes_cell(changes: &[&Difference], footnotes: &mut Footnotes) -> String {
    let remark = |change: &&Difference| match (&change.missing, change.left_out) {
        (Some(reason), _) => Some(reason.clone()),
        (None, 0) => None,
        (None, left_out) => Some(format!(
            "{left_out} of {} are not there on both sides and are left out",
            change.n + left_out
        )),
    };
    let marks = changes.iter().filter_map(remark);
    let marks: BTreeSet<String> = marks.map(|note| footnotes.mark(&note)).collect();
    let values: Vec<f64> = changes.iter().filter_map(|change| change.value).collect();
    let shown = match (changes, &values[..]) {
        ([], _) => String::new(),
        (_, []) => "—".to_owned(),
        ([change], [value]) => shown_change(change, *value),
        _ => spread(&values, 3),
    };
    shown + &marks.into_iter().collect::<String>()
}
