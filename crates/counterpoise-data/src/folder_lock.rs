//! The lock on a folder that a run writes into.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::Path;

use crate::DataError;
use crate::atomic::write_error;

/// The file that is locked. It stays in the folder: were it removed, two runs could each lock a file of this name.
const LOCK: &str = ".lock";

/// A lock on a folder, until it is dropped. It is the system's, on the file `.lock`: it goes with its process, so a run that was
/// killed never blocks the next.
#[derive(Debug)]
pub struct FolderLock {
    /// `None` on a file system that has no locks.
    locked: Option<File>,
}

/// Who else may hold the lock.
#[derive(Clone, Copy)]
enum Others {
    /// Nobody.
    None,
    /// Others that share it.
    Sharing,
}

impl FolderLock {
    /// Locks `folder`, which is made if it is missing, for one run alone.
    ///
    /// # Errors
    /// [`DataError::Locked`] while another process holds it; [`DataError::Write`] if the folder takes no file.
    pub fn alone(folder: &Path) -> Result<Self, DataError> {
        Self::take(folder, Others::None)
    }

    /// Locks `folder`, which is made if it is missing, beside others that share it.
    ///
    /// # Errors
    /// As for [`FolderLock::alone`], of a process that does not share it.
    pub fn shared(folder: &Path) -> Result<Self, DataError> {
        Self::take(folder, Others::Sharing)
    }

    /// Whether there is a lock. A file system without locks, as some network mounts are, leaves it to whoever starts runs that
    /// no two write into one folder.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.locked.is_some()
    }

    fn take(folder: &Path, others: Others) -> Result<Self, DataError> {
        let path = folder.join(LOCK);
        let cannot = |reason| write_error(&path, reason);
        fs::create_dir_all(folder).map_err(cannot)?;
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(cannot)?;
        let locked = match others {
            Others::None => file.try_lock(),
            Others::Sharing => file.try_lock_shared(),
        };
        match locked {
            Ok(()) => Ok(Self { locked: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(DataError::Locked {
                path: folder.to_owned(),
            }),
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
                Ok(Self { locked: None })
            }
            Err(TryLockError::Error(error)) => Err(cannot(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_alone_or_several_that_share() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("out");
        let refused = |lock: Result<FolderLock, DataError>| {
            let error = lock.unwrap_err().to_string();
            assert!(error.contains("another run is writing there"), "{error}");
        };
        let alone = FolderLock::alone(&folder).unwrap();
        assert!(alone.is_held());
        refused(FolderLock::alone(&folder));
        refused(FolderLock::shared(&folder));
        drop(alone);
        let sharing = [(); 2].map(|()| FolderLock::shared(&folder).unwrap());
        refused(FolderLock::alone(&folder));
        drop(sharing);
        assert!(FolderLock::alone(&folder).is_ok());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("file");
        fs::write(&file, "").unwrap();
        let error = FolderLock::alone(&file).unwrap_err().to_string();
        assert!(error.contains("cannot be written"), "{error}");
    }
}
