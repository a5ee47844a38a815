//! The labelled comments.

use std::fs;

use counterpoise_data::{Comment, DataError, read_comments, write_comments};

use crate::{assert_bad_row, assert_empty, file};

fn comment(text: &str, toxic: bool) -> Comment {
    Comment {
        comment_text: text.to_owned(),
        toxic,
    }
}

#[test]
fn well_formed() {
    let content = "\u{feff}id,comment_text,toxic,severe_toxic\r\n\
        7,\"two\r\nlines, \"\"quoted\"\"\",1,0\r\n\r\n8,plain \"inner\" quote,0,0\r\n9,last, False ,1";
    let rows = read_comments(&file("c.csv", content).path).unwrap();
    assert_eq!(
        rows,
        [
            comment("two\r\nlines, \"quoted\"", true),
            comment("plain \"inner\" quote", false),
            comment("last", false),
        ]
    );
}

#[test]
fn what_is_written_is_read_back() {
    let rows = [
        comment("comma, \"quote\"\nand line", true),
        comment(" spaces ", false),
        comment("\r", true),
        comment("\"", false),
    ];
    let file = file("c.csv", "old");
    write_comments(&file.path, &rows).unwrap();
    assert_eq!(read_comments(&file.path).unwrap(), rows);
    let text = fs::read_to_string(&file.path).unwrap();
    assert!(text.starts_with("comment_text,toxic\n\"comma, "));
}

#[test]
fn missing_column() {
    let parts = ["found no column `toxic` among: id, comment_text, label;"];
    assert_bad_row(read_comments, "id,comment_text,label\n1,a,0\n", 1, &parts);
}

#[test]
fn a_column_named_over_two_lines() {
    let parts = ["no column `toxic` among: comment_text, tox ic;"];
    assert_bad_row(
        read_comments,
        "\n\ncomment_text,\"tox\nic\"\na,1\n",
        3,
        &parts,
    );
}

/// Two hundred thousand records: a line count that began anew at each would take minutes.
#[test]
fn a_bad_label_far_down() {
    let good = "\"a comment\nof two lines\",1\n".repeat(200_000);
    let content = format!("comment_text,toxic\n{good}b,2\n");
    assert_bad_row(read_comments, &content, 400_002, &["`2` as `toxic`"]);
}

#[test]
fn doubled_column() {
    let parts = ["more than one column `toxic` among: toxic, comment_text, toxic;"];
    assert_bad_row(
        read_comments,
        "toxic,comment_text,toxic\n1,a,0\n",
        1,
        &parts,
    );
}

#[test]
fn the_line_is_where_the_record_begins() {
    for end in ["\n", "\r\n"] {
        let content = "comment_text,toxic\n\"a\nb\",1\n\n\"c\nd\",maybe\n".replace('\n', end);
        let parts = ["found `maybe` as `toxic`", "label it 0, 1, false or true"];
        assert_bad_row(read_comments, &content, 5, &parts);
    }
}

#[test]
fn labels_are_not_rounded() {
    for label in ["0.7", "2", "-1", "", "yes", "1.0"] {
        let content = format!("comment_text,toxic\na,{label}\n");
        assert_bad_row(
            read_comments,
            &content,
            2,
            &[&format!("`{label}` as `toxic`")],
        );
    }
}

#[test]
fn another_width() {
    let content = "comment_text,toxic\na,1\nb, and more,0\n";
    assert_bad_row(
        read_comments,
        content,
        3,
        &["3 fields where the header has 2"],
    );
    assert_bad_row(
        read_comments,
        "comment_text,toxic\na\n",
        2,
        &["1 fields where the header has 2"],
    );
}

#[test]
fn unclosed_quote() {
    let content = "toxic,comment_text\n0,fine\n1,\"open\n0,swallowed\n";
    assert_bad_row(
        read_comments,
        content,
        3,
        &["a quote opened in this record and never closed"],
    );
    assert_bad_row(
        read_comments,
        "toxic,comment_text,\"id\n1,a,2",
        1,
        &["never closed"],
    );
}

#[test]
fn empty_comment() {
    assert_bad_row(
        read_comments,
        "comment_text,toxic\n\"\",1\n",
        2,
        &["an empty `comment_text`"],
    );
}

#[test]
fn empty_file() {
    for content in [
        "",
        "\n \n",
        "comment_text,toxic\n",
        "comment_text,toxic\n\n  \n",
    ] {
        assert_empty(read_comments, content);
    }
}

#[test]
fn not_utf8() {
    let error = read_comments(&file("c.csv", b"comment_text,toxic\n\"a\n\xe9\",1\n").path);
    let error = error.unwrap_err();
    assert!(
        matches!(
            error,
            DataError::NotUtf8 {
                line: 3,
                byte: 22,
                ..
            }
        ),
        "{error}"
    );
}
