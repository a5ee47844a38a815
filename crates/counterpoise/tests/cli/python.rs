//! The lines of docs/python.md, run as they stand in the folder of a study's run or of a tuning run.

use std::path::Path;
use std::process::Command;

/// A part of the page, and how many blocks it has.
#[derive(Clone, Copy)]
pub enum Part {
    /// The files of a study's run.
    Study,
    /// The log of a tuning run.
    Tuning,
}

/// Runs each block of a part of the page that Python has the packages for, in the folder `run`; the others are named.
pub fn run_the_lines_of_the_docs(part: Part, run: &Path) {
    let page = include_str!("../../../../docs/python.md");
    let (study, tuning) = page.split_once("\n# ").unwrap();
    let (page, expected) = match part {
        Part::Study => (study, 3),
        Part::Tuning => (tuning, 1),
    };
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut blocks = 0;
    for section in page.split("\n## ").skip(1) {
        let (name, rest) = section.split_once("\n\n```python\n").unwrap();
        let (lines, _) = rest.split_once("```").unwrap();
        assert_eq!(lines.lines().count(), 8, "{name}");
        blocks += 1;
        let imports = lines.lines().filter(|line| line.starts_with("import "));
        let packages = format!("import pyarrow\n{}", imports.collect::<Vec<_>>().join("\n"));
        let there = Command::new(&python).args(["-c", &packages]).output();
        if !there.is_ok_and(|output| output.status.success()) {
            eprintln!("skipped: {python} has no {name}, or not what it takes");
            continue;
        }
        let output = Command::new(&python)
            .args(["-c", lines])
            .current_dir(run)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{name}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(blocks, expected);
}
