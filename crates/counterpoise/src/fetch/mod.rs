//! `fetch`: what a study reads, as far as a program can download it.
//!
//! list of pieces → each file into the Hugging Face cache, checked → a link where the study looks →
//! what is left for a person.

mod checksum;
mod failure;
mod hub;
mod pieces;
mod place;
mod transfer;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use indicatif::DecimalBytes;

use crate::output::print;
use crate::progress;
use crate::project;
use hub::{Hub, Origin};
use pieces::Pieces;
pub(crate) use pieces::origin;

/// `fetch`
#[derive(Debug, Args)]
pub struct FetchArgs {
    /// The study whose files to download, such as gpt2-medium.
    #[arg(value_name = "NAME")]
    study: String,
    /// The folder where the study looks for them; data/<NAME> beside studies/ unless given.
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

/// Runs the command: downloads what can be, and prints what cannot.
///
/// # Errors
/// The first file that cannot be had whole; the next run goes on from there.
pub(crate) fn run(args: &FetchArgs) -> Result<()> {
    let pieces = Pieces::of(&args.study, args.into.as_deref())?;
    let hub = Hub::from_environment()?;
    for repository in &pieces.repositories {
        if let Some(licence) = &repository.licence {
            progress::line(&format!("{}: licence {licence}", repository.name));
        }
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
                project::shown(&place).display(),
                DecimalBytes(obtained.bytes),
                obtained.checksum
            ));
        }
    }
    print(&left_for_a_person(&pieces))
}

/// The pieces that no program can download and that are not there yet.
fn left_for_a_person(pieces: &Pieces) -> String {
    let mut text = String::new();
    for piece in &pieces.by_hand {
        let path = pieces.path(&piece.place);
        if path.exists() {
            continue;
        }
        if text.is_empty() {
            text.push_str("Left for you to put into place:\n");
        }
        text.push_str(&format!(
            "\n{}: {}\n",
            project::shown(&path).display(),
            piece.what
        ));
        for source in piece.sources(&pieces.folder) {
            text.push_str(&format!("  - {source}\n"));
        }
    }
    if text.is_empty() {
        text.push_str("Nothing is left to put into place by hand.\n");
    }
    if crate::studies::exists(&pieces.study) {
        text.push_str(&format!(
            "\n`counterpoise doctor --study {}` says what is still missing.\n",
            pieces.study
        ));
    }
    text
}
