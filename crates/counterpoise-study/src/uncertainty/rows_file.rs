//! A file of rows of numbers, too large to hold: written row after row, read back in parts.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::marker::PhantomData;
use std::ops::Range;
use std::path::{Path, PathBuf};

use counterpoise_data::AtomicFile;

use crate::error::{Context, Result, refuse};

/// How a number is stored: little-endian.
pub(crate) trait Stored {
    /// Bytes of one.
    const SIZE: usize;
    /// Appends `value`, rounded to what is stored.
    fn put(value: f64, bytes: &mut Vec<u8>);
    /// The value of [`Stored::SIZE`] bytes.
    fn get(bytes: &[u8]) -> f64;
}

macro_rules! stored {
    ($number:ty, $cast:expr) => {
        impl Stored for $number {
            const SIZE: usize = size_of::<$number>();
            fn put(value: f64, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&($cast(value)).to_le_bytes());
            }
            fn get(bytes: &[u8]) -> f64 {
                let mut number = [0; size_of::<$number>()];
                number.copy_from_slice(bytes);
                f64::from(<$number>::from_le_bytes(number))
            }
        }
    };
}
stored!(f32, |value: f64| value as f32);
stored!(f64, |value: f64| value);

/// Rows being written; the file appears whole, once it is finished, or not at all.
#[derive(Debug)]
pub(crate) struct RowsWriter<T> {
    file: AtomicFile,
    bytes: Vec<u8>,
    stored: PhantomData<T>,
}

impl<T: Stored> RowsWriter<T> {
    /// Begins a file that will stand at `path`.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        Ok(Self {
            file: AtomicFile::create(path)?,
            bytes: Vec::new(),
            stored: PhantomData,
        })
    }

    /// Writes a row, or several.
    ///
    /// # Errors
    /// A disk that takes no more.
    pub(crate) fn write(&mut self, numbers: &[f64]) -> Result<()> {
        self.bytes.clear();
        (numbers.iter()).for_each(|&number| T::put(number, &mut self.bytes));
        let written = self.file.write_all(&self.bytes);
        written.with_context(|| {
            let path = self.file.path().display();
            format!("{path}: it cannot be written; free some space and start the run again, which resumes")
        })
    }

    /// Brings the file to the disk and gives it its name.
    ///
    /// # Errors
    /// A disk that takes no more.
    pub(crate) fn finish(self) -> Result<()> {
        Ok(self.file.commit()?)
    }
}

/// Rows in a file.
#[derive(Debug)]
pub(crate) struct RowsFile<T> {
    path: PathBuf,
    file: File,
    rows: usize,
    columns: usize,
    bytes: Vec<u8>,
    stored: PhantomData<T>,
}

impl<T: Stored> RowsFile<T> {
    /// Opens a file of `rows` of `columns` numbers.
    ///
    /// # Errors
    /// A file that is not there, or not as large as that.
    pub(crate) fn open(path: &Path, [rows, columns]: [usize; 2]) -> Result<Self> {
        let shown = path.display();
        let file = File::open(path).with_context(|| format!("{shown}: it cannot be opened"))?;
        let (found, expected) = (file.metadata()?.len(), (rows * columns * T::SIZE) as u64);
        if found != expected {
            refuse!(
                "{shown}: it is damaged: {found} bytes, expected {expected}; {}",
                remove_the_folder_of(path)
            );
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            rows,
            columns,
            bytes: Vec::new(),
            stored: PhantomData,
        })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Some columns of some rows, row after row.
    ///
    /// # Errors
    /// A file that cannot be read.
    ///
    /// # Panics
    /// If there are no such rows or columns.
    pub(crate) fn read(&mut self, rows: Range<usize>, columns: Range<usize>) -> Result<Vec<f64>> {
        assert!(rows.end <= self.rows && columns.end <= self.columns);
        let whole = columns.len() == self.columns;
        let mut values = Vec::with_capacity(rows.len() * columns.len());
        // Whole rows lie behind one another.
        let (step, length) = match whole {
            true => (rows.len().max(1), rows.len() * columns.len()),
            false => (1, columns.len()),
        };
        for row in rows.step_by(step) {
            let place = (row * self.columns + columns.start) * T::SIZE;
            self.bytes.resize(length * T::SIZE, 0);
            let read = (self.file.seek(SeekFrom::Start(place as u64)))
                .and_then(|_| self.file.read_exact(&mut self.bytes));
            read.with_context(|| format!("{}: it cannot be read", self.path.display()))?;
            values.extend(self.bytes.chunks_exact(T::SIZE).map(T::get));
        }
        Ok(values)
    }
}

/// What to do about a file of an interrupted run that is damaged.
pub(super) fn remove_the_folder_of(path: &Path) -> String {
    let folder = path.parent().unwrap_or(path).display();
    format!("remove {folder} and start the run again, from its beginning")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn written<T: Stored>(path: &Path) {
        let mut writer = RowsWriter::<T>::create(path).unwrap();
        for row in 0..4 {
            let row: Vec<f64> = (0..3).map(|column| f64::from(10 * row + column)).collect();
            writer.write(&row).unwrap();
            assert!(!path.exists(), "it appears whole");
        }
        writer.finish().unwrap();
    }

    fn read<T: Stored>(path: &Path) {
        let mut file = RowsFile::<T>::open(path, [4, 3]).unwrap();
        assert_eq!(
            file.read(1..3, 0..3).unwrap(),
            [10.0, 11.0, 12.0, 20.0, 21.0, 22.0]
        );
        assert_eq!(file.read(0..4, 1..2).unwrap(), [1.0, 11.0, 21.0, 31.0]);
        assert_eq!(file.read(2..4, 1..3).unwrap(), [21.0, 22.0, 31.0, 32.0]);
        assert!(file.read(2..2, 0..3).unwrap().is_empty());
    }

    #[test]
    fn any_part_of_a_file_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let (single, double) = (folder.path().join("single"), folder.path().join("double"));
        written::<f32>(&single);
        read::<f32>(&single);
        written::<f64>(&double);
        read::<f64>(&double);
    }

    #[test]
    fn a_torn_file_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows");
        written::<f32>(&path);
        let file = File::options().write(true).open(&path).unwrap();
        file.set_len(47).unwrap();
        let error = RowsFile::<f32>::open(&path, [4, 3]).unwrap_err();
        let expected = format!(
            "{}: it is damaged: 47 bytes, expected 48; remove {} and start the run again, from its beginning",
            path.display(),
            folder.path().display()
        );
        assert_eq!(error.to_string(), expected);
        std::fs::remove_file(&path).unwrap();
        assert!(RowsFile::<f32>::open(&path, [4, 3]).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_disk_without_space_is_named() {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let error = (&full).write_all(&[0; 1 << 16]).unwrap_err();
        let error: Result<()> = Err(error).context("x: it cannot be written");
        assert!(error.unwrap_err().in_full().contains("space"));
    }
}
