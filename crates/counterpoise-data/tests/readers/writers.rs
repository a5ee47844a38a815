//! What the writers promise: a complete file, or none and the older one untouched.

use std::fs;
use std::path::Path;

use counterpoise_data::{
    DataError, JsonLinesWriter, Prompt, read_json_lines, read_prompts, write_atomically,
    write_comments, write_json_lines,
};
use serde::{Serialize, Serializer};

use crate::{file, names_in, prompt};

/// A row that cannot be written.
struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("no such row"))
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Row {
    Good { n: u8 },
    Bad(Unwritable),
}

#[test]
fn rows_are_read_back_and_parents_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/rows.jsonl");
    write_json_lines(&path, [prompt("line\nbreak"), prompt("\u{2028}é")]).unwrap();
    assert_eq!(
        read_prompts(&path).unwrap().prompts,
        [prompt("line\nbreak"), prompt("\u{2028}é")]
    );
    let rows: Vec<Prompt> = read_json_lines(&path, "a prompt").unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(names_in(path.parent().unwrap()), ["rows.jsonl"]);
}

#[test]
fn a_row_that_cannot_be_written_leaves_the_old_file() {
    let file = file("rows.jsonl", "old");
    let rows = [Row::Good { n: 1 }, Row::Bad(Unwritable), Row::Good { n: 3 }];
    let error = write_json_lines(&file.path, rows).unwrap_err();
    assert!(
        matches!(error, DataError::Unserialisable { row: 2, .. }),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&file.path).unwrap(), "old");
    assert_eq!(names_in(file.folder.path()), ["rows.jsonl"]);
}

#[test]
fn an_iterator_that_panics_leaves_the_old_file() {
    let file = file("rows.jsonl", "old");
    let rows = (0..3).map(|n| if n < 2 { n } else { panic!("no third row") });
    let written = std::panic::catch_unwind(|| write_json_lines(&file.path, rows));
    assert!(written.is_err());
    assert_eq!(fs::read_to_string(&file.path).unwrap(), "old");
    assert_eq!(names_in(file.folder.path()), ["rows.jsonl"]);
}

#[test]
fn a_failed_writer_never_finishes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.jsonl");
    let mut writer = JsonLinesWriter::create(&path).unwrap();
    writer.write(&prompt("a")).unwrap();
    writer.write(&Unwritable).unwrap_err();
    let error = writer.write(&prompt("b")).unwrap_err();
    assert!(matches!(error, DataError::Abandoned { .. }), "{error}");
    let error = writer.finish().unwrap_err();
    assert!(matches!(error, DataError::Abandoned { .. }), "{error}");
    assert_eq!(names_in(folder.path()), [""; 0]);
}

#[test]
fn an_unfinished_writer_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = JsonLinesWriter::create(&folder.path().join("rows.jsonl")).unwrap();
    writer.write(&prompt("a")).unwrap();
    assert_eq!(names_in(folder.path()).len(), 1);
    drop(writer);
    assert_eq!(names_in(folder.path()), [""; 0]);
}

#[test]
fn bytes_replace_an_older_file() {
    let file = file("out.bin", "a longer older file");
    write_atomically(&file.path, b"new\0").unwrap();
    assert_eq!(fs::read(&file.path).unwrap(), b"new\0");
    assert_eq!(names_in(file.folder.path()), ["out.bin"]);
}

#[cfg(unix)]
#[test]
fn a_result_is_as_readable_as_any_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let file = file("usual", "");
    let path = file.folder.path().join("atomic");
    write_atomically(&path, b"").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&path), mode(&file.path));
}

/// `/proc` takes no files, not even from root.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_takes_no_file() {
    let error = write_atomically(Path::new("/proc/rows.jsonl"), b"").unwrap_err();
    assert!(matches!(error, DataError::Write { .. }), "{error}");
    let message = error.to_string();
    let start = "/proc/rows.jsonl: cannot be written: its folder /proc takes no new file: ";
    assert!(message.starts_with(start), "{message}");
}

#[test]
fn a_folder_that_cannot_be_made() {
    let file = file("file", "stands in the way");
    let path = file.path.join("rows.jsonl");
    for error in [
        write_atomically(&path, b"").unwrap_err(),
        write_json_lines(&path, [1]).unwrap_err(),
        write_comments(&path, &[]).unwrap_err(),
    ] {
        assert!(matches!(error, DataError::Write { .. }), "{error}");
        let start = format!("{}: cannot be written: ", path.display());
        assert!(error.to_string().starts_with(&start), "{error}");
    }
    assert_eq!(fs::read_to_string(&file.path).unwrap(), "stands in the way");
}

#[test]
fn a_folder_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let error = write_atomically(folder.path(), b"").unwrap_err();
    assert!(error.to_string().contains("it is a folder"), "{error}");
}
