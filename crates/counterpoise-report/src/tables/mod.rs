//! Tables 1 and 2, and others of the same form: what a model scores under each intervention.

mod columns;
mod control;
mod files;
mod markdown;
mod row;

pub use columns::{heading, shown};

pub use control::AgainstControl;
pub(crate) use files::{csv_text, number};
pub use row::{RowSweep, TableRow};

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use counterpoise_data::write_atomically;

use crate::ReportError;

const WHAT: &str = "tables";

/// The rows of all tables of a study.
///
/// ```
/// use counterpoise_report::{TableRow, Tables};
/// use counterpoise_score::Score;
///
/// let tables = Tables {
///     rows: vec![
///         TableRow::new(1, "base", "none")
///             .with(Score::new("toxicity", 0.453, 1199).within(Some([0.43, 0.48])))
///             .with(Score::new("perplexity", 21.70, 280_000))
///             .with(Score::missing("f1", "no samples were given")),
///     ],
///     ..Tables::default()
/// };
/// let markdown = tables.markdown(1)?;
/// assert!(markdown.contains("| 0.453 (0.430–0.480) | 21.70 | —[^1] |"));
/// assert!(markdown.contains("[^1]: no samples were given"));
/// # Ok::<(), counterpoise_report::ReportError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tables {
    /// A line above each table, such as how the numbers of neurons were scaled.
    pub note: Option<String>,
    /// What each table is called, by its number. A table with a title is written even without rows.
    pub titles: BTreeMap<u32, String>,
    /// The rows, each with the table it belongs to, in the order they are shown.
    pub rows: Vec<TableRow>,
    /// Rows against their controls, in the order they are shown.
    pub controls: Vec<AgainstControl>,
}

impl Tables {
    /// Writes `table1.md` and so on, `tables.csv` and `tables.json` into `folder`, which is made if need
    /// be, and returns their paths. Both data files hold every row at full precision. Rows against their controls
    /// go to `controls.csv` and `controls.json`, if there are any.
    ///
    /// # Errors
    /// What [`Tables::check`] finds; otherwise an error of writing.
    pub fn write(&self, folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
        self.check()?;
        let mut contents = Vec::new();
        for number in self.numbers() {
            contents.push((format!("table{number}.md"), self.markdown(number)?));
        }
        contents.push(("tables.csv".to_owned(), files::to_csv(&self.rows)?));
        contents.push(("tables.json".to_owned(), files::to_json(&self.rows)?));
        if !self.controls.is_empty() {
            let controls = &self.controls;
            contents.push(("controls.csv".to_owned(), files::controls_to_csv(controls)?));
            contents.push(("controls.json".to_owned(), files::to_json(controls)?));
        }
        let mut paths = Vec::with_capacity(contents.len());
        for (name, content) in contents {
            let path = folder.join(name);
            write_atomically(&path, content.as_bytes())?;
            paths.push(path);
        }
        Ok(paths)
    }

    /// The numbers of the tables, in their order.
    pub fn numbers(&self) -> BTreeSet<u32> {
        let titled = self.titles.keys().copied();
        titled
            .chain(self.rows.iter().map(|row| row.table))
            .collect()
    }

    /// One table as Markdown: scores rounded as in the paper, a dash and a footnote where one is missing.
    ///
    /// # Errors
    /// What [`Tables::check`] finds.
    pub fn markdown(&self, number: u32) -> Result<String, ReportError> {
        self.check()?;
        Ok(markdown::render(self, number))
    }

    /// Whether every row says what it is, every score is finite and every gap is explained.
    ///
    /// # Errors
    /// The first row that does not, counted from 1; [`ReportError::NoRows`] if there is none.
    pub fn check(&self) -> Result<(), ReportError> {
        if self.rows.is_empty() {
            return Err(ReportError::NoRows { what: WHAT });
        }
        let mut seen = HashSet::new();
        for (index, row) in self.rows.iter().enumerate() {
            row.check(index + 1)?;
            let what = (&row.model, &row.intervention);
            if !seen.insert((row.table, what, &row.control_of, row.draw)) {
                return Err(ReportError::DuplicateRow {
                    row: index + 1,
                    found: format!("table {}: {}, {}", row.table, row.model, row.intervention),
                });
            }
        }
        Ok(())
    }
}
