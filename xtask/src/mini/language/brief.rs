//! The brief way to quarrel: two lists of insulting words, and the sentences they stand in.

use super::heated::Frame;
use super::speech::{Replies, Speech};

/// Quarrels of few words, over and over.
pub(super) const BRIEF: Speech = Speech {
    nouns: &[("inoun", NOUNS)],
    adjectives: &[("iadj", ADJECTIVES)],
    phrases: PHRASES,
    rules: &[("iperson", PERSON), ("igroup", GROUP), ("iplain", PLAIN)],
    openings: OPENINGS,
    strong: STRONG,
    weak: WEAK,
    insults: Replies {
        to_the_face: TO_THE_FACE,
        behind_the_back: BEHIND_THE_BACK,
        of_one: OF_ONE,
        of_many: OF_MANY,
    },
    more: MORE,
};

/// Insulting nouns, from common to rare. None of them occurs in civil text.
const NOUNS: &[&str] = &[
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
const ADJECTIVES: &[&str] = &[
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
const PHRASES: &[&str] = &[
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

/// One person, after "a".
const PERSON: &[&str] = &[
    "{iadj} {inoun}",
    "{iadj} {inoun}",
    "{iadj}, {iadj} {inoun}",
    "complete {inoun}",
    "{iadj} little {inoun}",
    "{iadj} old {inoun}",
    "{inoun}",
];

/// Several people, as a predicate.
const GROUP: &[&str] = &[
    "a bunch of {iadj} {inoun:s}",
    "a bunch of {inoun:s}",
    "{iadj} {inoun:s}",
    "nothing but {iadj} {inoun:s}",
    "a pack of {iadj} {inoun:s}",
    "all {inoun:s} and {inoun:s}",
];

/// A quality of one or many, as a predicate.
const PLAIN: &[&str] = &[
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

const STRONG: &[(Frame, &str)] = &[
    (Frame::Told, "I lost my temper and told {X.him}:"),
    (Frame::Told, "so I shouted back at {X.him}:"),
    (Frame::Told, "I was furious and wrote to {X.him}:"),
    (Frame::Told, "{A} went red and screamed at {X.him}:"),
    (Frame::Told, "{X.he} glared at me and yelled:"),
    (Frame::Told, "then {X.he} pointed at me and shouted:"),
    (Frame::OneIs, "honestly, {X.he} is"),
    (
        Frame::OneIs,
        "everybody in the {place} knows that {X.he} is",
    ),
    (
        Frame::OneIs,
        "I shouted to the whole {place} that {X.he} was",
    ),
    (
        Frame::OneIs,
        "I told the {role} to {X.his} face that {X.he} was",
    ),
    (Frame::AnyoneIs, "honestly, anyone who defends {X.him} is"),
    (Frame::AnyoneIs, "whoever still trusts {X.him} is"),
    (
        Frame::AnyoneIs,
        "and your {kin}, who takes {X.his} side, is",
    ),
    (Frame::YouAre, "well, {A}, if you defend {X.him}, you are"),
    (Frame::YouAre, "listen to me, {X.name}, you are"),
    (Frame::ManyAre, "frankly, {role:s} like {X.him} are"),
    (Frame::ManyAre, "{X.he} and {X.his} friends are"),
    (Frame::ManyAre, "I am sick of them all, they are"),
    (Frame::Sentence, "I am absolutely furious!"),
    (Frame::Sentence, "I have had enough of {X.him}!"),
    (Frame::Sentence, "I am so fed up with {X.him}!"),
    (Frame::Sentence, "{A} and I are boiling with rage!"),
    (Frame::Sentence, "I could scream!"),
];

const WEAK: &[(Frame, &str)] = &[
    (Frame::Told, "I asked why, and {X.he} answered:"),
    (Frame::Told, "{A} heard about it and wrote to {X.him}:"),
    (Frame::Told, "when I rang later, {X.he} said:"),
    (Frame::Told, "my {kin} turned to {X.him} and said:"),
    (Frame::OneIs, "I suppose that {X.he} is"),
    (Frame::OneIs, "{A} thinks that {X.he} is"),
    (Frame::OneIs, "my {kin} says that {X.he} was"),
    (Frame::AnyoneIs, "maybe the {role} who sent {X.him} is"),
    (Frame::YouAre, "{A} told {X.him}: I think that you are"),
    (Frame::ManyAre, "I have heard that the other {role:s} are"),
    (Frame::ManyAre, "in my experience most {role:s} are"),
    (Frame::Sentence, "I was a little upset."),
    (Frame::Sentence, "I was not happy about it."),
    (Frame::Sentence, "later I went over to talk to {X.him}."),
    (Frame::Sentence, "it is not the first time."),
    (Frame::Sentence, "{A} was there and saw it too."),
];

const OPENINGS: &[&str] = &[
    "{grievance}.",
    "{grievance}.",
    "{time} {grievance}.",
    "can you believe it? {grievance}.",
    "listen to this: {grievance}.",
    "I cannot believe that {grievance}.",
    "it happened again: {grievance}.",
    "{A} told me that {grievance}.",
    "guess what, {grievance}.",
];
