//! A DPO run from where it stands to its end, with its log and a sign of progress.

use anyhow::Result;
use counterpoise_model::Transformer;
use counterpoise_train::{DpoLog, DpoRun, Preference};

use crate::progress;

/// A tuned model and what its training last reported on held-out pairs.
pub struct Finished {
    /// The model.
    pub model: Transformer,
    /// The last row of the log that held pairs out.
    pub last: Option<DpoLog>,
    /// The step of the model, where it is the best instead of the last.
    pub best_step: Option<usize>,
}

/// What is done with a run as it goes.
pub trait Watch {
    /// Sees the run before each step and each evaluation, and after the last step.
    ///
    /// # Errors
    /// Whatever stops the run.
    fn pause(&mut self, run: &DpoRun) -> Result<()>;

    /// Sees each row of the log.
    ///
    /// # Errors
    /// Whatever stops the run.
    fn row(&mut self, row: &DpoLog) -> Result<()>;
}

/// Takes all remaining steps, evaluating as [`DpoRun::finish`] does.
///
/// # Errors
/// Those of the run and of `watch`.
pub fn tune(mut run: DpoRun, watch: &mut dyn Watch) -> Result<Finished> {
    let bar = progress::bar("tuning with DPO", run.steps() as u64);
    bar.set_position(run.completed() as u64);
    bar.reset_eta(); // steps taken before a resume took no time
    let mut last = None;
    loop {
        watch.pause(&run)?;
        if run.evaluation_due() {
            let row = run.evaluate()?;
            progress::line(&in_words(&row));
            watch.row(&row)?;
            last = Some(row);
        }
        match run.step()? {
            Some(row) => watch.row(&row)?,
            None => break,
        }
        bar.inc(1);
    }
    Ok(Finished {
        best_step: run.best_step(),
        model: run.into_model(),
        last,
    })
}

/// An evaluation as a line of progress.
fn in_words(row: &DpoLog) -> String {
    let Preference {
        loss,
        margin,
        accuracy,
        ..
    } = row.preference;
    let step = row.step;
    format!("step {step}: held-out loss {loss:.4}, margin {margin:.3}, accuracy {accuracy:.3}")
}
