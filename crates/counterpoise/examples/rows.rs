//! The neurons of a model pair, and what three rows of the tables score: no study file, no new type.
//!
//! `cargo run --example rows` takes the miniature that comes with the repository.

use std::path::Path;

use counterpoise::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mini = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/mini");
    let progress = &mut Silent;

    // Weights are loaded when they are needed, one model at a time.
    let pair = ModelPair::open(mini.join("base"), mini.join("dpo"), &Device::flex())?;
    let sizes = DecodingSizes::default(); // the paper's
    let prompts = pair.prompts(mini.join("prompts.jsonl"), sizes)?; // read, encoded, cut once, counted
    let probe = pair.probe(mini.join("probe.safetensors"))?;

    let neurons = pair.measure(&prompts, &probe, progress)?;
    let folder = tempfile::tempdir()?;
    neurons.write_csv(&folder.path().join("neurons.csv"))?;
    let groups = GroupAssignment::new(&neurons, Grouping::ActivationChange);
    println!("TP−: {:.1} %", 100.0 * groups.shares()?[Group::TpMinus]);

    let metrics = [
        Toxicity::by(LexicalScorer::load(&mini.join("scorer.json"))?),
        pair.metric(&Perplexity::on(mini.join("text.txt")), sizes)?,
        pair.metric(&F1::on(mini.join("wiki.jsonl")), sizes)?,
    ];
    let base = pair.load(Role::Base, progress)?;
    let table = Rows::on(&base, pair.tokenizer(), &prompts, &neurons)
        .row("None", Untouched {})
        .row("Ablate top 20", Ablate::top(20))
        .row("Patch TP−", Patch::groups([Group::TpMinus]))
        .run(&metrics, progress)?;
    print!("{}", table.markdown(1)?);
    Ok(())
}
