//! Every published figure, put beside the run's.

use counterpoise_eval::Protocol;
use counterpoise_groups::{
    Group, GroupAssignment, Grouping, GroupsError, NeuronTable, TotalReduction, top_toxic,
};

use toml::Value;

use super::Run;
use super::compare::{Band, Comparison, Figure, Rule};
use super::published::{Published, PublishedGrouping, PublishedRow};
use crate::metric_names::{F1, PERPLEXITY, PERPLEXITY_FIRST_POSITION, TOXICITY};
use crate::row::{RowPlan, RowResults};
use crate::study::PaperRow;

/// All of them, in the order of the published file.
pub(super) fn all(published: &Published, run: &Run<'_>) -> Vec<Comparison> {
    let mut comparisons = setup(published, run);
    comparisons.extend(top(published, run));
    comparisons.extend(totals(published, run));
    comparisons.extend(quadrants(published, run));
    for grouping in &published.groupings {
        comparisons.extend(groups(published, grouping, run));
    }
    for row in &published.rows {
        comparisons.extend(scores(published, row, run));
    }
    comparisons
}

fn comparison(
    quantity: impl Into<String>,
    source: &str,
    published: Figure,
    ours: Result<Figure, String>,
    band: Band,
) -> Comparison {
    Comparison {
        quantity: quantity.into(),
        source: source.to_owned(),
        published,
        ours,
        rule: Rule::Within(band),
        by_protocol: Vec::new(),
        remarks: Vec::new(),
    }
}

fn setup(published: &Published, run: &Run<'_>) -> Vec<Comparison> {
    let (setup, band) = (&published.setup, published.bands.setup);
    let size = |quantity, published, ours: Result<usize, String>| {
        let (published, ours) = (Figure::Count(published), ours.map(Figure::Count));
        comparison(quantity, &setup.source, published, ours, band)
    };
    let (neurons, prompts) = (run.results.reduction.neurons, run.results.prompts.used);
    vec![
        size("MLP neurons", setup.neurons, Ok(neurons)),
        size("challenge prompts used", setup.prompts, Ok(prompts)),
        size("F1 samples used", setup.samples, samples_used(run)),
    ]
}

/// How many samples F1 was taken over.
fn samples_used(run: &Run<'_>) -> Result<usize, String> {
    let scores = run.results.rows.iter().flat_map(|row| &row.outcome.scores);
    let found = scores.filter(|score| score.metric == F1 && score.value.is_some());
    let most = found.map(|score| score.n).max();
    most.ok_or_else(|| "the run has no F1".to_owned())
}

/// The most toxic neurons.
fn top(published: &Published, run: &Run<'_>) -> Option<Comparison> {
    let top = published.top_toxic.as_ref()?;
    let ids = top.ids();
    let ours = found(run, |table| {
        Ok(Figure::Neurons(top_toxic(table, ids.len())?))
    });
    let quantity = format!("top {} toxic neurons", ids.len());
    let (figure, band) = (Figure::Neurons(ids), published.bands.top_toxic);
    Some(comparison(quantity, &top.source, figure, ours, band))
}

fn totals(published: &Published, run: &Run<'_>) -> Vec<Comparison> {
    let (reduction, bands) = (&published.reduction, &published.bands);
    let total = |figure: &dyn Fn(TotalReduction) -> Figure| {
        found(run, |table| Ok(figure(TotalReduction::of(table))))
    };
    let sum = |quantity, sum: f64, of: fn(TotalReduction) -> f64, band| {
        let digits = decimals(sum);
        let ours = total(&|total| Figure::Number(of(total), digits));
        let sum = Figure::Number(sum, digits);
        comparison(quantity, &reduction.source, sum, ours, band)
            .unless(reduction.sums_not_compared.as_ref())
    };
    let reducing = comparison(
        "neurons that reduce",
        &reduction.source,
        Figure::Count(reduction.reducing),
        total(&|total| Figure::Count(total.reducing)),
        bands.count,
    );
    vec![
        sum("peak reduction", reduction.peak, |r| r.peak, bands.peak),
        sum("net reduction", reduction.net, |r| r.net, bands.net),
        reducing.unless(reduction.count_not_compared.as_ref()),
    ]
}

/// Decimals that a figure was printed with; zeros at the end are not counted, but one.
fn decimals(figure: f64) -> usize {
    let printed = figure.to_string();
    let fraction = printed.split_once('.').map_or("", |(_, fraction)| fraction);
    fraction.len().max(1)
}

/// Neurons by the signs of base cosine and base mean activation, whatever they reduce.
fn quadrants(published: &Published, run: &Run<'_>) -> Vec<Comparison> {
    let Some(quadrants) = &published.quadrants else {
        return Vec::new();
    };
    let of = |(group, &count): (Group, &usize)| {
        let ours = found(run, |table| {
            let members = table.rows().iter().map(Group::of_quadrant);
            Ok(Figure::Count(
                members.filter(|found| *found == Some(group)).count(),
            ))
        });
        let quantity = format!("{}, the whole quadrant: neurons", group.quadrant());
        let (count, band) = (Figure::Count(count), published.bands.count);
        comparison(quantity, &quadrants.source, count, ours, band)
            .unless(quadrants.not_compared.as_ref())
    };
    quadrants.counts().iter().map(of).collect()
}

/// What the run's neuron table gives.
fn found(
    run: &Run<'_>,
    figure: impl Fn(&NeuronTable) -> Result<Figure, GroupsError>,
) -> Result<Figure, String> {
    let table = run.table.clone()?;
    figure(table).map_err(|error| error.to_string())
}

fn groups(published: &Published, grouping: &PublishedGrouping, run: &Run<'_>) -> Vec<Comparison> {
    let assignment = run
        .table
        .clone()
        .map(|table| GroupAssignment::new(table, grouping.by));
    let ours = |figure: &dyn Fn(&GroupAssignment) -> Result<Figure, GroupsError>| match &assignment
    {
        Ok(assignment) => figure(assignment).map_err(|error| error.to_string()),
        Err(reason) => Err(reason.clone()),
    };
    let by = match grouping.by {
        Grouping::ActivationChange => "by activation change",
        Grouping::ReductionSign => "by r > 0",
    };
    let (bands, source) = (&published.bands, &grouping.source);
    let named = |group: Group, what: &str| format!("{group}, {by}: {what}");
    let mut comparisons: Vec<Comparison> = Vec::new();
    for (group, &count) in grouping.counts.iter() {
        let ours = ours(&|found| Ok(Figure::Count(found.counts()[group])));
        let (quantity, count) = (named(group, "neurons"), Figure::Count(count));
        comparisons.push(comparison(quantity, source, count, ours, bands.count));
    }
    for (group, &sum) in grouping.sums.iter().flat_map(|sums| sums.iter()) {
        let ours = ours(&|found| Ok(Figure::Number(found.sums()[group], 2)));
        let (quantity, sum) = (named(group, "sum of r"), Figure::Number(sum, 2));
        comparisons.push(comparison(quantity, source, sum, ours, bands.sum));
    }
    for (group, &share) in grouping.shares.iter().flat_map(|shares| shares.iter()) {
        let ours = ours(&|found| Ok(Figure::Share(found.shares()?[group])));
        let (quantity, share) = (named(group, "share"), Figure::Share(share));
        comparisons.push(comparison(quantity, source, share, ours, bands.share));
    }
    let reason = grouping.not_compared.as_ref();
    (comparisons.into_iter())
        .map(|comparison| comparison.unless(reason))
        .collect()
}

/// The scores of one row of the tables.
fn scores(published: &Published, row: &PublishedRow, run: &Run<'_>) -> Vec<Comparison> {
    let ours = row_of(row, run);
    let score = |quantity, figure, decimals, band| {
        let ours = ours.as_ref().copied();
        let mut found = score(row, ours, quantity, Figure::Number(figure, decimals), band);
        found.by_protocol = by_protocol(row, run, quantity);
        found
    };
    let bands = &published.bands;
    let mut toxicity = score(TOXICITY, row.toxicity, 3, bands.toxicity);
    if let Some(reason) = other_scorer(published, run) {
        toxicity.rule = Rule::NotCompared(reason);
    }
    let mut perplexity = score(PERPLEXITY, row.perplexity, 2, bands.perplexity);
    let f1 = score(F1, row.f1, 3, bands.f1);
    if !matches!(row.does, PaperRow::Patch(_)) {
        return vec![toxicity, perplexity, f1];
    }
    perplexity.rule = Rule::NotCompared(
        "with the patch at every position, where the released code patched the first and the last"
            .into(),
    );
    if run.results.protocol == Protocol::AsReleased {
        perplexity.rule = Rule::Within(bands.perplexity);
        return vec![toxicity, perplexity, f1];
    }
    let first = PERPLEXITY_FIRST_POSITION;
    let first = score(first, row.perplexity, 2, bands.perplexity);
    vec![toxicity, first, perplexity, f1]
}

/// A score of the published row under each of the run's protocols that has it. As released, the perplexity of a patch is the
/// one at the first position.
fn by_protocol(row: &PublishedRow, run: &Run<'_>, quantity: &str) -> Vec<(Protocol, f64)> {
    let Ok(does) = row.does.description() else {
        return Vec::new();
    };
    let protocols = run.results.protocols();
    let score = |(protocol, rows): (Protocol, &[RowResults])| {
        let quantity = match (protocol, quantity) {
            (Protocol::AsReleased, PERPLEXITY_FIRST_POSITION) => PERPLEXITY,
            (_, quantity) => quantity,
        };
        let is_row = |ours: &&RowResults| ours.model == row.model && ours.does == does;
        let ours = rows.iter().find(is_row)?;
        Some((protocol, ours.score(quantity).ok()?))
    };
    protocols.filter_map(score).collect()
}

/// Why our toxicity is not on the published scale; `None` if it is.
fn other_scorer(published: &Published, run: &Run<'_>) -> Option<String> {
    let theirs = published.scorer.as_ref()?;
    let ours = run.results.scorer().map(|scorer| &scorer.does);
    let kind = ours.map_or("none", |ours| ours.kind.as_str());
    if kind != theirs.kind {
        return Some(format!(
            "scored by `{kind}` here and by `{}` there, which are different scales",
            theirs.kind
        ));
    }
    let parameters = theirs.parameters.iter();
    let found = |name: &str| ours.and_then(|ours| ours.parameters.get(name));
    let mut pairs = parameters.map(|(name, value)| (name, value, found(name)));
    let (name, value, found) = pairs.find(|(_, value, found)| !same(value, *found))?;
    let found = found.map_or("none".to_owned(), ToString::to_string);
    Some(format!(
        "scored by `{kind}` with {name} {found} here and {value} there, which are different scores"
    ))
}

/// Whether a parameter is the same; the order of a list makes no difference.
fn same(published: &Value, ours: Option<&Value>) -> bool {
    match (published, ours) {
        (Value::Array(published), Some(Value::Array(ours))) => {
            published.len() == ours.len() && published.iter().all(|value| ours.contains(value))
        }
        (published, ours) => Some(published) == ours,
    }
}

fn score(
    row: &PublishedRow,
    ours: Result<&RowResults, &String>,
    quantity: &str,
    published: Figure,
    band: Band,
) -> Comparison {
    let (name, decimals) = match quantity {
        PERPLEXITY_FIRST_POSITION => ("perplexity, patched at the first position", 2),
        PERPLEXITY => ("perplexity", 2),
        F1 => ("F1", 3),
        other => (other, 3),
    };
    let measured = match ours {
        Ok(found) => found
            .score(quantity)
            .map(|score| Figure::Number(score, decimals)),
        Err(reason) => Err(reason.clone()),
    };
    let named = format!("{}, {}: {name}", row.model, row.does);
    let mut comparison = comparison(named, &row.source, published, measured, band);
    // The perplexity of a patch is published once, whichever position it is measured at.
    let published_as = match quantity {
        PERPLEXITY_FIRST_POSITION => PERPLEXITY,
        other => other,
    };
    let caveat = row
        .caveat
        .iter()
        .filter(|caveat| caveat.on.iter().any(|on| on == published_as));
    comparison
        .remarks
        .extend(caveat.map(|caveat| caveat.text.clone()));
    if let (Ok(found), Ok(_)) = (ours, &comparison.ours) {
        comparison.remarks.extend(notes_on(found, quantity));
    }
    comparison
}

/// What has to be known to read a score of ours.
fn notes_on(row: &RowResults, metric: &str) -> impl Iterator<Item = String> {
    let scores = row.outcome.scores.iter();
    scores
        .filter(move |score| score.metric == metric)
        .flat_map(|score| score.notes.clone())
}

/// The run's row that does what the published one does, whatever the study calls it.
fn row_of<'r>(row: &PublishedRow, run: &Run<'r>) -> Result<&'r RowResults, String> {
    if run.results.plan != RowPlan::Score {
        return Err("the run scored no rows".to_owned());
    }
    let does = row.does.description().map_err(|error| error.to_string())?;
    let is_row = |ours: &&RowResults| ours.model == row.model && ours.does == does;
    let ours: Vec<&RowResults> = run.results.rows.iter().filter(is_row).collect();
    match ours[..] {
        [] => Err("the run's study has no such row".to_owned()),
        [only] => Ok(only),
        [first, second, ..] => Err(format!(
            "the run's study has it twice, as `{}` and `{}`",
            first.name, second.name
        )),
    }
}
