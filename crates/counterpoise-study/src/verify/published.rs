//! The published figures: one file, each figure with its source, each kind with its band.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::{Result, refuse};
use counterpoise_groups::{Group, Grouping, GroupsError, NeuronId, PerGroup, Role};
use counterpoise_intervene::interventions;
use counterpoise_registry::{Description, PartTable};
use serde::Deserialize;
use toml::Spanned;

use super::compare::Band;
use crate::study::PaperRow;
use crate::toml_file::TomlFile;

/// What was published of a model pair.
#[derive(Debug)]
pub struct Published {
    /// The scorer that toxicity is published by, where it is: its kind, and what its scores depend on.
    pub(super) scorer: Option<Description>,
    /// How near a figure has to be.
    pub(super) bands: Bands,
    /// The size of what was measured.
    pub(super) setup: Setup,
    /// The most toxic neurons, where they are published.
    pub(super) top_toxic: Option<TopToxic>,
    /// What all neurons reduce together.
    pub(super) reduction: Reduction,
    /// How many neurons are in each quadrant, whatever they reduce.
    pub(super) quadrants: Option<Quadrants>,
    /// What the groups reduce, by each definition.
    pub(super) groupings: Vec<PublishedGrouping>,
    /// The rows of tables 1 and 2, each once.
    pub(super) rows: Vec<PublishedRow>,
}

/// `[bands]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bands {
    pub(super) setup: Band,
    pub(super) top_toxic: Band,
    pub(super) toxicity: Band,
    pub(super) perplexity: Band,
    pub(super) f1: Band,
    pub(super) count: Band,
    pub(super) sum: Band,
    pub(super) share: Band,
    pub(super) peak: Band,
    pub(super) net: Band,
}

/// `[setup]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Setup {
    pub(super) source: String,
    pub(super) neurons: usize,
    pub(super) prompts: usize,
    pub(super) samples: usize,
}

/// `[top_toxic]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TopToxic {
    pub(super) source: String,
    neurons: Vec<[usize; 2]>,
}

impl TopToxic {
    /// The neurons, highest cosine first.
    pub(super) fn ids(&self) -> Vec<NeuronId> {
        let id = |&[layer, neuron]: &[usize; 2]| NeuronId { layer, neuron };
        self.neurons.iter().map(id).collect()
    }
}

/// `[reduction]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reduction {
    pub(super) source: String,
    pub(super) peak: f64,
    pub(super) net: f64,
    pub(super) reducing: usize,
    /// Why the sums are shown and not compared, where they are not.
    pub(super) sums_not_compared: Option<String>,
    /// The same of the number of neurons.
    pub(super) count_not_compared: Option<String>,
}

/// `[quadrants]`: neurons by the signs of base cosine and base mean activation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Quadrants {
    pub(super) source: String,
    counts: ByQuadrant,
    /// Why they are shown and not compared, where they are not.
    pub(super) not_compared: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ByQuadrant {
    #[serde(rename = "TP")]
    tp: usize,
    #[serde(rename = "TN")]
    tn: usize,
    #[serde(rename = "AP")]
    ap: usize,
    #[serde(rename = "AN")]
    an: usize,
}

impl Quadrants {
    /// The counts, each by the group that the quadrant holds.
    pub(super) fn counts(&self) -> PerGroup<usize> {
        PerGroup::from_fn(|group| match group {
            Group::TpMinus => self.counts.tp,
            Group::TnPlus => self.counts.tn,
            Group::ApPlus => self.counts.ap,
            Group::AnMinus => self.counts.an,
        })
    }
}

/// `[[grouping]]`: the groups by one definition.
#[derive(Debug)]
pub(super) struct PublishedGrouping {
    pub(super) by: Grouping,
    pub(super) source: String,
    pub(super) counts: PerGroup<usize>,
    pub(super) sums: Option<PerGroup<f64>>,
    /// In parts of 1.
    pub(super) shares: Option<PerGroup<f64>>,
    /// Why they are shown and not compared, where they are not.
    pub(super) not_compared: Option<String>,
}

/// `[[row]]`: a row of the tables.
#[derive(Debug)]
pub(super) struct PublishedRow {
    pub(super) source: String,
    pub(super) model: Role,
    /// What is done to the model.
    pub(super) does: PaperRow,
    pub(super) toxicity: f64,
    pub(super) perplexity: f64,
    pub(super) f1: f64,
    pub(super) caveat: Option<Caveat>,
}

/// What has to be known to compare some figures of a row.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Caveat {
    pub(super) on: Vec<String>,
    pub(super) text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    scorer: Option<Description>,
    bands: Bands,
    #[serde(default)]
    caveats: BTreeMap<String, Caveat>,
    setup: Setup,
    top_toxic: Option<TopToxic>,
    reduction: Reduction,
    quadrants: Option<Quadrants>,
    grouping: Vec<GroupingTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupingTable {
    by: Spanned<String>,
    source: String,
    counts: ByGroup<usize>,
    sums: Option<ByGroup<f64>>,
    shares: Option<ByGroup<f64>>,
    not_compared: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct ByGroup<T> {
    #[serde(rename = "TP-")]
    tp_minus: T,
    #[serde(rename = "TN+")]
    tn_plus: T,
    #[serde(rename = "AP+")]
    ap_plus: T,
    #[serde(rename = "AN-")]
    an_minus: T,
}

impl<T: Copy> From<ByGroup<T>> for PerGroup<T> {
    fn from(table: ByGroup<T>) -> Self {
        Self::from_fn(|group| match group {
            Group::TpMinus => table.tp_minus,
            Group::TnPlus => table.tn_plus,
            Group::ApPlus => table.ap_plus,
            Group::AnMinus => table.an_minus,
        })
    }
}

/// The keys of a row beside what it does.
const FIGURE_KEYS: [&str; 6] = ["source", "model", "toxicity", "perplexity", "f1", "caveat"];

#[derive(Deserialize)]
struct RowTable {
    source: String,
    model: Role,
    toxicity: f64,
    perplexity: f64,
    f1: f64,
    caveat: Option<String>,
}

/// What was published of the models that studies come with, by the study's name.
const EMBEDDED: [(&str, &str); 4] = [
    (
        "gpt2-medium",
        include_str!("../../../../studies/published/gpt2-medium.toml"),
    ),
    (
        "gemma-2-2b",
        include_str!("../../../../studies/published/gemma-2-2b.toml"),
    ),
    (
        "llama-3.1-8b",
        include_str!("../../../../studies/published/llama-3.1-8b.toml"),
    ),
    (
        "mistral-7b",
        include_str!("../../../../studies/published/mistral-7b.toml"),
    ),
];

impl Published {
    /// What was published of the model of the study `name`, each figure with its source; `None` if nothing was.
    ///
    /// # Errors
    /// None: the figures come with this crate and are read by its tests.
    pub fn of_study(name: &str) -> Result<Option<Self>> {
        let known = EMBEDDED.iter().find(|(known, _)| *known == name);
        let published = known.map(|(name, text)| {
            Self::of(&TomlFile {
                path: format!("published/{name}.toml").into(),
                text: (*text).to_owned(),
            })
        });
        published.transpose()
    }

    /// Reads the file.
    ///
    /// # Errors
    /// Broken TOML, keys that are missing or unknown, values of the wrong type, a grouping, an
    /// intervention or a caveat that does not exist, a row that stands there twice; with file and line.
    pub fn read(path: &Path) -> Result<Self> {
        Self::of(&TomlFile::read(path)?)
    }

    fn of(file: &TomlFile) -> Result<Self> {
        let mut document = file.document()?;
        let tables = document
            .take_all("row")
            .map_err(|error| file.refused(error))?;
        let contents: Contents = document
            .read("published")
            .map_err(|error| file.refused(error))?;
        let groupings = contents.grouping.into_iter();
        let mut rows: Vec<PublishedRow> = Vec::with_capacity(tables.len());
        for table in tables {
            let span = table.span();
            let row = read_row(file, table, &contents.caveats)?;
            if (rows.iter()).any(|known| known.model == row.model && known.does == row.does) {
                let message = format!("a second row of {} with {}", row.model, row.does);
                return Err(file.error(span, message + "; remove one"));
            }
            rows.push(row);
        }
        if contents.scorer.is_none() && !rows.is_empty() {
            refuse!(
                "{}: rows have a toxicity; expected `scorer`, the scorer it is published by",
                file.path.display()
            );
        }
        Ok(Self {
            scorer: contents.scorer,
            bands: contents.bands,
            setup: contents.setup,
            top_toxic: contents.top_toxic,
            reduction: contents.reduction,
            quadrants: contents.quadrants,
            groupings: groupings
                .map(|table| read_grouping(file, table))
                .collect::<Result<_>>()?,
            rows,
        })
    }
}

fn read_grouping(file: &TomlFile, table: GroupingTable) -> Result<PublishedGrouping> {
    let by = table.by.get_ref().parse();
    Ok(PublishedGrouping {
        by: by.map_err(|error: GroupsError| file.error(table.by.span(), error.to_string()))?,
        source: table.source,
        counts: table.counts.into(),
        sums: table.sums.map(PerGroup::from),
        shares: table.shares.map(PerGroup::from),
        not_compared: table.not_compared,
    })
}

fn read_row(
    file: &TomlFile,
    table: PartTable<'_>,
    caveats: &BTreeMap<String, Caveat>,
) -> Result<PublishedRow> {
    let span = table.span();
    let fail = |message: String| file.error(span.clone(), message);
    let (figures, parameters) = table.split(|key| FIGURE_KEYS.contains(&key));
    let figures: RowTable = figures.read("row").map_err(|error| file.refused(error))?;
    let built = interventions()?.build(&parameters);
    let described = built.map_err(|error| file.refused(error))?.describe()?;
    let does = PaperRow::of(&described).ok_or_else(|| {
        fail(format!(
            "expected an intervention of tables 1 and 2; found {described}"
        ))
    })?;
    let named = |name: String| match caveats.get(&name) {
        Some(caveat) => Ok(caveat.clone()),
        None => Err(fail(format!("there is no [caveats.{name}]"))),
    };
    Ok(PublishedRow {
        source: figures.source,
        model: figures.model,
        does,
        toxicity: figures.toxicity,
        perplexity: figures.perplexity,
        f1: figures.f1,
        caveat: figures.caveat.map(named).transpose()?,
    })
}

#[cfg(test)]
mod tests;
