//! The paper's claims, each put to what was measured.
//!
//! Published values are named in the statements for comparison; every verdict is computed from this
//! run alone, by the condition that the quantity spells out, and from its interval where there is one.

mod conditions;
mod controls;
mod groups_patched;
mod neuron_evidence;
mod neurons;
#[cfg(test)]
mod tests;
mod toxic_neurons;

use counterpoise_groups::{Grouping, NeuronTable, Role};
use counterpoise_report::{Claim, Verdict};

use crate::metric_names::TOXICITY;
use crate::results::Results;
use crate::row::RowResults;
use crate::study::PaperRow;
use conditions::Measured;
use neuron_evidence::NeuronEvidence;

/// The definition of the groups that section 4.3 gives.
const GROUPING: Grouping = Grouping::ActivationChange;

/// What the claims are judged by.
struct Evidence<'a> {
    /// The neuron table.
    table: &'a NeuronTable,
    /// What is known of its shares and sums beside their values.
    neurons: NeuronEvidence,
    /// The base model's layer projections. `[n_layer]`
    base_layers: &'a [f64],
    /// The tuned model's. `[n_layer]`
    tuned_layers: &'a [f64],
    /// The scored rows.
    rows: &'a [RowResults],
}

/// A value and the verdict that follows from it, or why there is no value.
type Judged = Result<(String, Verdict), String>;

/// Every claim of the abstract and of sections 4 and 5, in the paper's order.
#[must_use]
pub fn claims(results: &Results, table: &NeuronTable) -> Vec<Claim> {
    let mut claims = judge_all(&Evidence {
        table,
        neurons: NeuronEvidence::of(results),
        base_layers: &results.models.base.layer_projections,
        tuned_layers: &results.models.tuned.layer_projections,
        rows: &results.rows,
    });
    if let Some(scorer) = results.scorer() {
        name_scorer(&mut claims, &scorer.name);
    }
    claims
}

/// Says which scorer a claim depends on, where what is measured is a toxicity.
fn name_scorer(claims: &mut [Claim], scorer: &str) {
    for claim in claims {
        if claim.quantity.contains(TOXICITY) {
            claim.quantity.push_str(&format!("; scored by `{scorer}`"));
        }
    }
}

fn judge_all(evidence: &Evidence<'_>) -> Vec<Claim> {
    let mut claims = toxic_neurons::section_4_1(evidence);
    claims.extend(neurons::section_4_2(evidence));
    claims.extend(neurons::section_4_3_shares(evidence));
    claims.extend(neurons::section_4_3_places(evidence));
    claims.extend(groups_patched::section_5(evidence));
    claims
}

/// One claim: what the paper says and where, what is measured and has to hold, what was found, and what could
/// refute it.
fn claim(
    section: &str,
    statement: &str,
    quantity: &str,
    judged: Judged,
    refuted_by: impl Into<String>,
) -> Claim {
    let (value, verdict) = match judged {
        Ok(judged) => judged,
        Err(reason) => (reason, Verdict::NotMeasured),
    };
    Claim {
        statement: statement.to_owned(),
        section: section.to_owned(),
        quantity: quantity.to_owned(),
        value,
        verdict,
        refuted_by: refuted_by.into(),
    }
}

impl Evidence<'_> {
    /// The row of `model` that does what `row` says.
    fn row(&self, model: Role, row: &PaperRow) -> Result<&RowResults, String> {
        let does = row.description().map_err(|error| error.to_string())?;
        let is_row = |found: &&RowResults| found.model == model && found.does == does;
        let found = self.rows.iter().find(is_row);
        found.ok_or_else(|| format!("the study has no row of {model} with {row}"))
    }

    /// A score of that row.
    fn score(&self, model: Role, row: &PaperRow, metric: &str) -> Result<Measured<'_>, String> {
        Measured::of(self.row(model, row)?, metric)
    }

    /// Toxicity and perplexity of the base model as it is, and so on: the rows without intervention.
    fn untouched(&self, model: Role, metric: &str) -> Result<Measured<'_>, String> {
        self.score(model, &PaperRow::None, metric)
    }

    /// The toxicity of the unedited base or tuned model, named.
    fn unedited_toxicity(&self, model: Role) -> Result<(&'static str, Measured<'_>), String> {
        let name = match model {
            Role::Base => "base",
            Role::Tuned => "tuned",
        };
        Ok((name, self.untouched(model, TOXICITY)?))
    }

    /// Every row of the base model that `wanted` picks, at least one.
    fn rows(
        &self,
        wanted: impl Fn(&PaperRow) -> bool,
        what: &str,
    ) -> Result<Vec<(PaperRow, &RowResults)>, String> {
        let rows = self.rows.iter().filter(|row| row.model == Role::Base);
        let rows: Vec<_> = rows
            .filter_map(|row| Some((row.paper()?, row)))
            .filter(|(paper, _)| wanted(paper))
            .collect();
        if rows.is_empty() {
            return Err(format!("the study has no row that {what}"));
        }
        Ok(rows)
    }
}

/// Whether the row ablates the most toxic neurons.
fn is_ablation(row: &PaperRow) -> bool {
    matches!(row, PaperRow::Ablate { .. })
}

/// Whether the row patches groups.
fn is_patch(row: &PaperRow) -> bool {
    matches!(row, PaperRow::Patch(_))
}

/// A fraction as a percentage.
fn percent(fraction: f64) -> String {
    format!("{:.1} %", 100.0 * fraction).replace('-', "−")
}
