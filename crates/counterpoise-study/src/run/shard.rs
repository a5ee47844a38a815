//! One of the equal shares that a study is cut into.

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

/// Every `count`th place, from the `index`th on: `0/4`, `1/4`, `2/4` and `3/4` have each place once between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: NonZeroUsize,
}

impl Shard {
    /// All places.
    pub const WHOLE: Self = Self {
        index: 0,
        count: NonZeroUsize::MIN,
    };

    /// Whether the item at `place`, counted from 0, is in it.
    pub(crate) fn takes(self, place: usize) -> bool {
        place % self.count == self.index
    }

    /// The same share of places that are counted from `first` on.
    pub(crate) fn from(self, first: usize) -> Self {
        let count = self.count.get();
        Self {
            index: (self.index + count - first % count) % count,
            ..self
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected =
            || format!("expected I/N with I from 0 to N - 1, such as 0/4 to 3/4; found `{text}`");
        let (index, count) = text.split_once('/').ok_or_else(expected)?;
        let index = index.parse().map_err(|_| expected())?;
        let count: NonZeroUsize = count.parse().map_err(|_| expected())?;
        match index < count.get() {
            true => Ok(Self { index, count }),
            false => Err(expected()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn shards_have_every_place_once_between_them_wherever_counting_begins() {
        for count in 1..6 {
            for (first, place) in (0..7).flat_map(|first| (0..20).map(move |place| (first, place)))
            {
                let shards = (0..count).map(|index| format!("{index}/{count}").parse().unwrap());
                let takers: Vec<Shard> = shards
                    .filter(|shard: &Shard| shard.from(first).takes(place))
                    .collect();
                let expected = format!("{}/{count}", (first + place) % count);
                assert_eq!(takers.len(), 1);
                assert_eq!(takers[0].to_string(), expected);
            }
        }
        assert_eq!("0/1".parse(), Ok(Shard::WHOLE));
    }

    #[test]
    fn shards_are_counted_from_0() {
        for wrong in ["4/4", "1/0", "-1/4", "2", "a/b", ""] {
            let error = wrong.parse::<Shard>().unwrap_err();
            assert!(error.contains(&format!("found `{wrong}`")), "{error}");
        }
    }
}
