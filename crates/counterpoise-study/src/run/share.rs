//! A study in shares: what each process makes of it, what is still missing, and how the shares come together.
//!
//! Its items are the parts of a run: each model measured, and then each row, with what follows from both models beside them.
//! An item is made by one process, whole, so the results are those of a run in one process, bit for bit.

use std::fmt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use counterpoise_data::{DataError, FolderLock};
use counterpoise_eval::{Progress, Protocol, Reading};
use counterpoise_groups::{NeuronTable, Role};
use counterpoise_intervene::StepRecords;

use super::directions::LISTED_DIRECTIONS;
use super::identity::Identity;
use super::models::{Runner, measured_part};
use super::outputs::Outputs;
use super::rows::{RowContext, row_part};
use super::shard::Shard;
use super::uncertainty::{DIRECTIONS, FORCED_TEXT, INTERVALS, KeptSums, LABELS, directions_part};
use super::unfinished::Unfinished;
use super::vocabulary::VOCABULARY;
use super::{Inputs, RunOptions, RunState, Start, tell_without_lock};
use crate::error::{Result, refuse};
use crate::results::{RESULTS_FILE, Results};
use crate::row::{RowPlan, RowResults};
use crate::steps::Steps;
use crate::study::Study;

/// What can be made at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Both models measured.
    Measure,
    /// The rows, and whatever else follows from both models; for when both are measured.
    Rows,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Measure => "measure",
            Self::Rows => "rows",
        })
    }
}

/// What one process makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Of which items.
    pub stage: Stage,
    /// Which of these.
    pub shard: Shard,
}

/// Missing items that are named; further ones are counted.
const NAMED: usize = 20;

/// Items that one process makes together.
struct Item {
    /// Their names as parts of the run.
    parts: Vec<String>,
    /// What else is then there, relative to the output folder.
    files: Vec<PathBuf>,
}

impl Study {
    /// Makes `share` of the study in [`RunOptions::out`], beside other processes that make theirs, and answers which rows
    /// failed. Items that are there are not made again. [`Study::merge`] makes the results of all.
    ///
    /// # Errors
    /// As for [`Study::run`]; items in the folder of another study, input, program or device; rows before both models are
    /// measured.
    pub fn run_share(
        &self,
        share: Share,
        options: &RunOptions,
        progress: &mut dyn Progress,
    ) -> Result<Vec<String>> {
        Outputs::open(&options.out)?;
        let lock = FolderLock::shared(&options.out)?;
        tell_without_lock(&lock, options, progress);
        let inputs = Inputs::read(self, &options.device.device, options.limit, progress)?;
        if self.merged(&inputs, options)?.is_some() {
            return Ok(Vec::new());
        }
        if share.stage == Stage::Rows {
            self.refuse_gaps(&[Stage::Measure], options)?;
        }
        let (mut failures, mut first) = (Vec::new(), 0);
        for (protocol, out) in self.folders(&options.out) {
            let runner = Runner {
                study: self,
                inputs: &inputs,
                device: &options.device.device,
                reading: Reading::of(protocol, &inputs.model.tokenizer)?,
            };
            let identity = Identity::of(&inputs, options, protocol)?;
            let mut state = RunState {
                unfinished: Unfinished::join(&out, &identity)?,
                outputs: Outputs::open(&out)?,
                steps: Steps::default(),
                progress,
            };
            let shard = share.shard.from(first);
            match share.stage {
                Stage::Measure => runner.measure_share(shard, &mut state)?,
                Stage::Rows => {
                    failures.extend(runner.rows_share(shard, options.plan, &mut state)?);
                }
            }
            first += self.items(share.stage, options.plan).len();
        }
        Ok(failures)
    }

    /// Puts the shares of a study together, as [`Study::run`] does when everything is finished.
    ///
    /// # Errors
    /// As for [`Study::run`]; items that are missing; items of another study, input, program or device.
    pub fn merge(&self, options: &RunOptions, progress: &mut dyn Progress) -> Result<Results> {
        Outputs::open(&options.out)?;
        let lock = alone_after_shares(&options.out, progress)?;
        tell_without_lock(&lock, options, progress);
        let inputs = Inputs::read(self, &options.device.device, options.limit, progress)?;
        if let Some(results) = self.merged(&inputs, options)? {
            return Ok(results);
        }
        self.refuse_gaps(&[Stage::Measure, Stage::Rows], options)?;
        self.run_from(Start::Shares, options, progress)
    }

    /// The results of the very run that is asked for, if they are there and nothing is missing of them: an engine may start a
    /// task again that had ended.
    fn merged(&self, inputs: &Inputs, options: &RunOptions) -> Result<Option<Results>> {
        if !options.out.join(RESULTS_FILE).is_file() {
            return Ok(None);
        }
        let (protocol, _) = self.protocols_in_order();
        let run = Identity::of(inputs, options, protocol)?.hash()?;
        let results = Results::read(&options.out)?;
        Ok(Some(results).filter(|found| found.run == run && found.failures.is_empty()))
    }

    /// The folder of each protocol.
    fn folders(&self, out: &Path) -> Vec<(Protocol, PathBuf)> {
        let (first, others) = self.protocols_in_order();
        let beside = (others.iter()).map(|other| (*other, out.join(other.to_string())));
        std::iter::once((first, out.to_owned()))
            .chain(beside)
            .collect()
    }

    /// The items of a stage, in the order in which shards count them.
    fn items(&self, stage: Stage, plan: RowPlan) -> Vec<Item> {
        match stage {
            Stage::Measure => self.measure_items(),
            Stage::Rows => self.row_items(plan),
        }
    }

    fn measure_items(&self) -> Vec<Item> {
        let of = |role| {
            let directions = (self.nulls.directions > 0).then(|| directions_part(role));
            let vocabulary = role == Role::Base && self.attribution.vocabulary_neurons > 0;
            let vocabulary = vocabulary.then(|| VOCABULARY.to_owned());
            Item {
                parts: std::iter::once(measured_part(role))
                    .chain(directions)
                    .chain(vocabulary)
                    .collect(),
                files: Vec::new(),
            }
        };
        [Role::Base, Role::Tuned].map(of).into()
    }

    /// The rows at the places that they have in the study, then the others. A row that is not planned has an empty place.
    fn row_items(&self, plan: RowPlan) -> Vec<Item> {
        let rows = self.interventions.iter().map(|row| {
            let planned = self.is_planned(row, plan).then(|| row_part(row));
            let scored = (plan == RowPlan::Score).then(|| Outputs::generations_file(&row.name));
            Item {
                parts: planned.into_iter().collect(),
                files: scored.into_iter().collect(),
            }
        });
        let nulls = self.nulls;
        let others = [
            (true, &[FORCED_TEXT, INTERVALS][..]),
            (nulls.label_shuffles > 0, &[LABELS]),
            (nulls.directions > 0, &[DIRECTIONS]),
            (!self.directions.is_empty(), &[LISTED_DIRECTIONS]),
        ];
        let others = others.into_iter().map(|(asked, parts)| Item {
            parts: parts
                .iter()
                .filter(|_| asked)
                .map(|part| (*part).to_owned())
                .collect(),
            files: Vec::new(),
        });
        rows.chain(others).collect()
    }

    /// Refuses to go on while items of `stages` are missing.
    fn refuse_gaps(&self, stages: &[Stage], options: &RunOptions) -> Result<()> {
        let mut missing = Vec::new();
        for stage in stages {
            for (_, out) in self.folders(&options.out) {
                for item in self.items(*stage, options.plan) {
                    let parts = item
                        .parts
                        .iter()
                        .map(|part| Unfinished::part_in(&out, part));
                    let files = item.files.iter().map(|file| out.join(file));
                    let gone = parts.chain(files).filter(|path| !path.is_file());
                    missing.extend(gone.map(|path| (*stage, path)));
                }
            }
        }
        let Some((stage, _)) = missing.first() else {
            return Ok(());
        };
        let names = missing.iter().take(NAMED).map(|(stage, path)| {
            let path = path.strip_prefix(&options.out).unwrap_or(path);
            format!("\n  {} ({stage})", path.display())
        });
        let others = missing.len().saturating_sub(NAMED);
        let others = (others > 0).then(|| format!("\n  and {others} more"));
        refuse!(
            "{}: {} of the study's items are missing; `replicate --stage {stage} --shard 0/1` with the same --study \
             and --out makes those of {stage}, `replicate` without a stage whatever is missing:{}",
            options.out.display(),
            missing.len(),
            names.chain(others).collect::<String>()
        )
    }
}

/// Locks `out` when no share is made there any more: an engine that lost a worker may have started its share again elsewhere,
/// while the first process still runs.
fn alone_after_shares(out: &Path, progress: &mut dyn Progress) -> Result<FolderLock> {
    let mut told = false;
    loop {
        let refused = match FolderLock::alone(out) {
            Err(refused @ DataError::Locked { .. }) => refused,
            other => return Ok(other?),
        };
        // Shares let others in that share the lock, a whole run does not.
        if FolderLock::shared(out).is_err() {
            return Err(refused.into());
        }
        if !told {
            progress.line("waiting for shares that are still being made");
            told = true;
        }
        thread::sleep(Duration::from_millis(100));
    }
}

impl Runner<'_> {
    /// This process's share of measuring both models.
    fn measure_share(&self, shard: Shard, state: &mut RunState<'_>) -> Result<()> {
        for (place, role) in [Role::Base, Role::Tuned].into_iter().enumerate() {
            if !shard.takes(place) {
                continue;
            }
            let model = self.model(role);
            let measured = self.measured(&model, state)?;
            self.project_randomly(&model, state)?;
            if role == Role::Base {
                self.vocabulary(&model, &measured.model.neurons, state)?;
                // The folders of other protocols get a copy when the study is put together.
                if self.reading.protocol() == self.study.protocols_in_order().0 {
                    self.neuron_tokens(&model, None, state)?;
                }
            }
        }
        Ok(())
    }

    /// This process's share of what follows from both models, and which rows failed.
    fn rows_share(
        &self,
        shard: Shard,
        plan: RowPlan,
        state: &mut RunState<'_>,
    ) -> Result<Vec<String>> {
        let [base, tuned] = [
            self.measured(&self.model(Role::Base), state)?,
            self.measured(&self.model(Role::Tuned), state)?,
        ];
        let table = NeuronTable::new(&base.model.neurons, &tuned.model.neurons)?;
        let mut failures = Vec::new();
        for (role, measured) in [(Role::Tuned, &tuned.model), (Role::Base, &base.model)] {
            let context = RowContext {
                model: self.model(role),
                measured,
                table: &table,
                plan,
                records: StepRecords::default(),
                shard,
            };
            let rows = self.rows(context, state)?;
            failures.extend(rows.iter().filter_map(|(_, row)| RowResults::failure(row)));
        }
        let others = shard.from(self.study.interventions.len());
        let kept = KeptSums::new(self, [&base, &tuned], &table, state);
        if others.takes(0) {
            let model = self.model(Role::Tuned);
            let forced = self.forced(&model, &base.model.continuations, state)?;
            drop(model);
            self.intervals(&kept, &forced, state)?;
        }
        if others.takes(1) {
            self.labels(&kept, state)?;
        }
        if others.takes(2) {
            self.directions_drawn(&kept, state)?;
        }
        if others.takes(3) {
            self.directions([&base.model, &tuned.model], &table, state)?;
        }
        Ok(failures)
    }
}
