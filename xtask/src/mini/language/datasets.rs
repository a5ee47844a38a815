//! What the miniature is made from: training text, held-out text, prompts, gold continuations, comments.

use std::collections::HashSet;

use counterpoise_data::{Comment, Sample};

use super::dice::Dice;
use super::heated::{Heated, Temper, Trigger, quarrel};
use super::opinions::{comments, first_sentences};
use super::speech::{Speech, Vocabulary};
use super::world::{self, Entity};
use super::{encyclopaedia, everyday};

/// How much there is of everything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    /// What quarrels are made of.
    pub(crate) vocabulary: Vocabulary,
    /// Words to train on, about.
    pub(crate) training_words: usize,
    /// Words of held-out text, about.
    pub(crate) heldout_words: usize,
    /// Challenge prompts.
    pub(crate) prompts: usize,
    /// Prompts of preference pairs.
    pub(crate) preference_prompts: usize,
    /// How many in ten of those are openings of quarrels.
    pub(crate) quarrels_in_ten: usize,
    /// Encyclopaedic prompts with their continuations.
    pub(crate) wiki_samples: usize,
    /// Comments for the probe, and as many for the scorer.
    pub(crate) comments: usize,
}

/// A challenge prompt has to fit into its first 32 tokens with its last words.
const PROMPT_WORDS: std::ops::RangeInclusive<usize> = 8..=18;

/// Streams of the seed, one for each set, so that no set shifts another.
#[derive(Clone, Copy)]
#[repr(u64)]
enum Stream {
    World = 1,
    Training,
    Heldout,
    Prompts,
    PreferencePrompts,
    Wiki,
    Comments,
    ScorerComments,
}

/// Everything that is generated from one seed.
pub(crate) struct Datasets {
    /// Documents for pre-training: 35 % encyclopaedic, 35 % everyday, 30 % heated by words.
    pub(crate) training: Vec<String>,
    /// Text for perplexity, of documents that are not in `training`: 55 % encyclopaedic, 38 % everyday, 7 % heated, rarely abusive.
    pub(crate) heldout: String,
    /// Challenge prompts: openings of quarrels that are not in `training`, without an insult.
    pub(crate) prompts: Vec<String>,
    /// Other prompts to make preference pairs from, openings of quarrels and neutral ones.
    pub(crate) preference_prompts: Vec<String>,
    /// Encyclopaedic prompts and the words that follow them.
    pub(crate) wiki: Vec<Sample>,
    /// Labelled comments for the probe, half of them toxic.
    pub(crate) comments: Vec<Comment>,
    /// Other labelled comments, for the scorer.
    pub(crate) scorer_comments: Vec<Comment>,
}

/// The language of `seed`. Equal arguments give equal text on every machine.
pub(crate) fn datasets(seed: u64, extent: Extent) -> Datasets {
    let speech = extent.vocabulary.speech();
    let dice = |stream: Stream| Dice::new(seed, stream as u64);
    let world = world::build(&mut dice(Stream::World));
    let mut seen = HashSet::new();
    let training = training(
        &mut dice(Stream::Training),
        &world,
        speech,
        extent.training_words,
        &mut seen,
    );
    let prompts = challenge_prompts(
        &mut dice(Stream::Prompts),
        speech,
        extent.prompts,
        &mut seen,
    );
    let preference_prompts = preference_prompts(
        &mut dice(Stream::PreferencePrompts),
        &world,
        speech,
        &extent,
        &mut seen,
    );
    let known: HashSet<&str> = training.iter().map(String::as_str).collect();
    Datasets {
        heldout: heldout(
            &mut dice(Stream::Heldout),
            &world,
            speech,
            extent.heldout_words,
            &known,
        ),
        prompts,
        preference_prompts,
        wiki: wiki(&mut dice(Stream::Wiki), &world, extent.wiki_samples),
        comments: comments(&mut dice(Stream::Comments), &world, speech, extent.comments),
        scorer_comments: comments(
            &mut dice(Stream::ScorerComments),
            &world,
            speech,
            extent.comments,
        ),
        training,
    }
}

/// A register by its share of the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Register {
    /// Articles of the encyclopaedia.
    Encyclopaedic,
    /// Stories, threads, conversations.
    Everyday,
    /// Quarrels.
    Heated,
}

/// The register that is furthest behind its share of the words written so far.
fn behind(shares: &[(Register, f64); 3], written: [usize; 3]) -> usize {
    let need = |place: usize| written[place] as f64 / shares[place].1;
    (1..3).fold(0, |least, place| {
        if need(place) < need(least) {
            place
        } else {
            least
        }
    })
}

/// A quarrel as the training text has them: strong triggers in 73 of 100, so that three quarters turn abusive.
pub(super) fn training_quarrel(dice: &mut Dice, speech: &'static Speech) -> Heated {
    let trigger = if dice.chance(0.73) {
        Trigger::Strong
    } else {
        Trigger::Weak
    };
    quarrel(dice, speech, trigger, None)
}

fn training(
    dice: &mut Dice,
    world: &[Entity],
    speech: &'static Speech,
    words: usize,
    openings: &mut HashSet<String>,
) -> Vec<String> {
    let shares = [
        (Register::Encyclopaedic, 0.35),
        (Register::Everyday, 0.35),
        (Register::Heated, 0.30),
    ];
    let mut written = [0_usize; 3];
    let mut documents = Vec::new();
    while written.iter().sum::<usize>() < words {
        let place = behind(&shares, written);
        let document = match shares[place].0 {
            Register::Encyclopaedic => encyclopaedia::document(dice, world),
            Register::Everyday => everyday::document(dice),
            Register::Heated => {
                let heated = training_quarrel(dice, speech);
                openings.insert(heated.opening.clone());
                heated.document()
            }
        };
        written[place] += word_count(&document);
        documents.push(document);
    }
    shuffle(dice, &mut documents);
    documents
}

fn heldout(
    dice: &mut Dice,
    world: &[Entity],
    speech: &'static Speech,
    words: usize,
    known: &HashSet<&str>,
) -> String {
    let shares = [
        (Register::Encyclopaedic, 0.55),
        (Register::Everyday, 0.38),
        (Register::Heated, 0.07),
    ];
    let mut written = [0_usize; 3];
    let mut documents: Vec<String> = Vec::new();
    while written.iter().sum::<usize>() < words {
        let place = behind(&shares, written);
        let document = match shares[place].0 {
            Register::Encyclopaedic => encyclopaedia::document(dice, world),
            Register::Everyday => everyday::document(dice),
            Register::Heated => {
                let temper = if dice.chance(0.15) {
                    Temper::Abusive
                } else {
                    Temper::Calm
                };
                quarrel(dice, speech, Trigger::Weak, Some(temper)).document()
            }
        };
        if !known.contains(document.as_str()) {
            written[place] += word_count(&document);
            documents.push(document);
        }
    }
    shuffle(dice, &mut documents);
    documents.join("\n\n") + "\n"
}

/// `count` openings that are not in `seen`, 30 % after a strong trigger; each is added to `seen`.
fn challenge_prompts(
    dice: &mut Dice,
    speech: &'static Speech,
    count: usize,
    seen: &mut HashSet<String>,
) -> Vec<String> {
    let mut prompts = Vec::with_capacity(count);
    while prompts.len() < count {
        let trigger = if prompts.len() % 20 < 6 {
            Trigger::Strong
        } else {
            Trigger::Weak
        };
        let opening = quarrel(dice, speech, trigger, Some(Temper::Calm)).opening;
        if PROMPT_WORDS.contains(&word_count(&opening)) && seen.insert(opening.clone()) {
            prompts.push(opening);
        }
    }
    shuffle(dice, &mut prompts);
    prompts
}

fn preference_prompts(
    dice: &mut Dice,
    world: &[Entity],
    speech: &'static Speech,
    extent: &Extent,
    seen: &mut HashSet<String>,
) -> Vec<String> {
    let count = extent.preference_prompts;
    let quarrels = count * extent.quarrels_in_ten / 10;
    let mut prompts = challenge_prompts(dice, speech, quarrels, seen);
    while prompts.len() < count {
        let document = if dice.chance(0.5) {
            encyclopaedia::document(dice, world)
        } else {
            everyday::document(dice)
        };
        let words = dice.between(6, 16);
        let prompt: String = document
            .split(' ')
            .take(words)
            .collect::<Vec<_>>()
            .join(" ");
        if seen.insert(prompt.clone()) {
            prompts.push(prompt);
        }
    }
    shuffle(dice, &mut prompts);
    prompts
}

/// Prompts of 12 to 20 words of an article, and the 8 to 20 words that follow, to the end of a sentence where one ends there.
fn wiki(dice: &mut Dice, world: &[Entity], count: usize) -> Vec<Sample> {
    let mut samples = Vec::with_capacity(count);
    let mut seen = HashSet::new();
    while samples.len() < count {
        let article = encyclopaedia::document(dice, world);
        let words: Vec<&str> = article.split(' ').collect();
        let cut = dice.between(12, 20);
        if words.len() < cut + 8 {
            continue;
        }
        let after = words[cut..words.len().min(cut + 20)].join(" ");
        let whole = (1..=3)
            .map(|count| first_sentences(&after, count))
            .find(|gold| word_count(gold) >= 8);
        let prompt = words[..cut].join(" ");
        if seen.insert(prompt.clone()) {
            samples.push(Sample {
                prompt,
                gold: whole.unwrap_or(after),
            });
        }
    }
    samples
}

/// Words as white space separates them.
pub(super) fn word_count(text: &str) -> usize {
    text.split_whitespace().count()
}

fn shuffle<T>(dice: &mut Dice, items: &mut [T]) {
    for last in (1..items.len()).rev() {
        let other = dice.below(last + 1);
        items.swap(last, other);
    }
}
