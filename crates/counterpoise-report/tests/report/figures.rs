//! Every figure: its files, its labels, the elements it draws, and the numbers it refuses.

use std::fs;
use std::path::PathBuf;

use counterpoise_groups::{Group, PerGroup};
use counterpoise_report::*;

use crate::samples;

const CAPTION: &str = "Ranks of the published figures scaled from 98,304 neurons to 2,048.";

/// Draws one figure twice and returns its SVG after checking what holds for all of them.
///
/// With `COUNTERPOISE_FIGURES` set to a folder, the files stay there to be looked at.
pub(crate) fn drawn<F: Figure>(figure: &F) -> String {
    let temporary = tempfile::tempdir().unwrap();
    let folder = std::env::var_os("COUNTERPOISE_FIGURES")
        .map_or_else(|| temporary.path().join("figures"), PathBuf::from);
    let [svg, png] = write_figure(figure, CAPTION, &folder).unwrap();
    assert_eq!(svg, folder.join(format!("{}.svg", figure.name())));
    let text = fs::read_to_string(&svg).unwrap();
    assert_eq!(
        text,
        render_svg(figure, CAPTION).unwrap(),
        "two drawings differ"
    );
    assert!(text.starts_with("<svg width=\"1600\" height=\"1000\" viewBox=\"0 0 3200 2000\""));
    assert!(text.trim_end().ends_with("</svg>"));
    let written = texts(&text);
    assert!(written.contains(&figure.title()), "{written:?}");
    assert!(written.contains(&CAPTION.to_owned()), "{written:?}");
    for entry in figure.plot().legend {
        assert!(
            written.contains(&entry.label),
            "{} is not in {written:?}",
            entry.label
        );
    }
    check_png(&fs::read(&png).unwrap());
    text
}

/// The signature, and the size in the header chunk.
fn check_png(png: &[u8]) {
    assert!(png.len() > 10_000, "{} bytes", png.len());
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let size = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert_eq!((size(16), size(20)), SIZE);
}

/// The contents of the text elements.
pub(crate) fn texts(svg: &str) -> Vec<String> {
    let contents = svg.split("<text ").skip(1).map(|element| {
        let (_, rest) = element.split_once(">\n").unwrap();
        rest.split_once("\n</text>").unwrap().0
    });
    contents
        .map(|text| text.replace("&lt;", "<").replace("&gt;", ">"))
        .map(|text| text.replace("&quot;", "\"").replace("&apos;", "'"))
        .collect()
}

/// How many elements of this kind are filled with a group's colour; the legend's are counted too.
fn filled(svg: &str, element: &str, group: Group) -> usize {
    let (red, green, blue) = plotters::style::Color::rgb(&group_colour(group));
    let fill = format!("fill=\"#{red:02X}{green:02X}{blue:02X}\"");
    svg.lines()
        .filter(|line| line.starts_with(&format!("<{element} ")) && line.contains(&fill))
        .count()
}

#[test]
fn layer_projections_draw_three_lines_over_all_layers() {
    let svg = drawn(&samples::layer_projections());
    let lines: Vec<&str> = svg.lines().filter(|line| points(line) == 24).collect();
    assert_eq!(lines.len(), 3);
    assert!(texts(&svg).contains(&"layer".to_owned()));
}

/// The number of points of a polyline.
fn points(line: &str) -> usize {
    let Some((_, points)) = line.split_once("points=\"") else {
        return 0;
    };
    if line.starts_with("<polyline") {
        points.matches(',').count()
    } else {
        0
    }
}

#[test]
fn cumulative_reduction_marks_peak_and_net() {
    let svg = drawn(&samples::cumulative_reduction());
    let written = texts(&svg);
    assert!(
        written
            .iter()
            .any(|text| text.starts_with("peak ") && text.ends_with(" neurons"))
    );
    assert!(written.iter().any(|text| text.starts_with("net ")));
    assert!(svg.len() < 200_000, "{} bytes", svg.len());
    let figure = CumulativeReduction {
        cumulative: vec![3.0, 5.0, 4.5, 1.25],
    };
    let written = texts(&render_svg(&figure, "").unwrap());
    assert!(
        written.contains(&"peak 5.00 at 2 neurons".to_owned()),
        "{written:?}"
    );
    assert!(written.contains(&"net 1.25".to_owned()), "{written:?}");
}

#[test]
fn group_shares_are_written_beside_their_bars() {
    let svg = drawn(&samples::group_shares());
    let written = texts(&svg);
    for label in [
        "31.8 % · 3,961 neurons",
        "TP− · toxic, activation ≥ 0",
        "37.3 % · 25,390 neurons",
    ] {
        assert!(
            written.contains(&label.to_owned()),
            "{label} is not in {written:?}"
        );
    }
    assert!(
        Group::ALL
            .iter()
            .all(|group| filled(&svg, "rect", *group) == 1)
    );
}

#[test]
fn intervals_of_shares_are_three_strokes_each() {
    let mut figure = samples::group_shares();
    let strokes = |figure: &GroupShares| drawn(figure).matches("<polyline").count();
    let without = strokes(&figure);
    figure.intervals = Some(PerGroup::from_fn(|group| {
        [figure.shares[group] - 0.01, figure.shares[group] + 0.02]
    }));
    assert_eq!(strokes(&figure), without + 12);
    figure.intervals = Some(PerGroup::from_fn(|_| [0.0, f64::NAN]));
    assert!(render_svg(&figure, "").is_err());
}

#[test]
fn group_contributions_have_a_bar_per_bin_and_group() {
    let svg = drawn(&samples::group_contributions());
    assert!(
        Group::ALL
            .iter()
            .all(|group| filled(&svg, "rect", *group) == 40 + 1)
    );
    let written = texts(&svg);
    for label in ["10,000", "in no group"] {
        assert!(
            written.contains(&label.to_owned()),
            "{label} is not in {written:?}"
        );
    }
    let mut grouped = samples::group_contributions();
    grouped.bins.iter_mut().for_each(|bin| bin.ungrouped = 0.0);
    assert!(!render_svg(&grouped, "").unwrap().contains("in no group"));
}

#[test]
fn neuron_arrows_have_a_head_per_neuron() {
    let figure = samples::neuron_arrows();
    let svg = drawn(&figure);
    for group in Group::ALL {
        let members = figure
            .neurons
            .iter()
            .filter(|arrow| arrow.group == Some(group))
            .count();
        let drawn = filled(&svg, "polygon", group) + filled(&svg, "circle", group);
        assert_eq!(drawn, members + 1, "{group}");
    }
}

#[test]
fn layer_reduction_has_a_bar_per_layer_and_group() {
    let svg = drawn(&samples::layer_reductions());
    assert!(
        Group::ALL
            .iter()
            .all(|group| filled(&svg, "rect", *group) == 24 + 1)
    );
}

#[test]
fn top_activations_mark_both_models() {
    let svg = drawn(&samples::top_activations());
    let marks = |start: &str| svg.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!(marks("<circle"), 100 + 1);
    assert!(texts(&svg).contains(&"Mean activations of the top 100 toxic neurons".to_owned()));
}

#[test]
fn activation_shifts_show_neurons_in_no_group() {
    let svg = drawn(&samples::activation_shifts(ShiftPanel::A));
    assert!(texts(&svg).contains(&"in no group".to_owned()));
    let svg = drawn(&samples::activation_shifts(ShiftPanel::B));
    assert!(
        texts(&svg).contains(&"3,050".to_owned()),
        "{:?}",
        texts(&svg)
    );
}

/// Two layers, few neurons, some sums negative: what a small model may give.
#[test]
fn small_and_negative_data_are_drawn_too() {
    let mut reduction = samples::layer_reductions();
    reduction.layers.truncate(2);
    reduction.layers[0].groups[Group::AnMinus] = -0.4;
    assert!(texts(&render_svg(&reduction, "").unwrap()).contains(&"−0.4".to_owned()));
    let mut shares = samples::group_shares();
    (shares.shares[Group::TpMinus], shares.shares[Group::AnMinus]) = (-0.1, 0.791);
    assert!(
        texts(&render_svg(&shares, "").unwrap()).contains(&"−10.0 % · 3,961 neurons".to_owned())
    );
    let shifts = ActivationShifts {
        panel: ShiftPanel::A,
        neurons: vec![samples::shift(0, None, (0.1, 0.5), (0.1, 0.5))],
    };
    assert!(render_png(&shifts, "").unwrap().len() > 1000);
    let one = LayerProjections {
        base: vec![0.0],
        ablated: vec![0.0],
        tuned: vec![0.0],
        ablated_neurons: 1,
    };
    assert!(
        render_svg(&one, "")
            .unwrap()
            .contains("base, most toxic neuron ablated")
    );
}

#[test]
fn a_long_caption_is_broken_into_rows() {
    let caption = "A caption that says how the ranks were scaled. ".repeat(8);
    let svg = render_svg(&samples::group_shares(), &caption).unwrap();
    let written = texts(&svg);
    let rows: Vec<&String> = written
        .iter()
        .filter(|text| text.contains("ranks"))
        .collect();
    assert!(rows.len() > 1, "{written:?}");
    let joined = rows
        .iter()
        .map(|row| row.as_str())
        .collect::<Vec<_>>()
        .join(" ");
    assert_eq!(joined, caption.trim_end());
}

/// The error of a figure that must not be drawn; it names the figure.
fn refused<F: Figure>(figure: &F) -> ReportError {
    let folder = tempfile::tempdir().unwrap();
    let error = write_figure(figure, "", folder.path()).unwrap_err();
    assert!(error.to_string().starts_with(figure.name()), "{error}");
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "something was written"
    );
    error
}

#[test]
fn empty_figures_are_refused() {
    let empty = |error| assert!(matches!(error, ReportError::EmptySeries { .. }));
    empty(refused(&LayerProjections {
        base: vec![],
        ablated: vec![],
        tuned: vec![],
        ablated_neurons: 0,
    }));
    empty(refused(&CumulativeReduction { cumulative: vec![] }));
    empty(refused(&GroupContributions { bins: vec![] }));
    empty(refused(&NeuronArrows { neurons: vec![] }));
    empty(refused(&LayerReductions { layers: vec![] }));
    empty(refused(&TopActivations { neurons: vec![] }));
    empty(refused(&ActivationShifts {
        panel: ShiftPanel::B,
        neurons: vec![],
    }));
}

#[test]
fn numbers_that_are_none_are_refused() {
    let not_a_number = |error, at| match error {
        ReportError::NotPlottable { index, .. } => assert_eq!(index, at),
        error => panic!("{error}"),
    };
    let mut figure = samples::layer_projections();
    figure.ablated[7] = f64::NAN;
    not_a_number(refused(&figure), 7);
    let mut figure = samples::cumulative_reduction();
    figure.cumulative[98_303] = f64::INFINITY;
    not_a_number(refused(&figure), 98_303);
    let mut figure = samples::group_shares();
    figure.shares[Group::ApPlus] = f64::NAN;
    not_a_number(refused(&figure), 2);
    let mut figure = samples::group_contributions();
    figure.bins[1].ungrouped = f64::NAN;
    not_a_number(refused(&figure), 9);
    let mut figure = samples::neuron_arrows();
    figure.neurons[3].tuned.cosine = f64::NEG_INFINITY;
    not_a_number(refused(&figure), 3);
    let mut figure = samples::layer_reductions();
    figure.layers[2].groups[Group::TnPlus] = f64::NAN;
    not_a_number(refused(&figure), 9);
    let mut figure = samples::top_activations();
    figure.neurons[99].tuned.activation = f64::NAN;
    not_a_number(refused(&figure), 99);
    let mut figure = samples::activation_shifts(ShiftPanel::B);
    figure.neurons[5].base.activation = f64::NAN;
    not_a_number(refused(&figure), 5);
}

#[test]
fn numbers_that_do_not_fit_together_are_refused() {
    let mut figure = samples::layer_projections();
    figure.tuned.pop();
    assert!(matches!(
        refused(&figure),
        ReportError::SeriesLength {
            expected: 24,
            found: 23,
            ..
        }
    ));
    let mut figure = samples::group_shares();
    figure.shares[Group::TpMinus] += 0.01;
    assert!(matches!(refused(&figure), ReportError::ShareSum { .. }));
    for ranks in [0..250, 260..500, 250..250] {
        let mut figure = samples::group_contributions();
        figure.bins[1].ranks = ranks;
        assert!(matches!(
            refused(&figure),
            ReportError::Ranks {
                index: 1,
                expected: 250,
                ..
            }
        ));
    }
    let mut figure = samples::activation_shifts(ShiftPanel::B);
    figure.neurons.swap(7, 8);
    assert!(matches!(
        refused(&figure),
        ReportError::Ranks {
            index: 7,
            expected: 3007,
            ..
        }
    ));
    let mut figure = samples::layer_reductions();
    figure.layers.remove(1);
    assert!(matches!(
        refused(&figure),
        ReportError::Ranks {
            index: 1,
            expected: 1,
            ..
        }
    ));
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("taken");
    fs::write(&file, "a file").unwrap();
    let error = write_figure(&samples::group_shares(), "", &file).unwrap_err();
    assert!(matches!(error, ReportError::File(_)));
    assert!(
        error.to_string().contains("fig2a_group_shares.svg"),
        "{error}"
    );
}
