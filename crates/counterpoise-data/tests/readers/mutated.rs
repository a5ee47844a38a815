//! Every reader on files that were damaged at random: an answer or an error, no panic, bounded memory.

use std::fmt::Debug;
use std::path::Path;

use counterpoise_data::{
    DataError, read_comments, read_json_text, read_pairs, read_patch_values, read_prompts,
    read_samples,
};
use counterpoise_mutations::{Counting, Input, survives};

#[global_allocator]
static COUNTING: Counting = Counting;

/// Text that means something in JSON or CSV.
const PIECES: &[&[u8]] = &[
    b"\"text\"",
    b"{\"a\":",
    b"\"prompt\"",
    b"\"\"",
    b"\r\n",
    b"\xef\xbb\xbf",
    b"-Infinity",
    b"1.0",
];

type Reader = dyn Fn(&Path) -> Result<(), DataError>;

/// A whole file, and what reads it.
struct Case {
    whole: Vec<u8>,
    read: Box<Reader>,
}

fn case<T: Debug + 'static>(
    whole: impl AsRef<[u8]>,
    read: fn(&Path) -> Result<T, DataError>,
) -> Case {
    Case {
        whole: whole.as_ref().to_owned(),
        read: Box::new(move |path| read(path).map(drop)),
    }
}

/// Tries the cases in turn.
#[track_caller]
fn all_survive(what: &str, cases: &[Case]) {
    let input = Input::new("damaged");
    for case in cases {
        input.write(&case.whole);
        (case.read)(&input.path).unwrap();
    }
    let (made, mut read) = (std::cell::Cell::new(0), 0);
    survives(
        what,
        PIECES,
        |mutator| {
            made.set(mutator.below(cases.len()));
            input.write(&mutator.damaged(&cases[made.get()].whole))
        },
        || {
            read += 1;
            match (cases[made.get()].read)(&input.path) {
                Ok(()) => true,
                Err(error) => {
                    let message = error.to_string();
                    assert!(!message.contains('\n'), "input {read}: {message}");
                    false
                }
            }
        },
    );
}

#[cfg(feature = "parquet")]
fn made(name: &str) -> Vec<u8> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers/data");
    std::fs::read(data.join(name)).unwrap()
}

#[test]
fn damaged_json_is_read_or_refused() {
    let prompts = "{\"prompt\": \"a \\u00e9\"}\n{\"prompt\": {\"text\": \"b\", \"score\": NaN}, \"challenging\": true}\n";
    let samples = "{\"prompt\": \"a\", \"gold\": \"b \\ud83d\\ude00\"}\n\n{\"gold\": \"c\", \"prompt\": \"d\"}\n";
    let pairs = "{\"prompt_text\": \"a\", \"unpert_gen_text\": \"b\", \"pert_gen_text\": \"c\"}\n\
                 {\"prompt\": \"a\", \"chosen\": [{\"role\": \"assistant\", \"content\": \"b\"}], \"rejected\": \"c\"}\n";
    let object = "{\"a\": [1, {\"b\": null}], \"c\": 1e3}";
    all_survive(
        "JSON",
        &[
            case(prompts, read_prompts),
            case(samples, read_samples),
            case(pairs, read_pairs),
            case(object, |path| read_json_text(path, "an object")),
        ],
    );
}

#[test]
fn damaged_csv_is_read_or_refused() {
    let comments = "id,comment_text,toxic\n1,\"a, \"\"b\"\"\nc\",1.0\n2,d,0\n3,e,-1\n";
    let values = "layer_idx,neuron_idx,assigned_value\n0,1,0.5\n1.0,2.0,-3e-2\n";
    all_survive(
        "CSV",
        &[
            case(comments, read_comments),
            case(values, read_patch_values),
        ],
    );
}

#[cfg(feature = "parquet")]
#[test]
fn damaged_packed_files_are_read_or_refused() {
    all_survive(
        "gzip and zstd",
        &[
            case(made("prompts.jsonl.gz"), read_prompts),
            case(made("prompts.jsonl.zst"), read_prompts),
        ],
    );
}

#[cfg(feature = "parquet")]
#[test]
fn damaged_parquet_is_read_or_refused() {
    use counterpoise_data::{ParquetFile, read_text};

    const TEXTS: [&str; 7] = [
        "snappy",
        "delta",
        "lengths",
        "v2",
        "categorical",
        "gzip",
        "groups",
    ];
    let texts = TEXTS.map(|name| {
        case(made(&format!("text_{name}.parquet")), |path| {
            ParquetFile::read(path)?.joined_texts("text", "\n\n")
        })
    });
    let numbers = case(made("numbers.parquet"), |path| {
        let file = ParquetFile::read(path)?;
        for name in ["int8", "nullable", "float32", "float64"] {
            file.numbers(name)?;
        }
        Ok(())
    });
    let plain = case(made("text_plain.parquet"), read_text);
    let mut cases = Vec::from(texts);
    cases.extend([numbers, plain]);
    all_survive("Parquet", &cases);
}
