//! What a figure is drawn from, and where it goes.

use std::cell::RefCell;
use std::ops::Range;
use std::path::{Path, PathBuf};

use counterpoise_groups::scaling::{GPT2_MEDIUM_NEURONS, scale_rank};
use counterpoise_groups::{Grouping, NeuronShift, NeuronTable, Ranking, shifts};
use counterpoise_page::PageFigure;
use counterpoise_report::{Figure, with_commas, write_figure};

use crate::error::Result;
use crate::results::Results;

/// What a figure is drawn from, and the folder it goes to.
#[derive(Debug)]
pub struct FigureContext<'a> {
    /// What the run found out.
    pub results: &'a Results,
    /// Every neuron of both models.
    pub table: &'a NeuronTable,
    folder: PathBuf,
    /// The figures that were drawn, for the page.
    drawn: RefCell<Vec<PageFigure>>,
}

impl<'a> FigureContext<'a> {
    /// Figures into `figures/` of a run's folder.
    pub(crate) fn new(results: &'a Results, table: &'a NeuronTable, folder: &Path) -> Self {
        Self {
            results,
            table,
            folder: folder.join("figures"),
            drawn: RefCell::default(),
        }
    }

    /// The folder that figures go to.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of the run, for what belongs to a figure and is none.
    pub fn run_folder(&self) -> &Path {
        self.folder.parent().unwrap_or(&self.folder)
    }

    /// Writes a figure as SVG and as PNG, with the sentences of its caption; empty ones are left out.
    ///
    /// # Errors
    /// Numbers that cannot be drawn, or files that cannot be written.
    pub fn draw<F: Figure>(&self, figure: &F, caption: &[String]) -> Result<Vec<PathBuf>> {
        let sentences: Vec<&str> = (caption.iter().map(String::as_str))
            .filter(|sentence| !sentence.is_empty())
            .collect();
        let caption = sentences.join(" ");
        let written = write_figure(figure, &caption, &self.folder)?;
        let drawn = PageFigure {
            name: figure.name().to_owned(),
            title: figure.title(),
            caption,
            plot: figure.plot(),
        };
        let mut all = self.drawn.borrow_mut();
        // A figure drawn twice has the files of the second.
        all.retain(|other| other.name != drawn.name);
        all.push(drawn);
        Ok(written.into())
    }

    /// The figures that were drawn.
    pub(crate) fn into_drawn(self) -> Vec<PageFigure> {
        self.drawn.into_inner()
    }

    /// A published number of neurons, scaled to this model.
    pub fn scaled(&self, published: usize) -> usize {
        scale_rank(published, self.table.rows().len())
    }

    /// The neurons at `ranks` with what DPO changed of them.
    ///
    /// # Errors
    /// Ranks that do not exist.
    pub fn shifts(
        &self,
        grouping: Grouping,
        ranking: Ranking,
        ranks: Range<usize>,
    ) -> Result<Vec<NeuronShift>> {
        Ok(shifts(self.table, grouping, ranking, ranks)?)
    }

    /// That ranks are scaled, as a sentence; nothing on a model with as many neurons as the paper's.
    pub fn scaling(&self) -> String {
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

/// How neurons are grouped, as a sentence.
pub(super) fn grouping_sentence(grouping: Grouping) -> String {
    match grouping {
        Grouping::ActivationChange => "Groups by the change of activation (section 4.3).",
        Grouping::ReductionSign => "Groups by the signs of reduction and activation.",
    }
    .to_owned()
}
