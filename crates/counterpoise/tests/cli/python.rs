//! The lines of docs/python.md, run as they stand in a run's folder.

use std::path::Path;
use std::process::Command;

/// Runs each block of the page that Python has the packages for; the others are named.
pub fn run_the_lines_of_the_docs(run: &Path) {
    let page = include_str!("../../../../docs/python.md");
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut blocks = 0;
    for section in page.split("\n## ").skip(1) {
        let (name, rest) = section.split_once("\n\n```python\n").unwrap();
        let (lines, _) = rest.split_once("```").unwrap();
        assert_eq!(lines.lines().count(), 8, "{name}");
        blocks += 1;
        let packages = format!("import {name}, pyarrow");
        let there = Command::new(&python).args(["-c", &packages]).output();
        if !there.is_ok_and(|output| output.status.success()) {
            eprintln!("skipped: {python} has no {name} or pyarrow");
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
    assert_eq!(blocks, 3);
}
