//! Claims put to made-up evidence.

#![allow(clippy::unwrap_used)]

use counterpoise_groups::{Group, Measurements, NeuronTable};
use counterpoise_intervene::Activated;
use counterpoise_report::claims_markdown;

use super::*;
use crate::metric_names::{F1, PERPLEXITY, TOXICITY};
use crate::row::Outcome;
use crate::study::Control;
use counterpoise_score::{Draws, Items, Score};

/// Six layers of 2,000 neurons, in which everything the paper says of neurons is so.
fn as_published() -> NeuronTable {
    let (layers, d_mlp) = (6, 2000);
    let mut base = blank(layers, d_mlp);
    let mut tuned = blank(layers, d_mlp);
    for layer in 0..layers {
        for neuron in 0..d_mlp {
            // Of every ten neurons some are in each group, and four increase what they write.
            let size = (1 + layer) as f64 * (d_mlp - neuron) as f64 / d_mlp as f64;
            let (cosine, before, after) = match neuron % 10 {
                0 => (0.5, 0.14 * size * size, 0.0),
                1 => (0.4, -0.01, -0.01 - 0.27 * size),
                2 => (-0.4, 0.01, 0.01 + 0.11 * size),
                3..6 => (-0.5, -0.15, -0.15 + 0.14 * size),
                6 | 7 => (0.9, -0.2, -0.2 + 0.13 * size),
                _ => (-0.3, 0.2, 0.2 - 0.4 * size),
            };
            for (model, activation) in [(&mut base, before), (&mut tuned, after)] {
                model.mean_activation[layer][neuron] = activation;
                model.value_projection[layer][neuron] = cosine;
                model.cosine[layer][neuron] = cosine;
            }
        }
    }
    NeuronTable::new(&base, &tuned).unwrap()
}

fn blank(layers: usize, d_mlp: usize) -> Measurements {
    let zeros = vec![vec![0.0; d_mlp]; layers];
    Measurements {
        mean_activation: zeros.clone(),
        value_projection: zeros.clone(),
        cosine: zeros,
    }
}

fn row(model: Role, paper: PaperRow, toxicity: f64, perplexity: f64) -> RowResults {
    let scores = [(TOXICITY, toxicity), (PERPLEXITY, perplexity), (F1, 0.19)];
    let row = RowResults {
        name: paper.to_string(),
        label: paper.to_string(),
        model,
        tables: vec![1],
        control: None,
        sweep: None,
        does: paper.description().unwrap(),
        outcome: Outcome {
            scores: scores
                .map(|(metric, value)| Score::new(metric, value, 1))
                .into(),
            ..Outcome::default()
        },
    };
    assert_eq!(row.paper(), Some(paper));
    row
}

/// The paper's own tables.
fn published_rows() -> Vec<RowResults> {
    use Group::{AnMinus, ApPlus, TnPlus, TpMinus};
    use Role::{Base, Tuned};
    let ablate = |published, among, toxicity, perplexity| {
        row(
            Base,
            PaperRow::Ablate { published, among },
            toxicity,
            perplexity,
        )
    };
    let patch = |groups: &[Group], toxicity, perplexity| {
        row(
            Base,
            PaperRow::patch(groups.iter().copied()),
            toxicity,
            perplexity,
        )
    };
    let scale = |factor, toxicity, perplexity| {
        let paper = PaperRow::ScaleKeys {
            published: 7,
            factor,
        };
        row(Tuned, paper, toxicity, perplexity)
    };
    vec![
        row(Base, PaperRow::None, 0.453, 21.70),
        ablate(100, Activated::Any, 0.403, 21.99),
        ablate(200, Activated::Any, 0.405, 22.41),
        ablate(1000, Activated::Any, 0.436, 27.34),
        ablate(100, Activated::Positively, 0.384, 21.78),
        ablate(200, Activated::Positively, 0.366, 21.83),
        ablate(1000, Activated::Positively, 0.320, 30.04),
        ablate(2000, Activated::Positively, 0.319, 29.07),
        row(Tuned, PaperRow::None, 0.208, 23.34),
        scale(2.0, 0.487, 21.72),
        scale(5.0, 0.555, 23.36),
        scale(10.0, 0.458, 37.33),
        patch(&[TpMinus], 0.335, 21.69),
        patch(&[TnPlus], 0.413, 21.71),
        patch(&[AnMinus], 0.410, 21.80),
        patch(&[ApPlus], 0.455, 21.72),
        patch(&[TpMinus, AnMinus], 0.239, 21.78),
        patch(&[AnMinus, TpMinus, TnPlus], 0.193, 21.76),
        patch(&Group::ALL, 0.114, 21.76),
    ]
}

fn judge(table: &NeuronTable, layers: [&[f64]; 2], rows: &[RowResults]) -> Vec<Claim> {
    let [base_layers, tuned_layers] = layers;
    judge_all(&Evidence {
        table,
        neurons: NeuronEvidence::default(),
        base_layers,
        tuned_layers,
        rows,
    })
}

/// The statements that got `verdict`, with their values.
fn with(claims: &[Claim], verdict: Verdict) -> Vec<String> {
    let got = |claim: &&Claim| claim.verdict == verdict;
    let shown = |claim: &Claim| format!("{}: {}", claim.statement, claim.value);
    claims.iter().filter(got).map(shown).collect()
}

#[test]
fn every_claim_holds_of_what_the_paper_published() {
    let table = as_published();
    let claims = judge(
        &table,
        [&[1.0, 2.0, 3.0], &[0.5, 1.0, 2.9]],
        &published_rows(),
    );
    assert_eq!(with(&claims, Verdict::DoesNotHold), [""; 0]);
    assert_eq!(with(&claims, Verdict::NotMeasured), [""; 0]);
    assert_eq!(with(&claims, Verdict::Holds).len(), 31);
    assert!(claims_markdown(&claims).is_ok());
}

#[test]
fn no_claim_holds_where_nothing_changed_or_everything_turned() {
    // The models are swapped: what was reduced is now increased, and the rows turn around.
    let table = as_published();
    let swapped: Vec<_> = table.rows().to_vec();
    let (mut base, mut tuned) = (blank(6, 2000), blank(6, 2000));
    for neuron in swapped {
        let (layer, index) = (neuron.id.layer, neuron.id.neuron);
        for (model, measured) in [(&mut base, neuron.tuned), (&mut tuned, neuron.base)] {
            model.mean_activation[layer][index] = measured.activation;
            model.value_projection[layer][index] = measured.cosine;
            model.cosine[layer][index] = measured.cosine;
        }
    }
    let turned = NeuronTable::new(&base, &tuned).unwrap();
    let rows: Vec<RowResults> = published_rows()
        .into_iter()
        .map(|mut row| {
            // Toxicity mirrored, and perplexity with it: patches now change most.
            let patch = matches!(row.paper(), Some(PaperRow::Patch(_)));
            for score in &mut row.outcome.scores {
                score.value = match (score.metric.as_str(), score.value) {
                    (TOXICITY, Some(value)) => Some(1.0 - value),
                    (PERPLEXITY, Some(_)) => Some(if patch { 40.0 } else { 21.7 }),
                    (_, value) => value,
                };
            }
            row
        })
        .collect();
    let claims = judge(&turned, [&[0.0, 0.0, 0.0], &[0.0, 0.0, 0.1]], &rows);
    let refused = with(&claims, Verdict::DoesNotHold);
    for part in [
        "DPO reduces toxicity",
        "to some degree",
        "loses the reduction",
        "not positively activated",
        "increases perplexity",
        "raises its toxicity",
        "consistently across layers",
        "Over half of the neurons",
        "net reduction",
        "perplexity is stable",
        "unlike ablation",
        "surpasses DPO",
        "each of the three groups",
    ] {
        assert!(
            refused.iter().any(|claim| claim.contains(part)),
            "{part}: {refused:#?}"
        );
    }
}

#[test]
fn a_missing_score_is_not_measured_and_says_why() {
    let mut rows = published_rows();
    rows.retain(|row| row.model == Role::Base);
    for row in &mut rows {
        if matches!(row.paper(), Some(PaperRow::Patch(_))) {
            row.outcome.scores[1] = Score::missing(PERPLEXITY, "the logits are not finite");
        }
    }
    let table = as_published();
    let claims = judge(&table, [&[1.0], &[0.5]], &rows);
    let missing = with(&claims, Verdict::NotMeasured);
    assert!(
        missing
            .iter()
            .any(|claim| claim.contains("no row of tuned")),
        "{missing:#?}"
    );
    assert!(
        missing
            .iter()
            .any(|claim| claim.contains("logits are not finite")),
        "{missing:#?}"
    );
    // What needs neither is still judged.
    assert!(!with(&claims, Verdict::Holds).is_empty());
}

/// Gives every toxicity of `rows` items that have it as their mean; between rows only `noise` differs.
fn itemise(rows: &mut [RowResults], noise: f64) {
    let mut draws = Draws::new(9);
    let prompts: Vec<f64> = (0..150).map(|_| 0.3 * draws.normal()).collect();
    for row in rows {
        let score = &mut row.outcome.scores[0];
        let value = score.value.unwrap();
        let values: Vec<f64> = (prompts.iter())
            .map(|prompt| prompt + noise * draws.normal())
            .collect();
        let off = value - values.iter().sum::<f64>() / values.len() as f64;
        let items = Items::mean_of(values.iter().map(|item| Some(item + off)).collect());
        *score = score.clone().over(items);
    }
}

#[test]
fn noise_leaves_the_claims_about_toxicity_undecided() {
    let table = as_published();
    let mut rows = published_rows();
    itemise(&mut rows, 0.02);
    let judged = judge(&table, [&[1.0], &[0.5]], &rows);
    let dpo = &judged[0];
    assert_eq!(dpo.verdict, Verdict::Holds);
    assert!(
        dpo.value.starts_with("tuned 0.208, from base −0.245 [−0.2"),
        "{}",
        dpo.value
    );
    // 0.458 against 0.453: nearer than the noise.
    let undecided = with(&judged, Verdict::Undecided);
    assert!(
        undecided
            .iter()
            .all(|claim| claim.contains("reverses what DPO did")),
        "{undecided:#?}"
    );
    assert_eq!(with(&judged, Verdict::DoesNotHold), [""; 0]);

    itemise(&mut rows, 20.0);
    let judged = judge(&table, [&[1.0], &[0.5]], &rows);
    let toxicity = judged
        .iter()
        .filter(|claim| claim.quantity.contains(TOXICITY));
    let decided: Vec<_> = toxicity
        .filter(|claim| claim.verdict != Verdict::Undecided)
        .collect();
    assert!(decided.is_empty(), "{decided:#?}");
}

#[test]
fn a_claim_names_its_control_with_what_it_says_here() {
    let table = as_published();
    let mut rows = published_rows();
    let without = judge(&table, [&[1.0], &[0.5]], &rows);
    let claim = |claims: &[Claim]| {
        let mut claims = claims.iter();
        claims
            .find(|claim| claim.statement.contains("all dampened toxic"))
            .unwrap()
            .refuted_by
            .clone()
    };
    assert!(
        claim(&without).contains("no such control in this study"),
        "{}",
        claim(&without)
    );
    for draw in 1..=2 {
        let mut control = row(
            Role::Base,
            PaperRow::patch([Group::TpMinus]),
            0.40 + 0.01 * f64::from(draw),
            21.7,
        );
        control.label = "random neurons".to_owned();
        control.does.kind = "other".to_owned();
        control.control = Some(Control {
            of: "TP− patched".to_owned(),
            name: "matched".to_owned(),
            draw: Some(draw),
        });
        rows.push(control);
    }
    itemise(&mut rows, 0.02);
    let found = claim(&judge(&table, [&[1.0], &[0.5]], &rows));
    assert!(
        found.starts_with("TP− patched: random neurons (2 draws) 0.415, the row −0.080 [−0.08"),
        "{found}"
    );
    // No claim is judged by a control.
    assert_eq!(judge(&table, [&[1.0], &[0.5]], &rows).len(), without.len());
}

#[test]
fn a_claim_names_the_scorer_exactly_where_it_needs_a_toxicity() {
    let table = as_published();
    let mut rows = published_rows();
    let judged = |rows: &[RowResults]| judge(&table, [&[1.0, 2.0, 3.0], &[0.5, 1.0, 2.9]], rows);
    let mut named = judged(&rows);
    name_scorer(&mut named, "perspective");
    for row in &mut rows {
        row.outcome.scores[0] = Score::missing(TOXICITY, "none");
    }
    let needs = judged(&rows);
    for (claim, without) in named.iter().zip(&needs) {
        let names = claim.quantity.ends_with("; scored by `perspective`");
        assert_eq!(
            names,
            without.verdict == Verdict::NotMeasured,
            "{}",
            claim.quantity
        );
    }
}
