//! What a run has finished while it is not at its end: each measured model, what follows from both, and each row. The same
//! run, started again, goes on from there.
//!
//! It lies in `unfinished/` in the output folder and goes when the run has all its results.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use crate::error::{Context, Result, StudyError};
use counterpoise_data::write_atomically;
use counterpoise_eval::{Progress, Protocol};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Inputs, RunOptions};
use crate::hashing::hash_file;
use crate::row::RowPlan;
use crate::steps::{Step, Steps};

/// The file that says which run the parts belong to.
const IDENTITY: &str = "identity.json";

/// Everything that a run's results follow from. Parts of a run that differs in any of it are not used.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    /// SHA-256 of the program that runs.
    program: String,
    /// SHA-256 of every file it reads, the study's among them.
    inputs: Vec<String>,
    limit: Option<NonZeroUsize>,
    rows: RowPlan,
    device: String,
    #[serde(default)]
    protocol: Protocol,
}

impl Identity {
    /// The identity of a run by this program.
    ///
    /// # Errors
    /// A program that cannot be read.
    pub(super) fn of(inputs: &Inputs, options: &RunOptions, protocol: Protocol) -> Result<Self> {
        let program = std::env::current_exe().context("the program that runs cannot be found")?;
        let hashes = inputs.hashes.iter().map(|file| file.sha256.clone());
        Ok(Self {
            program: hash_file("program", &program, &mut |_| {})?.sha256,
            inputs: hashes.collect(),
            limit: options.limit,
            rows: options.plan,
            device: options.device.record.name.clone(),
            protocol,
        })
    }
}

/// The finished parts of a run.
#[derive(Debug)]
pub(super) struct Unfinished {
    folder: PathBuf,
    taken: Vec<String>,
}

/// A part, and what it cost.
#[derive(Serialize, Deserialize)]
struct Part<T> {
    step: Step,
    found: T,
}

impl Unfinished {
    /// Opens the parts in the output folder `out` that belong to the run `identity`, and removes those
    /// of any other.
    ///
    /// # Errors
    /// A folder that cannot be written to, or that something else is in.
    pub(super) fn open(
        out: &Path,
        identity: &Identity,
        progress: &mut dyn Progress,
    ) -> Result<Self> {
        let folder = out.join("unfinished");
        let path = folder.join(IDENTITY);
        if folder.exists() {
            let found = fs::read(&path)
                .map_err(StudyError::from)
                .and_then(|bytes| Ok(serde_json::from_slice::<Identity>(&bytes)?))
                .with_context(|| {
                    let path = path.display();
                    format!("{path}: expected what an interrupted run left; move the folder away")
                })?;
            if found == *identity {
                progress.line("resuming the run that was interrupted");
                remove_half_written(&folder)?;
            } else {
                progress.line(&format!(
                    "starting over: the run that was interrupted in {} was of another program, study, \
                     input, limit or device",
                    out.display()
                ));
                remove(&folder)?;
            }
        }
        write_atomically(&path, &serde_json::to_vec_pretty(identity)?)?;
        Ok(Self {
            folder,
            taken: Vec::new(),
        })
    }

    /// The part `name`, if it is finished; what it cost then is among `steps`.
    ///
    /// # Errors
    /// A part that is damaged.
    pub(super) fn take<T: DeserializeOwned>(
        &mut self,
        name: &str,
        steps: &mut Steps,
    ) -> Result<Option<T>> {
        let path = self.path(name);
        if !path.exists() {
            return Ok(None);
        }
        let damaged = || {
            format!(
                "{}: it is damaged; remove it, and it is made again",
                path.display()
            )
        };
        let bytes = fs::read(&path).with_context(damaged)?;
        let part: Part<T> = serde_json::from_slice(&bytes).with_context(damaged)?;
        steps.add(part.step);
        self.taken.push(name.to_owned());
        Ok(Some(part.found))
    }

    /// Keeps what the last of `steps` found as the part `name`.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(super) fn keep<T: Serialize>(&self, name: &str, steps: &Steps, found: T) -> Result<()> {
        let step = steps.done().last().cloned();
        let step = step.with_context(|| format!("`{name}` is kept before any step has run"))?;
        let bytes = serde_json::to_vec(&Part { step, found })?;
        Ok(write_atomically(&self.path(name), &bytes)?)
    }

    /// The parts that were finished before this start of the run.
    pub(super) fn taken(&self) -> &[String] {
        &self.taken
    }

    /// Removes all parts, when all results are there.
    ///
    /// # Errors
    /// A folder that cannot be removed.
    pub(super) fn remove(self) -> Result<()> {
        remove(&self.folder)
    }

    /// Where something of the parts lies that is no JSON; it goes with them.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.json"))
    }
}

/// Removes what a start of the run was writing when it was killed: a file under a temporary name, which begins with a
/// dot.
fn remove_half_written(folder: &Path) -> Result<()> {
    let removed = || {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                fs::remove_file(entry.path())?;
            }
        }
        Ok::<_, StudyError>(())
    };
    removed().with_context(|| format!("{}: cannot be cleaned up", folder.display()))
}

/// Removes the parts, and last what says whose they are.
fn remove(folder: &Path) -> Result<()> {
    let removed = || {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_name() != IDENTITY {
                fs::remove_file(entry.path())?;
            }
        }
        fs::remove_file(folder.join(IDENTITY))?;
        fs::remove_dir(folder)
    };
    removed().with_context(|| format!("{}: cannot be removed", folder.display()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use counterpoise_eval::Silent;

    fn identity(input: &str) -> Identity {
        Identity {
            program: "p".to_owned(),
            inputs: vec![input.to_owned()],
            limit: NonZeroUsize::new(3),
            rows: RowPlan::Score,
            device: "flex (CPU)".to_owned(),
            protocol: Protocol::Corrected,
        }
    }

    #[test]
    fn a_part_is_there_for_the_same_run_alone() {
        let out = tempfile::tempdir().unwrap();
        let found = vec![0.1, -0.0, 1.0 / 3.0, f64::MIN_POSITIVE];
        let mut steps = Steps::default();
        steps.run("compute", || ());
        let first = Unfinished::open(out.path(), &identity("one"), &mut Silent).unwrap();
        first.keep("part", &steps, &found).unwrap();

        let mut same = Unfinished::open(out.path(), &identity("one"), &mut Silent).unwrap();
        let mut again = Steps::default();
        let taken: Option<Vec<f64>> = same.take("part", &mut again).unwrap();
        let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&taken.unwrap()), bits(&found));
        assert_eq!(again.done(), steps.done());
        assert_eq!(same.taken(), ["part"]);
        assert!(
            same.take::<Vec<f64>>("other", &mut again)
                .unwrap()
                .is_none()
        );

        let mut other = Unfinished::open(out.path(), &identity("two"), &mut Silent).unwrap();
        assert!(
            other
                .take::<Vec<f64>>("part", &mut again)
                .unwrap()
                .is_none()
        );
        other.remove().unwrap();
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_of_something_else_is_left_alone() {
        let out = tempfile::tempdir().unwrap();
        let folder = out.path().join("unfinished");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("novel.txt"), "It was").unwrap();
        let error = Unfinished::open(out.path(), &identity("one"), &mut Silent).unwrap_err();
        assert!(
            error.to_string().contains("move the folder away"),
            "{error}"
        );
        fs::write(folder.join(IDENTITY), "{}").unwrap();
        assert!(Unfinished::open(out.path(), &identity("one"), &mut Silent).is_err());
        assert!(folder.join("novel.txt").exists());
    }

    #[test]
    fn what_was_half_written_goes_when_the_run_resumes() {
        let out = tempfile::tempdir().unwrap();
        let run = Unfinished::open(out.path(), &identity("one"), &mut Silent).unwrap();
        let (half, whole) = (run.file(".counterpoise-x"), run.file("sums.f32"));
        fs::write(&half, "1").unwrap();
        fs::write(&whole, "1").unwrap();
        Unfinished::open(out.path(), &identity("one"), &mut Silent).unwrap();
        assert!(!half.exists() && whole.exists());
    }

    #[test]
    fn a_damaged_part_is_named() {
        let out = tempfile::tempdir().unwrap();
        let mut run = Unfinished::open(out.path(), &identity("one"), &mut Silent).unwrap();
        let path = out.path().join("unfinished/part.json");
        fs::write(&path, "{\"step\":").unwrap();
        let error = run
            .take::<Vec<f64>>("part", &mut Steps::default())
            .unwrap_err();
        assert!(
            error.to_string().contains(path.to_str().unwrap()),
            "{error}"
        );
    }
}
