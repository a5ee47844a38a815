//! How far scorers agree: over the continuations of a run, and over its rows.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use counterpoise_data::write_atomically;
use counterpoise_report::{cell, with_commas};
use counterpoise_score::{RankCorrelation, rank_correlation};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::generations::{StoredGeneration, read_generations};
use crate::results::Results;
use crate::row::RowResults;

/// The file that says how far scorers agree.
const FILE: &str = "agreement.md";

/// How far two metrics of toxicity put texts, and rows, in the same order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// The metrics.
    pub metrics: [String; 2],
    /// Over the continuations of all rows that both scored, each text with the same scores once.
    pub texts: RankCorrelation,
    /// Over the rows' means.
    pub rows: RankCorrelation,
}

/// The agreement of each pair of metrics of toxicity, from the generations in `folder`.
///
/// # Errors
/// Generations that are broken.
pub(crate) fn agreement(folder: &Path, results: &Results) -> Result<Vec<Agreement>> {
    let metrics: Vec<&str> = results.toxicities().map(|(name, _)| name).collect();
    if metrics.len() < 2 {
        return Ok(Vec::new());
    }
    let mut texts = Vec::new();
    // A row that has no score wrote no generations; what lies there is of an earlier run.
    let scored = |row: &&RowResults| metrics.iter().any(|metric| row.score(metric).is_ok());
    for row in results.rows.iter().filter(scored) {
        texts.extend(read_generations(folder, &row.name)?.unwrap_or_default());
    }
    let pairs = metrics.iter().enumerate();
    let pairs =
        pairs.flat_map(|(index, one)| metrics[index + 1..].iter().map(move |two| (one, two)));
    Ok(pairs
        .map(|(one, two)| Agreement {
            metrics: [one, two].map(|name| (*name).to_owned()),
            texts: over_texts(&texts, one, two),
            rows: over_rows(results, one, two),
        })
        .collect())
}

fn over_texts(texts: &[StoredGeneration], one: &str, two: &str) -> RankCorrelation {
    let mut seen = HashSet::new();
    let pairs: Vec<(f64, f64)> = (texts.iter())
        .filter_map(|text| {
            let (a, b) = (text.value(one)?, text.value(two)?);
            seen.insert((text.text()?, a.to_bits(), b.to_bits()))
                .then_some((a, b))
        })
        .collect();
    rank_correlation(&pairs)
}

fn over_rows(results: &Results, one: &str, two: &str) -> RankCorrelation {
    let rows = results.rows.iter();
    let pairs = rows.filter_map(|row| Some((row.score(one).ok()?, row.score(two).ok()?)));
    rank_correlation(&pairs.collect::<Vec<_>>())
}

/// Writes `agreement.md` into `folder`, if there is more than one metric of toxicity.
///
/// # Errors
/// A file that cannot be written.
pub(crate) fn write_agreement(results: &Results, folder: &Path) -> Result<Option<PathBuf>> {
    if results.agreement.is_empty() {
        return Ok(None);
    }
    let path = folder.join(FILE);
    write_atomically(&path, markdown(results).as_bytes())?;
    Ok(Some(path))
}

fn markdown(results: &Results) -> String {
    let mut text = String::from(
        "# How far the scorers agree\n\n\
         Spearman's ρ and Kendall's τ-b: over the distinct continuations of all rows that both scored, and over the \
         means of the rows. Scores of different scorers are on different scales, so their order is compared, not \
         their values.\n\n\
         | Toxicity | and | Texts | ρ | τ | Rows | ρ | τ |\n|---|---|---:|---:|---:|---:|---:|---:|\n",
    );
    for agreement in &results.agreement {
        let [one, two] = &agreement.metrics;
        let cells: Vec<String> = [agreement.texts, agreement.rows].map(cells).into();
        let line = format!(
            "| {} | {} | {} |\n",
            cell(one),
            cell(two),
            cells.join(" | ")
        );
        text.push_str(&line);
    }
    text.push('\n');
    for (metric, scorer) in results.toxicities() {
        let by = scorer.map_or("no scorer".to_owned(), |scorer| scorer.to_string());
        text.push_str(&format!("- `{metric}`: {}\n", cell(&by)));
    }
    text
}

fn cells(found: RankCorrelation) -> String {
    let shown = |value: Option<f64>| value.map_or("—".to_owned(), |value| format!("{value:.3}"));
    let (n, rho, tau) = (with_commas(found.n), found.spearman, found.kendall);
    format!("{n} | {} | {}", shown(rho), shown(tau)).replace('-', "−")
}
