//! `init`: a study that comes with the program, written where it can be changed.

use std::path::Path;

use anyhow::{Result, bail};
use clap::Args;
use counterpoise_data::write_atomically;

use crate::progress;
use crate::project::STUDIES;

/// The studies that come with the program. Their data are fetched, so they run anywhere.
const EMBEDDED: [(&str, &str); 5] = [
    (
        "gpt2-medium",
        include_str!("../../../studies/gpt2-medium.toml"),
    ),
    (
        "gemma-2-2b",
        include_str!("../../../studies/gemma-2-2b.toml"),
    ),
    (
        "llama-3.1-8b",
        include_str!("../../../studies/llama-3.1-8b.toml"),
    ),
    (
        "mistral-7b",
        include_str!("../../../studies/mistral-7b.toml"),
    ),
    (
        "qwen3-1.7b",
        include_str!("../../../studies/qwen3-1.7b.toml"),
    ),
];

/// Whether a study comes with the program.
#[cfg(feature = "hub")]
pub(crate) fn is_embedded(name: &str) -> bool {
    EMBEDDED.iter().any(|(embedded, _)| *embedded == name)
}

/// `init`
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The study: gpt2-medium is the paper's.
    #[arg(value_name = "NAME")]
    study: String,
}

/// Runs the command.
///
/// # Errors
/// A study that does not come along; one that is there already, which is left alone.
pub(crate) fn run(args: &InitArgs) -> Result<()> {
    let known = EMBEDDED.iter().find(|(name, _)| *name == args.study);
    let Some((name, text)) = known else {
        let names = EMBEDDED.map(|(name, _)| name).join(", ");
        bail!("`{}`: no such study; there is {names}", args.study);
    };
    let path = Path::new(STUDIES).join(format!("{name}.toml"));
    if path.exists() {
        bail!("{}: it is there already, and stays", path.display());
    }
    write_atomically(&path, text.as_bytes())?;
    progress::line(&format!(
        "{} written; change it as you like",
        path.display()
    ));
    Ok(())
}
