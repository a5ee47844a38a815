//! Scoring that is killed, again and again.

use std::fs;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use super::{KEY, Setting};
use crate::arg;

/// How often the process is killed; `COUNTERPOISE_KILLS` asks for more.
fn kills() -> usize {
    let asked = std::env::var("COUNTERPOISE_KILLS").ok();
    asked.map_or(4, |asked| asked.parse().unwrap())
}

fn start(setting: &Setting) -> Child {
    let scorer = setting.folder.path().join("scorer.toml");
    let mut command = setting.command(&["--scorer", arg(&scorer)], Some(KEY));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

#[test]
fn a_process_that_is_killed_while_it_scores_loses_nothing_and_asks_nothing_twice() {
    let whole = Setting::new();
    whole.scored("");
    let setting = Setting::new();
    setting.scorer("");
    let (texts, kills) = (setting.texts().len(), kills());
    setting.server.delay(Duration::from_millis(5));
    let mut torn = 0;
    for kill in 0..kills {
        let before = setting.server.answered();
        let mut child = start(&setting);
        // At least one more answer each time, and killed at another moment of what follows it.
        let more = 1 + texts / (2 * kills + 1);
        while setting.server.answered() < before + more && child.try_wait().unwrap().is_none() {
            thread::sleep(Duration::from_micros(200));
        }
        thread::sleep(Duration::from_micros(137 * kill as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        let kept = fs::read(setting.cache()).unwrap();
        torn += usize::from(!kept.is_empty() && !kept.ends_with(b"\n"));
        let lines = kept.iter().filter(|&&byte| byte == b'\n').count();
        assert!(lines < texts, "nothing was left to kill");
        // Nothing is half written in the run.
        assert!(!setting.out().join("agreement.md").exists());
    }
    // As a kill within a write leaves it: a line that only begins.
    let mut kept = fs::read(setting.cache()).unwrap();
    kept.extend_from_slice(b"{\"key\":\"00");
    fs::write(setting.cache(), kept).unwrap();

    let status = start(&setting).wait().unwrap();
    assert!(status.success());
    let asked = setting.server.requests().len();
    // A request that was in flight when the process was killed is made again, and no other.
    assert!(asked <= texts + kills, "{asked} requests for {texts} texts");
    assert_eq!(setting.answers().len(), texts);
    for file in ["tables.csv", "tables.json", "table1.md", "table2.md"] {
        let [one, two] = [&whole, &setting].map(|run| fs::read(run.out().join(file)).unwrap());
        assert!(one == two, "{file}");
    }
    for row in super::NAMES {
        let name = format!("generations/{row}.jsonl");
        let [one, two] = [&whole, &setting].map(|run| fs::read(run.out().join(&name)).unwrap());
        assert!(one == two, "{name}");
    }
    let [one, two] = [&whole, &setting].map(Setting::results);
    assert_eq!(
        (&one["rows"], &one["agreement"]),
        (&two["rows"], &two["agreement"])
    );
    eprintln!("{kills} kills, {torn} torn lines, {asked} requests for {texts} texts");
}
