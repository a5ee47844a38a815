//! Runs that are killed at random moments, again and again.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::program;
use crate::shards::{assert_same_run, command};
use crate::studies::{ROWS, study};
use crate::training::{dpo_args, rows};

/// How often a run is killed; `COUNTERPOISE_KILLS` asks for more.
fn kills() -> usize {
    let asked = std::env::var("COUNTERPOISE_KILLS").ok();
    asked.map_or(3, |asked| asked.parse().unwrap())
}

/// A number from 0 to 1 that nobody foresees.
fn random() -> f64 {
    RandomState::new().hash_one(0) as f64 / u64::MAX as f64
}

/// Something that is started again and again in a folder until it ends.
struct Killed<'a> {
    /// The folder that it writes.
    out: PathBuf,
    /// Starts it, or goes on with it.
    start: &'a dyn Fn(&Path) -> Command,
    /// Whom the signal goes to, of those that were started.
    victim: &'a dyn Fn(&Child) -> u32,
    /// Whether what it left is what it leaves undisturbed.
    check: &'a dyn Fn(&Path),
}

impl Killed<'_> {
    /// Kills it as often as asked for, each time at a moment within `length`, which it takes undisturbed. It begins anew
    /// when it has ended.
    fn run(&self, length: Duration) {
        let (asked, mut done, mut ended) = (kills(), 0, 0);
        while done < asked {
            let mut child = self.spawn();
            let moment = Instant::now() + length.mul_f64(random());
            while Instant::now() < moment && child.try_wait().unwrap().is_none() {
                thread::sleep(Duration::from_millis(1));
            }
            if child.try_wait().unwrap().is_some() {
                self.end(child);
                ended += 1;
                fs::remove_dir_all(&self.out).unwrap();
                continue;
            }
            kill((self.victim)(&child));
            done += 1;
            child.wait().unwrap();
        }
        let child = self.spawn();
        self.end(child);
        eprintln!(
            "{}: {done} kills, {} runs that ended",
            self.out.display(),
            ended + 1
        );
    }

    fn spawn(&self) -> Child {
        let mut command = (self.start)(&self.out);
        let command = command.stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// It ends well and leaves what it leaves undisturbed.
    fn end(&self, child: Child) {
        let output = child.wait_with_output().unwrap();
        let mut stderr = String::from_utf8(output.stderr).unwrap();
        let mut status = output.status;
        // Orphans of a parent that was killed may still be writing.
        while !status.success() && stderr.contains("another run is writing there") {
            thread::sleep(Duration::from_millis(50));
            let again = self.spawn().wait_with_output().unwrap();
            (status, stderr) = (again.status, String::from_utf8(again.stderr).unwrap());
        }
        assert!(status.success(), "{stderr}");
        (self.check)(&self.out);
    }
}

fn kill(process: u32) {
    let status = Command::new("kill")
        .args(["-KILL", &process.to_string()])
        .status();
    status.unwrap();
}

/// How long a command takes, which has to succeed.
fn timed(mut command: Command) -> Duration {
    let start = Instant::now();
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    start.elapsed()
}

#[test]
fn a_study_that_is_killed_again_and_again_ends_in_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path(), ROWS);
    let whole = folder.path().join("whole");
    let length = timed(command("replicate", &study, &whole));
    let killed = Killed {
        out: folder.path().join("replicate"),
        start: &|out| command("replicate", &study, out),
        victim: &Child::id,
        check: &|out| assert_same_run(&whole, out),
    };
    killed.run(length);
}

#[cfg(target_os = "linux")]
#[test]
fn shares_of_which_one_or_their_parent_is_killed_again_and_again_end_in_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path(), ROWS);
    let whole = folder.path().join("whole");
    timed(command("replicate", &study, &whole));
    let submit = |out: &Path| {
        let mut command = command("submit", &study, out);
        command.args(["--engine", "local", "--workers", "2"]);
        command
    };
    let out = folder.path().join("submit");
    let length = timed(submit(&out));
    fs::remove_dir_all(&out).unwrap();
    let killed = Killed {
        out,
        start: &submit,
        victim: &|child| {
            let parent = child.id();
            let children = format!("/proc/{parent}/task/{parent}/children");
            let children = fs::read_to_string(children).unwrap_or_default();
            let mut all: Vec<u32> = children
                .split(' ')
                .filter_map(|id| id.parse().ok())
                .collect();
            all.push(parent);
            all[(random() * all.len() as f64) as usize % all.len()]
        },
        check: &|out| {
            fs::remove_dir_all(out.join("submit")).unwrap();
            assert_same_run(&whole, out);
        },
    };
    killed.run(length);
}

#[test]
fn a_tuning_that_is_killed_again_and_again_ends_in_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let tune = |out: &Path| {
        let mut command = program();
        command.args(dpo_args(out, &["--steps", "9", "--device", "cpu"]));
        if out.join("checkpoint/training.json").exists() {
            command.arg("--resume");
        }
        command
    };
    let length = timed(tune(&whole));
    let killed = Killed {
        out: folder.path().join("dpo"),
        start: &|out| {
            // Killed after its last file was written, before it could end.
            if out.join("model.safetensors").exists() {
                fs::remove_file(out.join("model.safetensors")).unwrap();
            }
            tune(out)
        },
        victim: &Child::id,
        check: &|out| {
            assert_eq!(rows(&whole), rows(out));
            for file in ["model.safetensors", "config.json", "tokenizer.json"] {
                let [one, two] = [&whole, out].map(|folder| fs::read(folder.join(file)).unwrap());
                assert!(one == two, "{file}");
            }
        },
    };
    killed.run(length);
}
