//! `nulls.md`: how far a run's numbers would move, and whether the probe's direction is any different from others.

use std::fmt::Write;

use counterpoise_groups::Statistic;
use counterpoise_report::with_commas;

use crate::results::Results;
use crate::uncertainty::{
    FallRecord, MeasureWithInterval, NullDraws, NullResults, ShrinkageMeasures, ShrinkageResults,
    UncertaintyResults,
};

/// Where a two-sided p-value counts as different.
const LEVEL: f64 = 0.05;

/// The report, of results alone; `None` if they have none of what it shows.
#[must_use]
pub fn nulls_markdown(results: &Results) -> Option<String> {
    let (uncertainty, nulls, shrinkage) = (
        results.uncertainty.as_ref()?,
        results.nulls.as_ref()?,
        results.shrinkage.as_ref()?,
    );
    let mut text = String::from("# How far the neurons' numbers would move\n");
    let sections = [
        intervals(uncertainty),
        directions(nulls),
        labels(nulls),
        shrunk(nulls),
        regression(shrinkage),
    ];
    for section in sections {
        text.push('\n');
        text.push_str(&section);
    }
    Some(text)
}

/// The 95 % intervals.
fn intervals(found: &UncertaintyResults) -> String {
    let mut text = format!(
        "## Over prompts\n\n{} prompts, {} resamples. {}.\n\nThe percentile interval is the usual one. Resampling adds noise \
         to every mean, and a sum of positive parts, such as the peak or a group's reduction, only grows by it: where the \
         mean of the resamples lies far from the value, read the pivotal interval, which is the percentile interval \
         reflected about the value.\n\n| Statistic | Value | Percentile 95 % | Pivotal 95 % | Mean of resamples |\n|---|---|---|---|---|\n",
        with_commas(found.prompts),
        with_commas(found.resamples),
        found.method
    );
    for row in &found.statistics {
        let [percentile, pivotal, mean] = match row.interval {
            None => ["—"; 3].map(str::to_owned),
            Some(interval) => [
                range(row.statistic, interval.percentile),
                range(row.statistic, interval.pivotal),
                shown(row.statistic, Some(interval.resampled_mean)),
            ],
        };
        let value = shown(row.statistic, row.value);
        let _ = writeln!(
            text,
            "| {} | {value} | {percentile} | {pivotal} | {mean} |",
            row.statistic
        );
    }
    if found.resamples == 0 {
        text.push_str("\nThere are no intervals: they take two prompts at least.\n");
    }
    text
}

/// The probe against random directions, in plain words first.
fn directions(found: &NullResults) -> String {
    let title = "## Random directions\n\n";
    let Some(draws) = &found.directions else {
        return format!("{title}Not drawn: the study sets `[nulls] directions = 0`.\n");
    };
    format!(
        "{title}**{}**\n\n{} draws: {}. A direction and its opposite are as likely, so the median of the net reduction is \
         about 0 by construction.\n\n{}",
        verdict(draws, "The probe's direction", "a random one"),
        with_commas(draws.draws),
        draws.what,
        table(draws)
    )
}

/// The models against each other.
fn labels(found: &NullResults) -> String {
    let title = "## Shuffled labels\n\n";
    let Some(draws) = &found.labels else {
        return format!("{title}Not drawn: the study sets `[nulls] label_shuffles = 0`.\n");
    };
    format!(
        "{title}**{}**\n\n{} draws: {}. This asks whether the two models differ at all, not whether the probe matters.\n\n{}",
        verdict(draws, "The tuned model", "the base model"),
        with_commas(draws.draws),
        draws.what,
        table(draws)
    )
}

/// Which of the statistics that are judged together set `this` apart from `that`.
fn verdict(draws: &NullDraws, this: &str, that: &str) -> String {
    let judged: Vec<_> = (draws.statistics.iter())
        .filter_map(|row| Some((row, row.p_corrected?)))
        .collect();
    let named = |rows: &[String]| rows.join("; ");
    let differ: Vec<String> = (judged.iter())
        .filter(|(_, p)| *p < LEVEL)
        .map(|(row, p)| format!("{} (p = {p:.3})", row.statistic))
        .collect();
    let same: Vec<String> = (judged.iter())
        .filter(|(_, p)| *p >= LEVEL)
        .map(|(row, p)| format!("{} (p = {p:.3})", row.statistic))
        .collect();
    let least = judged.len() as f64 / (1 + draws.draws) as f64;
    let note = if judged.is_empty() {
        "; no statistic is defined"
    } else if least >= LEVEL {
        "; with so few draws no difference could be called one"
    } else {
        ""
    };
    let sentence = match (differ.is_empty(), same.is_empty()) {
        (true, _) => format!(
            "{this} is not shown to differ from {that} in any statistic judged{}: {}",
            note,
            named(&same)
        ),
        (false, true) => format!(
            "{this} differs from {that} in every statistic judged: {}",
            named(&differ)
        ),
        (false, false) => format!(
            "{this} differs from {that} in: {}. It is not shown to differ in: {}",
            named(&differ),
            named(&same)
        ),
    };
    format!(
        "{sentence}. (Two-sided, corrected by Holm's method over these {}, at {LEVEL}.)",
        judged.len()
    )
}

fn table(draws: &NullDraws) -> String {
    let mut text = String::from(
        "| Statistic | Measured | Draws: 2.5 % | median | 97.5 % | Percentile | p | p, corrected |\n|---|---|---|---|---|---|---|---|\n",
    );
    let digits = |value: Option<f64>, digits| {
        value.map_or_else(|| "—".to_owned(), |value| format!("{value:.digits$}"))
    };
    for row in &draws.statistics {
        let null = row.null();
        let at = |part| shown(row.statistic, null.quantile(part));
        let undefined = row.values.len() - null.defined();
        let remark = match undefined {
            0 => String::new(),
            count => format!(" (not defined in {count} draws)"),
        };
        let _ = writeln!(
            text,
            "| {}{remark} | {} | {} | {} | {} | {} | {} | {} |",
            row.statistic,
            shown(row.statistic, row.measured),
            at(0.025),
            at(0.5),
            at(0.975),
            digits(row.percentile, 1),
            digits(row.p, 4),
            digits(row.p_corrected, 4),
        );
    }
    text
}

/// What one factor on every activation would have done.
fn shrunk(found: &NullResults) -> String {
    let title = "## Shrinkage alone\n\n";
    let found_s = &found.shrinkage;
    let Some(s) = found_s.s else {
        return format!("{title}All base means are 0: nothing can shrink.\n");
    };
    let sign = match s > 0.0 {
        true => "",
        false => {
            " Mean magnitudes rose: this is growth by one factor, and every reduction has the other sign."
        }
    };
    let mut text = format!(
        "{title}{}. Here s = {s:.6}.{sign} Shares do not depend on s.\n\n| Statistic | Shrinkage alone |\n|---|---|\n",
        found_s.what
    );
    for row in &found_s.statistics {
        let _ = writeln!(
            text,
            "| {} | {} |",
            row.statistic,
            shown(row.statistic, row.value)
        );
    }
    text
}

/// Whether activations shrank at all.
fn regression(found: &ShrinkageResults) -> String {
    let mut text = format!(
        "## Shrinkage or regression to the mean\n\nThe relative fall (m − m')/m is above 0 on average also where the two \
         models' means differ by noise alone: the larger base means are partly large by chance. Two measures that treat \
         both models alike decide: the ratio of standard deviations and the slope of total least squares, which are below \
         1 only if means shrank. On \"forced text\" both models read the same {} tokens, which the base model wrote.\n\n\
         | Measure | own text | forced text |\n|---|---|---|\n",
        with_commas(usize::try_from(found.forced_tokens).unwrap_or(usize::MAX))
    );
    let columns = [&found.own_text, &found.forced_text];
    let mut row = |name: &str, cell: &dyn Fn(&ShrinkageMeasures) -> String| {
        let [own, forced] = columns.map(cell);
        let _ = writeln!(text, "| {name} | {own} | {forced} |");
    };
    row("standard deviation, tuned / base", &|found| {
        interval(found.deviation_ratio)
    });
    row("total-least-squares slope", &|found| interval(found.slope));
    row("correlation", &|found| number(found.correlation));
    row("fall of the mean magnitude", &|found| {
        percent(found.magnitude_fall)
    });
    type Fall = fn(&ShrinkageMeasures) -> Option<&FallRecord>;
    let falls: [(&str, Fall); 2] = [
        ("(m − m')/m", |found| found.fall.as_ref()),
        ("(m' − m)/m', reversed", |found| found.reversed.as_ref()),
    ];
    for (name, of) in falls {
        row(&format!("{name}: median"), &|found| {
            percent(of(found).map(|fall| fall.median))
        });
        row(&format!("{name}: mean"), &|found| {
            percent(of(found).map(|fall| fall.mean))
        });
        for index in 0..4 {
            let Some(quadrant) = of(columns[0]).map(|fall| &fall.quadrants[index].quadrant) else {
                continue;
            };
            row(&format!("{name}: mean in {quadrant}"), &|found| {
                percent(of(found).and_then(|fall| fall.quadrants.get(index)?.mean))
            });
        }
    }
    for (name, found) in [("own text", columns[0]), ("forced text", columns[1])] {
        let _ = write!(text, "\nOn {name}: {}", decided(found));
    }
    text.push_str(
        "\n\nMeans leave out the falls outside the pooled 10th to 90th percentile. Intervals are percentile intervals over \
         prompts.\n",
    );
    text
}

/// What the symmetric measures say.
fn decided(found: &ShrinkageMeasures) -> String {
    let (Some(ratio), Some(slope)) = (found.deviation_ratio.value, found.slope.value) else {
        return "means do not vary; nothing can be said.".to_owned();
    };
    let whole = |measure: MeasureWithInterval, side: fn(f64) -> bool| {
        let value = measure.value.is_some_and(side);
        value
            && measure
                .percentile
                .is_none_or(|[low, high]| side(low) && side(high))
    };
    let both = |side| whole(found.deviation_ratio, side) && whole(found.slope, side);
    let verdict = match found.deviation_ratio.percentile {
        None if both(|value| value < 1.0) => {
            "both are below 1; without an interval that may be chance."
        }
        None => "they are not both below 1.",
        Some(_) if both(|value| value < 1.0) => {
            "both are below 1, with their intervals: means shrank."
        }
        Some(_) if both(|value| value > 1.0) => {
            "both are above 1, with their intervals: means grew; a relative fall above 0 is regression to the mean."
        }
        Some(_) => "they do not lie on one side of 1: the means did not clearly shrink.",
    };
    format!("ratio {ratio:.4}, slope {slope:.4}; {verdict}\n")
}

fn interval(measure: MeasureWithInterval) -> String {
    let value = number(measure.value);
    match measure.percentile {
        Some([low, high]) => format!("{value} [{low:.4}, {high:.4}]"),
        None => value,
    }
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "—".to_owned(), |value| format!("{value:.4}"))
}

fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "—".to_owned(), |value| format!("{:.2} %", 100.0 * value))
}

/// A statistic's value: counts whole, shares in per cent, sums to four digits after the point.
fn shown(statistic: Statistic, value: Option<f64>) -> String {
    let Some(value) = value else {
        return "—".to_owned();
    };
    match statistic {
        Statistic::Reducing | Statistic::Neurons(..) => format!("{value:.0}"),
        Statistic::Share(..) | Statistic::Erasing(_) => format!("{:.1} %", 100.0 * value),
        _ => format!("{value:.4}"),
    }
}

fn range(statistic: Statistic, [low, high]: [f64; 2]) -> String {
    let [low, high] = [low, high].map(|value| shown(statistic, Some(value)));
    format!("{low} to {high}")
}
