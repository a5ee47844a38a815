//! Tables 1 and 2: toxicity, perplexity and F1 under each intervention.

mod files;
mod markdown;
mod row;

pub use row::{Note, PaperTable, Quantity, TableRow};

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use counterpoise_data::write_atomically;

use crate::ReportError;

const WHAT: &str = "tables";

/// The rows of both tables.
///
/// ```
/// use counterpoise_report::{PaperTable, Quantity, TableRow, Tables};
///
/// let tables = Tables {
///     note: None,
///     rows: vec![
///         TableRow::new(PaperTable::One, "base", "none")
///             .with(Quantity::Toxicity, Ok(0.453))
///             .with(Quantity::Perplexity, Ok(21.70))
///             .with(Quantity::F1, Err("no samples were given".to_owned())),
///     ],
/// };
/// let markdown = tables.markdown(PaperTable::One)?;
/// assert!(markdown.contains("| 0.453 | 21.70 |  | —[^1] |"));
/// assert!(markdown.contains("[^1]: no samples were given"));
/// # Ok::<(), counterpoise_report::ReportError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tables {
    /// A line above each table, such as how the numbers of neurons were scaled.
    pub note: Option<String>,
    /// The rows, each with the table it belongs to, in the order they are shown.
    pub rows: Vec<TableRow>,
}

impl Tables {
    /// Writes `table1.md`, `table2.md`, `tables.csv` and `tables.json` into `folder`, which is made if
    /// need be, and returns their paths. Both data files hold every row at full precision.
    ///
    /// # Errors
    /// What [`Tables::check`] finds; otherwise an error of writing.
    pub fn write(&self, folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
        let contents = [
            ("table1.md", self.markdown(PaperTable::One)?),
            ("table2.md", self.markdown(PaperTable::Two)?),
            ("tables.csv", files::to_csv(&self.rows)?),
            ("tables.json", files::to_json(&self.rows)?),
        ];
        let mut paths = Vec::with_capacity(contents.len());
        for (name, content) in contents {
            let path = folder.join(name);
            write_atomically(&path, content.as_bytes())?;
            paths.push(path);
        }
        Ok(paths)
    }

    /// One table as Markdown: scores rounded as in the paper, a dash and a footnote where one is missing.
    ///
    /// # Errors
    /// What [`Tables::check`] finds.
    pub fn markdown(&self, table: PaperTable) -> Result<String, ReportError> {
        self.check()?;
        Ok(markdown::render(self, table))
    }

    /// The rows of a `tables.csv`.
    ///
    /// # Errors
    /// [`ReportError::TableFile`] if the file is not one that [`Tables::write`] makes.
    pub fn read_csv(path: &Path) -> Result<Vec<TableRow>, ReportError> {
        files::read_csv(path)
    }

    /// The rows of a `tables.json`.
    ///
    /// # Errors
    /// [`ReportError::TableFile`] if the file is not one that [`Tables::write`] makes.
    pub fn read_json(path: &Path) -> Result<Vec<TableRow>, ReportError> {
        files::read_json(path)
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
            if !seen.insert((row.table, &row.model, &row.intervention)) {
                return Err(ReportError::DuplicateRow {
                    row: index + 1,
                    found: format!("table {}: {}, {}", row.table, row.model, row.intervention),
                });
            }
        }
        Ok(())
    }
}
