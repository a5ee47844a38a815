//! Whole runs on tiny models: that training learns, repeats, resumes, and refuses bad input.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod attribute_head;
mod language_model;
mod objectives;
mod pplm;
mod preference;
mod refusals;
mod tiny;
