//! A finished run, its continuations scored again without a model.
//!
//! The generations come first, then the tables, and `results.json` last: a process that is stopped in
//! between leaves a run that says nothing of the new scores, and the same command does it all again.

mod export;

use std::path::{Path, PathBuf};

use counterpoise_eval::{Progress, Toxicity, score_continuations, toxicity_scores};
use counterpoise_registry::{Description, Registry, Resources};
use counterpoise_score::{Score, Scored, ScorerKind, ToxicityScorer};
use serde::Serialize;

use crate::agreement::{agreement, write_agreement};
use crate::error::{Result, StudyError, refuse};
use crate::figures::FigureKind;
use crate::generations::{StoredGeneration, read_generations, write_generations};
use crate::hashing::hash_file;
use crate::items_file;
use crate::kinds::Kinds;
use crate::metric_names::TOXICITY;
use crate::render::{REPORT_FILE, Rendered, render_again, tables};
use crate::results::{RESULTS_FILE, Results, ScoredLater, ScorerRecord};
use crate::row::{RowPlan, RowResults};
use crate::run::record::{input_file, now_unix_s};
use crate::run::write_results;
use crate::study::{Part, read_scorers};
use crate::toml_file::TomlFile;

/// A scorer, and what metrics call it.
#[derive(Debug)]
pub struct NamedScorer {
    /// What metrics call it.
    pub name: String,
    /// What it is.
    pub part: Part<dyn ScorerKind>,
}

impl NamedScorer {
    /// The `[[scorer]]` tables of a file, at least one. Nothing else in it is read, so a study will do.
    ///
    /// # Errors
    /// A file without any, or one with unknown kinds or keys, with its line.
    pub fn read(file: &TomlFile, kinds: &Kinds) -> Result<Vec<Self>> {
        let mut document = file.document()?;
        let tables = document.take_all("scorer");
        let tables = tables.map_err(|error| file.refused(error))?;
        if tables.is_empty() {
            refuse!(
                "{}: expected at least one [[scorer]] table, found none",
                file.path.display()
            );
        }
        let scorers = read_scorers(file, tables, kinds)?.into_iter();
        Ok(scorers.map(|(name, part)| Self { name, part }).collect())
    }

    fn record(&self, opened: &dyn ToxicityScorer) -> ScorerRecord {
        ScorerRecord {
            name: self.name.clone(),
            does: self.part.does.clone(),
            origin: opened.origin(),
        }
    }
}

/// What a scorer added to a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AddedScores {
    /// The metric: a column of the tables.
    pub metric: String,
    /// Rows that have it.
    pub rows: usize,
    /// Continuations that were scored.
    pub texts: usize,
    /// Continuations that could not be.
    pub missing: usize,
    /// Whether the run had scores of this name, which these replace.
    pub replaced: bool,
}

/// A finished run and its continuations.
#[derive(Debug)]
pub struct FinishedRun {
    folder: PathBuf,
    results: Results,
    /// Of each row; `None` for one that failed before it wrote any.
    generations: Vec<Option<Vec<StoredGeneration>>>,
}

impl FinishedRun {
    /// Reads a run.
    ///
    /// # Errors
    /// A folder without results or with those of a run without scored rows; generations that are gone,
    /// broken, or of another run.
    pub fn open(folder: &Path) -> Result<Self> {
        let results = Results::read(folder)?;
        if results.plan != RowPlan::Score {
            refuse!(
                "{}: the run scored no rows; run `replicate` without `--only` first",
                folder.display()
            );
        }
        let mut generations = Vec::with_capacity(results.rows.len());
        for row in &results.rows {
            let name = Path::new("generations").join(format!("{}.jsonl", row.name));
            generations.push(match results.outputs.contains(&name) {
                false => None,
                true => {
                    let found = read_generations(folder, &row.name)?;
                    check_same_run(&folder.join(name), &results, row, found.as_deref())?;
                    found
                }
            });
        }
        Ok(Self {
            folder: folder.to_owned(),
            results,
            generations,
        })
    }

    /// Writes every continuation that has a text to `path`, with its id, row and prompt, and answers how many
    /// there are: CSV, JSON lines or Parquet, as the path ends.
    ///
    /// # Errors
    /// Another ending; a file that cannot be written.
    pub fn export(&self, path: &Path) -> Result<usize> {
        let rows = self.results.rows.iter().zip(&self.generations);
        export::write(
            path,
            rows.map(|(row, lines)| (row.name.as_str(), lines.as_deref())),
        )
    }

    /// Scores every continuation, as the metric `toxicity_<name>`. Nothing is written yet. Scores that were
    /// added under this name are replaced. The scorer is opened with `resources`.
    ///
    /// # Errors
    /// What the scorer reports; a name that the run's study has given to something else.
    pub fn score(
        &mut self,
        scorer: &NamedScorer,
        resources: &Resources,
        progress: &mut dyn Progress,
    ) -> Result<AddedScores> {
        let metric = format!("{TOXICITY}_{}", scorer.name);
        let replaced = self.check_name(&metric, scorer)?;
        let opened = scorer.part.part.open(resources)?;
        progress.begin(
            &format!("score by {}", scorer.name),
            self.generations.len() as u64,
        );
        let scored = self.scored(opened.as_ref(), progress);
        progress.end();
        let scored = scored?;
        let mut added = AddedScores {
            metric: metric.clone(),
            rows: 0,
            texts: 0,
            missing: 0,
            replaced,
        };
        for (index, found) in scored.iter().enumerate() {
            self.set(index, &metric, found.as_ref());
            if let Some(found) = found {
                added.rows += 1;
                added.texts += found.toxicity.scored;
                added.missing += found.toxicity.failed;
            }
        }
        self.record(&metric, scorer, opened.as_ref())?;
        Ok(added)
    }

    /// Writes the generations, what a run makes of its results (tables, claims, the figures that it drew, built from
    /// `figures`, and the page), and the results last.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&mut self, figures: &Registry<dyn FigureKind>) -> Result<Rendered> {
        let mut written = Vec::new();
        for (row, lines) in self.results.rows.iter().zip(&self.generations) {
            if let Some(lines) = lines {
                written.push(write_generations(&self.folder, &row.name, lines)?);
            }
        }
        self.results.agreement = agreement(&self.folder, &self.results)?;
        written.extend(items_file::write(&self.results.rows, &self.folder)?);
        let mut rendered = match self.results.neuron_table(&self.folder) {
            Ok(table) => render_again(&self.results, &table, &self.folder, figures)?,
            Err(error) => self.tables_alone(&error)?,
        };
        written.append(&mut rendered.written);
        for path in &written {
            let path = path.strip_prefix(&self.folder).unwrap_or(path);
            if !self.results.outputs.iter().any(|known| known == path) {
                self.results.outputs.push(path.to_owned());
            }
        }
        write_results(&self.folder, &self.results)?;
        written.push(self.folder.join(RESULTS_FILE));
        Ok(Rendered {
            written,
            ..rendered
        })
    }

    /// What needs no neuron table, which cannot be read for this reason.
    fn tables_alone(&self, error: &StudyError) -> Result<Rendered> {
        let mut written = tables(&self.results).write(&self.folder)?;
        written.extend(write_agreement(&self.results, &self.folder)?);
        let failure = format!(
            "the tables have the new scores; claims, figures and {REPORT_FILE} have not: {}",
            error.in_full()
        );
        Ok(Rendered {
            written,
            failures: vec![failure],
        })
    }

    /// Whether scores of this name were added before.
    fn check_name(&self, metric: &str, scorer: &NamedScorer) -> Result<bool> {
        let results = &self.results;
        let later = |known: &ScoredLater| known.metric == metric;
        if results.scored_later.iter().any(later) {
            return Ok(true);
        }
        let is_metric = results.toxicities().any(|(name, _)| name == metric);
        let mut scores = results.rows.iter().flat_map(|row| &row.outcome.scores);
        if is_metric || scores.any(|score| score.metric == metric) {
            refuse!("the run's study measures `{metric}` itself; give the scorer another `name`");
        }
        let known = results
            .scorers
            .iter()
            .find(|known| known.name == scorer.name);
        if let Some(known) = known.filter(|known| known.does != scorer.part.does) {
            refuse!(
                "the run's study has another scorer named `{}` ({}); give this one another `name`",
                scorer.name,
                known.does
            );
        }
        Ok(false)
    }

    fn scored(
        &self,
        scorer: &dyn ToxicityScorer,
        progress: &mut dyn Progress,
    ) -> Result<Vec<Option<Scored>>> {
        let mut all = Vec::with_capacity(self.generations.len());
        for (row, lines) in self.results.rows.iter().zip(&self.generations) {
            let texts = lines.as_ref().map(|lines| {
                let texts = lines.iter().map(|line| line.text().map(str::to_owned));
                texts.collect::<Vec<_>>()
            });
            all.push(match texts {
                Some(texts) => Some(score_continuations(scorer, &row.name, &texts)?),
                None => None,
            });
            progress.advance(1);
        }
        Ok(all)
    }

    /// Sets the scores of one row and of its continuations.
    fn set(&mut self, index: usize, metric: &str, found: Option<&Scored>) {
        let added = match found {
            Some(found) => toxicity_scores(metric, found),
            None => vec![Score::missing(metric, "the row has no continuations")],
        };
        let ratio = format!("{metric}_ratio");
        let is_new = |score: &Score| score.metric == metric || score.metric == ratio;
        let scores = &mut self.results.rows[index].outcome.scores;
        let place = scores.iter().position(is_new);
        scores.retain(|score| !is_new(score));
        // Behind what else is said of toxicity, where the tables then have it.
        let place = place.unwrap_or_else(|| {
            let last = scores
                .iter()
                .rposition(|score| score.metric.starts_with(TOXICITY));
            last.map_or(0, |last| last + 1)
        });
        scores.splice(place..place, added);
        let lines = self.generations[index].iter_mut().flatten();
        let values = found.into_iter().flat_map(|found| &found.scores);
        for (line, value) in lines.zip(values) {
            line.set(metric, value);
        }
    }

    /// Records what scored, what it read, and when.
    fn record(
        &mut self,
        metric: &str,
        scorer: &NamedScorer,
        opened: &dyn ToxicityScorer,
    ) -> Result<()> {
        let does = Description::of(
            TOXICITY,
            &Toxicity {
                name: metric.to_owned(),
                scorer: Some(scorer.name.clone()),
            },
        )?;
        let results = &mut self.results;
        let role = format!("scorer {}", scorer.name);
        let mut inputs = Vec::new();
        for file in &scorer.part.inputs {
            inputs.push(input_file(&hash_file(&role, file, &mut |_| {})?));
        }
        results.inputs.retain(|known| known.role != role);
        results.inputs.extend(inputs);
        replace(&mut results.metrics, |known| *known == does, does.clone());
        let record = scorer.record(opened);
        replace(
            &mut results.scorers,
            |known| known.name == scorer.name,
            record,
        );
        let later = ScoredLater {
            metric: metric.to_owned(),
            scorer: scorer.name.clone(),
            command: std::env::args().skip(1).collect(),
            finished_unix_s: now_unix_s(),
        };
        replace(
            &mut results.scored_later,
            |known| known.metric == metric,
            later,
        );
        Ok(())
    }
}

/// Puts `new` in the place of the one that `is_old` picks, or at the end.
fn replace<T>(all: &mut Vec<T>, is_old: impl Fn(&T) -> bool, new: T) {
    match all.iter_mut().find(|known| is_old(known)) {
        Some(old) => *old = new,
        None => all.push(new),
    }
}

/// Refuses generations that are not those the results are of, as an interrupted later run leaves them.
fn check_same_run(
    path: &Path,
    results: &Results,
    row: &RowResults,
    found: Option<&[StoredGeneration]>,
) -> Result<()> {
    let path = path.display();
    let Some(found) = found else {
        refuse!("{path}: the run wrote it, and it is gone; run the study again");
    };
    let used = results.prompts.used;
    if found.len() != used {
        refuse!(
            "{path}: expected {used} continuations, as the run has prompts; found {}; run the study again",
            found.len()
        );
    }
    let later = |metric: &str| {
        results
            .scored_later
            .iter()
            .any(|known| known.metric == metric)
    };
    for (metric, _) in results.toxicities().filter(|(metric, _)| !later(metric)) {
        let Ok(recorded) = row.score(metric) else {
            continue;
        };
        let values: Vec<f64> = found.iter().filter_map(|line| line.value(metric)).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        if (mean - recorded).abs() > 1e-12 || mean.is_nan() {
            refuse!(
                "{path}: its mean `{metric}` is {mean}, and {RESULTS_FILE} has {recorded}: it is of another \
                 run; run the study again"
            );
        }
    }
    Ok(())
}
