//! JSON that people can read: indented, with each list of numbers on one line.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// `value` as indented JSON, with a line break at its end.
///
/// # Errors
/// What `value` reports while it is written.
pub(crate) fn to_vec(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(
        &mut bytes,
        Compact::default(),
    ))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Breaks the line before a list's element unless that is a number, a truth value or null.
#[derive(Debug, Default)]
struct Compact {
    /// For each list and object that is open, whether its line was broken.
    open: Vec<bool>,
    /// The element that is about to be written; whether it is its list's first.
    element: Option<bool>,
}

impl Compact {
    fn indent<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"\n")?;
        (0..self.open.len()).try_for_each(|_| writer.write_all(b"  "))
    }

    /// Before an element that stands on its own line.
    fn break_line<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        let Some(first) = self.element.take() else {
            return Ok(());
        };
        if !first {
            writer.write_all(b",")?;
        }
        if let Some(broken) = self.open.last_mut() {
            *broken = true;
        }
        self.indent(writer)
    }

    /// Before an element that does not.
    fn go_on<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        match (self.element.take(), self.open.last()) {
            (Some(first), Some(true)) => {
                self.element = Some(first);
                self.break_line(writer)
            }
            (Some(false), _) => writer.write_all(b", "),
            _ => Ok(()),
        }
    }

    fn close<W: ?Sized + Write>(&mut self, writer: &mut W, end: &[u8]) -> io::Result<()> {
        if self.open.pop() == Some(true) {
            self.indent(writer)?;
        }
        writer.write_all(end)
    }
}

/// Scalars that share a line.
macro_rules! on_one_line {
    ($($write:ident: $number:ty),*) => {$(
        fn $write<W: ?Sized + Write>(&mut self, writer: &mut W, value: $number) -> io::Result<()> {
            self.go_on(writer)?;
            write!(writer, "{value}")
        }
    )*};
}

impl Formatter for Compact {
    on_one_line!(write_bool: bool, write_i8: i8, write_i16: i16, write_i32: i32, write_i64: i64, write_i128: i128,
        write_u8: u8, write_u16: u16, write_u32: u32, write_u64: u64, write_u128: u128, write_number_str: &str);

    fn write_null<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.go_on(writer)?;
        writer.write_all(b"null")
    }

    fn write_f32<W: ?Sized + Write>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        self.go_on(writer)?;
        serde_json::ser::CompactFormatter.write_f32(writer, value)
    }

    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        self.go_on(writer)?;
        serde_json::ser::CompactFormatter.write_f64(writer, value)
    }

    fn begin_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.break_line(writer)?;
        writer.write_all(b"\"")
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.break_line(writer)?;
        self.open.push(false);
        writer.write_all(b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, _: &mut W, first: bool) -> io::Result<()> {
        self.element = Some(first);
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.break_line(writer)?;
        self.open.push(false);
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.element = Some(first);
        self.break_line(writer)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn numbers_share_a_line_and_nothing_else_does() {
        let value = json!({
            "values": [1.5, null, -2e-300, 3],
            "pairs": [[0.1, 0.2], [true]],
            "words": ["a", "b"],
            "rows": [{"n": 1}, 2],
            "none": [],
            "nothing": {},
        });
        let expected = r#"{
  "values": [1.5, null, -2e-300, 3],
  "pairs": [
    [0.1, 0.2],
    [true]
  ],
  "words": [
    "a",
    "b"
  ],
  "rows": [
    {
      "n": 1
    },
    2
  ],
  "none": [],
  "nothing": {}
}
"#;
        let written = to_vec(&value).unwrap();
        assert_eq!(String::from_utf8(written.clone()).unwrap(), expected);
        assert_eq!(serde_json::from_slice::<Value>(&written).unwrap(), value);
    }

    #[test]
    fn what_is_no_number_is_null() {
        assert_eq!(
            to_vec(&[f64::NAN, f64::MIN_POSITIVE]).unwrap(),
            b"[null, 2.2250738585072014e-308]\n"
        );
    }
}
