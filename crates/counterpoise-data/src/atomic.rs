//! Files that appear complete or not at all.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::DataError;

/// A file being written. It stands under a temporary name in the destination's folder until
/// [`AtomicFile::commit`] renames it; dropped without that, it is removed and whatever stood at the
/// destination stays as it was.
#[derive(Debug)]
pub struct AtomicFile {
    path: PathBuf,
    file: BufWriter<NamedTempFile>,
}

impl AtomicFile {
    /// Begins a file that will stand at `path`; missing parent folders are made.
    ///
    /// # Errors
    /// [`DataError::Write`] if `path` names a folder, or its folder cannot be made or written to.
    pub fn create(path: &Path) -> Result<Self, DataError> {
        let file = open_beside(path).map_err(|reason| write_error(path, reason))?;
        Ok(Self {
            path: path.to_owned(),
            file: BufWriter::new(file),
        })
    }

    /// Brings everything to the disk, then renames the file to its destination.
    ///
    /// # Errors
    /// [`DataError::Write`]; the temporary file is then removed.
    pub fn commit(self) -> Result<(), DataError> {
        let Self { path, file } = self;
        publish(file, &path).map_err(|reason| write_error(&path, reason))
    }

    /// The destination.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Writes `bytes` to `path` through an [`AtomicFile`].
///
/// # Errors
/// [`DataError::Write`]; an older file at `path` is then untouched.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), DataError> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(bytes)
        .map_err(|reason| write_error(path, reason))?;
    file.commit()
}

pub(crate) fn write_error(path: &Path, reason: io::Error) -> DataError {
    DataError::Write {
        path: path.to_owned(),
        reason,
    }
}

fn open_beside(path: &Path) -> io::Result<NamedTempFile> {
    if path.is_dir() {
        return Err(io::Error::new(
            io::ErrorKind::IsADirectory,
            "it is a folder",
        ));
    }
    let folder = match path.parent() {
        None => {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "it names no file",
            ));
        }
        // A bare file name stands in the current folder.
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
    };
    fs::create_dir_all(folder).map_err(|error| {
        let folder = folder.display();
        io::Error::new(
            error.kind(),
            format!("its folder {folder} cannot be made: {error}"),
        )
    })?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".counterpoise-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // A temporary file is private by default; a result is as readable as the umask allows.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder).map_err(|error| {
        // Of tempfile's own message only the kind: the rest names the temporary file.
        let (folder, kind) = (folder.display(), error.kind());
        io::Error::new(
            kind,
            format!("its folder {folder} takes no new file: {kind}"),
        )
    })
}

fn publish(file: BufWriter<NamedTempFile>, path: &Path) -> io::Result<()> {
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
