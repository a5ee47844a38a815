//! The operands of a pickle's opcodes, read from its bytes.

use std::io::{self, BufRead, Read};

/// The bytes of a pickle, as far as they were not yet read.
pub(super) struct Input<'a, R>(pub(super) &'a mut R);

impl<R: BufRead> Input<'_, R> {
    /// The next `N` bytes.
    pub(super) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut bytes = [0; N];
        self.0.read_exact(&mut bytes).map_err(ends_early)?;
        Ok(bytes)
    }

    /// A little-endian length of `N` bytes.
    pub(super) fn length<const N: usize>(&mut self) -> Result<u64, String> {
        let mut length = [0; 8];
        length[..N].copy_from_slice(&self.bytes::<N>()?);
        Ok(u64::from_le_bytes(length))
    }

    /// Passes over `length` bytes.
    pub(super) fn skip(&mut self, length: u64) -> Result<(), String> {
        let mut rest = self.0.by_ref().take(length);
        let read = io::copy(&mut rest, &mut io::sink()).map_err(ends_early)?;
        if read < length {
            return Err(TOO_SHORT.to_owned());
        }
        Ok(())
    }

    /// Text behind a length of `N` bytes.
    pub(super) fn text<const N: usize>(&mut self) -> Result<String, String> {
        let length = self.length::<N>()?;
        let mut bytes = Vec::new();
        let mut rest = self.0.by_ref().take(length);
        rest.read_to_end(&mut bytes).map_err(ends_early)?;
        if (bytes.len() as u64) < length {
            return Err(TOO_SHORT.to_owned());
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Text up to the end of its line.
    pub(super) fn line(&mut self) -> Result<String, String> {
        let mut bytes = Vec::new();
        self.0.read_until(b'\n', &mut bytes).map_err(ends_early)?;
        if bytes.pop() != Some(b'\n') {
            return Err(TOO_SHORT.to_owned());
        }
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.strip_suffix('\r').unwrap_or(&text).to_owned())
    }
}

const TOO_SHORT: &str = "a pickle that ends too early";

fn ends_early(error: io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => TOO_SHORT.to_owned(),
        _ => format!("a pickle that cannot be read: {error}"),
    }
}
