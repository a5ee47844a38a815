//! Figures and tables as a caller sees them: what is in the files, and what is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod controls;
mod figures;
mod nearest_tokens;
mod samples;
mod tables;
