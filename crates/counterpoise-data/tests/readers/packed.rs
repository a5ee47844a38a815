//! Packed text: read whatever its name, and refused where it is damaged or expands without end.

use std::fs;
use std::io::Write;
use std::path::Path;

use counterpoise_data::{DataError, read_comments, read_prompts, read_text};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::{File, file, message_of, prompt};

fn made(name: &str) -> Vec<u8> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers/data");
    fs::read(data.join(name)).unwrap()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn message(file: &File) -> String {
    message_of(read_text(&file.path), &file.path)
}

#[test]
fn every_frame_of_gzip_and_zstd_is_read_whatever_the_name() {
    let mut packed = vec![made("prompts.jsonl.gz")];
    if cfg!(feature = "zstd") {
        packed.push(made("prompts.jsonl.zst"));
    }
    for packed in packed {
        let set = read_prompts(&file("prompts.jsonl", packed).path).unwrap();
        assert_eq!(set.prompts, [prompt("the old man"), prompt("she walked")]);
    }
    let csv = gzip(b"\xef\xbb\xbfcomment_text,toxic\r\na,1.0\r\n");
    let set = read_comments(&file("comments.csv", csv).path).unwrap();
    assert_eq!(set.comments[0].comment_text, "a");
    let text = read_text(&file("text.txt.gz", gzip(b"a\r\nb")).path).unwrap();
    assert_eq!(text, "a\nb");
}

#[test]
fn lines_are_those_of_what_was_packed() {
    let packed = file("p.jsonl.gz", gzip(b"{\"prompt\": \"a\"}\n\n{}\n"));
    let error = read_prompts(&packed.path).unwrap_err();
    assert!(matches!(error, DataError::Row { line: 3, .. }), "{error}");
}

#[test]
fn packed_text_that_is_cut_short_or_damaged() {
    let whole = gzip(b"some text that is long enough to be cut anywhere");
    for end in 2..whole.len() - 1 {
        let cut = message(&file("t.gz", &whole[..end]));
        assert!(cut.contains("found gzip that cannot be unpacked"), "{cut}");
    }
    let mut damaged = whole.clone();
    let checksum = whole.len() - 8;
    damaged[checksum] ^= 1;
    let damaged = message(&file("t.gz", damaged));
    assert!(damaged.contains("cannot be unpacked"), "{damaged}");
    let twice = message(&file("t.gz", gzip(&whole)));
    assert!(
        twice.contains("a packed file within a packed one"),
        "{twice}"
    );
    let wide = message(&file("t.gz", gzip(b"\xff\xfea\0")));
    assert!(wide.contains("UTF-16"), "{wide}");
    if cfg!(feature = "zstd") {
        let whole = made("prompts.jsonl.zst");
        let cut = message(&file("t.zst", &whole[..whole.len() - 1]));
        assert!(cut.contains("found zstd that cannot be unpacked"), "{cut}");
    }
}

#[test]
fn a_file_that_expands_without_end_is_refused() {
    let bomb = file("t.gz", gzip(&vec![b'a'; 32 << 20]));
    let message = message(&bomb);
    assert!(
        message.contains("gzip that expands to more than"),
        "{message}"
    );
    assert!(
        message.contains("unpack it first, if that is right"),
        "{message}"
    );
}
