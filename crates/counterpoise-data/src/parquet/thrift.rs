//! Thrift's compact protocol, as far as it takes to see sizes before anything is allocated for them.

/// What [`walk`] meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// An integer of any width.
    Integer(i64),
    /// The start of a list of this many elements.
    List(u64),
}

/// Structures within structures; Parquet has fewer.
const DEEPEST: usize = 24;

/// Walks over the structure that `bytes` begin with. `visit` is told of each integer and list with the
/// numbers of the fields that lead to it, from the outside in. `None` where the bytes are not a structure.
pub(super) fn walk(bytes: &[u8], visit: &mut dyn FnMut(&[i64], Item)) -> Option<()> {
    let mut walk = Walk {
        bytes,
        path: Vec::new(),
        visit,
    };
    walk.structure()
}

struct Walk<'a> {
    bytes: &'a [u8],
    path: Vec<i64>,
    visit: &'a mut dyn FnMut(&[i64], Item),
}

impl Walk<'_> {
    fn structure(&mut self) -> Option<()> {
        if self.path.len() > DEEPEST {
            return None;
        }
        let mut field = 0_i64;
        loop {
            let head = self.byte()?;
            let (delta, kind) = (head >> 4, head & 0xf);
            if kind == 0 {
                return Some(());
            }
            field = match delta {
                0 => self.zigzag()?,
                delta => field.checked_add(i64::from(delta))?,
            };
            self.path.push(field);
            // A field of 1 or 2 is true or false, and has no bytes of its own.
            if !matches!(kind, 1 | 2) {
                self.value(kind)?;
            }
            self.path.pop();
        }
    }

    fn value(&mut self, kind: u8) -> Option<()> {
        match kind {
            1..=3 => self.skip(1),
            4..=6 => {
                let integer = self.zigzag()?;
                (self.visit)(&self.path, Item::Integer(integer));
                Some(())
            }
            7 => self.skip(8),
            8 => {
                let length = self.varint()?;
                self.skip(length)
            }
            9 | 10 => self.list(),
            12 => self.structure(),
            13 => self.skip(16),
            // 11 is a map: Parquet has none.
            _ => None,
        }
    }

    fn list(&mut self) -> Option<()> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.varint()?,
            short => u64::from(short),
        };
        (self.visit)(&self.path, Item::List(count));
        for _ in 0..count {
            self.value(head & 0xf)?;
        }
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn skip(&mut self, count: u64) -> Option<()> {
        self.bytes = self.bytes.get(usize::try_from(count).ok()?..)?;
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let (value, length) = varint(self.bytes)?;
        self.skip(length as u64)?;
        Some(value)
    }

    fn zigzag(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }
}

/// The variable-length integer that `bytes` begin with, and how many bytes it takes.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f).checked_shl(7 * index as u32)?;
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_and_lists_are_met_with_their_fields() {
        // 1: i32 −3; 3: true; 4: binary "ab"; 5: list of two structures { 2: i64 300 }; stop.
        let bytes = [
            0x15, 0x05, 0x21, 0x18, 0x02, b'a', b'b', 0x19, 0x2c, 0x26, 0xd8, 0x04, 0x00, 0x26,
            0xd8, 0x04, 0x00, 0x00, 0xff,
        ];
        let mut met = Vec::new();
        let walked = walk(&bytes, &mut |path, item| met.push((path.to_vec(), item)));
        assert_eq!(walked, Some(()));
        assert_eq!(
            met,
            [
                (vec![1], Item::Integer(-3)),
                (vec![5], Item::List(2)),
                (vec![5, 2], Item::Integer(300)),
                (vec![5, 2], Item::Integer(300)),
            ]
        );
        for end in 0..bytes.len() - 1 {
            assert_eq!(walk(&bytes[..end], &mut |_, _| {}), None, "{end}");
        }
    }
}
