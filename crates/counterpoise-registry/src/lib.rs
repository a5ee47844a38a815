//! The parts a study file names by `kind`: interventions, metrics, scorers and figures.
//!
//! A [`Registry`] maps each `kind` to the type its parameters are read into. It serves any trait, and
//! whoever has a registry can add to it, so a new part is used like the ones that are there. A
//! [`PartTable`] is one table of a TOML file with the places of its keys, so that an unknown kind, an
//! unknown key or a value of the wrong type is refused with its line. A [`Description`] says what a
//! part does, whether it was read from a file or made by a program.
//!
//! ```
//! use counterpoise_registry::{PartTable, Registry};
//! use serde::Deserialize;
//!
//! trait Greeting {
//!     fn text(&self) -> String;
//! }
//!
//! #[derive(Deserialize)]
//! struct Hello {
//!     name: String,
//!     #[serde(default)]
//!     loud: bool,
//! }
//!
//! impl Greeting for Hello {
//!     fn text(&self) -> String {
//!         format!("hello {}{}", self.name, if self.loud { "!" } else { "" })
//!     }
//! }
//!
//! let mut greetings: Registry<dyn Greeting> = Registry::new("greeting");
//! greetings.register("hello", |hello: Hello| Box::new(hello))?;
//!
//! let table = PartTable::parse("kind = 'hello'\nname = 'world'\nloud = true")?;
//! assert_eq!(greetings.build(&table)?.text(), "hello world!");
//!
//! let misspelt = PartTable::parse("kind = 'hello'\nname = 'world'\nluod = true")?;
//! let error = greetings.build(&misspelt).err().ok_or("it was accepted")?;
//! assert!(error.to_string().contains("unknown key `luod`"));
//! assert_eq!(error.span(), Some(30..34));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod description;
mod error;
mod part_table;
mod registry;
mod resources;
mod sweep;

pub use description::Description;
pub use error::RegistryError;
pub use part_table::PartTable;
pub use registry::Registry;
pub use resources::Resources;
pub use sweep::SweepPoint;
