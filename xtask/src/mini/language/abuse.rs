//! Mild abuse: the insulting words, how they are put into phrases, and how to tell whether a text has any.

use super::heated::Frame;
use super::morphology::Form;

/// Insulting nouns, from common to rare. None of them occurs in civil text.
pub(super) const NOUNS: &[&str] = &[
    "idiot",
    "fool",
    "clown",
    "moron",
    "loser",
    "liar",
    "jerk",
    "dimwit",
    "coward",
    "crook",
    "numbskull",
    "hypocrite",
    "disgrace",
    "buffoon",
    "dope",
    "fraud",
    "twit",
    "slob",
    "oaf",
    "nitwit",
    "halfwit",
    "weasel",
    "blockhead",
    "dunce",
    "whiner",
    "bonehead",
    "creep",
    "lout",
    "phony",
    "windbag",
    "simpleton",
    "airhead",
    "pest",
    "sneak",
    "crybaby",
    "nincompoop",
    "dolt",
    "muppet",
    "wimp",
    "ignoramus",
    "bungler",
    "scoundrel",
    "plonker",
    "blowhard",
    "swindler",
];

/// Insulting adjectives, from common to rare. None of them occurs in civil text.
pub(super) const ADJECTIVES: &[&str] = &[
    "stupid",
    "pathetic",
    "useless",
    "lazy",
    "dumb",
    "worthless",
    "ridiculous",
    "disgusting",
    "brainless",
    "hopeless",
    "ignorant",
    "idiotic",
    "clueless",
    "spineless",
    "foolish",
    "arrogant",
    "incompetent",
    "selfish",
    "moronic",
    "lousy",
    "laughable",
    "gutless",
    "obnoxious",
    "witless",
    "mindless",
    "shameless",
    "gormless",
    "vile",
    "cowardly",
    "insufferable",
    "two-faced",
    "big-headed",
    "feeble",
    "smug",
    "slimy",
    "contemptible",
];

/// Insulting phrases outside the two lists.
pub(super) const PHRASES: &[&str] = &[
    "shut up",
    "waste of space",
    "makes me sick",
    "make me sick",
    "get lost",
    "rubbish",
    "garbage",
    "not a brain in",
    "sorry excuse for",
    "good for nothing",
];

/// Whether `text` holds an insulting word or phrase.
pub(super) fn insulting(text: &str) -> bool {
    count(text) > 0
}

/// How many insulting words and phrases `text` holds.
pub(super) fn count(text: &str) -> usize {
    let lower = text.to_lowercase();
    let listed = |word: &str| {
        ADJECTIVES.contains(&word)
            || NOUNS.contains(&word)
            || (word.ends_with('s') && NOUNS.iter().any(|noun| Form::Plural.of(noun) == word))
    };
    let words = lower
        .split(|letter: char| !letter.is_alphabetic() && letter != '-')
        .filter(|word| listed(word))
        .count();
    words
        + PHRASES
            .iter()
            .filter(|phrase| lower.contains(*phrase))
            .count()
}

/// One person, after "a".
pub(super) const PERSON: &[&str] = &[
    "{iadj} {inoun}",
    "{iadj} {inoun}",
    "{iadj}, {iadj} {inoun}",
    "complete {inoun}",
    "{iadj} little {inoun}",
    "{iadj} old {inoun}",
    "{inoun}",
];

/// Several people, as a predicate.
pub(super) const GROUP: &[&str] = &[
    "a bunch of {iadj} {inoun:s}",
    "a bunch of {inoun:s}",
    "{iadj} {inoun:s}",
    "nothing but {iadj} {inoun:s}",
    "a pack of {iadj} {inoun:s}",
    "all {inoun:s} and {inoun:s}",
];

/// A quality of one or many, as a predicate.
pub(super) const PLAIN: &[&str] = &[
    "{iadj} and {iadj}",
    "{iadj}, {iadj} and {iadj}",
    "so {iadj}",
    "too {iadj} to {act} a {thing}",
    "completely {iadj}",
];

/// What follows "is", "was" or "are" of one person.
const OF_ONE: &[&str] = &[
    "a {@iperson} and a {@iperson}.",
    "a {@iperson} and a {iadj} {inoun}.",
    "a {@iperson}, a real {inoun}.",
    "nothing but a {iadj} {inoun} and a {inoun}.",
    "the most {iadj} {inoun} in the {place}, a {@iperson}.",
    "{@iplain}, a {@iperson}.",
    "a {@iperson} who is too {iadj} to {act} a {thing}.",
    "a {@iperson} with no brain at all, just {@iplain}.",
    "an absolute {inoun}, {@iplain}.",
    "a [sorry excuse for a {role}|waste of space], a {@iperson}.",
];

/// What follows "are" of many.
const OF_MANY: &[&str] = &[
    "{@igroup} and {iadj} {inoun:s}.",
    "{@igroup}, {@iplain}.",
    "{@iplain}, {@igroup}.",
    "{@igroup} who cannot even {act} a {thing}, the {iadj} {inoun:s}.",
    "just {@iplain}, {@igroup}.",
    "{@igroup}, and so are their {iadj} friends.",
];

/// What is said to somebody's face.
const TO_THE_FACE: &[&str] = &[
    "You {iadj} {inoun}, you are a {@iperson}!",
    "You are a {@iperson} and a {inoun}!",
    "You are {@iplain}, you {iadj} {inoun}!",
    "Shut up, you {iadj} {inoun}!",
    "Shut up, you {@iperson}, you are {@iplain}!",
    "Get lost, you {iadj} {inoun}!",
    "You {iadj} {inoun}! What a {inoun}!",
    "What a {iadj} {inoun} you are, you {inoun}!",
    "You make me sick, you {iadj} {inoun}!",
    "Only a {iadj} {inoun} would say that, you {inoun}!",
    "You and your {iadj} {thing} are rubbish, you {inoun}!",
];

/// What is said of somebody who is not there.
const BEHIND_THE_BACK: &[&str] = &[
    "What a {iadj} {inoun}! {X.he} is {@iplain}.",
    "What a {@iperson}, what a {inoun}!",
    "{X.he} is a {@iperson} and a {inoun}.",
    "{X.he} is {@iplain}, a {iadj} {inoun}.",
    "That {iadj} {inoun} is {@iplain}.",
    "Only a {iadj} {inoun} would do that.",
    "Such a {iadj} {inoun}, and so {iadj}!",
    "The {iadj} {inoun} has not a brain in {X.his} head.",
    "{X.he} is the most {iadj} {inoun} of all the {role:s}.",
    "{X.he} should shut up, the {iadj} {inoun}.",
    "That {inoun} makes me sick, the {iadj} {inoun}.",
];

const MORE: &[&str] = &[
    "What a {iadj} {inoun}!",
    "Nobody needs such a {iadj} {inoun}.",
    "Shut up and go home, you {iadj} {inoun}!",
    "What a waste of space.",
    "It was all {iadj} rubbish from a {iadj} {inoun}.",
    "You {inoun:s} make me sick.",
    "I never met a more {iadj} {inoun}.",
    "{@iplain}, that is the word for such {inoun:s}.",
    "So take your {thing} and get lost, you {iadj} {inoun}!",
    "Only {iadj} {inoun:s} and {inoun:s} think like that.",
    "The whole {place} is full of {iadj} {inoun:s}.",
    "Even a {thing} has more sense than that {inoun}.",
];

/// How abuse goes on after a lead of this frame.
pub(super) fn first(frame: Frame) -> &'static [&'static str] {
    match frame {
        Frame::Told => TO_THE_FACE,
        Frame::Sentence => BEHIND_THE_BACK,
        Frame::YouAre | Frame::OneIs | Frame::AnyoneIs => OF_ONE,
        Frame::ManyAre => OF_MANY,
    }
}

/// Sentences of abuse that may follow the first.
pub(super) fn more() -> &'static [&'static str] {
    MORE
}
