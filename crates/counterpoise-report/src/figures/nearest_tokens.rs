//! The tokens that vectors of the residual stream score highest: the probe, and value vectors of neurons.

use plotters::style::RGBColor;

use crate::ReportError;
use crate::axis::{Axis, TickNames};
use crate::check::Check;
use crate::number::decimal;
use crate::page::{LegendEntry, Mark};
use crate::plane::Grid;
use crate::plot::{About, Bar, Lean, Marks, Note, Plot, Series};
use crate::render::Figure;

/// The least part of a row's highest score that a level has, and its colour: light enough for what is written on it.
const LEVELS: [(f64, RGBColor); 4] = [
    (0.9, RGBColor(0x8C, 0xC6, 0xEC)),
    (0.8, RGBColor(0xB4, 0xDA, 0xF2)),
    (0.7, RGBColor(0xD6, 0xEA, 0xF7)),
    (f64::NEG_INFINITY, RGBColor(0xEE, 0xEE, 0xEE)),
];

/// What half of a cell takes of a column, and of a row.
const HALF: (f64, f64) = (0.48, 0.44);

/// A row of cells for each vector, with a token in each, coloured by its score.
#[derive(Clone, Debug, PartialEq)]
pub struct NearestTokens {
    /// The vectors, the first at the top.
    pub rows: Vec<VectorTokens>,
}

/// One vector.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorTokens {
    /// What it is called.
    pub name: String,
    /// Its tokens as they are shown, with their scores, the highest first.
    pub tokens: Vec<(String, f64)>,
}

impl NearestTokens {
    /// The vectors with how high they stand.
    fn placed(&self) -> impl Iterator<Item = (f64, &VectorTokens)> {
        (0u32..).map(f64::from).zip(self.rows.iter().rev())
    }

    /// The cells whose score is at least `least` of their row's highest, and below `above`.
    fn cells(&self, least: f64, above: f64) -> Vec<Bar> {
        let mut cells = Vec::new();
        for (y, row) in self.placed() {
            let highest = row.tokens.first().map_or(0.0, |(_, score)| *score);
            for (x, (token, score)) in (1u32..).zip(&row.tokens) {
                let part = match highest > 0.0 {
                    true => score / highest,
                    false => 1.0,
                };
                if part < least || part >= above {
                    continue;
                }
                let about = format!(
                    "{}, token {x}: {token}, score {}",
                    row.name,
                    decimal(*score, 4)
                );
                let x = f64::from(x);
                cells.push(Bar {
                    x: [x - HALF.0, x + HALF.0],
                    y: [y - HALF.1, y + HALF.1],
                    about: About::Text(about),
                });
            }
        }
        cells
    }

    fn axes(&self) -> (Axis, Axis) {
        let most = self.rows.iter().map(|row| row.tokens.len()).max();
        let x = Axis::whole("token, the highest score first", 1, most.unwrap_or(0), 0.5);
        let mut y = Axis::whole("", 0, self.rows.len(), 0.5);
        y.ticks = self.placed().map(|(y, _)| y).collect();
        y.names = TickNames::Given(self.placed().map(|(_, row)| row.name.clone()).collect());
        (x, y)
    }
}

impl Figure for NearestTokens {
    fn name(&self) -> &'static str {
        "nearest_tokens"
    }

    fn title(&self) -> String {
        "The probe and the most toxic value vectors as tokens".to_owned()
    }

    fn check(&self) -> Result<(), ReportError> {
        let check = Check {
            figure: self.name(),
        };
        let scores = self.rows.iter().flat_map(|row| &row.tokens);
        check
            .series("scores", scores.map(|(_, score)| *score))
            .map(drop)
    }

    fn plot(&self) -> Plot {
        let (x, y) = self.axes();
        let mut plot = Plot::on(x, y, Grid::Vertical);
        let mut above = f64::INFINITY;
        for (least, colour) in LEVELS {
            let label = match (least, above) {
                (least, f64::INFINITY) => {
                    format!("{} or more of the row's highest score", decimal(least, 1))
                }
                (f64::NEG_INFINITY, above) => format!("less than {}", decimal(above, 1)),
                (least, above) => format!("{} to {}", decimal(least, 1), decimal(above, 1)),
            };
            let cells = Marks::Bars(self.cells(least, above));
            plot = plot.with(Series::new(label.as_str(), colour, cells));
            plot.legend.push(LegendEntry {
                label,
                mark: Mark::Bar,
                colour,
            });
            above = least;
        }
        let notes = self.placed().flat_map(|(y, row)| {
            let tokens = (1u32..).map(f64::from).zip(&row.tokens);
            tokens.map(move |(x, (token, _))| Note {
                at: [x, y],
                shift: (0, 8), // letters reach higher above their middle than below it
                text: token.clone(),
                lean: Lean::Middle,
                room: Some(2.0 * HALF.0),
            })
        });
        plot.noted(notes.collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure() -> NearestTokens {
        let row = |name: &str, tokens: &[(&str, f64)]| VectorTokens {
            name: name.to_owned(),
            tokens: tokens
                .iter()
                .map(|(token, score)| ((*token).to_owned(), *score))
                .collect(),
        };
        NearestTokens {
            rows: vec![
                row("probe", &[("\" a\"", 2.0), ("\"b\"", 1.8), ("#7", 1.0)]),
                row("L0.3", &[("\"c\"", 0.5), ("\"d\"", 0.37)]),
            ],
        }
    }

    #[test]
    fn every_token_is_written_in_one_cell_of_the_level_that_its_score_is_in() {
        let plot = figure().plot();
        let counts: Vec<usize> = (plot.series.iter())
            .map(|series| match &series.marks {
                Marks::Bars(bars) => bars.len(),
                _ => 0,
            })
            .collect();
        assert_eq!(counts, [3, 0, 1, 1]);
        let notes: Vec<([f64; 2], &str)> = plot
            .notes
            .iter()
            .map(|note| (note.at, note.text.as_str()))
            .collect();
        let expected = [
            ([1.0, 0.0], "\"c\""),
            ([2.0, 0.0], "\"d\""),
            ([1.0, 1.0], "\" a\""),
            ([2.0, 1.0], "\"b\""),
            ([3.0, 1.0], "#7"),
        ];
        assert_eq!(notes, expected);
        assert_eq!(
            plot.y.names,
            TickNames::Given(vec!["L0.3".to_owned(), "probe".to_owned()])
        );
    }

    #[test]
    fn a_cell_says_which_token_of_which_vector_it_is() {
        let cells = figure().cells(0.7, 0.8);
        assert_eq!(cells.len(), 1);
        let words = "L0.3, token 2: \"d\", score 0.3700";
        assert_eq!(cells[0].about, About::Text(words.to_owned()));
        assert_eq!((cells[0].x, cells[0].y), ([1.52, 2.48], [-0.44, 0.44]));
    }

    #[test]
    fn vectors_without_tokens_are_refused() {
        assert!(figure().check().is_ok());
        assert!(NearestTokens { rows: Vec::new() }.check().is_err());
        let mut broken = figure();
        broken.rows[1].tokens[0].1 = f64::NAN;
        assert!(broken.check().is_err());
    }
}
