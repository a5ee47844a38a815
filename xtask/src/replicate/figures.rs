//! The figures, from the neuron table and the recorded rows.

use std::ops::Range;

use anyhow::{Context, Result};
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

use super::Found;
use super::outputs::Outputs;
use crate::study::Study;

/// What the figures show.
struct Material<'a> {
    study: &'a Study,
    table: &'a NeuronTable,
    found: &'a Found,
}

/// A figure to be made: its number, and how.
type Make = (&'static str, fn(&Material<'_>, &mut Outputs) -> Result<()>);

const FIGURES: [Make; 9] = [
    ("1a", layer_projections),
    ("1b", cumulative),
    ("2a", group_shares),
    ("2b", group_contributions),
    ("2c", arrows),
    ("3", layer_reduction),
    ("4", top_activations),
    ("5a", |material, outputs| {
        shift_panel(material, outputs, ShiftPanel::A)
    }),
    ("5b", |material, outputs| {
        shift_panel(material, outputs, ShiftPanel::B)
    }),
];

/// Writes every figure into `figures/` and returns what went wrong with those that could not be made.
pub(super) fn write(study: &Study, found: &Found, outputs: &mut Outputs) -> Vec<String> {
    let table = &found.table;
    let material = Material {
        study,
        table,
        found,
    };
    let failure = |(number, make): &Make| {
        let error = make(&material, outputs).err()?;
        Some(format!("figure {number}: {error:#}"))
    };
    FIGURES.iter().filter_map(failure).collect()
}

fn layer_projections(material: &Material<'_>, outputs: &mut Outputs) -> Result<()> {
    let name = material.study.figures.ablated.get_ref();
    let row = material.found.rows.iter().find(|row| row.name == *name);
    let row = row.with_context(|| format!("row `{name}` was not run"))?;
    let ablated = row.outcome.layers.clone();
    let figure = LayerProjections {
        base: material.found.base.layer_projections.clone(),
        ablated: ablated.with_context(|| format!("row `{name}` failed"))?,
        tuned: material.found.tuned.layer_projections.clone(),
        ablated_neurons: row.outcome.neurons.unwrap_or_default(),
    };
    let caption = format!("Mean over generated tokens. Ablated: \"{}\".", row.label);
    draw(&figure, &[caption, material.scaling()], outputs)
}

fn cumulative(material: &Material<'_>, outputs: &mut Outputs) -> Result<()> {
    let points = cumulative_reduction(material.table);
    let figure = CumulativeReduction {
        cumulative: points.iter().map(|point| point.cumulative).collect(),
    };
    draw(&figure, &[], outputs)
}

fn group_shares(material: &Material<'_>, outputs: &mut Outputs) -> Result<()> {
    let groups = GroupAssignment::new(material.table, material.study.grouping);
    let figure = GroupShares {
        shares: groups.shares()?,
        neurons: groups.counts(),
    };
    draw(&figure, &[material.grouping()], outputs)
}

fn group_contributions(material: &Material<'_>, outputs: &mut Outputs) -> Result<()> {
    let figures = &material.study.figures;
    let top = material.scaled(figures.contributions.get());
    // More bins than neurons would be empty.
    let bins = figures.bins.get().min(top);
    let figure = GroupContributions {
        bins: binned_contributions(material.table, material.study.grouping, top, bins)?,
    };
    draw(&figure, &[material.grouping(), material.scaling()], outputs)
}

fn arrows(material: &Material<'_>, outputs: &mut Outputs) -> Result<()> {
    let top = material.scaled(material.study.figures.arrows.get());
    let figure = NeuronArrows {
        neurons: material.shifts(Ranking::Reduction, 0..top)?,
    };
    draw(&figure, &[material.grouping(), material.scaling()], outputs)
}

fn layer_reduction(material: &Material<'_>, outputs: &mut Outputs) -> Result<()> {
    let figure = LayerReductions {
        layers: layer_reductions(material.table, material.study.grouping),
    };
    draw(&figure, &[material.grouping()], outputs)
}

fn top_activations(material: &Material<'_>, outputs: &mut Outputs) -> Result<()> {
    let top = material.scaled(material.study.figures.activations.get());
    let figure = TopActivations {
        neurons: material.shifts(Ranking::Toxic, 0..top)?,
    };
    draw(&figure, &[material.scaling()], outputs)
}

fn shift_panel(material: &Material<'_>, outputs: &mut Outputs, panel: ShiftPanel) -> Result<()> {
    let [first, second] = *material.study.figures.shifts.get_ref();
    let [from, to] = match panel {
        ShiftPanel::A => first,
        ShiftPanel::B => second,
    };
    let ranks = scale_ranks(&(from..to), material.table.rows().len());
    let figure = ActivationShifts {
        panel,
        neurons: material.shifts(Ranking::Toxic, ranks)?,
    };
    let published = format!(
        "The paper shows ranks {} to {}.",
        with_commas(from),
        with_commas(to)
    );
    draw(
        &figure,
        &[material.grouping(), published, material.scaling()],
        outputs,
    )
}

fn draw<F: Figure>(figure: &F, caption: &[String], outputs: &mut Outputs) -> Result<()> {
    let sentences: Vec<&str> = (caption.iter().map(String::as_str))
        .filter(|sentence| !sentence.is_empty())
        .collect();
    let folder = outputs.folder().join("figures");
    for path in write_figure(figure, &sentences.join(" "), &folder)? {
        outputs.note(path);
    }
    Ok(())
}

impl Material<'_> {
    fn scaled(&self, published: usize) -> usize {
        scale_rank(published, self.table.rows().len())
    }

    fn shifts(&self, ranking: Ranking, ranks: Range<usize>) -> Result<Vec<NeuronShift>> {
        Ok(shifts(self.table, self.study.grouping, ranking, ranks)?)
    }

    /// How neurons are grouped, as a sentence.
    fn grouping(&self) -> String {
        match self.study.grouping {
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
