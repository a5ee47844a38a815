//! One file of the hub, brought into the standard cache and checked.
//!
//! cached? → what the hub announces → download, from where an earlier one broke off → checksum.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use hf_hub::api::sync::{Api, ApiBuilder, ApiError, ApiRepo, Metadata};
use hf_hub::{Cache, CacheRepo, Repo, RepoType};

use super::checksum::Checksum;
use super::failure::{Request, Unfinished};
use super::pieces::{Kind, Repository};
use super::transfer::TransferBar;
use crate::progress;

/// The hub as the environment describes it.
pub(super) struct Hub {
    cache: Cache,
    endpoint: String,
    access: Access,
}

/// Whether the hub may be asked.
enum Access {
    Online(Box<Api>),
    CacheOnly,
}

/// A file in the cache whose content is what the hub announced.
#[derive(Debug)]
pub(super) struct Obtained {
    /// Its path among the snapshots of the cache.
    pub(super) path: PathBuf,
    /// What its content was checked against.
    pub(super) checksum: Checksum,
    /// Its size.
    pub(super) bytes: u64,
    /// Whether it had to be downloaded.
    pub(super) origin: Origin,
}

/// Where a file was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Cache,
    Hub,
}

impl Hub {
    /// Reads `HF_HOME`, `HF_ENDPOINT`, `HF_TOKEN` and `HF_HUB_OFFLINE`.
    ///
    /// # Errors
    /// No place for a cache.
    pub(super) fn from_environment() -> Result<Self> {
        let home = match variable("HF_HOME") {
            Some(home) => PathBuf::from(home),
            None => env::home_dir()
                .context("no home folder for the cache; set HF_HOME to a folder")?
                .join(".cache/huggingface"),
        };
        let home = std::path::absolute(&home)
            .with_context(|| format!("HF_HOME `{}` names no folder", home.display()))?;
        let cache = Cache::new(home.join("hub"));
        let endpoint = variable("HF_ENDPOINT").unwrap_or("https://huggingface.co".to_owned());
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        let access = if is_offline(variable("HF_HUB_OFFLINE").as_deref()) {
            Access::CacheOnly
        } else {
            let token = variable("HF_TOKEN").or_else(|| cache.token());
            let builder = ApiBuilder::from_cache(cache.clone());
            let api = builder.with_endpoint(endpoint.clone()).with_token(token);
            Access::Online(Box::new(api.build()?))
        };
        Ok(Self {
            cache,
            endpoint,
            access,
        })
    }

    /// The file `name` of a repository: from the cache, or else from the hub; either way checked.
    ///
    /// # Errors
    /// What the hub refuses, a transfer that broke off, no room, and a wrong checksum, upon which
    /// the wrong copy is gone. The next run goes on from there.
    pub(super) fn obtain(&self, from: &Repository, name: &str) -> Result<Obtained> {
        let repo = repo(from);
        let cached = self.cache.repo(repo.clone());
        if let Some(path) = in_cache(&cached, from, name) {
            let etag = match blob_name(&path) {
                Some(etag) => etag,
                // A copy where links are impossible: only the hub knows its checksum.
                None => self.announced(from, name)?.1.etag().to_owned(),
            };
            return checked(path, &etag, name, Origin::Cache);
        }
        let (api, announced) = self.announced(from, name)?;
        let blob = cached.blob_path(announced.etag());
        let path = self.download(&api, from, name, &blob, announced.size() as u64)?;
        let etag = blob_name(&path).unwrap_or_else(|| announced.etag().to_owned());
        checked(path, &etag, name, Origin::Hub)
    }

    /// What the hub says of a file.
    fn announced(&self, from: &Repository, name: &str) -> Result<(ApiRepo, Metadata)> {
        let Access::Online(api) = &self.access else {
            bail!(
                "`{name}` of {from} is not whole in the cache, {}, and HF_HUB_OFFLINE keeps from asking the \
                 hub; unset it",
                self.cache.path().display()
            );
        };
        let repository = api.repo(repo(from));
        let announced = api.metadata(&repository.url(name));
        let announced = announced.map_err(|error| self.request(from, name).explain(&error))?;
        Ok((repository, announced))
    }

    fn download(
        &self,
        api: &ApiRepo,
        from: &Repository,
        name: &str,
        blob: &Path,
        size: u64,
    ) -> Result<PathBuf> {
        let part = blob.with_extension("part");
        keep_open(&part, size).map_err(|error| self.request(from, name).explain(&error))?;
        let bar = TransferBar::new(progress::byte_bar(name, size));
        api.download_with_progress(name, bar).map_err(|error| {
            let unfinished = Unfinished {
                there: length(&part).unwrap_or(0),
                part: &part,
                size,
            };
            self.request(from, name)
                .explain_unfinished(&error, &unfinished)
        })
    }

    fn request<'a>(&'a self, from: &'a Repository, name: &'a str) -> Request<'a> {
        Request {
            endpoint: &self.endpoint,
            cache: self.cache.path(),
            from,
            name,
            page: format!("{}/{}", self.endpoint, repo(from).url()),
        }
    }
}

/// Compares a file with its announced checksum, and takes it out of the cache if it differs.
fn checked(path: PathBuf, etag: &str, name: &str, origin: Origin) -> Result<Obtained> {
    let Some(announced) = Checksum::of_etag(etag) else {
        bail!(
            "{}: cannot be checked: the hub names its content `{etag}`, which is neither a SHA-256 nor a git \
             blob's SHA-1; ask another HF_ENDPOINT",
            path.display()
        );
    };
    let bytes = length(&path).unwrap_or(0);
    let bar = progress::byte_bar(&format!("check {name}"), bytes);
    let found = announced.of_file(&path, &mut progress::advance(&bar))?;
    if found == announced {
        return Ok(Obtained {
            path,
            checksum: announced,
            bytes,
            origin,
        });
    }
    // The link and what it leads to; were only one gone, the next run would stumble over the other.
    let blob = fs::canonicalize(&path);
    let removed = fs::remove_file(&path).and(blob.and_then(|blob| match blob == path {
        true => Ok(()),
        false => fs::remove_file(blob),
    }));
    removed.with_context(|| format!("{}: wrong, and cannot be deleted", path.display()))?;
    Err(anyhow!(
        "`{name}`: expected the {announced}, as the hub announced it; found the {found}, in {bytes} bytes; the \
         wrong copy, {}, was deleted, so run fetch again",
        path.display()
    ))
}

/// The file's path among the cache's snapshots, if it is there.
fn in_cache(cached: &CacheRepo, from: &Repository, name: &str) -> Option<PathBuf> {
    // A revision that is a commit needs no reference to it; other programs write none.
    let pinned = cached.pointer_path(&from.revision).join(name);
    if pinned.is_file() {
        return Some(pinned);
    }
    cached.get(name).filter(|path| path.is_file())
}

/// The name of the blob that a snapshot's file is a link to: what the hub announced it by.
fn blob_name(path: &Path) -> Option<String> {
    let link = fs::read_link(path).ok()?;
    Some(link.file_name()?.to_str()?.to_owned())
}

/// Cuts a partial file so that at least one byte is left to ask for: a request for none is refused.
fn keep_open(part: &Path, size: u64) -> Result<(), ApiError> {
    match length(part) {
        Some(there) if there == size && size > 0 => {
            let file = fs::OpenOptions::new().write(true).open(part)?;
            file.set_len(size - 1)?;
        }
        Some(there) if there > size => fs::remove_file(part)?,
        _ => {}
    }
    Ok(())
}

fn length(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().map(|file| file.len())
}

fn repo(from: &Repository) -> Repo {
    let kind = match from.kind {
        Kind::Model => RepoType::Model,
        Kind::Dataset => RepoType::Dataset,
    };
    Repo::with_revision(from.name.clone(), kind, from.revision.clone())
}

/// An environment variable that says something.
fn variable(name: &str) -> Option<String> {
    let value = env::var(name).ok()?.trim().to_owned();
    (!value.is_empty()).then_some(value)
}

/// As Hugging Face's own library reads `HF_HUB_OFFLINE`.
fn is_offline(value: Option<&str>) -> bool {
    value.is_some_and(|value| {
        ["1", "ON", "YES", "TRUE"].contains(&value.to_ascii_uppercase().as_str())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn offline_is_said_in_four_ways() {
        for yes in ["1", "on", "Yes", "TRUE"] {
            assert!(is_offline(Some(yes)), "{yes}");
        }
        for no in [None, Some("0"), Some("no")] {
            assert!(!is_offline(no), "{no:?}");
        }
    }

    #[test]
    fn a_partial_file_leaves_something_to_ask_for() {
        let folder = tempfile::tempdir().unwrap();
        let part = folder.path().join("abc.part");
        for (there, left) in [(0, Some(0)), (4, Some(4)), (5, Some(4)), (6, None)] {
            fs::write(&part, vec![7; there]).unwrap();
            keep_open(&part, 5).unwrap();
            assert_eq!(length(&part), left, "{there}");
        }
        keep_open(&part, 5).unwrap();
        assert_eq!(length(&part), None);
    }
}
