//! Files that are one JSON object.

use std::collections::BTreeMap;
use std::path::Path;

use counterpoise_data::{DataError, read_json, read_json_text};

use crate::{assert_bad_row, file};

type Sizes = BTreeMap<String, u32>;

fn sizes(path: &Path) -> Result<Sizes, DataError> {
    read_json(path, "an object of sizes")
}

#[test]
fn well_formed() {
    let file = file("f.json", "\u{feff}\n {\"a\": 1,\n\"b\": 2}\n");
    let expected: Sizes = [("a".to_owned(), 1), ("b".to_owned(), 2)].into();
    assert_eq!(sizes(&file.path).unwrap(), expected);
    let text = read_json_text(&file.path, "an object").unwrap();
    assert_eq!(text, "\n {\"a\": 1,\n\"b\": 2}\n");
}

#[test]
fn each_way_of_being_wrong_names_its_line() {
    for (content, line, found) in [
        (
            "{\"a\": 1,\n\"b\": \"2\"}",
            2,
            "found invalid type: string \"2\", expected u32 (column 8)",
        ),
        (
            "{\"a\": 1,\n\n\"a\": 2}",
            3,
            "found the key `a` twice (column 7)",
        ),
        ("{\"a\": 1,\n", 2, "found broken JSON: EOF while parsing"),
        (
            "{\"a\": 1}\n{\"b\": 1}",
            2,
            "found broken JSON: trailing characters",
        ),
        (
            "{\"a\": 1,\n\"b\": 2,}",
            2,
            "found a comma behind the last value (column 8); remove it",
        ),
        ("\n[1, 2]", 2, "found a file that begins with `[1, 2]`"),
        ("7", 1, "found a file that begins with `7`"),
        ("null", 1, "found a file that begins with `null`"),
    ] {
        assert_bad_row(sizes, content, line, &["an object of sizes", found]);
    }
}
