//! A tensor named twice in the header of a safetensors file.

use std::path::Path;

use counterpoise_weights::WeightsError;

use crate::{file, message_of, open};

fn check(header: &str, data: &[u8]) -> Result<(), WeightsError> {
    let length = u64::try_from(header.len()).unwrap().to_le_bytes();
    let bytes = [&length[..], header.as_bytes(), data].concat();
    open(&file("w.safetensors", bytes).path).map(drop)
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
            matches!(&error, WeightsError::TensorTwice { tensor, .. } if tensor == "a"),
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
fn whatever_else_is_wrong_is_told() {
    let long = 200_u64.to_le_bytes();
    for (bytes, part) in [
        (&b""[..], "0 bytes, too few for a header"),
        (b"123", "3 bytes, too few for a header"),
        (b"\xff\xff\xff\xff\xff\xff\xff\xff{}", "in a file of 10"),
        (&long, "a header of 200 bytes in a file of 8"),
        (b"\x02\0\0\0\0\0\0\0\xff\xff", "a header that is not UTF-8"),
        (
            b"\x02\0\0\0\0\0\0\0{}more",
            "14 bytes, where its header describes 10",
        ),
        (b"\x02\0\0\0\0\0\0\0{\"", "EOF"),
    ] {
        let file = file("w.safetensors", bytes);
        let message = message_of(open(&file.path), &file.path);
        assert!(message.contains(part), "{message}");
        assert!(message.ends_with("; copy the file again"), "{message}");
    }
    let missing = Path::new("none.safetensors");
    message_of(open(missing), missing);
}
