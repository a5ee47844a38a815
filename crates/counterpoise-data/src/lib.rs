//! What the study reads and writes on disk: challenge prompts, samples with a gold continuation,
//! labelled comments, preference pairs and plain texts.
//!
//! Every reader is strict: a row that does not say what it should is a [`DataError`] naming the
//! file, the line, what was expected, what was found and what to do. No row is dropped in silence.
//! Rows know where they begin ([`Rows`]), for what is only found out later.
//! Every writer is atomic: a file appears complete under its name or not at all ([`AtomicFile`]).
//! Nothing here knows a model.
//!
//! | file | reader | one row |
//! |---|---|---|
//! | challenge prompts, JSON lines | [`read_prompts`] | [`Prompt`] |
//! | prompts with their gold continuation, JSON lines | [`read_samples`] | [`Sample`] |
//! | labelled comments, CSV | [`read_comments`] | [`Comment`] |
//! | preference pairs, JSON lines or a folder of them | [`read_pairs`] | [`Pair`] |
//! | any other JSON lines | [`read_json_lines`] | the caller's type |
//! | values to set neurons to, CSV | [`read_patch_values`] | [`PatchValue`] |
//! | any other CSV | [`CsvFile`] | [`CsvRecord`] |
//! | any other Parquet, with the feature `parquet` | `ParquetFile` | `Number` |
//! | text for perplexity, plain or, with the feature `parquet`, Parquet | [`read_text`] | – |
//! | one JSON object | [`read_json`], [`read_json_text`] | the caller's type |
//!
//! What a text file is, its first bytes say and not its name: gzip and, with the feature `zstd`, zstd are
//! unpacked, UTF-16 and other formats are refused as what they are. Tensor files are read by
//! `counterpoise-weights`.
//!
//! ```
//! use counterpoise_data::{Prompt, read_prompts, write_json_lines};
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("prompts.jsonl");
//! write_json_lines(&path, [Prompt { prompt: "The weather is".into() }])?;
//! assert_eq!(read_prompts(&path)?.prompts[0].prompt, "The weather is");
//!
//! std::fs::write(&path, "{\"prompt\": \"fine\"}\n{\"text\": \"misnamed\"}\n")?;
//! let error = read_prompts(&path).unwrap_err().to_string();
//! assert!(error.contains("prompts.jsonl:2: "));
//! assert!(error.contains("missing field `prompt`"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod atomic;
mod comments;
mod conversation;
mod csv_file;
mod csv_syntax;
mod csv_write;
mod error;
mod expansion;
mod folder_lock;
mod json_fault;
mod json_file;
mod json_lines;
mod not_finite;
mod numbers;
mod pairs;
#[cfg(feature = "parquet")]
mod parquet;
mod patch_values;
mod prompts;
mod rows;
mod samples;
mod texts;
mod wrapping;

pub use atomic::{AtomicFile, write_atomically};
pub use comments::{Comment, CommentSet, read_comments, write_comments};
pub use csv_file::{CsvColumn, CsvFile, CsvRecord};
pub use csv_write::write_csv;
pub use error::{DataError, shortened};
pub use folder_lock::FolderLock;
pub use json_file::{check_keys, read_json, read_json_text};
pub use json_lines::{JsonLinesWriter, read_json_lines, write_json_lines};
pub use not_finite::was_not_finite;
pub use numbers::{number, whole_float, whole_number};
pub use pairs::{Pair, read_pairs};
#[cfg(feature = "parquet")]
pub use parquet::{Number, ParquetColumn, ParquetFile, write_parquet};
pub use patch_values::{PatchValue, read_patch_values};
pub use prompts::{Prompt, PromptSet, read_prompts};
pub use rows::{Place, Rows};
pub use samples::{Sample, read_samples};
pub use texts::{is_parquet, read_text, read_utf8};
