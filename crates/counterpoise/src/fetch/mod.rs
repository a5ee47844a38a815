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

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use clap::Args;
use counterpoise_data::read_json;
use indicatif::DecimalBytes;
use serde::Deserialize;

use crate::output::print;
use crate::progress;
use crate::project;
use hub::{Hub, Obtained, Origin};
pub(crate) use pieces::origin;
use pieces::{Pieces, Repository, With};

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
            let place = pieces.path(&file.place);
            let obtained = obtain(&hub, repository, &file.name, &place)?;
            if file.with == Some(With::Shards) {
                for shard in shards(&obtained.path)? {
                    let place = place.with_file_name(&shard);
                    obtain(&hub, repository, &beside(&file.name, &shard), &place)?;
                }
            }
        }
    }
    print(&left_for_a_person(&pieces))
}

/// Brings one file to its place and tells of it.
fn obtain(hub: &Hub, from: &Repository, name: &str, place: &Path) -> Result<Obtained> {
    let obtained = hub.obtain(from, name)?;
    place::put(&obtained, place)?;
    let how = match obtained.origin {
        Origin::Cache => "from the cache",
        Origin::Hub => "downloaded",
    };
    let pinned = match from.is_pinned() {
        true => String::new(),
        false => format!("; not pinned: `{}` may become another", from.revision),
    };
    progress::line(&format!(
        "{} ({}, {how}, {}{pinned})",
        project::shown(place).display(),
        DecimalBytes(obtained.bytes),
        obtained.checksum
    ));
    Ok(obtained)
}

/// The path in the repository of `shard`, which lies beside the file `index` there.
fn beside(index: &str, shard: &str) -> String {
    match index.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{shard}"),
        None => shard.to_owned(),
    }
}

/// The files that an index of weights names, each once.
fn shards(index: &Path) -> Result<BTreeSet<String>> {
    #[derive(Deserialize)]
    struct Index {
        weight_map: BTreeMap<String, String>,
    }
    let Index { weight_map } = read_json(index, "an index of weights")?;
    let shards: BTreeSet<String> = weight_map.into_values().collect();
    for shard in &shards {
        let is_name = Path::new(shard).file_name() == Some(OsStr::new(shard));
        ensure!(
            is_name,
            "{}: names the shard `{shard}`; expected the name of a file beside it",
            index.display()
        );
    }
    Ok(shards)
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
