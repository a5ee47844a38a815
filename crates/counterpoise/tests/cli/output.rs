//! Standard output that nobody reads, or that takes nothing.

use std::process::{Command, Stdio};

use crate::{error_of, program, root};

fn doctor(stdout: Stdio) -> Command {
    let mut command = program();
    command.args(["doctor", "--study", "mini"]);
    command.current_dir(root()).stdout(stdout);
    command.stderr(Stdio::piped());
    command
}

#[test]
fn a_reader_that_has_gone_is_no_error() {
    let mut child = doctor(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_is_full_is_an_error() {
    let full = std::fs::File::options().write(true).open("/dev/full");
    let output = doctor(full.unwrap().into()).output().unwrap();
    let error = error_of(&output, |_| false);
    assert!(
        error.starts_with("standard output cannot be written to"),
        "{error}"
    );
}
