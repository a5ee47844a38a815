//! Scores texts with a classifier, a text a line, and times it.
//!
//! `cargo run --example classify -- FOLDER TEXTS [ROUNDS]`: toxicities on standard output, seconds on standard error.

use std::path::Path;
use std::time::Instant;

use counterpoise::allocator;
use counterpoise::prelude::*;

#[global_allocator]
static ALLOCATOR: allocator::KeepingAllocator = allocator::KEEPING;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    allocator::keep_memory();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, texts, rounds @ ..] = arguments.as_slice() else {
        return Err("expected a classifier's folder and a file of texts".into());
    };
    let rounds: usize = rounds.first().map_or(Ok(1), |rounds| rounds.parse())?;
    let texts = counterpoise::data::read_utf8(Path::new(texts))?;
    let texts: Vec<String> = texts.lines().map(str::to_owned).collect();

    let started = Instant::now();
    let scorer = Classifier::at(folder.as_str()).load(&Device::flex())?;
    eprintln!("load {:.3} s", started.elapsed().as_secs_f64());
    let mut scores = Vec::new();
    for _ in 0..rounds {
        let started = Instant::now();
        scores = scorer.toxicity(&texts)?;
        eprintln!(
            "{} texts {:.3} s",
            texts.len(),
            started.elapsed().as_secs_f64()
        );
    }
    for score in scores {
        match score {
            Some(score) => println!("{score:.6}"),
            None => println!("missing"),
        }
    }
    Ok(())
}
