//! A study handed to engines: processes here, HyperQueue, Slurm.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::shards::{assert_same_run, command, fails, succeeds};
use crate::studies::{ROWS, replicate, study};

/// A study, the folder of its whole run, and one for a run in shares.
struct Setting {
    folder: TempDir,
    study: PathBuf,
    whole: PathBuf,
    out: PathBuf,
}

impl Setting {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let study = study(folder.path(), ROWS);
        let [whole, out] = ["whole", "shares"].map(|name| folder.path().join(name));
        replicate(&study, &whole, &[]);
        Self {
            folder,
            study,
            whole,
            out,
        }
    }

    fn submit(&self, engine: &str, workers: &str) -> Command {
        let mut command = command("submit", &self.study, &self.out);
        command.args(["--engine", engine, "--workers", workers]);
        command
    }

    /// Waits until a file of the run is there.
    fn wait_for(&self, name: &str) {
        let (path, start) = (self.out.join(name), Instant::now());
        while !path.exists() {
            assert!(start.elapsed() < Duration::from_secs(300), "no {name}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The run in shares has ended in the bytes of the whole run, beside what was submitted.
    fn assert_same(&self) {
        fs::remove_dir_all(self.out.join("submit")).unwrap();
        assert_same_run(&self.whole, &self.out);
    }
}

/// Whether a program is there and answers.
fn answers(program: &str, argument: &str) -> bool {
    let mut command = Command::new(program);
    let command = command
        .arg(argument)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let there = command.status().is_ok_and(|status| status.success());
    if !there {
        eprintln!("skipped: `{program} {argument}` does not answer here");
    }
    there
}

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn processes_here_make_a_study_in_shares() {
    let setting = Setting::new();
    let wrong = setting.submit("local", "2").arg("--write-only").output();
    let message = fails(&wrong.unwrap());
    assert!(message.contains("leave out --write-only"), "{message}");
    // A row that cannot be written fails its share, and the same command goes on from there.
    let obstacle = setting.out.join("generations/patch.jsonl");
    fs::create_dir_all(&obstacle).unwrap();
    let message = fails(&setting.submit("local", "2").output().unwrap());
    let expected =
        "1 of 2 shares of rows failed; the same command again makes what is missing: share 0/2: ";
    assert!(
        message.starts_with(expected) && message.contains("patch.jsonl"),
        "{message}"
    );
    fs::remove_dir(&obstacle).unwrap();
    succeeds(&setting.submit("local", "2").output().unwrap());
    setting.assert_same();
}

#[test]
fn hyperqueue_makes_a_study_in_shares_though_a_worker_is_killed() {
    if !answers("hq", "--version") {
        return;
    }
    let setting = Setting::new();
    let server = setting.folder.path().join("server");
    let hq = |arguments: &[&str]| {
        let mut command = Command::new("hq");
        command.args(arguments).env("HQ_SERVER_DIR", &server);
        command
    };
    let started = |arguments: &[&str]| {
        let mut command = hq(arguments);
        let command = command.stdout(Stdio::null()).stderr(Stdio::null());
        Running(command.spawn().unwrap())
    };
    let _server = started(&["server", "start", "--host", "127.0.0.1"]);
    succeeds(&hq(&["server", "wait"]).output().unwrap());
    let worker = || started(&["worker", "start", "--cpus", "1"]);
    let [_stays, mut killed] = [worker(), worker()];
    let submitted = (setting
        .submit("hyperqueue", "4")
        .env("HQ_SERVER_DIR", &server))
    .output()
    .unwrap();
    succeeds(&submitted);
    setting.wait_for("unfinished/row-base.json");
    assert!(!setting.out.join("results.json").exists(), "it had ended");
    killed.0.kill().unwrap();
    let ended: Output = hq(&["job", "wait", "last"]).output().unwrap();
    let logs = logs(&setting.out.join("submit"));
    assert!(ended.status.success(), "{ended:?}\n{logs}");
    setting.assert_same();
}

#[test]
fn slurm_makes_a_study_in_shares() {
    let setting = Setting::new();
    let written = setting
        .submit("slurm", "3")
        .args(["--write-only", "--cpus", "1"])
        .output();
    succeeds(&written.unwrap());
    let folder = setting.out.join("submit");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let rows = read("rows.sbatch");
    for line in [
        "#SBATCH --array=0-2\n",
        "#SBATCH --cpus-per-task=1\n",
        "#SBATCH --requeue\n",
        " --stage rows --shard \"$SLURM_ARRAY_TASK_ID/3\"\n",
    ] {
        assert!(rows.contains(line), "{rows}");
    }
    assert!(read("measure.sbatch").contains("#SBATCH --array=0-1\n"));
    assert!(!read("merge.sbatch").contains("--array"));
    assert!(read("submit.sh").contains("--dependency=afterok:"));
    for name in ["submit.sh", "measure.sbatch", "rows.sbatch", "merge.sbatch"] {
        let checked = Command::new("sh").arg("-n").arg(folder.join(name)).output();
        succeeds(&checked.unwrap());
    }
    if !answers("sinfo", "--noheader") {
        return;
    }
    let mut submit = setting.submit("slurm", "3");
    succeeds(
        &submit
            .args(["--cpus", "1", "--", "--comment=test"])
            .output()
            .unwrap(),
    );
    setting.wait_for("results.json");
    // Written last; the job ends a moment later.
    let start = Instant::now();
    while setting.out.join("unfinished").exists() && start.elapsed() < Duration::from_secs(60) {
        thread::sleep(Duration::from_millis(20));
    }
    setting.assert_same();
}

#[test]
fn an_engine_that_is_not_there_is_named() {
    let setting = Setting::new();
    let mut submit = setting.submit("hyperqueue", "2");
    let message = fails(&submit.env("PATH", "/nowhere").output().unwrap());
    assert!(
        message.starts_with("`hq`: cannot be started; install the engine"),
        "{message}"
    );
    let job = fs::read_to_string(setting.out.join("submit/hyperqueue.toml")).unwrap();
    let job: toml::Table = job.parse().unwrap();
    let deps: Vec<String> = (job["task"].as_array().unwrap().iter())
        .map(|task| task["deps"].to_string())
        .collect();
    assert_eq!(deps, ["[]", "[]", "[0, 1]", "[0, 1]", "[2, 3]"]);
}

/// What tasks wrote.
fn logs(folder: &Path) -> String {
    let files = fs::read_dir(folder).unwrap();
    let logs = files.map(|entry| entry.unwrap().path());
    let logs = logs.filter(|path| path.extension().is_some_and(|extension| extension == "log"));
    logs.map(|path| {
        format!(
            "{}: {}\n",
            path.display(),
            fs::read_to_string(&path).unwrap()
        )
    })
    .collect()
}
