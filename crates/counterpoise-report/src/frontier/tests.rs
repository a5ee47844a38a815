//! The frontier of rows whose items are written by hand.

#![allow(clippy::unwrap_used)]

use counterpoise_score::Items;

use super::*;

/// A mean over these items.
fn mean(metric: &str, items: &[f64]) -> Score {
    let items = Items::mean_of(items.iter().copied().map(Some).collect());
    Score::new(metric, items.value().unwrap(), items.totals.len()).over(items)
}

/// Twelve items around `value`; with noise, rows of other noise differ from item to item.
fn items(value: f64, noise: f64) -> Vec<f64> {
    let item = |index: u32| value + noise * (f64::from(index) * 2.399).sin();
    (0..12).map(item).collect()
}

fn row(name: &str, toxicity: Vec<f64>, perplexity: Vec<f64>) -> FrontierRow {
    FrontierRow {
        name: name.to_owned(),
        model: "base".to_owned(),
        label: name.to_uppercase(),
        sweep: None,
        control_of: None,
        scores: [mean("toxicity", &toxicity), mean("perplexity", &perplexity)],
    }
}

fn judged(rows: Vec<FrontierRow>) -> Frontier {
    let metrics = ["toxicity", "perplexity"].map(str::to_owned);
    Frontier::of(metrics, [Better::Lower; 2], rows)
}

#[test]
fn a_row_is_dominated_only_where_intervals_show_it() {
    let frontier = judged(vec![
        row("good", items(0.2, 0.0), items(20.0, 0.0)),
        row("worse", items(0.5, 0.1), items(30.0, 1.0)),
        // A little worse by value in both, within the noise of its items.
        row("near", items(0.201, 0.1), items(20.1, 5.0)),
        // Better in one, worse in the other.
        row("other", items(0.1, 0.0), items(40.0, 0.0)),
        // The same perplexity in every item, more toxic.
        row("same", items(0.3, 0.0), items(20.0, 0.0)),
    ]);
    let standing: Vec<Standing> = frontier.rows.iter().map(Judged::standing).collect();
    use Standing::{Dominated, Frontier as On, Undecided};
    assert_eq!(standing, [Undecided, Dominated, Undecided, On, Dominated]);
    let [good, worse, near, other, same] = &frontier.rows[..] else {
        unreachable!("five rows");
    };
    assert_eq!(good.undecided_against, [2]);
    assert!(worse.dominated_by.contains(&0) && !worse.dominated_by.contains(&3));
    assert_eq!(
        (&near.beaten_by[..], &near.undecided_against[..]),
        (&[0][..], &[0][..])
    );
    assert!(other.beaten_by.is_empty());
    assert_eq!(same.dominated_by, [0]);
    let on: Vec<bool> = frontier.rows.iter().map(Judged::is_on_frontier).collect();
    assert_eq!(on, [true, false, false, true, false]);
}

#[test]
fn two_rows_that_are_the_same_do_not_beat_each_other() {
    let row = |name| row(name, items(0.2, 0.1), items(20.0, 1.0));
    for judged in judged(vec![row("a"), row("b")]).rows {
        assert_eq!(judged.standing(), Standing::Frontier);
        assert!(judged.is_on_frontier());
    }
}

#[test]
fn where_more_is_better_the_order_turns() {
    let rows = vec![
        row("low", items(0.2, 0.0), items(20.0, 0.0)),
        row("high", items(0.4, 0.0), items(20.0, 0.0)),
    ];
    let metrics = ["f1", "perplexity"].map(str::to_owned);
    let turned = Frontier::of(metrics, [Better::Higher, Better::Lower], rows);
    assert_eq!(turned.rows[0].dominated_by, [1]);
    assert_eq!(turned.rows[1].standing(), Standing::Frontier);
}

#[test]
fn a_control_beats_no_row_and_a_row_without_a_score_is_named() {
    let mut control = row("random", items(0.1, 0.0), items(10.0, 0.0));
    control.control_of = Some("edit".to_owned());
    let mut failed = row("failed", items(0.1, 0.0), items(10.0, 0.0));
    failed.scores[1] = Score::missing("perplexity", "NaN");
    let edit = row("edit", items(0.2, 0.0), items(20.0, 0.0));
    let frontier = judged(vec![control, failed, edit]);
    let [edit, control] = &frontier.rows[..] else {
        unreachable!("two rows");
    };
    assert!(edit.is_on_frontier() && edit.standing() == Standing::Frontier);
    assert!(control.beaten_by.is_empty() && !control.is_on_frontier());
    assert_eq!(frontier.left_out, [("failed".to_owned(), "NaN".to_owned())]);

    let text = frontier.markdown();
    assert!(
        text.contains(
            "| 1 | base | EDIT | 0.200 (0.200–0.200) | 20.00 (20.00–20.00) | **frontier** |"
        ),
        "{text}"
    );
    assert!(
        text.contains("by value 1 are beaten by none: `random`."),
        "{text}"
    );
    assert!(text.contains("Not in the plane: `failed`, NaN."), "{text}");
}

#[test]
fn the_csv_names_rows_and_has_every_digit() {
    let rows = vec![
        row("a", items(0.2, 0.0), items(20.0, 0.0)),
        row("b", items(0.3, 0.0), items(30.0, 0.0)),
        row("c", items(0.4, 0.0), items(40.0, 0.0)),
    ];
    let folder = tempfile::tempdir().unwrap();
    let [_, path] = judged(rows).write(folder.path(), "frontier").unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].starts_with("row,model,label,sweep,control_of,toxicity,toxicity_low,"),
        "{text}"
    );
    assert!(lines[3].ends_with(",false,a b,dominated,a b,"), "{text}");
    assert_eq!(lines[1].split(',').count(), lines[0].split(',').count());
}
