//! Directions of the residual stream that an intervention strips, adds or ranks along.

mod table;

use std::fmt;
use std::path::{Path, PathBuf};

use counterpoise_direction::{DirectionFile, Subspace, right_singular};
use counterpoise_groups::Ranking;
use counterpoise_model::Transformer;
use serde::{Deserialize, Serialize};

use crate::rows::{read_rows, values_of};
use crate::{InterveneError, Seeded, Subject};

/// Where directions come from; in TOML `direction = "probe"`, or a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "table::Written", into = "table::Written")]
pub enum DirectionSource {
    /// `"probe"`: the study's probe.
    Probe,
    /// `{ file = "…" }`: a file of directions, such as `fit` writes, or a probe.
    File {
        /// The file.
        path: PathBuf,
        /// The first `k` of its directions; all of them unless given.
        k: Option<usize>,
        /// Everywhere those of this block, where the file has each block's own.
        layer: Option<usize>,
    },
    /// `{ value_vectors = 128, k = 3 }`: the `k` first right singular vectors of the value vectors, each of length 1, of the
    /// `top` neurons with the highest cosine to the probe in the base model.
    ValueVectors {
        /// How many neurons.
        top: usize,
        /// How many directions.
        k: usize,
    },
    /// `{ unembedding = ["damn"], minus = ["friend"] }`: the mean unembedding of tokens, less that of others.
    Unembedding {
        /// Of these.
        of: Vec<Token>,
        /// Less these; none are 0.
        minus: Vec<Token>,
    },
    /// `{ seed = 1 }`: directions drawn evenly from all.
    Random {
        /// What is drawn.
        seeded: Seeded,
        /// How many directions.
        k: usize,
    },
}

/// A token by its number, or a text whose tokens' unembeddings are averaged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Token {
    /// Its number.
    Id(u32),
    /// A text, read as it stands; a word within a sentence begins with a space.
    Text(String),
}

/// Vectors with their own lengths, as a source has them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Directions {
    /// The same everywhere, `[k][d]`.
    Shared(Vec<Vec<f64>>),
    /// Each block's own, `[n_layer][k][d]`.
    PerBlock(Vec<Vec<Vec<f64>>>),
}

impl Directions {
    /// Those of block `layer`.
    pub(crate) fn of_block(&self, layer: usize) -> &[Vec<f64>] {
        match self {
            Self::Shared(vectors) => vectors,
            Self::PerBlock(blocks) => &blocks[layer],
        }
    }
}

impl DirectionSource {
    /// The file it reads, if it reads one.
    pub fn file(&mut self) -> Option<&mut PathBuf> {
        match self {
            Self::File { path, .. } => Some(path),
            _ => None,
        }
    }

    /// What its file holds, in a few words; nothing if it reads none.
    ///
    /// # Errors
    /// A file that cannot be read, or holds no directions.
    pub fn check(&self) -> Result<String, InterveneError> {
        let Self::File { path, .. } = self else {
            return Ok(String::new());
        };
        Ok(match DirectionFile::read(path)? {
            DirectionFile::Shared(vectors) => {
                format!("{} directions of {}", vectors.len(), vectors[0].len())
            }
            DirectionFile::PerBlock(blocks) => {
                format!(
                    "directions of {} for each of {} blocks",
                    blocks[0][0].len(),
                    blocks.len()
                )
            }
        })
    }

    /// The same with other random numbers; `None` if nothing is drawn.
    pub(crate) fn redrawn(&self, draw: u32) -> Option<Self> {
        let Self::Random { seeded, k } = self else {
            return None;
        };
        let seeded = Seeded { draw, ..*seeded };
        Some(Self::Random { seeded, k: *k })
    }

    /// The vectors. Those that come from weights come from `model`, as interventions before left it.
    ///
    /// # Errors
    /// What a study has not been given, a file that does not fit `model`, fewer directions than were asked for.
    pub(crate) fn directions(
        &self,
        model: &Transformer,
        subject: &Subject<'_>,
    ) -> Result<Directions, InterveneError> {
        let width = model.d_model();
        let vectors = match self {
            Self::Probe => {
                let probe = subject.probe()?.direction();
                vec![probe.iter().map(|&x| f64::from(x)).collect()]
            }
            Self::File { path, k, layer } => {
                return of_file(path, *k, *layer, model);
            }
            Self::ValueVectors { top, k } => value_vectors(*top, *k, model, subject)?,
            Self::Unembedding { of, minus } => {
                let mean = mean_unembedding(of, model, subject)?;
                let minus = mean_unembedding(minus, model, subject)?;
                vec![mean.iter().zip(minus).map(|(a, b)| a - b).collect()]
            }
            Self::Random { seeded, k } => {
                let mut draws = seeded.draws();
                (0..*k).map(|_| draws.direction(width)).collect()
            }
        };
        same_width(&vectors, width, "the direction")?;
        Ok(Directions::Shared(vectors))
    }

    /// The vectors where they are the same for every block, `[k][d]`.
    ///
    /// # Errors
    /// As where an intervention takes them; a file with each block's own directions, without `layer`.
    pub fn vectors(
        &self,
        model: &Transformer,
        subject: &Subject<'_>,
    ) -> Result<Vec<Vec<f64>>, InterveneError> {
        match self.directions(model, subject)? {
            Directions::Shared(vectors) => Ok(vectors),
            Directions::PerBlock(_) => Err(InterveneError::Direction {
                reason: format!(
                    "{self} has directions of each block's own; name one block's by `layer`"
                ),
            }),
        }
    }

    /// Their span: an orthonormal basis.
    ///
    /// # Errors
    /// As for [`directions`](Self::directions); directions that depend on each other.
    pub(crate) fn subspaces(
        &self,
        model: &Transformer,
        subject: &Subject<'_>,
    ) -> Result<Subspaces, InterveneError> {
        let spanned = |vectors: &[Vec<f64>]| Subspace::spanned_by(vectors);
        Ok(match self.directions(model, subject)? {
            Directions::Shared(vectors) => Subspaces::Shared(spanned(&vectors)?),
            Directions::PerBlock(blocks) => Subspaces::PerBlock(
                blocks
                    .iter()
                    .map(|block| spanned(block))
                    .collect::<Result<_, _>>()?,
            ),
        })
    }
}

/// The spans of [`Directions`].
pub(crate) enum Subspaces {
    /// The same everywhere.
    Shared(Subspace),
    /// Each block's own.
    PerBlock(Vec<Subspace>),
}

impl Subspaces {
    /// That of block `layer`.
    pub(crate) fn of_block(&self, layer: usize) -> &Subspace {
        match self {
            Self::Shared(subspace) => subspace,
            Self::PerBlock(blocks) => &blocks[layer],
        }
    }

    /// The one that does not depend on the block; `None` if each block has its own.
    pub(crate) fn shared(&self) -> Option<&Subspace> {
        match self {
            Self::Shared(subspace) => Some(subspace),
            Self::PerBlock(_) => None,
        }
    }
}

fn of_file(
    path: &Path,
    k: Option<usize>,
    layer: Option<usize>,
    model: &Transformer,
) -> Result<Directions, InterveneError> {
    let in_file = |problem: InterveneError| InterveneError::InFile {
        path: path.to_owned(),
        problem: Box::new(problem),
    };
    let refused = |reason: String| in_file(InterveneError::Direction { reason });
    let first = |mut vectors: Vec<Vec<f64>>| {
        let k = k.unwrap_or(vectors.len());
        let found = vectors.len();
        if k > found {
            return Err(refused(format!(
                "`k` is {k}, and it holds {found} directions"
            )));
        }
        vectors.truncate(k);
        same_width(&vectors, model.d_model(), "each direction").map_err(in_file)?;
        Ok(vectors)
    };
    match DirectionFile::read(path)? {
        DirectionFile::Shared(_) if layer.is_some() => Err(refused(
            "`layer` picks one block's directions, and it holds the same for all; leave `layer` out".to_owned(),
        )),
        DirectionFile::Shared(vectors) => Ok(Directions::Shared(first(vectors)?)),
        DirectionFile::PerBlock(blocks) if blocks.len() != model.n_layer() => {
            let (found, expected) = (blocks.len(), model.n_layer());
            Err(refused(format!(
                "expected directions of {expected} blocks, as the model has, found {found}"
            )))
        }
        DirectionFile::PerBlock(mut blocks) => match layer {
            Some(layer) if layer >= blocks.len() => Err(refused(format!(
                "`layer` is {layer}, and it holds {} blocks, counted from 0",
                blocks.len()
            ))),
            Some(layer) => Ok(Directions::Shared(first(blocks.swap_remove(layer))?)),
            None => Ok(Directions::PerBlock(
                blocks.into_iter().map(first).collect::<Result<_, _>>()?,
            )),
        },
    }
}

fn same_width(vectors: &[Vec<f64>], expected: usize, what: &str) -> Result<(), InterveneError> {
    match vectors
        .iter()
        .map(Vec::len)
        .find(|found| *found != expected)
    {
        None => Ok(()),
        Some(found) => Err(InterveneError::Direction {
            reason: format!(
                "expected {what} to be {expected} wide, as the residual stream is, found {found}"
            ),
        }),
    }
}

fn value_vectors(
    top: usize,
    k: usize,
    model: &Transformer,
    subject: &Subject<'_>,
) -> Result<Vec<Vec<f64>>, InterveneError> {
    let table = subject.table("cosine, for their value vectors")?;
    let neurons = Ranking::Toxic.at(table, 0..top)?;
    let mut units = vec![Vec::new(); neurons.len()];
    for layer in 0..model.n_layer() {
        let here = || {
            neurons
                .iter()
                .enumerate()
                .filter(|(_, neuron)| neuron.id.layer == layer)
        };
        if here().next().is_none() {
            continue;
        }
        let values = values_of(model.neurons(layer).values)?;
        for (place, neuron) in here() {
            let row = values.chunks_exact(model.d_model()).nth(neuron.id.neuron);
            let row = row.ok_or(InterveneError::NoSuchNeuron {
                neuron: neuron.id,
                n_layer: subject.n_layer,
                d_mlp: subject.d_mlp,
            })?;
            let norm = row
                .iter()
                .map(|&x| f64::from(x).powi(2))
                .sum::<f64>()
                .sqrt();
            units[place] = row.iter().map(|&x| f64::from(x) / norm).collect();
        }
    }
    Ok(right_singular(&units, k)?.vectors)
}

/// The mean over texts of the mean unembedding of their tokens; 0 of none.
fn mean_unembedding(
    tokens: &[Token],
    model: &Transformer,
    subject: &Subject<'_>,
) -> Result<Vec<f64>, InterveneError> {
    let mut mean = vec![0.0; model.d_model()];
    for token in tokens {
        let ids = match token {
            Token::Id(id) => vec![*id],
            Token::Text(text) => subject
                .tokenizer()?
                .encode(text)
                .map_err(InterveneError::other)?,
        };
        if let Some(id) = ids.iter().find(|id| **id as usize >= model.vocab_size()) {
            let size = model.vocab_size();
            let reason =
                format!("token {id} does not exist: the model knows {size}, counted from 0");
            return Err(InterveneError::Direction { reason });
        }
        if ids.is_empty() {
            let reason = "a text of `unembedding` or `minus` has no token".to_owned();
            return Err(InterveneError::Direction { reason });
        }
        let share = 1.0 / (tokens.len() * ids.len()) as f64;
        for row in read_rows(model.unembedding(), &ids)? {
            mean.iter_mut()
                .zip(row)
                .for_each(|(mean, x)| *mean += share * f64::from(x));
        }
    }
    Ok(mean)
}

impl fmt::Display for DirectionSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Probe => f.write_str("the probe"),
            Self::File { path, .. } => write!(f, "{}", path.display()),
            Self::ValueVectors { top, k } => {
                write!(f, "{k} singular vectors of {top} value vectors")
            }
            Self::Unembedding { .. } => f.write_str("a difference of unembeddings"),
            Self::Random { seeded, k } => write!(f, "{k} random directions ({seeded})"),
        }
    }
}
