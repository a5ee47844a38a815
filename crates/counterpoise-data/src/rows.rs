//! The rows of one file or several, and where each begins.

use std::fmt;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

/// Rows in the order in which they were read: a slice of them that also knows the file and the line of each, for errors
/// that are only found later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows<T> {
    rows: Vec<T>,
    places: Vec<Place>,
}

/// Where a row begins: `file:line`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    file: Arc<Path>,
    line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

impl<T> Rows<T> {
    /// Rows of `file`, each with its line, from 1.
    pub(crate) fn of(file: &Path, rows: impl IntoIterator<Item = (usize, T)>) -> Self {
        let file: Arc<Path> = file.into();
        let (mut all, mut places) = (Vec::new(), Vec::new());
        for (line, row) in rows {
            all.push(row);
            places.push(Place {
                file: Arc::clone(&file),
                line,
            });
        }
        Self { rows: all, places }
    }

    /// These rows and then those of another file.
    pub(crate) fn followed_by(mut self, other: Self) -> Self {
        self.rows.extend(other.rows);
        self.places.extend(other.places);
        self
    }

    /// The rows that `map` answers something for, as that.
    pub(crate) fn filter_map<U>(self, mut map: impl FnMut(T) -> Option<U>) -> Rows<U> {
        let (mut rows, mut places) = (Vec::new(), Vec::new());
        for (row, place) in self.rows.into_iter().zip(self.places) {
            if let Some(row) = map(row) {
                rows.push(row);
                places.push(place);
            }
        }
        Rows { rows, places }
    }

    /// The first `limit` rows, or all.
    #[must_use]
    pub fn limited(mut self, limit: Option<usize>) -> Self {
        let most = limit.unwrap_or(self.rows.len());
        self.rows.truncate(most);
        self.places.truncate(most);
        self
    }

    /// The rows, each with its place.
    pub fn with_places(&self) -> impl Iterator<Item = (&T, &Place)> {
        self.rows.iter().zip(&self.places)
    }

    /// The rows alone.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.rows
    }
}

impl<T> Deref for Rows<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.rows
    }
}

impl<T: PartialEq, const N: usize> PartialEq<[T; N]> for Rows<T> {
    fn eq(&self, other: &[T; N]) -> bool {
        self.rows == other
    }
}

impl<T: PartialEq> PartialEq<Vec<T>> for Rows<T> {
    fn eq(&self, other: &Vec<T>) -> bool {
        self.rows == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_keeps_its_place_when_others_are_left_out() {
        let one = Rows::of(Path::new("a"), [(1, 10), (3, 11), (4, 12)]);
        let both = one.followed_by(Rows::of(Path::new("b"), [(2, 13)]));
        let odd = both.filter_map(|row| (row % 2 == 1).then_some(row * 2));
        let places: Vec<_> = odd
            .with_places()
            .map(|(row, place)| format!("{place} {row}"))
            .collect();
        assert_eq!(places, ["a:3 22", "b:2 26"]);
        assert_eq!(odd.limited(Some(1)), [22]);
    }
}
