//! Every reader on files that were changed at random: an answer or an error, no panic, no large allocation.
//!
//! `COUNTERPOISE_MUTATIONS` says how many files are made of each kind.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fmt::Debug;
use std::fs;
use std::path::Path;

use counterpoise_data::{
    DataError, read_comments, read_json_text, read_pairs, read_patch_values, read_prompts,
};
#[cfg(feature = "parquet")]
use counterpoise_data::{ParquetFile, read_text};

use crate::file;

/// Files made of each kind where the environment says nothing.
const FEW: u64 = 500;

/// What one allocation may take beside ten times the file.
const ANY: usize = 64 << 20;

thread_local! {
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, which remembers the largest request of each thread.
struct Watching;

#[allow(unsafe_code)]
// SAFETY: every request is passed on unchanged; a `Cell` of a number allocates nothing.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = LARGEST.try_with(|largest| largest.set(largest.get().max(layout.size())));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let _ = LARGEST.try_with(|largest| largest.set(largest.get().max(size)));
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Watching = Watching;

/// The SplitMix64 generator.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        (bits % end.max(1) as u64) as usize
    }

    /// `bytes` with up to four changes: a bit, a byte, a stretch left out, doubled or moved, an end cut off.
    fn change(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut changed = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(changed.len());
            let end = (at + 1 + self.below(16)).min(changed.len());
            match self.below(6) {
                _ if changed.is_empty() => {}
                0 | 1 => changed[at] ^= 1 << self.below(8),
                2 => changed[at] = b"\0\xff\"\\,\r\n{}[]\x7f\x80\x15"[self.below(14)],
                3 => drop(changed.drain(at..end)),
                4 => {
                    let again = changed[at..end].to_vec();
                    let to = self.below(changed.len());
                    changed.splice(to..to, again);
                }
                _ => changed.truncate(at),
            }
        }
        changed
    }
}

#[track_caller]
fn survives<T: Debug>(whole: &[u8], read: fn(&Path) -> Result<T, DataError>) {
    let times = std::env::var("COUNTERPOISE_MUTATIONS").ok();
    let times = times.map_or(FEW, |times| times.parse().unwrap());
    let file = file("mutated", whole);
    read(&file.path).unwrap();
    let (mut dice, mut errors) = (Dice(7), 0_u64);
    for index in 0..times {
        let bytes = dice.change(whole);
        fs::write(&file.path, &bytes).unwrap();
        LARGEST.set(0);
        let result = read(&file.path);
        let (largest, most) = (LARGEST.get(), ANY + 10 * bytes.len());
        assert!(
            largest <= most,
            "file {index}: an allocation of {largest} bytes"
        );
        if let Err(error) = result {
            assert!(!error.to_string().contains('\n'), "file {index}: {error}");
            errors += 1;
        }
    }
    assert!(errors > times / 20, "{errors} errors of {times}");
}

#[cfg(feature = "parquet")]
fn made(name: &str) -> Vec<u8> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers/data");
    fs::read(data.join(name)).unwrap()
}

#[test]
fn json_lines() {
    let prompts =
        "{\"prompt\": \"a \\u00e9\"}\n{\"prompt\": {\"text\": \"b\"}, \"challenging\": true}\n";
    survives(prompts.as_bytes(), read_prompts);
    let pairs = "{\"prompt_text\": \"a\", \"unpert_gen_text\": \"b\", \"pert_gen_text\": \"c\"}\n\
                 {\"prompt\": \"a\", \"chosen\": [{\"role\": \"assistant\", \"content\": \"b\"}], \"rejected\": \"c\"}\n";
    survives(pairs.as_bytes(), read_pairs);
    survives(b"{\"a\": [1, {\"b\": null}], \"c\": 1e3}", |path| {
        read_json_text(path, "an object")
    });
}

#[test]
fn csv() {
    let comments = "id,comment_text,toxic\n1,\"a, \"\"b\"\"\nc\",1.0\n2,d,0\n3,e,-1\n";
    survives(comments.as_bytes(), read_comments);
    let values = "layer_idx,neuron_idx,assigned_value\n0,1,0.5\n1.0,2.0,-3e-2\n";
    survives(values.as_bytes(), read_patch_values);
}

#[cfg(feature = "parquet")]
#[test]
fn packed() {
    survives(&made("prompts.jsonl.gz"), read_prompts);
    survives(&made("prompts.jsonl.zst"), read_prompts);
}

#[cfg(feature = "parquet")]
#[test]
fn parquet() {
    for name in [
        "snappy",
        "delta",
        "lengths",
        "v2",
        "categorical",
        "gzip",
        "groups",
    ] {
        survives(&made(&format!("text_{name}.parquet")), |path| {
            ParquetFile::read(path)?.joined_texts("text", "\n\n")
        });
    }
    survives(&made("numbers.parquet"), |path| {
        let file = ParquetFile::read(path)?;
        for name in ["int8", "nullable", "float32", "float64"] {
            file.numbers(name)?;
        }
        Ok(())
    });
    survives(&made("text_plain.parquet"), read_text);
}
