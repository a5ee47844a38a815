//! One part of a study: what it is, which files it reads, and the part itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use counterpoise_eval::MetricKind;
use counterpoise_intervene::Intervention;
use counterpoise_registry::{Description, PartTable, Registry};
use counterpoise_score::ScorerKind;

use crate::error::Result;
use crate::figures::FigureKind;
use crate::study::below;
use crate::toml_file::TomlFile;
use crate::tuned::TunedKind;

/// A part of a study.
#[derive(Debug)]
pub struct Part<T: ?Sized> {
    /// What it is: its kind and its parameters, paths as the study has them.
    pub does: Description,
    /// The files it reads, taken from the study's folder.
    pub inputs: Vec<PathBuf>,
    /// The files it adds to while it runs, likewise.
    pub caches: Vec<PathBuf>,
    /// The part.
    pub part: Arc<T>,
}

/// What the parts of a study have in common.
trait Describe {
    /// The files it reads.
    fn files(&mut self) -> Vec<&mut PathBuf>;
    /// The files it adds to.
    fn caches(&mut self) -> Vec<&mut PathBuf> {
        Vec::new()
    }
    /// What it is.
    fn description(&self) -> Result<Description>;
}

/// Passes on to the methods that every trait of parts has.
macro_rules! describe {
    ($($part:ty),*) => {$(
        impl Describe for $part {
            fn files(&mut self) -> Vec<&mut PathBuf> {
                self.inputs()
            }
            fn description(&self) -> Result<Description> {
                Ok(self.describe()?)
            }
        }
    )*};
}
describe!(
    dyn Intervention,
    dyn MetricKind,
    dyn FigureKind,
    dyn TunedKind
);

impl Describe for dyn ScorerKind {
    fn files(&mut self) -> Vec<&mut PathBuf> {
        self.inputs()
    }
    fn caches(&mut self) -> Vec<&mut PathBuf> {
        ScorerKind::caches(self)
    }
    fn description(&self) -> Result<Description> {
        Ok(self.describe()?)
    }
}

#[expect(private_bounds, reason = "only this crate builds parts")]
impl<T: Describe + ?Sized> Part<T> {
    /// Builds the part that a table of `file` describes.
    ///
    /// # Errors
    /// An unknown kind, or parameters that do not fit it, with file and line.
    pub(crate) fn build(
        file: &TomlFile,
        table: &PartTable<'_>,
        registry: &Registry<T>,
    ) -> Result<Self> {
        let part = registry.build(table).map_err(|error| file.refused(error))?;
        Self::checked(file, table, part)
    }

    /// The part that a table of `file` was built into.
    ///
    /// # Errors
    /// A path with a control character, with its line.
    pub(crate) fn checked(
        file: &TomlFile,
        table: &PartTable<'_>,
        mut part: Box<T>,
    ) -> Result<Self> {
        for path in part.files() {
            file.check_path(table, path)?;
        }
        for path in part.caches() {
            file.check_path(table, path)?;
        }
        Self::of(part, &file.folder())
    }

    /// A part whose relative paths are taken from `folder`.
    pub(crate) fn of(mut part: Box<T>, folder: &Path) -> Result<Self> {
        let does = part.description()?;
        let placed = |files: Vec<&mut PathBuf>| -> Vec<PathBuf> {
            let place = |file: &mut PathBuf| {
                *file = below(folder, file);
                file.clone()
            };
            files.into_iter().map(place).collect()
        };
        let inputs = placed(part.files());
        let caches = placed(part.caches());
        Ok(Self {
            does,
            inputs,
            caches,
            part: Arc::from(part),
        })
    }
}
