//! The frontier as Markdown and as CSV.

use std::path::{Path, PathBuf};

use counterpoise_data::write_atomically;

use super::{Frontier, Judged, Standing};
use crate::ReportError;
use crate::markdown::{Footnotes, cell};
use crate::tables::{csv_text, heading, number, shown};

impl Frontier {
    /// Writes `<name>.md` and `<name>.csv` into `folder`, and returns their paths.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, folder: &Path, name: &str) -> Result<[PathBuf; 2], ReportError> {
        let paths = ["md", "csv"].map(|kind| folder.join(format!("{name}.{kind}")));
        let texts = [self.markdown(), self.csv()?];
        for (path, text) in paths.iter().zip(texts) {
            write_atomically(path, text.as_bytes())?;
        }
        Ok(paths)
    }

    /// The rows with where they stand, numbered as in the figure.
    #[must_use]
    pub fn markdown(&self) -> String {
        let [first, second] = [0, 1].map(|which| heading(&self.metrics[which]));
        let mut text = format!(
            "# Frontier: {first} and {second}\n\nBy value: a row is beaten by one that is as good in both metrics and better in one; \
             the others are the frontier. With intervals: a row is dominated where the 95 % interval of the paired difference shows the \
             other to be better in one metric, and in the other better too, or the same in every item. Where an interval \
             includes no change, that is undecided. Each pair is judged by itself, without a correction for their number.\n\n\
             | # | Model | Row | {first} | {second} | By value | With intervals |\n|---:|---|---|---:|---:|---|---|\n"
        );
        let mut footnotes = Footnotes::default();
        let (controls, rows): (Vec<&Judged>, Vec<&Judged>) = self
            .rows
            .iter()
            .partition(|judged| judged.row.control_of.is_some());
        for (place, judged) in rows.iter().enumerate() {
            let row = &judged.row;
            let by_value = match &judged.beaten_by[..] {
                [] => "**frontier**".to_owned(),
                others => format!("beaten by {}", listed(others)),
            };
            let cells = [
                (place + 1).to_string(),
                cell(&row.model),
                cell(&row.label),
                self.score(judged, 0, &mut footnotes),
                self.score(judged, 1, &mut footnotes),
                by_value,
                with_intervals(judged),
            ];
            text.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
        text.push_str(&self.controls(&controls));
        for (name, reason) in &self.left_out {
            text.push_str(&format!(
                "\nNot in the plane: `{name}`, {}.\n",
                cell(reason)
            ));
        }
        text.push_str(&footnotes.render());
        text
    }

    /// The controls that no row beats; empty without controls.
    fn controls(&self, controls: &[&Judged]) -> String {
        if controls.is_empty() {
            return String::new();
        }
        let mut text = format!(
            "\n## Controls\n\nControls beat no row; one that no row beats lies on the frontier or beyond it. Of {} rows of \
             controls, each draw one,\n\n",
            controls.len()
        );
        let of = |standing: Standing| {
            controls
                .iter()
                .filter(|judged| judged.standing() == standing)
                .count()
        };
        let unbeaten: Vec<String> = (controls.iter())
            .filter(|judged| judged.beaten_by.is_empty())
            .map(|judged| format!("`{}`", judged.row.name))
            .collect();
        text.push_str(&format!(
            "- with intervals {} are dominated, {} undecided, {} dominated by none;\n- by value {} are beaten by none{}{}.\n",
            of(Standing::Dominated),
            of(Standing::Undecided),
            of(Standing::Frontier),
            unbeaten.len(),
            if unbeaten.is_empty() { "" } else { ": " },
            unbeaten.join(", ")
        ));
        text
    }

    fn score(&self, judged: &Judged, which: usize, footnotes: &mut Footnotes) -> String {
        let score = &judged.row.scores[which];
        let marks: String = score
            .notes
            .iter()
            .map(|note| footnotes.mark(note))
            .collect();
        score
            .value
            .map_or_else(String::new, |value| shown(score, value))
            + &marks
    }

    /// One line a row, other rows by their names, separated by spaces.
    fn csv(&self) -> Result<String, ReportError> {
        let [first, second] = &self.metrics;
        let mut lines = vec![
            [
                "row".to_owned(),
                "model".to_owned(),
                "label".to_owned(),
                "sweep".to_owned(),
                "control_of".to_owned(),
                first.clone(),
                format!("{first}_low"),
                format!("{first}_high"),
                second.clone(),
                format!("{second}_low"),
                format!("{second}_high"),
                "on_frontier".to_owned(),
                "beaten_by".to_owned(),
                "standing".to_owned(),
                "dominated_by".to_owned(),
                "undecided_against".to_owned(),
            ]
            .to_vec(),
        ];
        for judged in &self.rows {
            let row = &judged.row;
            let mut line = vec![
                row.name.clone(),
                row.model.clone(),
                row.label.clone(),
                row.sweep.clone().unwrap_or_default(),
                row.control_of.clone().unwrap_or_default(),
            ];
            for score in &row.scores {
                line.push(number(score.value));
                line.push(number(score.interval.map(|[low, _]| low)));
                line.push(number(score.interval.map(|[_, high]| high)));
            }
            let standing = match judged.standing() {
                Standing::Frontier => "frontier",
                Standing::Undecided => "undecided",
                Standing::Dominated => "dominated",
            };
            line.extend([
                judged.is_on_frontier().to_string(),
                self.names(&judged.beaten_by),
                standing.to_owned(),
                self.names(&judged.dominated_by),
                self.names(&judged.undecided_against),
            ]);
            lines.push(line);
        }
        csv_text(&lines)
    }

    fn names(&self, places: &[usize]) -> String {
        let names = places
            .iter()
            .map(|&place| self.rows[place].row.name.as_str());
        names.collect::<Vec<_>>().join(" ")
    }
}

fn with_intervals(judged: &Judged) -> String {
    match judged.standing() {
        Standing::Frontier => "**frontier**".to_owned(),
        Standing::Undecided => format!("undecided against {}", listed(&judged.undecided_against)),
        Standing::Dominated => format!("dominated by {}", listed(&judged.dominated_by)),
    }
}

/// The numbers of rows.
fn listed(places: &[usize]) -> String {
    let numbers = places.iter().map(|place| (place + 1).to_string());
    numbers.collect::<Vec<_>>().join(", ")
}
