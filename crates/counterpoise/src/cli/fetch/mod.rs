//! `fetch`: what a study reads, as far as a program can download it.
//!
//! list of pieces → each file into the Hugging Face cache, checked → a link where the study looks →
//! what is left for a person.

mod checksum;
mod failure;
mod hub;
mod place;
mod transfer;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use indicatif::DecimalBytes;

use crate::cli::Program;
use crate::cli::output::print;
use crate::cli::pieces::Pieces;
use crate::cli::progress;
use crate::cli::shown::shown;
use hub::{Hub, Origin};

/// `fetch`
#[derive(Debug, Args)]
pub struct FetchArgs {
    /// The study whose files to download, such as gpt2-medium.
    #[arg(value_name = "NAME")]
    study: String,
    /// The folder where the study looks for them; data/<NAME> unless given.
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

/// Runs the command: downloads what can be, and prints what cannot.
///
/// # Errors
/// The first file that cannot be had whole; the next run goes on from there.
pub(crate) fn run(args: &FetchArgs, program: &Program) -> Result<()> {
    let pieces = Pieces::of(&args.study, args.into.as_deref(), program)?;
    let hub = Hub::from_environment()?;
    for repository in &pieces.repositories {
        for file in &repository.files {
            let obtained = hub.obtain(repository, &file.name)?;
            let place = pieces.path(&file.place);
            place::put(&obtained, &place)?;
            let how = match obtained.origin {
                Origin::Cache => "from the cache",
                Origin::Hub => "downloaded",
            };
            progress::line(&format!(
                "{} ({}, {how}, {})",
                shown(&place).display(),
                DecimalBytes(obtained.bytes),
                obtained.checksum
            ));
        }
    }
    print(&left_for_a_person(&pieces, program))
}

/// The pieces that no program can download and that are not there yet.
fn left_for_a_person(pieces: &Pieces, program: &Program) -> String {
    let mut text = String::new();
    for piece in &pieces.by_hand {
        let path = pieces.path(&piece.place);
        if path.exists() {
            continue;
        }
        if text.is_empty() {
            text.push_str("Left for you to put into place:\n");
        }
        text.push_str(&format!("\n{}: {}\n", shown(&path).display(), piece.what));
        for source in piece.sources(&pieces.folder, program) {
            text.push_str(&format!("  - {source}\n"));
        }
    }
    if text.is_empty() {
        text.push_str("Nothing is left to put into place by hand.\n");
    }
    text.push_str(&format!(
        "\n`{} doctor --study {}` says what is still missing.\n",
        program.name, pieces.study
    ));
    text
}
