//! `replicate`: a whole study, from its models to its tables, figures and claims.
//!
//! inputs → base measured → tuned measured → neuron table → the tuned model's rows → the base
//! model's → tables, claims, figures → run.json. A model is dropped before the other is loaded.

mod claims;
mod figures;
mod inputs;
mod models;
mod outputs;
mod record;
mod row;
mod rows;
mod tables;
mod unfinished;

use anyhow::{Result, bail};
use counterpoise_groups::NeuronTable;
use counterpoise_report::write_claims;

use crate::cli::{Part, ReplicateArgs};
use crate::kinds::registry;
use crate::measure::MeasuredModel;
use crate::progress;
use crate::resources::Steps;
use crate::study::{ModelRole, Study};
use inputs::Inputs;
use models::Bench;
use outputs::Outputs;
use row::{RowPlan, ScoredRow};
use rows::Stand;
use unfinished::{Identity, Unfinished};

/// Runs the command.
///
/// A row or figure that fails is left out and reported, and the run goes on. A run that was
/// interrupted, or that has failures, goes on from there when it is started again.
///
/// # Errors
/// Bad input or an unwritable output folder, before any work; and at the end, what failed.
pub(crate) fn run(args: &ReplicateArgs) -> Result<()> {
    let parts = Parts::of(&args.only);
    let study = Study::find(&args.study, &registry()?)?;
    let mut outputs = Outputs::open(args.out.as_deref(), &study.name)?;
    let mut steps = Steps::default();
    let inputs = steps.run("read inputs", || Inputs::read(&study, args.limit))?;
    let device = args.device.take()?;
    let bench = Bench {
        study: &study,
        inputs: &inputs,
        device: &device.device,
    };

    let plan = parts.row_plan();
    let identity = Identity::of(&inputs, args.limit, plan, &device)?;
    let mut unfinished = Unfinished::open(outputs.folder(), &identity)?;
    let found = find(&bench, plan, &mut unfinished, &mut outputs, &mut steps)?;
    let mut failures: Vec<String> = found.rows.iter().filter_map(ScoredRow::failure).collect();
    if parts.tables {
        steps.run("tables and claims", || {
            tables::write(&found.rows, &found.table, &mut outputs)?;
            let claims = claims::all(&found);
            outputs.note(write_claims(&claims, outputs.folder())?);
            anyhow::Ok(())
        })?;
    }
    if parts.figures {
        failures.extend(steps.run("figures", || figures::write(&study, &found, &mut outputs)));
    }
    let record = record::Record {
        study: &study,
        inputs: &inputs,
        device: &device,
        found: &found,
        failures: &failures,
        steps: steps.done(),
        resumed: unfinished.taken(),
    };
    record.write(&mut outputs)?;
    let (files, folder) = (outputs.written().len(), outputs.folder().display());
    progress::line(&format!("{files} files written to {folder}"));
    if failures.is_empty() {
        return unfinished.remove();
    }
    bail!(
        "{} of the study's results are missing: {}",
        failures.len(),
        failures.join("; ")
    )
}

/// What a run found out.
pub(crate) struct Found {
    /// The base model, measured.
    base: MeasuredModel,
    /// The tuned model, measured.
    tuned: MeasuredModel,
    /// Every neuron of both.
    table: NeuronTable,
    /// The rows, in the order of the study.
    rows: Vec<ScoredRow>,
}

/// Measures both models, writes the neuron table, and runs the planned rows.
fn find(
    bench: &Bench<'_>,
    plan: RowPlan,
    unfinished: &mut Unfinished,
    outputs: &mut Outputs,
    steps: &mut Steps,
) -> Result<Found> {
    let base = bench.measured(&bench.model(ModelRole::Base), unfinished, steps)?;
    let tuned_model = bench.model(ModelRole::Tuned);
    let tuned = bench.measured(&tuned_model, unfinished, steps)?;
    let table = steps.run("neuron table", || {
        let table = NeuronTable::new(&base.neurons, &tuned.neurons)?;
        outputs.neuron_table(&table)?;
        anyhow::Ok(table)
    })?;

    let stand = |model, measured| Stand {
        model,
        measured,
        table: &table,
        plan,
    };
    let mut rows = bench.rows(stand(tuned_model, &tuned), unfinished, outputs, steps)?;
    let base_model = bench.model(ModelRole::Base);
    rows.extend(bench.rows(stand(base_model, &base), unfinished, outputs, steps)?);
    rows.sort_by_key(|row| row.index);
    Ok(Found {
        base,
        tuned,
        table,
        rows,
    })
}

/// What is to be made beside the neuron table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Parts {
    tables: bool,
    figures: bool,
}

impl Parts {
    /// Everything, unless `only` some parts are asked for.
    fn of(only: &[Part]) -> Self {
        let wanted = |part| only.is_empty() || only.contains(&part);
        Self {
            tables: wanted(Part::Tables),
            figures: wanted(Part::Figures),
        }
    }

    /// Which interventions have to be run for it.
    fn row_plan(self) -> RowPlan {
        match self {
            Self { tables: true, .. } => RowPlan::Score,
            Self { figures: true, .. } => RowPlan::RecordFigure1a,
            _ => RowPlan::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_asked_for_is_made() {
        assert_eq!(Parts::of(&[]).row_plan(), RowPlan::Score);
        assert!(Parts::of(&[]).figures);
        let tables = Parts::of(&[Part::Tables]);
        assert!(tables.tables && !tables.figures);
        let figures = Parts::of(&[Part::Figures, Part::Neurons]);
        assert_eq!(figures.row_plan(), RowPlan::RecordFigure1a);
        let neurons = Parts::of(&[Part::Neurons]);
        assert_eq!(neurons.row_plan(), RowPlan::None);
        assert!(!neurons.tables && !neurons.figures);
    }
}
