//! CSV files, written whole.

use std::path::Path;

use crate::{DataError, write_atomically};

/// Writes a header and records as RFC 4180 CSV, atomically.
///
/// # Errors
/// [`DataError::Write`], also for a record of another width than the header.
pub fn write_csv<F: AsRef<[u8]>>(
    path: &Path,
    header: &[&str],
    records: impl IntoIterator<Item = impl IntoIterator<Item = F>>,
) -> Result<(), DataError> {
    let bytes = encode(header, records).map_err(|error| DataError::Write {
        path: path.to_owned(),
        reason: error.into(),
    })?;
    write_atomically(path, &bytes)
}

fn encode<F: AsRef<[u8]>>(
    header: &[&str],
    records: impl IntoIterator<Item = impl IntoIterator<Item = F>>,
) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header)?;
    for record in records {
        writer.write_record(record)?;
    }
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
}
