//! What a run has finished while it is not at its end: each measured model, what follows from both, and each row. The same
//! run, started again, goes on from there; several processes may each make some of it.
//!
//! It lies in `unfinished/` in the output folder and goes when the run has all its results. Each part is one file, written
//! whole, and holds the hash of everything that it follows from.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Context, Result, StudyError, refuse};
use counterpoise_data::write_atomically;
use counterpoise_eval::Progress;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::identity::Identity;
use super::outputs::remove_half_written;
use crate::steps::{Step, Steps};

/// The file that says which run the parts belong to.
const IDENTITY: &str = "identity.json";

/// The folder of the parts, in the output folder.
const FOLDER: &str = "unfinished";

/// The finished parts of a run.
#[derive(Debug)]
pub(super) struct Unfinished {
    folder: PathBuf,
    /// The hash of the run's identity.
    run: String,
    taken: Vec<String>,
}

/// A part, and what it cost.
#[derive(Serialize, Deserialize)]
struct Part<T> {
    /// The hash of everything it follows from.
    run: String,
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
        let folder = out.join(FOLDER);
        if folder.exists() {
            let found = read_identity(&folder)?;
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
        Self::begin(folder, identity)
    }

    /// Opens the parts in the output folder `out`, which other processes may be adding to. Nothing is removed.
    ///
    /// # Errors
    /// Parts of another run than `identity`; as [`Unfinished::open`].
    pub(super) fn join(out: &Path, identity: &Identity) -> Result<Self> {
        let folder = out.join(FOLDER);
        if folder.join(IDENTITY).exists() {
            let found = read_identity(&folder)?;
            if found != *identity {
                refuse!(
                    "{}: what is there was made with another {}; run every shard and `merge` with the same, remove \
                     the folder, or name another with --out",
                    folder.display(),
                    identity.differs_in(&found)
                );
            }
        }
        Self::begin(folder, identity)
    }

    fn begin(folder: PathBuf, identity: &Identity) -> Result<Self> {
        let bytes = serde_json::to_vec_pretty(identity)?;
        write_atomically(&folder.join(IDENTITY), &bytes)?;
        Ok(Self {
            folder,
            run: identity.hash()?,
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
        if part.run != self.run {
            refuse!(
                "{}: it is of another run; remove it, and it is made again",
                path.display()
            );
        }
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
        let run = self.run.clone();
        let bytes = serde_json::to_vec(&Part { run, step, found })?;
        Ok(write_atomically(&self.path(name), &bytes)?)
    }

    /// The hash of the run's identity.
    pub(super) fn run(&self) -> &str {
        &self.run
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

    /// Where the part `name` is, in the output folder `out`.
    pub(super) fn part_in(out: &Path, name: &str) -> PathBuf {
        out.join(FOLDER).join(format!("{name}.json"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.json"))
    }
}

/// Which run the parts in `folder` belong to.
fn read_identity(folder: &Path) -> Result<Identity> {
    let path = folder.join(IDENTITY);
    fs::read(&path)
        .map_err(StudyError::from)
        .and_then(|bytes| Ok(serde_json::from_slice::<Identity>(&bytes)?))
        .with_context(|| {
            let path = path.display();
            format!("{path}: expected what an interrupted run left; move the folder away")
        })
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
    use std::num::NonZeroUsize;

    use counterpoise_eval::{Protocol, Silent};

    use super::*;
    use crate::row::RowPlan;
    use crate::run::identity::processor;

    fn identity(input: &str) -> Identity {
        Identity {
            program: "p".to_owned(),
            inputs: vec![input.to_owned()],
            limit: NonZeroUsize::new(3),
            rows: RowPlan::Score,
            device: "flex (CPU)".to_owned(),
            processor: processor(),
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

    #[test]
    fn what_is_joined_is_of_the_same_run_and_is_left_as_it_is() {
        let out = tempfile::tempdir().unwrap();
        let mut steps = Steps::default();
        steps.run("compute", || ());
        let first = Unfinished::join(out.path(), &identity("one")).unwrap();
        first.keep("part", &steps, 1).unwrap();
        // Another process is writing this.
        let half = first.file(".counterpoise-x");
        fs::write(&half, "1").unwrap();
        let mut second = Unfinished::join(out.path(), &identity("one")).unwrap();
        assert_eq!(second.take("part", &mut steps).unwrap(), Some(1));
        assert!(half.exists());
        let mut other = identity("two");
        other.limit = None;
        let error = Unfinished::join(out.path(), &other).unwrap_err();
        let expected = "was made with another study or input, limit; run every shard";
        assert!(error.to_string().contains(expected), "{error}");
    }

    #[test]
    fn a_part_that_was_copied_from_another_run_is_named() {
        let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let [one, two] = ["one", "two"].map(identity);
        let mut steps = Steps::default();
        steps.run("compute", || ());
        let first = Unfinished::join(folders[0].path(), &one).unwrap();
        first.keep("part", &steps, 1).unwrap();
        let mut second = Unfinished::join(folders[1].path(), &two).unwrap();
        fs::copy(first.path("part"), second.path("part")).unwrap();
        let error = second.take::<u32>("part", &mut steps).unwrap_err();
        assert!(error.to_string().contains("is of another run"), "{error}");
    }
}
