//! Files that were damaged at random, from a seed: each is read or refused, without a panic and in bounded memory.
//!
//! `COUNTERPOISE_MUTATIONS` is how many are tried, over all kinds of file; without it, ten thousand.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Cursor, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use counterpoise_weights::{Layout, Weights, read_single};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::allocations::most_held;
use crate::{folder, two_fields};

/// What a file may cost beyond ten times its size.
const SPARE: usize = 64 << 20;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(name)
}

/// Files to be damaged, by the name under which they are read.
fn whole_files() -> Vec<(&'static str, Vec<u8>)> {
    let data = "crates/counterpoise-model/tests/model/data";
    let files = [
        (
            "a.safetensors",
            "fixtures/golden/weights/base/model.safetensors".to_owned(),
        ),
        (
            "a.safetensors",
            "fixtures/golden/weights/lora/plain/adapter_model.safetensors".to_owned(),
        ),
        (
            "a.pt",
            "fixtures/golden/weights/unmerged/policy.pt".to_owned(),
        ),
        ("a.pt", format!("{data}/trained.pt")),
        ("a.pt", format!("{data}/views.pt")),
        ("a.pt", format!("{data}/legacy.pt")),
        (
            "a.pt",
            "crates/counterpoise-probe/tests/probe/data/bare.pt".to_owned(),
        ),
    ];
    let read = files.map(|(name, path)| (name, fs::read(fixture(&path)).unwrap()));
    read.into()
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

/// Numbers that lengths, counts and offsets go wrong at.
const NUMBERS: [u64; 10] = [
    0,
    1,
    0x7f,
    0xff,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0xffff_ffff,
    0x7fff_ffff_ffff_ffff,
    u64::MAX,
];

/// Text and opcodes that mean something in headers and pickles.
const PIECES: [&[u8]; 12] = [
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

/// Damages bytes once.
fn damage(bytes: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    if bytes.is_empty() {
        return bytes.push(random.random());
    }
    // Half of the time where headers are, at either end.
    let length = bytes.len();
    let near = length.min(600);
    let place = match random.random_range(0..4) {
        0 => random.random_range(0..near),
        1 => length - 1 - random.random_range(0..near),
        _ => random.random_range(0..length),
    };
    let end = (place + random.random_range(1..40)).min(length);
    match random.random_range(0..8) {
        0 => bytes[place] ^= 1 << random.random_range(0..8),
        1 => bytes[place] = random.random(),
        2 => {
            let number = NUMBERS[random.random_range(0..NUMBERS.len())].to_le_bytes();
            let width = [1, 2, 4, 8][random.random_range(0..4)].min(length - place);
            bytes[place..place + width].copy_from_slice(&number[..width]);
        }
        3 => drop(bytes.drain(place..end)),
        4 => {
            let again = bytes[place..end].to_vec();
            bytes.splice(place..place, again);
        }
        5 => bytes.truncate(place),
        6 => {
            let piece = PIECES[random.random_range(0..PIECES.len())];
            bytes.splice(place..place, piece.iter().copied());
        }
        _ => {
            // A digit for another, which keeps JSON whole.
            let digits = bytes.iter().skip(place).position(u8::is_ascii_digit);
            if let Some(digit) = digits {
                bytes[place + digit] = b'0' + random.random_range(0..10);
            }
        }
    }
}

fn damaged(bytes: &[u8], random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..random.random_range(1..6) {
        damage(&mut bytes, random);
    }
    bytes
}

/// Reads a file in every way there is, whatever comes of it.
fn read(path: &Path, layout: &Layout) {
    if let Ok(mut weights) = Weights::open(path, layout) {
        for tensor in weights.tensors.values() {
            drop(tensor.values());
        }
        drop(weights.take_head(layout));
    }
    if let Ok(tensor) = read_single(path) {
        drop(tensor.values());
    }
}

/// How many files are tried.
fn count() -> u64 {
    let count = std::env::var("COUNTERPOISE_MUTATIONS");
    count.map_or(10_000, |count| count.parse().unwrap())
}

#[test]
fn no_damaged_file_panics_or_fills_the_memory() {
    let files = whole_files();
    let archives: Vec<_> = files
        .iter()
        .filter(|(_, bytes)| bytes.starts_with(b"PK"))
        .map(|(_, bytes)| entries(bytes))
        .collect();
    // In memory where the system has such a folder: ten thousand files are slow on a disk.
    let folder = tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| folder());
    let mut layout = two_fields();
    layout
        .fields
        .extend(["h.0.attn.c_attn.weight".to_owned(), "ln_f.bias".to_owned()]);
    let (mut largest, mut refused) = (0, 0);
    for seed in 0..count() {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let (name, bytes) = if seed % 2 == 0 {
            let (name, bytes) = &files[random.random_range(0..files.len())];
            (*name, damaged(bytes, &mut random))
        } else {
            ("a.pt", with_damaged_pickle(&archives, &mut random))
        };
        let path = folder.path().join(name);
        File::create(&path).unwrap().write_all(&bytes).unwrap();
        let work = || catch_unwind(AssertUnwindSafe(|| read(&path, &layout)));
        let (result, most) = most_held(work);
        assert!(result.is_ok(), "seed {seed} panics; {} bytes", bytes.len());
        assert!(
            most <= SPARE + 10 * bytes.len(),
            "seed {seed} takes {most} bytes"
        );
        largest = largest.max(most);
        refused += u64::from(Weights::open(&path, &layout).is_err());
    }
    // Neither all nor none: else nothing was tried.
    assert!(
        (count() / 10..count()).contains(&refused),
        "{refused} refused"
    );
    println!("{refused} of {} refused; at most {largest} bytes", count());
}

fn with_damaged_pickle(archives: &[BTreeMap<String, Vec<u8>>], random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut entries = archives[random.random_range(0..archives.len())].clone();
    for (name, bytes) in &mut entries {
        if name.ends_with("data.pkl") {
            *bytes = damaged(bytes, random);
        }
    }
    let method = match random.next_u32() % 4 {
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
