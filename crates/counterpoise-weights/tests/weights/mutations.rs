//! Tensor files that were damaged at random: each is read or refused, without a panic and in bounded memory.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::Path;

use counterpoise_mutations::{Counting, Input, Mutator, survives};
use counterpoise_weights::{Layout, Weights, read_single};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::{folder, two_fields};

#[global_allocator]
static COUNTING: Counting = Counting;

/// Files that PyTorch wrote as archives.
const TORCH_FILES: [&str; 4] = [
    "fixtures/golden/weights/unmerged/policy.pt",
    "crates/counterpoise-model/tests/model/data/trained.pt",
    "crates/counterpoise-model/tests/model/data/views.pt",
    "crates/counterpoise-probe/tests/probe/data/bare.pt",
];

/// The bytes of a file of the workspace.
fn fixture(name: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read(root.join(name)).unwrap()
}

/// The entries of an archive.
fn entries(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).unwrap();
    let mut entries = BTreeMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        entries.insert(entry.name().unwrap().into_owned(), bytes);
    }
    entries
}

/// An archive whose checksums are right, whatever its pickle is.
fn archive(entries: &BTreeMap<String, Vec<u8>>, method: CompressionMethod) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in entries {
        archive.start_file(name, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// Text and opcodes that mean something in headers and pickles.
const PIECES: &[&[u8]] = &[
    b"\"F64\"",
    b"\"BF16\"",
    b"\"shape\":[",
    b"999999999999",
    b"{}",
    b"lm_head.weight",
    b"lora_A.default.weight",
    b"K\x00",
    b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f",
    b"((((",
    b"]]]]",
    b"PK\x01\x02",
];

/// Reads a file in every way there is, and answers whether it was accepted as a model's weights.
fn read(path: &Path, layout: &Layout) -> bool {
    if let Ok(tensor) = read_single(path) {
        drop(tensor.values());
    }
    let Ok(mut weights) = Weights::open(path, layout) else {
        return false;
    };
    for tensor in weights.tensors.values() {
        drop(tensor.values());
    }
    drop(weights.take_head(layout));
    true
}

/// A layout with the names of the fixtures.
fn layout() -> Layout {
    let mut layout = two_fields();
    layout
        .fields
        .extend(["h.0.attn.c_attn.weight".to_owned(), "ln_f.bias".to_owned()]);
    layout
}

/// Tries files that `make` damages.
fn all_survive(what: &str, name: &str, make: impl Fn(&mut Mutator) -> Vec<u8>) {
    let (input, layout) = (Input::new(name), layout());
    survives(
        what,
        PIECES,
        |mutator| input.write(&make(mutator)),
        || read(&input.path, &layout),
    );
}

#[test]
fn damaged_safetensors_are_read_or_refused() {
    let files = [
        "fixtures/golden/weights/base/model.safetensors",
        "fixtures/golden/weights/lora/plain/adapter_model.safetensors",
    ]
    .map(fixture);
    all_survive("safetensors", "a.safetensors", |mutator| {
        let index = mutator.below(files.len());
        mutator.damaged(&files[index])
    });
}

#[test]
fn damaged_archives_of_pytorch_are_read_or_refused() {
    let files = TORCH_FILES.map(fixture);
    all_survive("zip", "a.pt", |mutator| {
        let index = mutator.below(files.len());
        mutator.damaged(&files[index])
    });
}

#[test]
fn damaged_pickles_are_read_or_refused() {
    let archives = TORCH_FILES.map(|name| entries(&fixture(name)));
    let bare = fixture("crates/counterpoise-model/tests/model/data/legacy.pt");
    all_survive("pickle", "a.pt", |mutator| {
        // In an archive whose checksums are right, or in a file of before there were archives.
        match mutator.below(archives.len() + 1) {
            index if index < archives.len() => with_damaged_pickle(&archives[index], mutator),
            _ => mutator.damaged(&bare),
        }
    });
}

fn with_damaged_pickle(entries: &BTreeMap<String, Vec<u8>>, mutator: &mut Mutator) -> Vec<u8> {
    let mut entries = entries.clone();
    for (name, bytes) in &mut entries {
        if name.ends_with("data.pkl") {
            *bytes = mutator.damaged(bytes);
        }
    }
    let method = match mutator.below(4) {
        0 => CompressionMethod::Deflated,
        _ => CompressionMethod::Stored,
    };
    archive(&entries, method)
}

#[test]
fn values_nested_without_end_do_no_harm() {
    let folder = folder();
    let path = folder.path().join("deep.pt");
    for (open, close) in [
        (&b"]"[..], &b"a"[..]),
        (b"}K\x00", b"s"),
        (b"}X\x01\0\0\0a", b"s"),
        (b"(", b"t"),
        (b"", b"\x85"),
    ] {
        for depth in [500, 200_000] {
            let pickle = [
                b"\x80\x02",
                &*open.repeat(depth),
                b"N",
                &*close.repeat(depth),
                b".",
            ]
            .concat();
            fs::write(&path, &pickle).unwrap();
            if let Ok(weights) = Weights::open(&path, &two_fields()) {
                assert!(weights.tensors.is_empty());
            }
        }
    }
}
