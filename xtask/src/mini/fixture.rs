//! Where each file of the miniature stands.

use std::path::{Path, PathBuf};

use anyhow::Result;
use counterpoise_data::{Prompt, write_atomically, write_comments, write_json_lines};
use serde::Serialize;

use super::language::Datasets;

/// The miniature's folder.
#[derive(Debug, Clone)]
pub(crate) struct Fixture {
    folder: PathBuf,
}

/// The two model folders; each is complete, as Hugging Face writes them.
pub(crate) const MODELS: [&str; 2] = ["base", "dpo"];

impl Fixture {
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// The path of a file.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes the texts the study reads.
    pub(crate) fn write_texts(&self, datasets: &Datasets) -> Result<()> {
        let prompts = datasets.prompts.iter().map(|prompt| Prompt {
            prompt: prompt.clone(),
        });
        write_json_lines(&self.path("prompts.jsonl"), prompts)?;
        write_json_lines(&self.path("wiki.jsonl"), &datasets.wiki)?;
        write_comments(&self.path("comments.csv"), &datasets.comments)?;
        Ok(write_atomically(
            &self.path("text.txt"),
            datasets.heldout.as_bytes(),
        )?)
    }

    /// Writes a file that belongs to the pair as a whole and to each of its two model folders.
    pub(crate) fn write_shared(&self, name: &str, bytes: &[u8]) -> Result<()> {
        write_atomically(&self.path(name), bytes)?;
        for model in MODELS {
            write_atomically(&self.path(model).join(name), bytes)?;
        }
        Ok(())
    }

    /// Writes `value` as indented JSON with a final newline.
    pub(crate) fn write_shared_json(&self, name: &str, value: &impl Serialize) -> Result<()> {
        let mut json = serde_json::to_vec_pretty(value)?;
        json.push(b'\n');
        self.write_shared(name, &json)
    }
}
