//! The paper's claims, each beside what was measured here.

use std::fmt;
use std::path::{Path, PathBuf};

use counterpoise_data::write_atomically;

use crate::ReportError;
use crate::markdown::cell;

const WHAT: &str = "claims";

/// What a measurement says about a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The quantity bears it out, and so does its interval.
    Holds,
    /// The quantity contradicts it, and so does its interval.
    DoesNotHold,
    /// The interval of the quantity includes the threshold.
    Undecided,
    /// The quantity was not measured in this run.
    NotMeasured,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Verdict::Holds => "holds",
            Verdict::DoesNotHold => "does not hold",
            Verdict::Undecided => "undecided",
            Verdict::NotMeasured => "not measured",
        })
    }
}

/// One claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What the paper says, in one sentence.
    pub statement: String,
    /// Where it says so, such as `abstract` or `4.2`.
    pub section: String,
    /// What was computed to judge it, and the condition it has to meet.
    pub quantity: String,
    /// Its value here; why there is none, if it was not measured.
    pub value: String,
    /// What follows.
    pub verdict: Verdict,
    /// The control or null that could refute it, with what it says here if it was run.
    pub refuted_by: String,
}

/// Writes `claims.md` into `folder`, which is created if needed, and returns its path.
///
/// # Errors
/// As [`claims_markdown`], or an error of writing.
pub fn write_claims(claims: &[Claim], folder: &Path) -> Result<PathBuf, ReportError> {
    let path = folder.join("claims.md");
    write_atomically(&path, claims_markdown(claims)?.as_bytes())?;
    Ok(path)
}

/// The claims as a Markdown table, under a line that counts the verdicts.
///
/// # Errors
/// [`ReportError::NoRows`] without a claim, [`ReportError::BlankCell`] if one leaves something unsaid.
pub fn claims_markdown(claims: &[Claim]) -> Result<String, ReportError> {
    if claims.is_empty() {
        return Err(ReportError::NoRows { what: WHAT });
    }
    let mut text = String::from("# The paper's claims, measured here\n\n");
    let count = |verdict| {
        claims
            .iter()
            .filter(|claim| claim.verdict == verdict)
            .count()
    };
    text.push_str(&format!(
        "Of {}: {} hold, {} do not hold, {} undecided, {} not measured.\n\n\
         A claim is undecided where the 95 % interval of its quantity includes the threshold. Where a value has no \
         interval, which it then says, it is judged by the value alone. In square brackets: intervals, of \
         differences paired by continuation or window.\n\n",
        claims.len(),
        count(Verdict::Holds),
        count(Verdict::DoesNotHold),
        count(Verdict::Undecided),
        count(Verdict::NotMeasured)
    ));
    text.push_str("| Claim | Section | Quantity | Value here | Verdict | What could refute it |\n");
    text.push_str("|---|---|---|---|---|---|\n");
    for (index, claim) in claims.iter().enumerate() {
        let cells = [
            ("statement", &claim.statement),
            ("section", &claim.section),
            ("quantity", &claim.quantity),
            ("value", &claim.value),
        ];
        let refuted_by = ("refuted_by", &claim.refuted_by);
        for (column, content) in cells.into_iter().chain([refuted_by]) {
            if content.trim().is_empty() {
                return Err(ReportError::BlankCell {
                    what: WHAT,
                    row: index + 1,
                    column,
                });
            }
        }
        for (_, content) in cells {
            text.push_str(&format!("| {} ", cell(content)));
        }
        let refuted_by = cell(&claim.refuted_by);
        text.push_str(&format!("| {} | {refuted_by} |\n", claim.verdict));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn claim(verdict: Verdict) -> Claim {
        Claim {
            statement: "Dampened toxic neurons are not the whole effect.".to_owned(),
            section: "abstract".to_owned(),
            quantity: "share of TP− | below 50 %".to_owned(),
            value: "31.8 %".to_owned(),
            verdict,
            refuted_by: "random directions".to_owned(),
        }
    }

    #[test]
    fn every_claim_is_a_row_and_is_counted() {
        let claims = [Verdict::Holds, Verdict::DoesNotHold, Verdict::Holds].map(claim);
        let text = claims_markdown(&claims).unwrap();
        assert!(text.contains("Of 3: 2 hold, 1 do not hold, 0 undecided, 0 not measured."));
        assert!(
            text.contains("| abstract | share of TP− \\| below 50 % | 31.8 % | does not hold | random directions |\n")
        );
        assert_eq!(text.matches("| abstract |").count(), 3);
    }

    #[test]
    fn nothing_and_blanks_are_refused() {
        assert!(matches!(
            claims_markdown(&[]),
            Err(ReportError::NoRows { .. })
        ));
        let mut blank = claim(Verdict::NotMeasured);
        blank.value = " ".to_owned();
        assert!(matches!(
            claims_markdown(&[claim(Verdict::Holds), blank]),
            Err(ReportError::BlankCell {
                row: 2,
                column: "value",
                ..
            })
        ));
    }

    #[test]
    fn the_file_is_written_or_the_error_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = write_claims(&[claim(Verdict::Holds)], folder.path()).unwrap();
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            claims_markdown(&[claim(Verdict::Holds)]).unwrap()
        );
        // A file stands where the folder should be made.
        let error = write_claims(&[claim(Verdict::Holds)], &path).unwrap_err();
        assert!(error.to_string().contains("claims.md"), "{error}");
    }
}
