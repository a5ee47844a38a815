//! Published files, good and broken.

#![allow(clippy::unwrap_used)]
use super::*;

const GPT2_MEDIUM: &str = EMBEDDED[0].1;

fn published() -> Published {
    Published::of_study("gpt2-medium").unwrap().unwrap()
}

/// The error after replacing `from`, once, by `to`.
fn error(from: &str, to: &str) -> String {
    assert!(GPT2_MEDIUM.contains(from), "{from}");
    let text = GPT2_MEDIUM.replacen(from, to, 1);
    let line = 1 + GPT2_MEDIUM
        .split(from)
        .next()
        .unwrap()
        .matches('\n')
        .count();
    let error = Published::of(&TomlFile::named("p.toml", &text)).unwrap_err();
    let error = error.to_string();
    // The error is about the line changed or, in a row, about the table that it stands in.
    let at: usize = error.split(':').nth(1).unwrap().parse().unwrap();
    assert!(at <= line && line <= at + 10, "line {line}: {error}");
    error
}

#[test]
fn every_row_of_both_tables_is_published() {
    let rows = published().rows;
    let in_table = |number: &str| {
        rows.iter()
            .filter(|row| row.source.contains(number))
            .count()
    };
    assert_eq!((rows.len(), in_table("1"), in_table("2")), (19, 13, 9));
}

#[test]
fn the_figures_agree_with_each_other() {
    let Published {
        reduction,
        groupings,
        setup,
        ..
    } = published();
    let [change, sign] = &groupings[..] else {
        unreachable!("two groupings");
    };
    assert_eq!(
        (change.by, sign.by),
        (Grouping::ActivationChange, Grouping::ReductionSign)
    );
    // By r > 0, the groups hold every neuron that reduces.
    let counted: usize = sign.counts.iter().map(|(_, count)| count).sum();
    assert_eq!(counted, reduction.reducing);
    assert_eq!(
        setup.neurons,
        counterpoise_groups::scaling::GPT2_MEDIUM_NEURONS
    );
    // Shares are of the groups' own sum, which is less than the peak.
    let (sums, shares) = (change.sums.unwrap(), change.shares.unwrap());
    let total: f64 = sums.iter().map(|(_, sum)| sum).sum();
    assert!(total < reduction.peak);
    for (group, share) in shares.iter() {
        assert!((sums[group] / total - share).abs() < 0.0006, "{group}");
    }
}

#[test]
fn a_broken_file_is_refused_with_its_line() {
    assert!(error("peak = 48.0", "peak = '48'").contains("invalid type"));
    assert!(error("net = 7.2", "nett = 7.2").contains("`nett`"));
    assert!(error("\"TP-\" = 3961, ", "").contains("TP-"));
    assert!(error("reduction-sign", "sign").contains("sign"));
    assert!(error("{ relative = 0.01 }", "{ relatively = 0.01 }").contains("relatively"));
    assert!(error("{ relative = 0.01 }", "{ relative = -0.01 }").contains("above 0"));
    assert!(error("f1 = 0.192", "f = 0.192").contains("f1"));
    assert!(error("published_top = 100 ", "top = 100 ").contains("top = 100"));
    let caveat = error("caveat = \"compounding\"", "caveat = \"none\"");
    assert!(caveat.contains("[caveats.none]"), "{caveat}");
    let twice = error("published_top = 200 ", "published_top = 100 ");
    assert!(
        twice.contains("second row of base with top 100 ablated"),
        "{twice}"
    );
    assert!(error("scorer = {", "scorer = { {").contains("p.toml:"));
    assert!(error("kind = \"perspective\", ", "").contains("kind"));
}

#[test]
fn the_figures_of_other_models_agree_with_each_other() {
    for (name, _) in &EMBEDDED[1..] {
        let published = Published::of_study(name).unwrap().unwrap();
        let [sign] = &published.groupings[..] else {
            unreachable!("one grouping");
        };
        assert_eq!(sign.by, Grouping::ReductionSign);
        let counted: usize = sign.counts.iter().map(|(_, count)| count).sum();
        assert_eq!(counted, published.reduction.reducing, "{name}");
        let quadrants = published.quadrants.unwrap().counts();
        assert!(
            sign.counts
                .iter()
                .all(|(group, count)| *count < quadrants[group])
        );
        // Neurons orthogonal to the probe, or dropped, are in none.
        let all: usize = quadrants.iter().map(|(_, count)| count).sum();
        let missing = published.setup.neurons - all;
        assert!(missing < 100, "{name}: {missing}");
        let shares = sign.shares.unwrap();
        let total: f64 = shares.iter().map(|(_, share)| share).sum();
        assert!((total - 1.0).abs() < 0.015, "{name}: {total}");
        // What was read as 8-bit codes is not to be compared.
        let codes = *name == "llama-3.1-8b";
        assert_eq!(published.reduction.sums_not_compared.is_some(), codes);
        assert_eq!(sign.not_compared.is_some(), codes);
    }
    assert!(Published::of_study("qwen3-1.7b").unwrap().is_none());
}
