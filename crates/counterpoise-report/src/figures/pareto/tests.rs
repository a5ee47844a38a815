//! Stairs, sweeps and scales of a plane whose rows are written by hand.

use super::*;

fn point(values: [f64; 2], sweep: Option<&str>, on_frontier: bool) -> PlanePoint {
    PlanePoint {
        what: PlaneRow::EditedBase,
        number: Some(1),
        label: "row".to_owned(),
        values,
        intervals: [None; 2],
        sweep: sweep.map(str::to_owned),
        on_frontier,
    }
}

fn pareto(better: Better, points: Vec<PlanePoint>) -> Pareto {
    let metric = |label: &str, better| PlaneMetric {
        label: label.to_owned(),
        better,
    };
    Pareto {
        name: "pareto".to_owned(),
        metrics: [metric("PPL", better), metric("Toxicity", Better::Lower)],
        points,
    }
}

#[test]
fn the_frontier_steps_from_the_best_across() {
    let points = || {
        vec![
            point([30.0, 0.1], None, true),
            point([20.0, 0.5], None, true),
            point([25.0, 0.6], None, false),
        ]
    };
    let stairs = pareto(Better::Lower, points()).staircase();
    assert_eq!(stairs, [[20.0, 0.5], [30.0, 0.5], [30.0, 0.1]]);
    let stairs = pareto(Better::Higher, points()).staircase();
    assert_eq!(stairs[0], [30.0, 0.1]);
}

#[test]
fn a_sweep_is_one_line_in_its_order() {
    let mut control = point([9.0, 9.0], Some("a"), false);
    control.what = PlaneRow::Control;
    let points = vec![
        point([1.0, 2.0], Some("a"), false),
        point([5.0, 5.0], Some("b"), false),
        point([0.5, 3.0], Some("a"), false),
        point([7.0, 7.0], None, false),
        control,
    ];
    let sweeps = pareto(Better::Lower, points).sweeps();
    assert_eq!(sweeps, [vec![[1.0, 2.0], [0.5, 3.0]], vec![[5.0, 5.0]]]);
}

#[test]
fn values_far_apart_are_shown_in_powers_of_ten() {
    let figure = |last| {
        pareto(
            Better::Lower,
            vec![
                point([3.0, 0.0], None, true),
                point([last, 1.0], None, false),
            ],
        )
    };
    let scale = |last| Scaled::of(&figure(last).metrics[0], &figure(last).points, 0);
    assert!(!scale(29.0).in_powers);
    let wide = scale(400.0);
    assert!(wide.in_powers);
    let names: Vec<String> = (wide.axis.ticks.iter())
        .map(|tick| wide.axis.names.of(*tick))
        .collect();
    assert_eq!(names, ["5", "10", "20", "50", "100", "200", "500"]);
    assert!((wide.place(100.0) - 2.0).abs() < 1e-12);
    // Zero has no logarithm.
    assert!(!Scaled::of(&figure(400.0).metrics[1], &figure(400.0).points, 1).in_powers);
}

#[test]
fn a_heading_is_written_small_within_a_sentence() {
    assert_eq!(lower_first("Toxicity"), "toxicity");
    assert_eq!(lower_first("PPL"), "PPL");
    assert_eq!(lower_first(""), "");
}
