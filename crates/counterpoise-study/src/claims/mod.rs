//! The paper's claims, each put to what was measured.
//!
//! Published values are named in the statements for comparison; every verdict is computed from this
//! run alone, by the condition that the quantity spells out.

mod groups_patched;
mod judged;
mod neurons;
#[cfg(test)]
mod tests;
mod toxic_neurons;

use counterpoise_groups::{NeuronTable, Role};
use counterpoise_report::{Claim, Verdict};

use crate::metric_names::TOXICITY;
use crate::results::Results;
use crate::row::RowResults;
use crate::study::PaperRow;

/// What the claims are judged by.
struct Evidence<'a> {
    /// The neuron table.
    table: &'a NeuronTable,
    /// The base model's layer projections. `[n_layer]`
    base_layers: &'a [f64],
    /// The tuned model's. `[n_layer]`
    tuned_layers: &'a [f64],
    /// The scored rows.
    rows: &'a [RowResults],
}

/// A value and whether it bears the claim out, or why there is no value.
type Judged = Result<(String, bool), String>;

/// A value that was measured, or why there is none.
type Measured = Result<f64, String>;

/// Every claim of the abstract and of sections 4 and 5, in the paper's order.
#[must_use]
pub fn claims(results: &Results, table: &NeuronTable) -> Vec<Claim> {
    let mut claims = judge_all(&Evidence {
        table,
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

/// One claim: what the paper says and where, what is measured and has to hold, and what was found.
fn claim(section: &str, statement: &str, quantity: &str, judged: Judged) -> Claim {
    let (value, verdict) = match judged {
        Ok((value, true)) => (value, Verdict::Holds),
        Ok((value, false)) => (value, Verdict::DoesNotHold),
        Err(reason) => (reason, Verdict::NotMeasured),
    };
    Claim {
        statement: statement.to_owned(),
        section: section.to_owned(),
        quantity: quantity.to_owned(),
        value,
        verdict,
    }
}

impl Evidence<'_> {
    /// A score of the row of `model` that does what `row` says.
    fn score(&self, model: Role, row: &PaperRow, quantity: &str) -> Measured {
        let does = row.description().map_err(|error| error.to_string())?;
        let is_row = |found: &&RowResults| found.model == model && found.does == does;
        match self.rows.iter().find(is_row) {
            Some(found) => found.score(quantity),
            None => Err(format!("the study has no row of {model} with {row}")),
        }
    }

    /// Toxicity and perplexity of the base model as it is, and so on: the rows without intervention.
    fn untouched(&self, model: Role, quantity: &str) -> Measured {
        self.score(model, &PaperRow::None, quantity)
    }

    /// A score of every row of the base model that `wanted` picks, at least one.
    fn scores(
        &self,
        wanted: impl Fn(&PaperRow) -> bool,
        what: &str,
        quantity: &str,
    ) -> Result<Vec<f64>, String> {
        let is_wanted = |found: &&RowResults| {
            found.model == Role::Base && found.paper().as_ref().is_some_and(&wanted)
        };
        let rows = self.rows.iter().filter(is_wanted);
        let scores = rows
            .map(|row| row.score(quantity))
            .collect::<Result<Vec<_>, _>>()?;
        if scores.is_empty() {
            return Err(format!("the study has no row that {what}"));
        }
        Ok(scores)
    }
}

/// A fraction as a percentage.
fn percent(fraction: f64) -> String {
    format!("{:.1} %", 100.0 * fraction).replace('-', "−")
}

fn smallest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

fn largest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}
