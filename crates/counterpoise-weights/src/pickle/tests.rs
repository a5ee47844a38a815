//! Pickles written out by hand.

#![allow(clippy::unwrap_used)]
use super::*;

fn of(pickle: &[u8]) -> Contents {
    contents(&mut &*pickle).unwrap()
}

#[test]
fn classes_are_found_however_they_are_named() {
    for pickle in [
        &b"\x80\x02cos\nsystem\n."[..],                           // by line
        b"\x80\x02cos\nsystem\nq\0U\x04true\x85R0N.",             // called, then dropped
        b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x93\x94.",     // by strings
        b"\x80\x04\x8c\x06system\x94\x8c\x02os\x94h\x01h\0\x93.", // by strings put aside
        b"\x80\x04\x8c\x02os\x8c\x06systemN0\x93.",               // with something between
        b"(ios\nsystem\n.",                                       // by making an instance
        b"(cos\nsystem\nNo.",
    ] {
        assert_eq!(of(pickle).classes, ["os.system"], "{pickle:?}");
    }
    let several = of(b"\x80\x02]q\0(cb\nB\nca\nA\ncb\nB\ne.");
    assert_eq!(several.classes, ["b.B", "a.A"]);
    assert_eq!(of(b"\x80\x02}X\x01\0\0\0a\x8a\x01cs."), Contents::default());
}

#[test]
fn a_key_set_twice_is_found() {
    let twice = |pickle: &[u8]| of(pickle).repeated_key;
    assert_eq!(twice(b"\x80\x02}(U\x01aK\x01U\x01bK\x02u."), None);
    assert_eq!(twice(b"\x80\x02}(U\x01aK\x01U\x01aK\x02u.").unwrap(), "a");
    assert_eq!(
        twice(b"\x80\x02}q\0U\x01aNs0h\0X\x01\0\0\0aNs.").unwrap(),
        "a"
    );
    assert_eq!(twice(b"(U\x01aNU\x01aNd.").unwrap(), "a");
    // Two dictionaries, each with the key once.
    assert_eq!(twice(b"\x80\x02}U\x01a}U\x01aNss."), None);
    let ordered = b"\x80\x02ccollections\nOrderedDict\n)R(U\x01aNU\x01aNu.";
    assert_eq!(twice(ordered).unwrap(), "a");
}

#[test]
fn a_negated_view_is_found() {
    let view = |last: &str| {
        let pickle = format!("ctorch._utils\n_rebuild_tensor_v2\n(NK\0{last}tR.");
        of(pickle.as_bytes()).has_altered_tensor
    };
    assert!(view("}U\x03negNs"));
    assert!(!view("}"));
    assert!(!view("N"));
}

#[test]
fn what_is_no_whole_pickle_is_an_error() {
    let whole = b"\x80\x04\x95\0\0\0\0\0\0\0\0(X\x01\0\0\0aM\0\x01\x8a\x02abI12\nd\x94h\0\x86.";
    assert_eq!(of(whole), Contents::default());
    for length in 0..whole.len() {
        let error = contents(&mut &whole[..length]).unwrap_err();
        assert_eq!(error, "a pickle that ends too early", "{length}");
    }
    for (pickle, part) in [
        (&b"\x80\x02\xff."[..], "unknown opcode 0xff"),
        (b"\x80\x02\x82\x01.", "unknown opcode 0x82"), // a class by a number
        (b"h\x07.", "damaged"),
        (b"N0000.", "damaged"),
        (b"t.", "damaged"),
        (b"K\x01(R.", "damaged"),
        (b"NN\x93.", "no text"),
        (b"pmany\n.", "damaged"),
    ] {
        let error = contents(&mut &*pickle).unwrap_err();
        assert!(error.contains(part), "{pickle:?}: {error}");
    }
}
