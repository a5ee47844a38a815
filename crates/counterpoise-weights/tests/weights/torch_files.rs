//! Files as `torch.save` writes them, and what their pickles may ask for.

use std::io::{Cursor, Write};

use counterpoise_weights::WeightsError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::{File, file, message_of, open};

/// What PyTorch before 1.6 begins a file with: its magic number, a version, and facts about the
/// machine.
const OLD_START: &[u8] =
    b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}X\r\0\0\0little_endian\x88s.";

/// An archive with these entries, by name.
fn archive(entries: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in entries {
        archive.start_file(*name, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn zipped(pickle: &[u8]) -> Vec<u8> {
    let entries = [("model/data.pkl", pickle), ("model/data/0", &[0; 8])];
    archive(&entries, CompressionMethod::Stored)
}

/// A file of the old kind: what was saved, the keys of its storages, and those.
fn old(pickle: &[u8]) -> Vec<u8> {
    [OLD_START, pickle, b"\x80\x02]X\x01\0\0\x000a.", &[0; 16]].concat()
}

/// A pickle that names these classes, each on its own.
fn naming(classes: &[&str]) -> Vec<u8> {
    let mut pickle = b"\x80\x02](".to_vec();
    for class in classes {
        let (module, name) = class.rsplit_once('.').unwrap();
        pickle.extend_from_slice(format!("c{module}\n{name}\n").as_bytes());
    }
    pickle.extend_from_slice(b"e.");
    pickle
}

/// Opens bytes as a file of PyTorch's, and leaves what is said of the tensors in it.
fn check(bytes: &[u8]) -> Result<(), WeightsError> {
    match open(&file("weights.pt", bytes).path) {
        Err(WeightsError::Unreadable { .. }) => Ok(()),
        other => other.map(drop),
    }
}

#[track_caller]
fn refused_for(bytes: &[u8], class: &str) {
    let File { path, folder } = file("weights.pt", bytes);
    let message = message_of(open(&path), &path);
    let found = format!("found one that asks for `{class}`, which is not run here");
    assert!(message.contains(&found), "{message}");
    drop(folder);
}

#[test]
fn whatever_rebuilds_data_may_be_asked_for() {
    let pickle = naming(&[
        "collections.OrderedDict",
        "torch._utils._rebuild_tensor_v2",
        "torch._utils._rebuild_parameter",
        "torch.FloatStorage",
        "torch.cuda.HalfStorage",
        "torch.storage.UntypedStorage",
        "torch.float32",
        "torch.bfloat16",
        "torch.bool",
        "torch.Size",
        "torch.device",
        "torch.nn.parameter.Parameter",
        "numpy.core.multiarray.scalar",
        "numpy._core.multiarray.scalar",
        "numpy.dtype",
        "_codecs.encode",
        "__builtin__.set",
    ]);
    for bytes in [zipped(&pickle), old(&pickle), pickle] {
        check(&bytes).unwrap();
    }
}

#[test]
fn whatever_else_is_asked_for_is_named() {
    for class in [
        "os.system",
        "posix.system",
        "builtins.eval",
        "__builtin__.exec",
        "__main__.Trainer",
        "argparse.Namespace",
        "torch.load",
        "torch.hub.load",
        "torch.float",
        "torch.nn.modules.linear.Linear",
        "torch.storage._load_from_bytes",
        "torch._utils._import_dotted_name",
        "transformers.models.gpt2.modeling_gpt2.GPT2LMHeadModel",
        "numpy.load",
        "collections.Storage",
    ] {
        let pickle = naming(&["torch.FloatStorage", class]);
        for bytes in [&zipped(&pickle), &old(&pickle), &pickle] {
            refused_for(bytes, class);
        }
    }
}

#[test]
fn no_pickle_of_a_file_is_passed_over() {
    let (good, bad) = (naming(&[]), naming(&["os.system"]));
    let entries = [("data.pkl", &*good), ("nested/data.pkl", &*bad)];
    refused_for(&archive(&entries, CompressionMethod::Stored), "os.system");
    refused_for(
        &archive(&[("a/data.pkl", &*bad)], CompressionMethod::Deflated),
        "os.system",
    );
    // Among the keys of the storages of an old file.
    refused_for(&[OLD_START, &good, &bad].concat(), "os.system");
}

#[test]
fn what_torch_save_does_not_write_says_what_it_is() {
    let pickle = naming(&["torch.FloatStorage"]);
    let whole = zipped(&pickle);
    for (bytes, found) in [
        (&b""[..], "an empty file"),
        (b"{\"a\": 1}", "a file of another format"),
        (b"\x80", "a pickle that ends too early"),
        (&pickle[..pickle.len() - 1], "a pickle that ends too early"),
        (
            &old(&pickle)[..OLD_START.len() - 2],
            "a pickle that ends too early",
        ),
        (b"\x80\x02\xfe.", "a pickle with the unknown opcode 0xfe"),
        (&whole[..whole.len() / 2], "a zip archive that is damaged"),
        (
            &archive(&[("word/document.xml", b"")], CompressionMethod::Stored),
            "a zip archive without `data.pkl`",
        ),
        (
            &archive(&[], CompressionMethod::Stored),
            "a zip archive without `data.pkl`",
        ),
        (&zipped(&pickle[..9]), "a pickle that ends too early"),
    ] {
        let file = file("weights.pt", bytes);
        let message = message_of(open(&file.path), &file.path);
        let found = format!("expected a file written by `torch.save`; found {found}");
        assert!(message.contains(&found), "{message}");
    }
}

#[test]
fn a_pointer_to_a_large_file_is_known() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 548118077\n";
    for name in ["weights.safetensors", "weights.pt", "weights"] {
        let file = file(name, pointer);
        let message = message_of(open(&file.path), &file.path);
        assert!(message.contains("git lfs pull"), "{message}");
    }
}

#[test]
fn a_key_set_twice_is_named() {
    let pickle = b"\x80\x02}(X\x03\0\0\0wteK\x01X\x03\0\0\0wteK\x02u.";
    let file = file("weights.pt", zipped(pickle));
    let message = message_of(open(&file.path), &file.path);
    assert!(
        message.contains("expected each name once; found `wte` twice"),
        "{message}"
    );
}
