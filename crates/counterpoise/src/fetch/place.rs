//! Putting a file of the cache where a study looks for it.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use anyhow::{Context, Result, bail};
use counterpoise_data::AtomicFile;

use super::hub::Obtained;
use crate::project;

/// Makes `place` lead to the cached file: by a link, or by a copy where links are impossible.
///
/// What is there already stays, if its content is the same.
///
/// # Errors
/// Something else at that place, which is left alone; a folder that cannot be written to.
pub(super) fn put(obtained: &Obtained, place: &Path) -> Result<()> {
    match fs::symlink_metadata(place) {
        Ok(found) if found.is_symlink() && !place.exists() => {
            // It led into a cache that is gone.
            fs::remove_file(place).with_context(|| cannot(place))?;
        }
        Ok(_) => return check_same(obtained, place),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| cannot(place)),
    }
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder).with_context(|| cannot(place))?;
    }
    match link(&obtained.path, place) {
        Ok(()) => Ok(()),
        // Whatever was in the way of a link: what is in the way of a copy is what matters.
        Err(_) => copy(&obtained.path, place),
    }
}

/// Refuses a file that differs from the cached one.
fn check_same(obtained: &Obtained, place: &Path) -> Result<()> {
    let same_path = fs::canonicalize(place).ok() == fs::canonicalize(&obtained.path).ok();
    let length = fs::metadata(place)
        .map(|file| (file.is_file(), file.len()))
        .ok();
    let same = same_path
        || length == Some((true, obtained.bytes))
            && obtained.checksum.of_file(place, &mut |_| {})? == obtained.checksum;
    if same {
        return Ok(());
    }
    bail!(
        "{}: something else is there, and stays there; expected the {} of {}; move it away, or leave fetch out",
        project::shown(place).display(),
        obtained.checksum,
        obtained.path.display()
    )
}

#[cfg(unix)]
fn link(cached: &Path, place: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(cached, place)
}

#[cfg(not(unix))]
fn link(_cached: &Path, _place: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn copy(cached: &Path, place: &Path) -> Result<()> {
    let mut file = AtomicFile::create(place)?;
    let mut from = File::open(cached).with_context(|| cannot(cached))?;
    io::copy(&mut from, &mut file).with_context(|| cannot(place))?;
    Ok(file.commit()?)
}

fn cannot(place: &Path) -> String {
    format!("{}: cannot be put there", place.display())
}
