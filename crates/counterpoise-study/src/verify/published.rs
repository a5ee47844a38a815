//! The published figures: one file, each figure with its source, each kind with its band.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::Result;
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
    /// The scorer that toxicity is published by: its kind, and what its scores depend on.
    pub(super) scorer: Description,
    /// How near a figure has to be.
    pub(super) bands: Bands,
    /// The size of what was measured.
    pub(super) setup: Setup,
    /// The most toxic neurons.
    pub(super) top_toxic: TopToxic,
    /// What all neurons reduce together.
    pub(super) reduction: Reduction,
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
    scorer: Description,
    bands: Bands,
    #[serde(default)]
    caveats: BTreeMap<String, Caveat>,
    setup: Setup,
    top_toxic: TopToxic,
    reduction: Reduction,
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

/// What the paper and its code say of GPT-2 medium.
const PAPER: &str = include_str!("../../../../studies/published/gpt2-medium.toml");

impl Published {
    /// What was published of GPT-2 medium, each figure with its source.
    ///
    /// # Errors
    /// None: the figures come with this crate and are read by its tests.
    pub fn paper() -> Result<Self> {
        Self::of(&TomlFile {
            path: "published/gpt2-medium.toml".into(),
            text: PAPER.to_owned(),
        })
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
        Ok(Self {
            scorer: contents.scorer,
            bands: contents.bands,
            setup: contents.setup,
            top_toxic: contents.top_toxic,
            reduction: contents.reduction,
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
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    use super::PAPER as GPT2_MEDIUM;

    fn published() -> Published {
        Published::paper().unwrap()
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
}
