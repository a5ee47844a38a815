//! Sizes that a damaged Parquet file claims, refused before memory is asked for.
//!
//! The `parquet` crate allocates what the footer and the pages say. A flipped bit there can say
//! gigabytes, and an allocation that fails ends the process.

use parquet::basic::Encoding;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

use bytes::Bytes;

use super::thrift::{Item, varint, walk};
use crate::expansion::most_expanded;

/// The bytes of a file, handed out where the sizes they claim are possible.
pub(super) struct Guarded {
    bytes: Bytes,
}

impl Guarded {
    /// Checks the footer.
    pub(super) fn of(bytes: Bytes) -> Result<Self> {
        check_footer(&bytes)?;
        Ok(Self { bytes })
    }

    /// Values that one page, and a whole column, may have.
    pub(super) fn most_values(&self) -> usize {
        most_expanded(self.bytes.len()) / 16
    }

    fn check_range(&self, start: u64, length: usize) -> Result<()> {
        let end = usize::try_from(start)
            .ok()
            .and_then(|start| start.checked_add(length));
        match end {
            Some(end) if end <= self.bytes.len() => Ok(()),
            _ => Err(damaged("a page beyond the end of the file")),
        }
    }

    fn check_page(&self, header: &[u8]) -> Result<()> {
        let (mut size, mut values, mut in_dictionary) = (0, 0, 0);
        walk(header, &mut |path, item| match (path, item) {
            ([2], Item::Integer(found)) => size = found,
            ([5 | 8, 1], Item::Integer(found)) => values = found,
            ([7, 1], Item::Integer(found)) => in_dictionary = found,
            _ => {}
        })
        .ok_or_else(|| damaged("a page without a header"))?;
        let within = |found: i64, most: usize| usize::try_from(found).is_ok_and(|it| it <= most);
        let most = most_expanded(self.bytes.len());
        // Each value of a dictionary takes four bytes at least.
        let dictionary = usize::try_from(size).unwrap_or(0) / 4;
        if within(size, most)
            && within(values, self.most_values())
            && within(in_dictionary, dictionary)
        {
            return Ok(());
        }
        let largest = size.max(values).max(in_dictionary);
        Err(damaged(&format!("a page that claims a size of {largest}")))
    }
}

impl Length for Guarded {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }
}

impl ChunkReader for Guarded {
    type T = <Bytes as ChunkReader>::T;

    /// What pages are read through, header first.
    fn get_read(&self, start: u64) -> Result<Self::T> {
        self.check_range(start, 0)?;
        self.check_page(&self.bytes[start as usize..])?;
        self.bytes.get_read(start)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.check_range(start, length)?;
        self.bytes.get_bytes(start, length)
    }
}

/// Refuses a schema with more children than it has elements.
fn check_footer(bytes: &[u8]) -> Result<()> {
    let footer = footer(bytes).ok_or_else(|| damaged("no footer"))?;
    let (mut elements, mut children) = (0, 0);
    let walked = walk(footer, &mut |path, item| match (path, item) {
        ([2], Item::List(count)) => elements = count,
        ([2, 5], Item::Integer(count)) => children = children.max(count.unsigned_abs()),
        _ => {}
    });
    match walked {
        Some(()) if children <= elements => Ok(()),
        _ => Err(damaged("a footer that is no list of columns")),
    }
}

/// The metadata between the last page and the eight bytes at the end.
fn footer(bytes: &[u8]) -> Option<&[u8]> {
    let (before, end) = bytes.split_at_checked(bytes.len().checked_sub(8)?)?;
    let length = u32::from_le_bytes(*end.first_chunk()?);
    let start = before.len().checked_sub(usize::try_from(length).ok()?)?;
    before.get(start..)
}

/// Pages of a column without repetition, whose encoded counts are possible.
pub(super) struct CheckedPages<P> {
    pub(super) pages: P,
    /// Whether values may be missing.
    pub(super) nullable: Nullable,
}

/// Whether a column's values may be missing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Nullable {
    Yes,
    No,
}

impl<P: PageReader> CheckedPages<P> {
    fn check(&self, page: &Page) -> Result<()> {
        let (values, at) = match page {
            Page::DataPage { buf, .. } if self.nullable == Nullable::Yes => {
                let length = buf
                    .first_chunk()
                    .map_or(0, |size| u32::from_le_bytes(*size));
                (buf, 4 + length as usize)
            }
            Page::DataPage { buf, .. } => (buf, 0),
            Page::DataPageV2 {
                buf,
                def_levels_byte_len,
                rep_levels_byte_len,
                ..
            } => (
                buf,
                *def_levels_byte_len as usize + *rep_levels_byte_len as usize,
            ),
            Page::DictionaryPage { .. } => return Ok(()),
        };
        let lists = match page.encoding() {
            Encoding::DELTA_LENGTH_BYTE_ARRAY => 1,
            Encoding::DELTA_BYTE_ARRAY => 2,
            _ => return Ok(()),
        };
        check_deltas(
            values.get(at..).unwrap_or_default(),
            lists,
            page.num_values(),
        )
        .ok_or_else(|| damaged("a page that claims more values than it has"))
    }
}

impl<P: PageReader> Iterator for CheckedPages<P> {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Result<Page>> {
        self.get_next_page().transpose()
    }
}

impl<P: PageReader> PageReader for CheckedPages<P> {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.pages.get_next_page()?;
        if let Some(page) = &page {
            self.check(page)?;
        }
        Ok(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }
}

/// Whether each of these lists of lengths, which values begin with, is no longer than `most`. Each is
/// delta-encoded: the size of a block, its parts, the count, the first value; then the blocks.
fn check_deltas(mut bytes: &[u8], lists: usize, most: u32) -> Option<()> {
    for _ in 0..lists {
        let mut head = [0; 4];
        for number in &mut head {
            let (value, length) = varint(bytes)?;
            (*number, bytes) = (usize::try_from(value).ok()?, bytes.get(length..)?);
        }
        let [block, parts, count, _] = head;
        let per_part = block.checked_div(parts)?;
        if count > most as usize || per_part == 0 {
            return None;
        }
        let mut left = count.saturating_sub(1);
        while left > 0 {
            let (_, length) = varint(bytes)?;
            let widths;
            (widths, bytes) = bytes.get(length..)?.split_at_checked(parts)?;
            for &width in widths {
                if left == 0 {
                    break;
                }
                bytes = bytes.get(per_part.checked_mul(usize::from(width))? / 8..)?;
                left = left.saturating_sub(per_part);
            }
        }
    }
    Some(())
}

fn damaged(found: &str) -> ParquetError {
    ParquetError::General(found.to_owned())
}
