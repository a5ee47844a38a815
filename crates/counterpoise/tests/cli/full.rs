//! Folders that fill up, take no files, or are another run's; clocks that jump.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use counterpoise::data::FolderLock;

use crate::shards::{assert_same_run, command, fails, share, succeeds};
use crate::studies::{ROWS, interrupted, replicate, study};
use crate::training::dpo_args;
use crate::{arg, counterpoise};

/// A file system in memory, of a size that can be changed.
struct Memory(PathBuf);

impl Memory {
    /// One at `folder`; `None`, and a word, without the right to mount it.
    fn mount(folder: &Path, size: &str) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        let mut mount = Command::new("mount");
        mount.args([
            "-t",
            "tmpfs",
            "-o",
            &format!("size={size}"),
            "tmpfs",
            arg(folder),
        ]);
        if mount.output().is_ok_and(|output| output.status.success()) {
            return Some(Self(folder.to_owned()));
        }
        eprintln!("skipped: nothing may be mounted here");
        None
    }

    fn change(&self, to: &str) {
        let mut mount = Command::new("mount");
        mount.args(["-o", &format!("remount,{to}"), arg(&self.0)]);
        succeeds(&mount.output().unwrap());
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn a_run_on_a_disk_that_is_full_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Memory::mount(&folder.path().join("disk"), "64k") else {
        return;
    };
    let (study, whole) = (study(folder.path(), ROWS), folder.path().join("whole"));
    replicate(&study, &whole, &[]);
    let out = disk.0.join("out");
    let mut full = 0;
    for size in ["64k", "512k", "1m", "2m", "3m"] {
        disk.change(&format!("size={size}"));
        let output = command("replicate", &study, &out).output().unwrap();
        if output.status.success() {
            break;
        }
        let message = fails(&output);
        assert!(message.contains("No space left on device"), "{message}");
        full += 1;
    }
    assert!(full > 1, "{full}");
    disk.change("size=64m");
    if !out.join("results.json").exists() {
        replicate(&study, &out, &[]);
    }
    assert_same_run(&whole, &out);
}

#[test]
fn a_folder_that_takes_no_file_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Memory::mount(&folder.path().join("disk"), "64m") else {
        return;
    };
    let (study, out) = (study(folder.path(), ROWS), disk.0.join("out"));
    interrupted(&study, &out, "6");
    disk.change("ro");
    let part = out.join("unfinished/row-ablate.json");
    let before = fs::read(&part).unwrap();
    for output in [
        command("replicate", &study, &out).output().unwrap(),
        command("merge", &study, &out).output().unwrap(),
        share(&study, &out, ["rows", "0/2", "1"]),
    ] {
        let message = fails(&output);
        let expected = "results.json: cannot be written: its folder";
        assert!(
            message.contains(expected) && message.contains("read-only"),
            "{message}"
        );
    }
    assert!(fs::read(&part).unwrap() == before);
    disk.change("rw");
    let whole = folder.path().join("whole");
    replicate(&study, &whole, &[]);
    replicate(&study, &out, &[]);
    assert_same_run(&whole, &out);
}

#[test]
fn two_runs_on_one_folder_are_one_too_many() {
    let folder = tempfile::tempdir().unwrap();
    let (study, out) = (study(folder.path(), ROWS), folder.path().join("out"));
    let tuned = folder.path().join("tuned");
    let run = || command("replicate", &study, &out).output().unwrap();
    let merge = || command("merge", &study, &out).output().unwrap();
    let tune = || {
        let arguments = dpo_args(&tuned, &["--steps", "1", "--device", "cpu"]);
        counterpoise(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let refused = |output| {
        let message = fails(&output);
        assert!(
            message.contains("another run is writing there; wait for its end"),
            "{message}"
        );
    };
    let locks = [&out, &tuned].map(|folder| FolderLock::alone(folder).unwrap());
    for output in [
        run(),
        merge(),
        share(&study, &out, ["measure", "0/2", "1"]),
        tune(),
    ] {
        refused(output);
    }
    assert!(!out.join("unfinished").exists() && !tuned.join("log.jsonl").exists());
    drop(locks);
    // Shares stand beside each other, and in the way of a whole run.
    let lock = FolderLock::shared(&out).unwrap();
    succeeds(&share(&study, &out, ["measure", "0/2", "1"]));
    refused(run());
    drop(lock);
    succeeds(&tune());
    succeeds(&run());
    let lock = FolderLock::alone(&out).unwrap();
    refused(counterpoise(&["render", "--run", arg(&out)]));
    drop(lock);
    succeeds(&counterpoise(&["render", "--run", arg(&out)]));
}

#[test]
fn nothing_but_the_record_of_its_end_depends_on_the_clock() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path(), ROWS);
    let [whole, out] = ["whole", "jumping"].map(|name| folder.path().join(name));
    replicate(&study, &whole, &[]);
    interrupted(&study, &out, "6");
    // What the first start left seems to be of long ago and of long from now.
    let years = Duration::from_secs(3600 * 24 * 365 * 20);
    let times = [SystemTime::now() - years, SystemTime::now() + years];
    for (index, entry) in fs::read_dir(out.join("unfinished")).unwrap().enumerate() {
        let file = fs::File::options().write(true).open(entry.unwrap().path());
        file.unwrap().set_modified(times[index % 2]).unwrap();
    }
    let Some(library) = fake_clock() else {
        replicate(&study, &out, &[]);
        assert_same_run(&whole, &out);
        return;
    };
    // The clock of the second start jumps back by forty years while it runs.
    let clock = folder.path().join("clock");
    fs::write(&clock, "+20y").unwrap();
    let mut run = command("replicate", &study, &out);
    run.env("LD_PRELOAD", library)
        .env("FAKETIME_TIMESTAMP_FILE", &clock)
        .env("FAKETIME_NO_CACHE", "1");
    let run = run.spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    fs::write(&clock, "-20y").unwrap();
    succeeds(&run.wait_with_output().unwrap());
    assert_same_run(&whole, &out);
    let ended = crate::studies::read_json(out.join("results.json"))["finished_unix_s"].as_u64();
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    assert!(
        ended < Some(now.as_secs() - years.as_secs() / 2),
        "{ended:?}"
    );
}

/// The library that gives a process another clock, where it is installed.
fn fake_clock() -> Option<PathBuf> {
    let places = [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib",
    ];
    let found = places
        .map(|place| Path::new(place).join("faketime/libfaketimeMT.so.1"))
        .into_iter()
        .find(|path| path.is_file());
    if found.is_none() {
        eprintln!("skipped in part: no libfaketime here, the clock does not jump while a run runs");
    }
    found
}
