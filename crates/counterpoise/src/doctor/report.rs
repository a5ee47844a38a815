//! Findings as a table, as JSON, and in one line.

use std::fmt;

use indicatif::DecimalBytes;
use serde_json::{Value, json};

use super::finding::{Finding, State};
use super::needs::Needs;
use crate::project;

/// The table: one line a file, columns aligned, remarks last.
pub(super) fn table(findings: &[Finding]) -> String {
    let header = ["state", "needed as", "size", "file", "remark"].map(str::to_owned);
    let rows = findings.iter().map(|finding| {
        let size = finding.bytes.map(|bytes| DecimalBytes(bytes).to_string());
        [
            finding.state.to_string(),
            finding.role.clone(),
            size.unwrap_or_else(|| "—".to_owned()),
            project::shown(&finding.path).display().to_string(),
            finding.remark.clone(),
        ]
    });
    let rows: Vec<[String; 5]> = [header].into_iter().chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: [usize; 5] = std::array::from_fn(|column| width(column).unwrap_or(0));
    rows.iter().map(|row| line(row, &widths)).collect()
}

fn line(row: &[String; 5], widths: &[usize; 5]) -> String {
    let [state, role, size, file, remark] = row;
    let [state_width, role_width, size_width, file_width, _] = *widths;
    let line = format!(
        "{state:<state_width$}  {role:<role_width$}  {size:>size_width$}  {file:<file_width$}  {remark}"
    );
    format!("{}\n", line.trim_end())
}

/// The findings in one line of JSON.
pub(super) fn json(study: &str, findings: &[Finding], needs: Option<&Needs>) -> Value {
    let files: Vec<Value> = findings
        .iter()
        .map(|finding| {
            json!({
                "state": finding.state.name(),
                "role": finding.role,
                "path": project::shown(&finding.path),
                "bytes": finding.bytes,
                "remark": finding.remark,
            })
        })
        .collect();
    let Tally {
        found,
        missing,
        wrong,
    } = Tally::of(findings);
    let needs = needs.map(Needs::json);
    json!({
        "study": study,
        "found": found,
        "missing": missing,
        "wrong": wrong,
        "needs": needs,
        "files": files,
    })
}

/// How many files are what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    found: usize,
    missing: usize,
    wrong: usize,
}

impl Tally {
    /// Counts them.
    pub(super) fn of(findings: &[Finding]) -> Self {
        let mut tally = Self::default();
        for finding in findings {
            *match finding.state {
                State::Found => &mut tally.found,
                State::Missing => &mut tally.missing,
                State::Wrong => &mut tally.wrong,
            } += 1;
        }
        tally
    }

    /// Whether the study can run.
    pub(super) fn passes(self) -> bool {
        self.missing == 0 && self.wrong == 0
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            found,
            missing,
            wrong,
        } = self;
        let all = found + missing + wrong;
        write!(
            f,
            "of {all} files {found} found, {missing} missing, {wrong} wrong"
        )
    }
}
