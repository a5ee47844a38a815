//! Plain texts.

use counterpoise_data::{DataError, read_text};

use crate::{assert_empty, file};

#[test]
fn exact_but_for_the_byte_order_mark_and_line_ends() {
    for text in [
        "\u{feff} a\n\u{feff}b \n\n",
        " a\r\n\u{feff}b \r\n\r\n",
        " a\r\u{feff}b \r\n\n",
    ] {
        assert_eq!(
            read_text(&file("t.txt", text).path).unwrap(),
            " a\n\u{feff}b \n\n"
        );
    }
}

#[test]
fn not_utf8() {
    let error = read_text(&file("t.txt", b"a\nb\n\xc3").path).unwrap_err();
    assert!(
        matches!(
            error,
            DataError::NotUtf8 {
                line: 3,
                byte: 4,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn empty_file() {
    assert_empty(read_text, "");
    assert_empty(read_text, " \n\t");
}

#[test]
fn a_folder_is_no_text() {
    let folder = tempfile::tempdir().unwrap();
    let error = read_text(folder.path()).unwrap_err();
    assert!(matches!(error, DataError::Read { .. }), "{error}");
}

#[cfg(not(feature = "parquet"))]
#[test]
fn parquet_without_the_feature_that_reads_it() {
    let error = read_text(&file("t.parquet", "PAR1").path).unwrap_err();
    assert!(
        matches!(error, DataError::ParquetNotBuilt { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("feature `parquet`"), "{error}");
}
