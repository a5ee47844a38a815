//! One table that stands for many: `sweep = { factor = [2.0, 5.0], "neurons.top" = [1, 10] }`.

use std::ops::Range;

use serde::Deserialize;
use toml::de::{DeArray, DeString, DeTable, DeValue, ValueDeserializer};
use toml::{Spanned, Value};

use crate::{PartTable, RegistryError};

/// The key that asks for a sweep.
const SWEEP: &str = "sweep";

/// One combination of a sweep's values.
#[derive(Debug, Clone)]
pub struct SweepPoint<'t> {
    /// The parameters swept over, a nested one as `table.key`, each with its value here, in the order of the file.
    pub values: Vec<(String, Value)>,
    /// The table with these values in place.
    pub table: PartTable<'t>,
}

/// One parameter, and what it is set to.
struct Axis<'t> {
    path: String,
    span: Range<usize>,
    values: Vec<(Spanned<DeValue<'t>>, Value)>,
}

impl<'t> PartTable<'t> {
    /// The tables that the key `sweep` makes of this one: every combination of its values, those of the last
    /// parameter changing first. `None` without that key.
    ///
    /// # Errors
    /// [`RegistryError::Parameters`] with its place: not a table of lists, an empty list, a value that is there
    /// twice, a parameter that is also set. Whether the part has such a parameter is known when it is built.
    pub fn sweep(&self) -> Result<Option<Vec<SweepPoint<'t>>>, RegistryError> {
        let (asked, fixed) = self.clone().split(|key| key == SWEEP);
        let Some(asked) = asked.entries.get(SWEEP).cloned() else {
            return Ok(None);
        };
        let mut axes = Vec::new();
        collect(None, asked.clone(), &mut axes)?;
        if axes.is_empty() {
            let reason = "expected parameters, each with a list of its values; found none";
            return Err(refused(reason.to_owned(), asked.span()));
        }
        axes.sort_by_key(|axis| axis.span.start);
        let mut points = vec![SweepPoint {
            values: Vec::new(),
            table: fixed,
        }];
        for axis in &axes {
            let with = |point: SweepPoint<'t>| axis.points(point);
            let longer: Result<Vec<_>, _> = points.into_iter().map(with).collect();
            points = longer?.into_iter().flatten().collect();
        }
        Ok(Some(points))
    }

    /// The table with the parameter `path` set, whose place is `span`.
    fn with(
        mut self,
        path: &str,
        value: Spanned<DeValue<'t>>,
        span: &Range<usize>,
    ) -> Result<Self, RegistryError> {
        let key = |key: &str| Spanned::new(span.clone(), DeString::Owned(key.to_owned()));
        let mut entries = &mut self.entries;
        let mut keys: Vec<&str> = path.split('.').collect();
        let last = keys.pop().unwrap_or_default();
        for outer in keys {
            if !entries.contains_key(outer) {
                let table = DeValue::Table(DeTable::new());
                entries.insert(key(outer), Spanned::new(span.clone(), table));
            }
            let found = entries.get_mut(outer).map(Spanned::get_mut);
            let Some(DeValue::Table(inner)) = found else {
                let reason = format!("`{path}`: `{outer}` is set, and not to a table");
                return Err(refused(reason, span.clone()));
            };
            entries = inner;
        }
        if entries.contains_key(last) {
            let reason = format!("`{path}` is set beside the sweep; leave one of them out");
            return Err(refused(reason, span.clone()));
        }
        entries.insert(key(last), value);
        Ok(self)
    }
}

/// Collects the parameters of `value`, which stands at `path`; tables within it are parts of paths.
fn collect<'t>(
    path: Option<(&str, Range<usize>)>,
    value: Spanned<DeValue<'t>>,
    axes: &mut Vec<Axis<'t>>,
) -> Result<(), RegistryError> {
    let span = value.span();
    match (path, value.into_inner()) {
        (path, DeValue::Table(entries)) => {
            for (key, value) in entries {
                let inner = match &path {
                    Some((outer, _)) => format!("{outer}.{}", key.get_ref()),
                    None => key.get_ref().clone().into_owned(),
                };
                collect(Some((&inner, key.span())), value, axes)?;
            }
            Ok(())
        }
        (Some((path, span)), DeValue::Array(values)) => {
            let values = read(path, &span, values)?;
            axes.push(Axis {
                path: path.to_owned(),
                span,
                values,
            });
            Ok(())
        }
        (Some((path, span)), _) => {
            let reason = format!("`{path}`: expected a list of values");
            Err(refused(reason, span))
        }
        (None, _) => {
            let reason = "expected a table of parameters, each with a list of its values";
            Err(refused(reason.to_owned(), span))
        }
    }
}

/// The values of one parameter.
fn read<'t>(
    path: &str,
    span: &Range<usize>,
    values: DeArray<'t>,
) -> Result<Vec<(Spanned<DeValue<'t>>, Value)>, RegistryError> {
    let mut read: Vec<(Spanned<DeValue<'t>>, Value)> = Vec::new();
    for value in values {
        let plain = Value::deserialize(ValueDeserializer::from(value.clone()));
        let plain = plain.map_err(|error| {
            let reason = format!("`{path}`: {}", error.message().replace('\n', "; "));
            refused(reason, value.span())
        })?;
        if read.iter().any(|(_, known)| *known == plain) {
            let reason = format!("`{path}`: {plain} is there twice");
            return Err(refused(reason, value.span()));
        }
        read.push((value, plain));
    }
    match read.is_empty() {
        true => {
            let reason = format!("`{path}`: expected at least one value, found none");
            Err(refused(reason, span.clone()))
        }
        false => Ok(read),
    }
}

impl<'t> Axis<'t> {
    /// `point` with each of the values.
    fn points(&self, point: SweepPoint<'t>) -> Result<Vec<SweepPoint<'t>>, RegistryError> {
        let with = |(value, plain): &(Spanned<DeValue<'t>>, Value)| {
            let mut values = point.values.clone();
            values.push((self.path.clone(), plain.clone()));
            let table = point.table.clone();
            let table = table.with(&self.path, value.clone(), &self.span)?;
            Ok(SweepPoint { values, table })
        };
        self.values.iter().map(with).collect()
    }
}

fn refused(reason: String, span: Range<usize>) -> RegistryError {
    RegistryError::Parameters {
        kind: SWEEP.to_owned(),
        reason,
        span: Some(span),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Part {
        a: u8,
        #[serde(default)]
        b: Option<Inner>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        c: u8,
        #[serde(default)]
        d: u8,
    }

    fn points(text: &str) -> Vec<(Part, String)> {
        let table = PartTable::parse(text).unwrap();
        let point = |point: SweepPoint<'_>| {
            let values: Vec<String> = (point.values.iter())
                .map(|(path, value)| format!("{path}={value}"))
                .collect();
            (point.table.read::<Part>("part").unwrap(), values.join(" "))
        };
        let points = table.sweep().unwrap().unwrap();
        points.into_iter().map(point).collect()
    }

    #[test]
    fn it_makes_every_combination_in_the_order_of_the_file() {
        for sweep in [
            "sweep = { 'b.c' = [1, 2], a = [3, 4] }\nb = { d = 5 }",
            "b = { d = 5 }\nsweep = { b.c = [1, 2], a = [3, 4] }",
            "b = { d = 5 }\n[sweep]\nb.c = [1, 2]\na = [3, 4]",
        ] {
            let found = points(sweep);
            let expected = [(1, 3), (1, 4), (2, 3), (2, 4)].map(|(c, a)| {
                let b = Some(Inner { c, d: 5 });
                (Part { a, b }, format!("b.c={c} a={a}"))
            });
            assert_eq!(found, expected, "{sweep}");
        }
        assert_eq!(
            points("sweep = { a = [1], 'b.c' = [2] }")[0].0.b,
            Some(Inner { c: 2, d: 0 })
        );
        assert!(
            PartTable::parse("a = 1")
                .unwrap()
                .sweep()
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn what_cannot_be_swept_is_refused_with_its_place() {
        for (text, place, part) in [
            ("sweep = 3", "3", "expected a table of parameters"),
            ("sweep = {}", "{}", "found none"),
            ("sweep = { a = [] }", "a", "at least one value"),
            ("sweep = { a = 3 }", "a", "expected a list"),
            ("sweep = { b.c = 3 }", "c", "`b.c`: expected a list"),
            ("sweep = { a = [1, 2, 1] }", "1", "1 is there twice"),
            ("sweep = { a = [1] }\na = 2", "a", "set beside the sweep"),
            (
                "sweep = { 'b.c' = [1] }\nb = { c = 2 }",
                "'b.c'",
                "set beside the sweep",
            ),
            (
                "sweep = { 'b.c' = [1] }\nb = 2",
                "'b.c'",
                "`b` is set, and not to a table",
            ),
            (
                "sweep = { 'b.c' = [1], b = [{}] }",
                "b",
                "`b` is set beside the sweep",
            ),
        ] {
            let error = PartTable::parse(text).unwrap().sweep().unwrap_err();
            assert_eq!(&text[error.span().unwrap()], place, "{text}: {error}");
            assert!(error.to_string().contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn a_parameter_that_the_part_does_not_have_is_refused_where_the_sweep_names_it() {
        let text = "b = { c = 1 }\nsweep = { a = [1], 'x' = [1] }";
        let points = PartTable::parse(text).unwrap().sweep().unwrap().unwrap();
        let error = points[0].table.read::<Part>("part").unwrap_err();
        assert_eq!(error.to_string(), "`part`: unknown key `x`");
        assert_eq!(&text[error.span().unwrap()], "'x'");
    }
}
