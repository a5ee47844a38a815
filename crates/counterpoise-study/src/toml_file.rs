//! TOML files whose errors name the file and the line.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::error::{Result, StudyError};
use counterpoise_data::{read_utf8, shortened};
use counterpoise_registry::{PartTable, RegistryError};

/// A TOML file as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TomlFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

impl TomlFile {
    /// Reads a file.
    ///
    /// # Errors
    /// A file that cannot be read as UTF-8.
    pub fn read(path: &Path) -> Result<Self> {
        let text = read_utf8(path)?;
        Ok(Self {
            path: path.to_owned(),
            text,
        })
    }

    /// The folder that its relative paths are taken from, without links.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        folder_of(&self.path)
    }

    /// The whole file as a table.
    ///
    /// # Errors
    /// Text that is not TOML, or a Windows path that TOML would read as another one, with the line.
    pub fn document(&self) -> Result<PartTable<'_>> {
        if let Some(start) = windows_path(&self.text) {
            let found = "a backslash within \"…\", where it begins an escape";
            let message = format!("{found}; write a Windows path as '…', or with / or \\\\");
            return Err(self.error(start..start, message));
        }
        PartTable::parse(&self.text).map_err(|error| {
            let message = error.to_string();
            let hint = match message.contains("escape") || message.contains("unicode") {
                true => "; in \"…\" a backslash begins an escape, write a path as '…'",
                false => "",
            };
            self.error(error.span().unwrap_or_default(), message + hint)
        })
    }

    /// Refuses a path that `table` has if an escape put a control character into it, as in `"data\new.csv"`.
    ///
    /// # Errors
    /// Such a path, with its line.
    pub fn check_path(&self, table: &PartTable<'_>, path: &Path) -> Result<()> {
        let text = path.to_string_lossy();
        let Some(control) = text.chars().find(|character| character.is_control()) else {
            return Ok(());
        };
        let (path, control) = (
            shortened(&text.escape_debug().to_string()),
            control.escape_debug(),
        );
        let message = format!(
            "the path `{path}` has the control character `{control}`, which a backslash within \"…\" makes; \
             write a path as '…', or with /"
        );
        Err(self.error(table.string_span(&text), message))
    }

    /// An error about a table of this file, with its line.
    pub fn refused(&self, error: RegistryError) -> StudyError {
        self.error(error.span().unwrap_or_default(), error.to_string())
    }

    /// An error about the part of the file at `span`.
    pub fn error(&self, span: Range<usize>, message: String) -> StudyError {
        let before = &self.text.as_bytes()[..span.start.min(self.text.len())];
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        StudyError::Toml {
            path: self.path.clone(),
            line,
            // A name from the file may hold line breaks.
            message: message.replace(['\n', '\r'], " "),
        }
    }
}

/// The folder that relative paths in the file at `path` are taken from, without links.
pub(crate) fn folder_of(path: &Path) -> PathBuf {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned())
}

/// Where a string in double quotes begins as a Windows path with a drive and single backslashes. Some of
/// those are escapes to TOML, `\t` a tab, so that such a path would be another one.
fn windows_path(text: &str) -> Option<usize> {
    text.match_indices(":\\").map(|(at, _)| at).find(|&at| {
        let before = &text.as_bytes()[..at];
        let opened = matches!(before, [.., b'"', drive] if drive.is_ascii_alphabetic());
        opened && !text[at + 2..].starts_with('\\')
    })
}

#[cfg(test)]
impl TomlFile {
    /// A file that is only thought of.
    pub fn named(path: &str, text: &str) -> Self {
        Self {
            path: PathBuf::from(path),
            text: text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Point {
        #[serde(rename = "x")]
        _x: u8,
    }

    fn message(text: &str) -> String {
        let file = TomlFile::named("here.toml", text);
        let read = file.document().and_then(|document| {
            let point = document.read::<Point>("point");
            point.map_err(|error| file.refused(error))
        });
        read.unwrap_err().to_string()
    }

    #[test]
    fn an_error_is_one_line_whatever_it_names() {
        let error = TomlFile::named("here.toml", "").error(0..0, "`a\r\nb` is no kind".to_owned());
        assert_eq!(error.to_string(), "here.toml:1: `a  b` is no kind");
    }

    #[test]
    fn a_path_with_a_control_character_is_refused_with_its_line() {
        #[derive(Deserialize)]
        struct Named {
            file: PathBuf,
        }
        let checked = |value: &str| {
            let file = TomlFile::named("here.toml", &format!("\nfile = {value}\n"));
            let document = file.document().unwrap();
            let named: Named = document.read("named").unwrap();
            file.check_path(&document, &named.file)
        };
        for (value, found) in [
            (
                r#""data\new.csv""#,
                r"`data\new.csv` has the control character `\n`",
            ),
            (r#""data\test.csv""#, r"has the control character `\t`"),
            (r#""a\bases""#, r"`a\u{8}ases` has the control character"),
            ("'''a\nb'''", r"`a\nb` has the control character"),
        ] {
            let error = checked(value).unwrap_err().to_string();
            assert!(error.starts_with("here.toml:2: the path"), "{error}");
            assert!(error.contains(found) && error.contains("'…'"), "{error}");
        }
        for fine in [
            r"'data\new.csv'",
            r#""data\\new.csv""#,
            r#""na\u00efve file.csv""#,
        ] {
            checked(fine).unwrap();
        }
    }

    #[test]
    fn errors_name_file_line_and_key() {
        let unknown = message("x = 1\n\ny = 2\n");
        assert!(unknown.starts_with("here.toml:3: "), "{unknown}");
        assert!(
            unknown.contains("`y`") && unknown.contains("`x`"),
            "{unknown}"
        );
        let wrong = message("\nx = 'one'");
        assert!(wrong.starts_with("here.toml:2: "), "{wrong}");
        for path in ["C:\\Users\\me", "c:\\temp\\new.csv", "D:\\data"] {
            let windows = message(&format!("\nx = \"{path}\""));
            assert!(windows.starts_with("here.toml:2: a backslash"), "{windows}");
            assert!(windows.contains("'…'"), "{windows}");
        }
        let share = message("x = \"data\\split\"");
        assert!(share.contains("write a path as '…'"), "{share}");
        for fine in ["'C:\\Users'", "\"C:\\\\Users\"", "\"C:/Users\""] {
            let wrong_type = message(&format!("x = {fine}"));
            assert!(!wrong_type.contains("backslash"), "{wrong_type}");
        }
        let broken = message("x = ");
        assert!(broken.starts_with("here.toml:1: "), "{broken}");
    }
}
