//! A tensor named twice in the header of a safetensors file.

use std::path::Path;

use counterpoise_data::{DataError, check_safetensors_file};

use crate::{file, message_of};

fn check(header: &str, data: &[u8]) -> Result<(), DataError> {
    let length = u64::try_from(header.len()).unwrap().to_le_bytes();
    let bytes = [&length[..], header.as_bytes(), data].concat();
    check_safetensors_file(&file("w.safetensors", bytes).path)
}

fn entry(name: &str, start: usize) -> String {
    let end = start + 4;
    format!("\"{name}\":{{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[{start},{end}]}}")
}

#[test]
fn every_name_may_stand_once() {
    let metadata = r#""__metadata__":{"format":"pt"}"#;
    let header = |second: &str| format!("{{{metadata},{},{}}}", entry("a", 0), entry(second, 4));
    check(&header("b"), &[0; 8]).unwrap();
    for header in [header("a"), header("\\u0061")] {
        let error = check(&header, &[0; 8]).unwrap_err();
        assert!(
            matches!(&error, DataError::TensorTwice { tensor, .. } if tensor == "a"),
            "{error}"
        );
    }
    let error = check(
        &format!("{{{metadata},{metadata},{}}}", entry("a", 0)),
        &[0; 4],
    );
    let message = message_of(error, &std::env::temp_dir());
    assert!(message.contains("found `__metadata__` twice"), "{message}");
}

#[test]
fn whatever_else_is_wrong_is_left_to_the_reader() {
    check("{\"a\": [", &[]).unwrap();
    for bytes in [
        &b""[..],
        b"123",
        b"\xff\xff\xff\xff\xff\xff\xff\xff{}",
        b"\x02\0\0\0\0\0\0\0\xff\xff",
    ] {
        check_safetensors_file(&file("w.safetensors", bytes).path).unwrap();
    }
    assert!(check_safetensors_file(Path::new("none.safetensors")).is_err());
}
