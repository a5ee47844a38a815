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
        7,\"two\r\nlines, \"\"quoted\"\"\",1,0\r\n\r\n8,plain inner quote,0,0\r\n9,last, False ,1";
    let set = read_comments(&file("c.csv", content).path).unwrap();
    assert_eq!(set.not_scored, 0);
    assert_eq!(
        set.comments,
        [
            comment("two\r\nlines, \"quoted\"", true),
            comment("plain inner quote", false),
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
    assert_eq!(read_comments(&file.path).unwrap().comments, rows);
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
    for label in ["0.7", "2", "-2", "-0.5", "", "nan", "yes"] {
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
fn labels_as_pandas_and_spreadsheets_write_them() {
    let labels = ["1.0", "0.0", " 1", "TRUE", "False", "-0.0"];
    let rows = labels.map(|label| format!("a,{label}\n")).concat();
    let content = format!("comment_text,toxic\n{rows}");
    let set = read_comments(&file("c.csv", content).path).unwrap();
    let toxic: Vec<bool> = set.comments.iter().map(|comment| comment.toxic).collect();
    assert_eq!(toxic, [true, false, true, true, false, false]);
}

#[test]
fn comments_that_nobody_scored_are_counted_and_left_out() {
    let content = "comment_text,toxic\na,-1\nb,1\n\"\",-1.0\nc,0\n";
    let set = read_comments(&file("c.csv", content).path).unwrap();
    assert_eq!(set.comments, [comment("b", true), comment("c", false)]);
    assert_eq!(set.not_scored, 2);
    let none = read_comments(&file("c.csv", "comment_text,toxic\na,-1\n").path).unwrap_err();
    assert!(none.to_string().contains("found 1 labelled -1"), "{none}");
}

#[test]
fn quotes_that_other_readers_guess_at() {
    let spark = "id,comment_text,toxic\n6,a,0\n7,\"he said \\\"zebra\\\" to me\",0\n";
    let parts = ["`z` behind a quote", "double each quote", "backslash"];
    assert_bad_row(read_comments, spark, 3, &parts);
    let bare = "id,comment_text,toxic\n6,a,0\n\n7,plain \"inner\" quote,0\n";
    assert_bad_row(read_comments, bare, 4, &["white space before the quote"]);
}

#[test]
fn what_is_between_the_columns_instead_of_commas() {
    for (content, found) in [
        ("sep=,\ncomment_text,toxic\na,1\n", "a line `sep=`"),
        ("comment_text;toxic\na, b;1\n", "semicolons"),
        ("comment_text\ttoxic\na\t1\n", "tabs"),
    ] {
        assert_bad_row(read_comments, content, 1, &[found]);
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
