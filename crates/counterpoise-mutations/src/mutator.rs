//! Random damage to bytes: bits, numbers, stretches, and pieces that mean something to a format.

/// Numbers that lengths, counts and offsets go wrong at.
const NUMBERS: [u64; 10] = [
    0,
    1,
    0x7f,
    0xff,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0xffff_ffff,
    0x7fff_ffff_ffff_ffff,
    u64::MAX,
];

/// Bytes and texts that something begins or ends with in more than one format.
const PIECES: [&[u8]; 26] = [
    b"\0",
    b"\xff",
    b"\x80",
    b"\"",
    b"\\",
    b"'",
    b",",
    b":",
    b"\n",
    b"\r",
    b"{",
    b"}",
    b"]",
    b"[[[[[[[[",
    b"null",
    b"true",
    b"-1",
    b"0.5",
    b"1e999",
    b"4294967295",
    b"18446744073709551616",
    b"NaN",
    b"\"\"",
    b"{}",
    b"\\ud800",
    b"\\u0000",
];

/// How far from either end of a file a header is looked for.
const NEAR: usize = 600;

/// A source of damage, the same for the same seed: the SplitMix64 generator.
#[derive(Debug, Clone)]
pub struct Mutator {
    state: u64,
    pieces: &'static [&'static [u8]],
}

impl Mutator {
    /// A source that also puts in `pieces`, which mean something to the format that is damaged.
    #[must_use]
    pub fn new(seed: u64, pieces: &'static [&'static [u8]]) -> Self {
        let mut mutator = Self {
            state: seed,
            pieces,
        };
        mutator.next(); // neighbouring seeds begin alike
        mutator
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A number from 0 to below `end`; 0 where `end` is.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// `bytes`, damaged in one to five places.
    pub fn damaged(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut damaged = bytes.to_vec();
        for _ in 0..=self.below(5).min(self.below(5)) {
            self.damage(&mut damaged);
        }
        damaged
    }

    fn damage(&mut self, bytes: &mut Vec<u8>) {
        let place = self.place(bytes.len());
        let end = (place + 1 + self.below(40)).min(bytes.len());
        match self.below(11) {
            _ if bytes.is_empty() => bytes.push(self.below(256) as u8),
            0 | 1 => bytes[place] ^= 1 << self.below(8),
            2 => bytes[place] = self.below(256) as u8,
            3 => {
                let number = NUMBERS[self.below(NUMBERS.len())].to_le_bytes();
                let width = (1 << self.below(4)).min(bytes.len() - place);
                bytes[place..place + width].copy_from_slice(&number[..width]);
            }
            4 => drop(bytes.drain(place..end)),
            5 => {
                let again = bytes[place..end].to_vec();
                let to = self.below(bytes.len());
                drop(bytes.splice(to..to, again));
            }
            6 => bytes.truncate(place),
            7 => {
                let piece = self.piece();
                drop(bytes.splice(place..place, piece.iter().copied()));
            }
            8 => {
                let piece = self.piece();
                drop(bytes.splice(place..end, piece.iter().copied()));
            }
            9 => self.replace_a_value(bytes, place),
            _ => {
                // A digit for another, which keeps text whole.
                let digit = bytes.iter().skip(place).position(u8::is_ascii_digit);
                if let Some(digit) = digit {
                    bytes[place + digit] = b'0' + self.below(10) as u8;
                }
            }
        }
    }

    /// A place in a file of this length, half of the time near either end, where headers are.
    fn place(&mut self, length: usize) -> usize {
        let near = length.min(NEAR);
        match self.below(4) {
            0 => self.below(near),
            1 => length.saturating_sub(1 + self.below(near)),
            _ => self.below(length),
        }
    }

    fn piece(&mut self) -> &'static [u8] {
        let own = self.pieces;
        match self.below(2) {
            0 if !own.is_empty() => own[self.below(own.len())],
            _ => PIECES[self.below(PIECES.len())],
        }
    }

    /// Puts something in the place of the number, the word or the text that stands behind `place`, so that a text is
    /// often still of its format.
    fn replace_a_value(&mut self, bytes: &mut Vec<u8>, place: usize) {
        let is_end = |byte: &u8| b",:=[]{}\n".contains(byte);
        let Some(start) = bytes[place..].iter().position(is_end) else {
            return;
        };
        let start = place + start + 1;
        let rest = bytes.get(start..).unwrap_or_default();
        let length = rest.iter().position(is_end).unwrap_or(rest.len());
        let piece = self.piece();
        drop(bytes.splice(start..start + length, piece.iter().copied()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_its_damage_again_and_another_seed_another() {
        let whole = b"{\"a\": [1, 2.5], \"b\": \"text\"}";
        let of = |seed| Mutator::new(seed, &[b"piece"]).damaged(whole);
        let all: Vec<_> = (0..200).map(of).collect();
        assert_eq!(all, (0..200).map(of).collect::<Vec<_>>());
        let changed = all.iter().filter(|bytes| *bytes != whole).count();
        assert!(changed > 180, "{changed}");
        assert!(all.iter().any(|bytes| bytes.len() > whole.len()));
        assert!(all.iter().any(|bytes| bytes.len() < whole.len()));
        let with_piece = |bytes: &&Vec<u8>| bytes.windows(5).any(|part| part == b"piece");
        assert!(all.iter().any(|bytes| with_piece(&bytes)));
        assert!(!Mutator::new(1, &[]).damaged(b"").is_empty());
    }
}
