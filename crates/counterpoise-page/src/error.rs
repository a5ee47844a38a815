//! What can keep a page from being made.

use thiserror::Error;

/// Why there is no page.
#[derive(Debug, Error)]
pub enum PageError {
    /// A column has another length than there are neurons.
    #[error("column `{column}`: expected {expected} values, one for each neuron; found {found}")]
    Column {
        /// The column.
        column: String,
        /// How many neurons there are.
        expected: usize,
        /// How many values it has.
        found: usize,
    },
    /// A row of texts has another length than there are prompts.
    #[error("texts of `{row}`: expected {expected}, one for each prompt; found {found}")]
    Texts {
        /// The row.
        row: String,
        /// How many prompts there are.
        expected: usize,
        /// How many texts or values it has.
        found: usize,
    },
    /// Data that cannot be compressed or written as JSON.
    #[error("the page's data cannot be written: {0}")]
    Data(String),
    /// A broken template.
    #[error("the page's template: {0}")]
    Template(#[from] minijinja::Error),
}
