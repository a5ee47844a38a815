//! A whole study, from its models to its results.
//!
//! inputs → base measured → tuned measured → neuron table, its intervals and nulls → the tuned model's rows → the
//! base model's → tables, claims, figures → `results.json`. A model is dropped before the other is loaded.

mod accumulated;
mod directions;
mod identity;
mod inputs;
mod models;
mod outputs;
pub(crate) mod record;
mod rows;
mod shard;
mod share;
mod uncertainty;
mod unfinished;
mod vocabulary;

pub use inputs::{Inputs, model_files};
pub(crate) use outputs::write_results;
pub use shard::Shard;
pub use share::{Share, Stage};

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use counterpoise_data::FolderLock;
use counterpoise_eval::{Progress, Protocol, Reading};
use counterpoise_groups::{NeuronTable, Role};
use counterpoise_intervene::StepRecords;

use crate::agreement::agreement;
use crate::attribution::{DirectionResults, VocabularyResults};
use crate::device::ChosenDevice;
use crate::error::{Result, StudyError};
use crate::figures::FigureContext;
use crate::measure::MeasuredModel;
use crate::render::{REPORT_FILE, tables_and_claims, write_page};
use crate::results::{ProtocolResults, RESULTS_FILE, Results};
use crate::row::{RowPlan, RowResults};
use crate::steps::Steps;
use crate::study::Study;
use identity::Identity;
use models::Runner;
use outputs::Outputs;
use rows::RowContext;
use uncertainty::{KeptSums, Moves};
use unfinished::Unfinished;

/// How a study is run, beside what its file says.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Where the models compute.
    pub device: ChosenDevice,
    /// The folder the results are written to.
    pub out: PathBuf,
    /// Which rows are run.
    pub plan: RowPlan,
    /// Whether figures are drawn.
    pub figures: bool,
    /// Use this many challenge prompts and F1 samples, the first of each; the text stays whole.
    pub limit: Option<NonZeroUsize>,
}

/// What a run begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// Whatever an interrupted start of the same run left, if anything.
    Anything,
    /// Everything, made in shares.
    Shares,
}

/// What is carried from step to step of a run.
struct RunState<'a> {
    /// What is finished, should the run be interrupted.
    unfinished: Unfinished,
    /// What was written.
    outputs: Outputs,
    /// What each step cost.
    steps: Steps,
    /// Who is told.
    progress: &'a mut dyn Progress,
}

/// What a run measured.
struct Measured {
    /// The base model.
    base: MeasuredModel,
    /// The tuned model.
    tuned: MeasuredModel,
    /// Every neuron of both.
    table: NeuronTable,
    /// How far what is reported of them would move.
    moves: Moves,
    /// What the probe and the most toxic neurons say in tokens.
    vocabulary: Option<VocabularyResults>,
    /// What the pair reduces along the study's other directions.
    directions: Vec<DirectionResults>,
    /// The rows, in the order of the study.
    rows: Vec<RowResults>,
}

impl Study {
    /// Runs the study and writes its results, tables, figures and claims.
    ///
    /// A row or figure that fails is left out and stands in [`Results::failures`]. A run that was
    /// interrupted, or that has failures, resumes from there when it is started again with the same
    /// program, study, inputs, limit and device.
    ///
    /// # Errors
    /// Bad input or an output folder that cannot be written to, before any model runs; weights that
    /// cannot be loaded; a file that cannot be written.
    pub fn run(&self, options: &RunOptions, progress: &mut dyn Progress) -> Result<Results> {
        Outputs::open(&options.out)?;
        let lock = FolderLock::alone(&options.out)?;
        tell_without_lock(&lock, options, progress);
        self.run_from(Start::Anything, options, progress)
    }

    /// As [`Study::run`], by a process that holds the lock of the output folder.
    fn run_from(
        &self,
        start: Start,
        options: &RunOptions,
        progress: &mut dyn Progress,
    ) -> Result<Results> {
        let (first, others) = self.protocols_in_order();
        self.run_under(first, others, None, start, options, progress)
    }

    /// The protocol that figures and claims are of, and the others.
    fn protocols_in_order(&self) -> (Protocol, &[Protocol]) {
        match self.protocols.split_first() {
            Some((first, others)) => (*first, others),
            None => (Protocol::Corrected, &[]),
        }
    }

    /// Runs the study under `protocol`, and under each of `others` in a folder of its name within the run's. `beside` is the
    /// folder of a run of the same models under another protocol.
    fn run_under(
        &self,
        protocol: Protocol,
        others: &[Protocol],
        beside: Option<&Path>,
        start: Start,
        options: &RunOptions,
        progress: &mut dyn Progress,
    ) -> Result<Results> {
        let outputs = Outputs::open(&options.out)?;
        outputs.clean()?;
        let mut steps = Steps::default();
        let inputs = steps.run("read inputs", || {
            Inputs::read(self, &options.device.device, options.limit, progress)
        })?;
        let reading = Reading::of(protocol, &inputs.model.tokenizer)?;
        let identity = Identity::of(&inputs, options, protocol)?;
        let unfinished = match start {
            Start::Anything => Unfinished::open(outputs.folder(), &identity, progress),
            Start::Shares => Unfinished::join(outputs.folder(), &identity),
        }?;
        let mut state = RunState {
            unfinished,
            outputs,
            steps,
            progress,
        };
        let runner = Runner {
            study: self,
            inputs: &inputs,
            device: &options.device.device,
            reading,
        };
        let measured = runner.measure(options.plan, beside, &mut state)?;
        let mut results = record::results(&runner, options, &measured, &state);
        for &other in others {
            let found = self.run_beside(other, start, options, &mut state)?;
            results.failures.extend(
                found
                    .failures
                    .iter()
                    .map(|failure| format!("{other}: {failure}")),
            );
            results.other_protocols.push(ProtocolResults::of(&found));
        }
        results.agreement = agreement(state.outputs.folder(), &results)?;
        let (rendered, figures) = state.steps.run("tables, claims and figures", || {
            let folder = state.outputs.folder();
            let mut rendered = tables_and_claims(&results, &measured.table, folder)?;
            let context = FigureContext::new(&results, &measured.table, folder);
            if options.figures {
                for figure in &self.figures {
                    rendered.add(&figure.does.kind, figure.part.draw(&context));
                }
            }
            Ok::<_, StudyError>((rendered, context.into_drawn()))
        })?;
        for path in rendered.written {
            state.outputs.note(path);
        }
        state.outputs.items(&results.rows)?;
        let with_page = options.plan != RowPlan::None;
        if with_page {
            state.outputs.note(options.out.join(REPORT_FILE));
        }
        results.failures.extend(rendered.failures);
        record::close(&mut results, &state);
        if with_page {
            let folder = state.outputs.folder();
            write_page(&results, &measured.table, folder, figures, None)?;
        }
        state.outputs.results(&results)?;
        if results.failures.is_empty() {
            state.unfinished.remove()?;
        }
        Ok(results)
    }
}

impl Study {
    /// Runs the study under another protocol, in a folder of its name.
    fn run_beside(
        &self,
        protocol: Protocol,
        start: Start,
        options: &RunOptions,
        state: &mut RunState<'_>,
    ) -> Result<Results> {
        let folder = protocol.to_string();
        let options = RunOptions {
            out: options.out.join(&folder),
            ..options.clone()
        };
        let RunState {
            steps,
            outputs,
            progress,
            ..
        } = state;
        let what = format!("protocol {protocol}");
        let found = steps.run(what, || {
            self.run_under(
                protocol,
                &[],
                Some(outputs.folder()),
                start,
                &options,
                &mut **progress,
            )
        })?;
        for path in &found.outputs {
            outputs.note(options.out.join(path));
        }
        outputs.note(options.out.join(RESULTS_FILE));
        Ok(found)
    }
}

impl Runner<'_> {
    /// Measures both models, writes the neuron table, and runs the planned rows.
    fn measure(
        &self,
        plan: RowPlan,
        beside: Option<&Path>,
        state: &mut RunState<'_>,
    ) -> Result<Measured> {
        let base_model = self.model(Role::Base);
        let base = self.measured(&base_model, state)?;
        self.project_randomly(&base_model, state)?;
        let vocabulary = self.vocabulary(&base_model, &base.model.neurons, state)?;
        self.neuron_tokens(&base_model, beside, state)?;
        drop(base_model);
        let tuned_model = self.model(Role::Tuned);
        let tuned = self.measured(&tuned_model, state)?;
        self.project_randomly(&tuned_model, state)?;
        let forced = self.forced(&tuned_model, &base.model.continuations, state)?;
        let table = state.steps.run("neuron table", || {
            let table = NeuronTable::new(&base.model.neurons, &tuned.model.neurons)?;
            state.outputs.neuron_table(&table)?;
            Ok::<_, StudyError>(table)
        })?;
        let kept = KeptSums::new(self, [&base, &tuned], &table, state);
        let moves = self.moves(&kept, &forced, state)?;

        let (base, tuned) = (base.model, tuned.model);
        let context = |model, measured| RowContext {
            model,
            measured,
            table: &table,
            plan,
            records: StepRecords::default(),
            shard: Shard::WHOLE,
        };
        let mut rows = self.rows(context(tuned_model, &tuned), state)?;
        rows.extend(self.rows(context(self.model(Role::Base), &base), state)?);
        rows.sort_by_key(|(index, _)| *index);
        let directions = self.directions([&base, &tuned], &table, state)?;
        Ok(Measured {
            rows: rows.into_iter().map(|(_, row)| row).collect(),
            base,
            tuned,
            table,
            moves,
            vocabulary,
            directions,
        })
    }
}

/// Says that nothing keeps two runs apart, where that is so.
fn tell_without_lock(lock: &FolderLock, options: &RunOptions, progress: &mut dyn Progress) {
    if !lock.is_held() {
        progress.line(&format!(
            "{}: its file system has no locks; let no other run write there",
            options.out.display()
        ));
    }
}
