//! `[tuned]`: how a study's tuned model is made, where `[models]` names none.

use counterpoise_registry::PartTable;

use super::Part;
use super::contents::Contents;
use crate::error::Result;
use crate::figures::FigureKind;
use crate::kinds::Kinds;
use crate::toml_file::TomlFile;
use crate::tuned::TunedKind;

/// What the table `[tuned]` of `file` describes, if there is one.
///
/// # Errors
/// A tuned model that is both named and made, or neither; a table that describes none; all with their line.
pub(super) fn read(
    file: &TomlFile,
    table: Option<PartTable<'_>>,
    contents: &Contents,
    document: &PartTable<'_>,
    kinds: &Kinds,
) -> Result<Option<Part<dyn TunedKind>>> {
    match (table, &contents.models.tuned) {
        (None, Some(_)) => Ok(None),
        (Some(table), None) => Part::build(file, &table, &kinds.tuned).map(Some),
        (Some(table), Some(_)) => Err(file.error(
            table.span(),
            "a table `[tuned]` beside `tuned` in `[models]`; leave one out".to_owned(),
        )),
        (None, None) => Err(file.error(
            document.key_span("models"),
            "`[models]`: missing key `tuned`; name the tuned model, or say in a table `[tuned]` what makes it"
                .to_owned(),
        )),
    }
}

/// Adds the figures that show how the tuned model was made, each unless the study lists its kind.
///
/// # Errors
/// Parameters that TOML cannot hold.
pub(super) fn add_figures(
    figures: &mut Vec<Part<dyn FigureKind>>,
    tuning: Option<&Part<dyn TunedKind>>,
    file: &TomlFile,
) -> Result<()> {
    let folder = file.folder();
    for figure in tuning
        .map(|tuning| tuning.part.figures())
        .unwrap_or_default()
    {
        let figure = Part::of(figure, &folder)?;
        if !(figures.iter()).any(|listed| listed.does.kind == figure.does.kind) {
            figures.push(figure);
        }
    }
    Ok(())
}
