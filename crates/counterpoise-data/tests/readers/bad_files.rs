//! Every reader against every way for a file to be none: one message, which begins with the path.

use std::fmt::Debug;
use std::fs;
use std::path::Path;

use counterpoise_data::{
    DataError, read_comments, read_json, read_json_text, read_pairs, read_patch_values,
    read_prompts, read_samples, read_text,
};

use crate::{file, message_of};

const PAIR: &str = r#"{"prompt_text": "a", "unpert_gen_text": "b", "pert_gen_text": "c"}"#;
const SAMPLE: &str = r#"{"prompt": "a", "gold": "b"}"#;
const CHALLENGE: &str = r#"{"prompt": "a"}"#;
const NESTED: &str = r#"{"prompt": {"text": "a"}, "challenging": true}"#;

/// Asserts that `read` takes `row` and refuses a missing file, a folder, an empty file, one cut short
/// in its last row, and bytes that are not UTF-8, each time with a message that says which.
#[track_caller]
fn refuses_whatever_is_no_text<T: Debug>(row: &str, read: fn(&Path) -> Result<T, DataError>) {
    let file = file("file", row);
    read(&file.path).unwrap();
    let refusal = |content: &[u8]| {
        fs::write(&file.path, content).unwrap();
        message_of(read(&file.path), &file.path)
    };
    for empty in ["", "\u{feff}", " \n\n"] {
        let message = refusal(empty.as_bytes());
        assert!(message.contains("found an empty file"), "{message}");
    }
    let foreign = refusal(b"\n\n\xe9");
    assert!(foreign.contains(":3: expected UTF-8"), "{foreign}");
    // UTF-16 with its mark, as some editors save it, and without.
    let wide = |to_bytes: fn(u16) -> [u8; 2], mark: &str| -> Vec<u8> {
        let text = format!("{mark}{row}");
        text.encode_utf16().flat_map(to_bytes).collect()
    };
    let little = refusal(&wide(u16::to_le_bytes, "\u{feff}"));
    assert!(
        little.contains("found UTF-16, little endian; convert"),
        "{little}"
    );
    let big = refusal(&wide(u16::to_be_bytes, "\u{feff}"));
    assert!(big.contains("found UTF-16, big endian; convert"), "{big}");
    let unmarked = refusal(&wide(u16::to_le_bytes, ""));
    assert!(
        unmarked.contains(":1: expected text; found a NUL"),
        "{unmarked}"
    );
    for (start, what) in [
        (
            &b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X"[..],
            "AppleDouble",
        ),
        (b"PK\x03\x04", "a zip archive; unpack it"),
        (b"BZh91AY", "bzip2; unpack it"),
        (
            b"version https://git-lfs.github.com/spec/v1\n",
            "Git LFS pointer",
        ),
    ] {
        let other = refusal(start);
        assert!(other.contains(what), "{other}");
    }
    fs::remove_file(&file.path).unwrap();
    let missing = message_of(read(&file.path), &file.path);
    assert_eq!(missing.matches("No such file").count(), 1, "{missing}");
}

#[track_caller]
fn refuses_folders<T: Debug>(read: fn(&Path) -> Result<T, DataError>) {
    let folder = tempfile::tempdir().unwrap();
    let message = message_of(read(folder.path()), folder.path());
    assert!(message.contains("cannot be read"), "{message}");
}

/// Asserts that `read` refuses `rows` cut anywhere within the last of them, naming that line.
#[track_caller]
fn refuses_cut_lines<T: Debug>(row: &str, read: fn(&Path) -> Result<T, DataError>) {
    for end in 1..row.len() {
        let file = file("file", format!("{row}\n{}", &row[..end]));
        let message = message_of(read(&file.path), &file.path);
        assert!(message.contains("file:2: "), "{message}");
    }
}

#[test]
fn prompts() {
    for row in [CHALLENGE, NESTED] {
        refuses_whatever_is_no_text(row, read_prompts);
        refuses_cut_lines(row, read_prompts);
    }
    refuses_folders(read_prompts);
}

#[test]
fn samples() {
    refuses_whatever_is_no_text(SAMPLE, read_samples);
    refuses_cut_lines(SAMPLE, read_samples);
    refuses_folders(read_samples);
}

#[test]
fn pairs() {
    refuses_whatever_is_no_text(PAIR, read_pairs);
    refuses_cut_lines(PAIR, read_pairs);
    let folder = tempfile::tempdir().unwrap();
    message_of(read_pairs(folder.path()), folder.path());
    fs::create_dir(folder.path().join("pairs.jsonl")).unwrap();
    message_of(read_pairs(folder.path()), folder.path());
}

#[test]
fn comments() {
    refuses_whatever_is_no_text("comment_text,toxic\na,1\n", read_comments);
    refuses_folders(read_comments);
}

#[test]
fn patch_values() {
    let row = "layer_idx,neuron_idx,assigned_value\n0,1,0.5\n";
    refuses_whatever_is_no_text(row, read_patch_values);
    refuses_folders(read_patch_values);
}

#[test]
fn texts() {
    refuses_whatever_is_no_text("a", read_text);
    refuses_folders(read_text);
}

#[test]
fn json() {
    fn any(path: &Path) -> Result<serde_json::Value, DataError> {
        read_json(path, "anything")
    }
    refuses_whatever_is_no_text("{}", any);
    refuses_whatever_is_no_text("{}", |path| read_json_text(path, "anything"));
    refuses_folders(any);
}
