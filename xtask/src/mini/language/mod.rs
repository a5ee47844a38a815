//! The miniature's language: a seeded generator of English text in three registers.
//!
//! An encyclopaedia about a small invented world, everyday civil prose, and heated quarrels whose openings lead to mild
//! abuse more or less often. A seed fixes every word, on any machine.

mod brief;
mod datasets;
mod dice;
mod encyclopaedia;
mod everyday;
mod grammar;
mod heated;
mod morphology;
mod opinions;
mod speech;
mod topic;
mod world;
mod writer;

// Tables of words and sentences: many short items a line read better than one a line.
#[rustfmt::skip]
mod articles_nature;
#[rustfmt::skip]
mod articles_people;
#[rustfmt::skip]
mod articles_towns;
#[rustfmt::skip]
mod lexicon;
#[rustfmt::skip]
mod rich;
#[rustfmt::skip]
mod topics_home;
#[rustfmt::skip]
mod topics_leisure;
#[rustfmt::skip]
mod topics_public;

#[cfg(test)]
#[rustfmt::skip]
mod tests;

pub(crate) use datasets::{Datasets, Extent, datasets};
pub(crate) use speech::Vocabulary;
