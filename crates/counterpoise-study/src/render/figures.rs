//! The figures, from the neuron table and the results.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::error::{Context, Result};
use counterpoise_groups::scaling::{GPT2_MEDIUM_NEURONS, scale_rank, scale_ranks};
use counterpoise_groups::{
    GroupAssignment, Grouping, NeuronShift, NeuronTable, Ranking, binned_contributions,
    cumulative_reduction, layer_reductions, shifts,
};
use counterpoise_report::{
    ActivationShifts, CumulativeReduction, Figure, GroupContributions, GroupShares,
    LayerProjections, LayerReductions, NeuronArrows, ShiftPanel, TopActivations, with_commas,
    write_figure,
};

use super::Rendered;
use crate::results::Results;

/// What the figures are drawn from, and where they go.
struct FigureContext<'a> {
    results: &'a Results,
    table: &'a NeuronTable,
    grouping: Grouping,
    folder: PathBuf,
}

/// A figure to be made: its number, and how.
type Make = (&'static str, fn(&FigureContext<'_>) -> Result<Vec<PathBuf>>);

const FIGURES: [Make; 9] = [
    ("1a", layer_projections),
    ("1b", cumulative),
    ("2a", group_shares),
    ("2b", group_contributions),
    ("2c", arrows),
    ("3", layer_reduction),
    ("4", top_activations),
    ("5a", |context| shift_panel(context, ShiftPanel::A)),
    ("5b", |context| shift_panel(context, ShiftPanel::B)),
];

/// Draws every figure into `figures/` of `folder`. A figure that cannot be drawn is among the
/// failures; the others are drawn.
///
/// # Errors
/// Results that name a grouping that does not exist.
pub(super) fn figures(results: &Results, table: &NeuronTable, folder: &Path) -> Result<Rendered> {
    let context = FigureContext {
        results,
        table,
        grouping: results.figures.grouping.parse()?,
        folder: folder.join("figures"),
    };
    let mut rendered = Rendered::default();
    for (number, make) in &FIGURES {
        match make(&context) {
            Ok(paths) => rendered.written.extend(paths),
            Err(error) => {
                let failure = format!("figure {number}: {}", error.in_full());
                rendered.failures.push(failure);
            }
        }
    }
    Ok(rendered)
}

fn layer_projections(context: &FigureContext<'_>) -> Result<Vec<PathBuf>> {
    let name = &context.results.figures.ablated;
    let row = context.results.rows.iter().find(|row| row.name == *name);
    let row = row.with_context(|| format!("row `{name}` was not run"))?;
    let ablated = row.outcome.layers.clone();
    let figure = LayerProjections {
        base: context.results.models.base.layer_projections.clone(),
        ablated: ablated.with_context(|| format!("row `{name}` failed"))?,
        tuned: context.results.models.tuned.layer_projections.clone(),
        ablated_neurons: row.outcome.neurons.unwrap_or_default(),
    };
    let caption = format!("Mean over generated tokens. Ablated: \"{}\".", row.label);
    draw(&figure, &[caption, context.scaling()], context)
}

fn cumulative(context: &FigureContext<'_>) -> Result<Vec<PathBuf>> {
    let points = cumulative_reduction(context.table);
    let figure = CumulativeReduction {
        cumulative: points.iter().map(|point| point.cumulative).collect(),
    };
    draw(&figure, &[], context)
}

fn group_shares(context: &FigureContext<'_>) -> Result<Vec<PathBuf>> {
    let groups = GroupAssignment::new(context.table, context.grouping);
    let figure = GroupShares {
        shares: groups.shares()?,
        neurons: groups.counts(),
    };
    draw(&figure, &[context.grouping()], context)
}

fn group_contributions(context: &FigureContext<'_>) -> Result<Vec<PathBuf>> {
    let figures = &context.results.figures;
    let top = context.scaled(figures.contributions.get());
    // More bins than neurons would be empty.
    let bins = figures.bins.get().min(top);
    let figure = GroupContributions {
        bins: binned_contributions(context.table, context.grouping, top, bins)?,
    };
    draw(&figure, &[context.grouping(), context.scaling()], context)
}

fn arrows(context: &FigureContext<'_>) -> Result<Vec<PathBuf>> {
    let top = context.scaled(context.results.figures.arrows.get());
    let figure = NeuronArrows {
        neurons: context.shifts(Ranking::Reduction, 0..top)?,
    };
    draw(&figure, &[context.grouping(), context.scaling()], context)
}

fn layer_reduction(context: &FigureContext<'_>) -> Result<Vec<PathBuf>> {
    let figure = LayerReductions {
        layers: layer_reductions(context.table, context.grouping),
    };
    draw(&figure, &[context.grouping()], context)
}

fn top_activations(context: &FigureContext<'_>) -> Result<Vec<PathBuf>> {
    let top = context.scaled(context.results.figures.activations.get());
    let figure = TopActivations {
        neurons: context.shifts(Ranking::Toxic, 0..top)?,
    };
    draw(&figure, &[context.scaling()], context)
}

fn shift_panel(context: &FigureContext<'_>, panel: ShiftPanel) -> Result<Vec<PathBuf>> {
    let [first, second] = context.results.figures.shifts;
    let [from, to] = match panel {
        ShiftPanel::A => first,
        ShiftPanel::B => second,
    };
    let ranks = scale_ranks(&(from..to), context.table.rows().len());
    let figure = ActivationShifts {
        panel,
        neurons: context.shifts(Ranking::Toxic, ranks)?,
    };
    let published = format!(
        "The paper shows ranks {} to {}.",
        with_commas(from),
        with_commas(to)
    );
    draw(
        &figure,
        &[context.grouping(), published, context.scaling()],
        context,
    )
}

fn draw<F: Figure>(
    figure: &F,
    caption: &[String],
    context: &FigureContext<'_>,
) -> Result<Vec<PathBuf>> {
    let sentences: Vec<&str> = (caption.iter().map(String::as_str))
        .filter(|sentence| !sentence.is_empty())
        .collect();
    Ok(write_figure(figure, &sentences.join(" "), &context.folder)?.into())
}

impl FigureContext<'_> {
    fn scaled(&self, published: usize) -> usize {
        scale_rank(published, self.table.rows().len())
    }

    fn shifts(&self, ranking: Ranking, ranks: Range<usize>) -> Result<Vec<NeuronShift>> {
        Ok(shifts(self.table, self.grouping, ranking, ranks)?)
    }

    /// How neurons are grouped, as a sentence.
    fn grouping(&self) -> String {
        match self.grouping {
            Grouping::ActivationChange => "Groups by the change of activation (section 4.3).",
            Grouping::ReductionSign => "Groups by the signs of reduction and activation.",
        }
        .to_owned()
    }

    /// That ranks are scaled, as a sentence; nothing on a model with as many neurons as the paper's.
    fn scaling(&self) -> String {
        let neurons = self.table.rows().len();
        if neurons == GPT2_MEDIUM_NEURONS {
            return String::new();
        }
        format!(
            "Ranks are scaled from GPT-2 medium's {} neurons to this model's {}.",
            with_commas(GPT2_MEDIUM_NEURONS),
            with_commas(neurons)
        )
    }
}
