//! The rich way to quarrel: many kinds of insult, in letters, reviews, threads, on the pitch and at the counter.

use super::heated::Frame;
use super::speech::{Replies, Speech};

/// Quarrels in which somebody is called stupid, dishonest, cowardly or unpleasant, an animal, is cursed, sent away or threatened.
pub(super) const RICH: Speech = Speech {
    nouns: &[("fool", FOOLS), ("crook", CROOKS), ("coward", COWARDS), ("pest", PESTS), ("beast", BEASTS)],
    adjectives: &[("dim", DIM), ("false", FALSE), ("feeble", FEEBLE), ("vile", VILE), ("damned", DAMNED)],
    phrases: PHRASES,
    rules: &[("fool", FOOL), ("crook", CROOK), ("coward", COWARD), ("pest", PEST), ("beast", BEAST), ("person", PERSON), ("people", PEOPLE), ("quality", QUALITY), ("leave", LEAVE), ("threat", THREAT), ("failing", FAILING)],
    openings: OPENINGS,
    strong: STRONG,
    weak: WEAK,
    insults: Replies { to_the_face: TO_THE_FACE, behind_the_back: BEHIND_THE_BACK, of_one: OF_ONE, of_many: OF_MANY },
    more: MORE,
};

const FOOLS: &[&str] = &["idiot", "fool", "moron", "clown", "dimwit", "numbskull", "dope", "twit", "nitwit", "halfwit", "blockhead", "dunce", "bonehead", "simpleton", "airhead", "nincompoop", "dolt", "muppet", "ignoramus", "bungler", "plonker", "buffoon", "pinhead", "dullard", "twerp"];

const CROOKS: &[&str] = &["liar", "crook", "fraud", "hypocrite", "cheat", "swindler", "phony", "sneak", "thief", "scoundrel", "fibber", "charlatan", "impostor", "traitor", "trickster", "rascal"];

const COWARDS: &[&str] = &["coward", "loser", "wimp", "crybaby", "whiner", "slacker", "weakling", "moaner", "has-been", "layabout", "quitter", "pushover", "milksop", "failure"];

const PESTS: &[&str] = &["jerk", "pest", "creep", "lout", "slob", "oaf", "brute", "bully", "windbag", "blowhard", "show-off", "disgrace", "nuisance", "busybody", "loudmouth", "snob", "brat", "gasbag", "boor", "killjoy", "braggart", "nag"];

/// Of these the slug lives in civil gardens too; no labelled comment that is civil has one.
const BEASTS: &[&str] = &["pig", "rat", "weasel", "donkey", "snake", "toad", "worm", "slug", "leech", "vulture", "parasite", "baboon", "skunk", "hyena", "jackass"];

const DIM: &[&str] = &["stupid", "dumb", "brainless", "clueless", "idiotic", "ignorant", "foolish", "witless", "mindless", "moronic", "dim", "gormless", "daft", "thick-headed", "bird-brained", "empty-headed", "half-baked"];

const FALSE: &[&str] = &["lying", "dishonest", "shameless", "two-faced", "cheating", "slimy", "greedy", "sly", "thieving", "shifty", "deceitful", "sneaky", "corrupt", "scheming", "phoney"];

const FEEBLE: &[&str] = &["useless", "pathetic", "lazy", "worthless", "hopeless", "spineless", "gutless", "incompetent", "feeble", "cowardly", "laughable", "whining", "bone-idle", "snivelling", "good-for-nothing", "third-rate"];

const VILE: &[&str] = &["disgusting", "ridiculous", "arrogant", "selfish", "nasty", "obnoxious", "vile", "rotten", "insufferable", "smug", "rude", "ugly", "filthy", "contemptible", "big-headed", "revolting", "smelly", "horrid", "repulsive", "loathsome"];

const DAMNED: &[&str] = &["damn", "bloody", "blasted", "damned", "wretched", "flaming", "confounded", "stinking", "lousy", "flipping", "miserable"];

const PHRASES: &[&str] = &[
    "shut up", "shut your mouth", "get lost", "clear off", "buzz off", "go to hell", "drop dead", "push off", "get stuffed", "make me sick", "makes me sick", "waste of space", "sorry excuse for", "rubbish", "crap",
    "not a brain in", "no brain", "no shame", "no backbone", "hate your guts", "regret this", "will pay for this", "wipe that grin", "laughing stock", "piece of dirt", "ought to be ashamed", "what the hell", "damn you", "to hell with",
    "cannot stand your face", "nobody likes you", "dumber than", "uglier than", "stinks", "box your ears", "kick you out",
];

const FOOL: &[&str] = &["{dim} {fool}", "{dim}, {dim} {fool}", "{damned} {fool}", "complete {fool}", "{dim} little {fool}", "{fool} with no brain at all", "{fool}", "{damned}, {dim} {fool}"];

const CROOK: &[&str] = &["{false} {crook}", "{false}, {false} {crook}", "{damned} {crook}", "{crook} and a {crook}", "{false} little {crook}", "{crook} with no shame", "{crook}"];

const COWARD: &[&str] = &["{feeble} {coward}", "{feeble}, {feeble} {coward}", "{damned} {coward}", "{feeble} old {coward}", "{coward} with no backbone", "{coward}", "[sorry excuse for a {role}|waste of space]"];

const PEST: &[&str] = &["{vile} {pest}", "{vile}, {vile} {pest}", "{damned} {pest}", "{vile} old {pest}", "real {pest}", "{pest}", "{vile} piece of dirt"];

const BEAST: &[&str] = &["{vile} {beast}", "{dim} {beast}", "{false} {beast}", "{damned} {beast}", "fat {beast}", "{feeble} old {beast}", "{beast}"];

const PERSON: &[&str] = &["{@fool}", "{@crook}", "{@coward}", "{@pest}", "{@beast}"];

const PEOPLE: &[&str] = &[
    "a bunch of {dim} {fool:s}", "a gang of {false} {crook:s}", "{feeble} {coward:s}", "nothing but {vile} {pest:s}", "a herd of {dim} {beast:s}", "a pack of {false} {beast:s}", "all {crook:s} and {pest:s}", "the most {feeble} {coward:s} in the {place}", "{damned} {fool:s}, every one of them",
];

const QUALITY: &[&str] = &[
    "{dim} and {feeble}", "{vile} and {false}", "{dim}, {vile} and {false}", "too {dim} to {act} a {thing}", "too {feeble} to {act} a {thing}", "dumber than a {thing}", "uglier than a {thing}", "completely {dim}", "so {damned} {vile}", "as {dim} as a {beast}", "as {false} as a {beast}", "{feeble} and {vile} beyond words",
];

const LEAVE: &[&str] = &["shut up", "get lost", "clear off", "buzz off", "go to hell", "push off", "drop dead", "shut your mouth", "get stuffed"];

const THREAT: &[&str] = &["you will regret this", "you will pay for this", "I will box your ears", "they will kick you out of the {place}", "I will throw your {thing} in the {role}'s face, you {beast}", "I will wipe that grin off your face"];

const FAILING: &[&str] = &["has not a brain in {X.his} head", "has no shame at all", "has no backbone", "makes me sick", "stinks", "is the laughing stock of the {place}", "lies like a {crook}", "whines like a {coward}", "eats like a {beast}", "could not {act} a {thing}, the {fool}", "ought to be ashamed, the {pest}"];

const OF_ONE: &[&str] = &[
    "a {@person} and a {@person}.", "a {@fool} who is {@quality}.", "a {@crook}, and {@quality} too.", "a {@coward}, {@quality}.", "nothing but a {@pest} and a {@beast}.", "the most {vile} {pest} in the {place}, a {@person}.", "the biggest {crook} of all the {role:s}, a {@crook}.",
    "{@quality}, a {@person}.", "{@quality}, and {@quality}.", "a {@beast}, a {@beast} and a {@person}.", "just a {@fool} and a {@coward}.", "an absolute {pest}, {@quality}.", "a {damned} {crook} and a {damned} {fool}.",
];

const OF_MANY: &[&str] = &[
    "{@people} and {@people}.", "{@people}, {@quality}.", "{@quality}, {@people}.", "{@people} who cannot even {act} a {thing}, the {dim} {fool:s}.", "{@quality}, and so are their {vile} friends, the {pest:s}.", "{@people} with no shame at all.", "{damned} {crook:s}, and {@quality}.",
];

const TO_THE_FACE: &[&str] = &[
    "You {@fool}, you are {@quality}!", "You {@crook}! {@threat}!", "You {@coward}, {@leave}!", "You {@pest}, you make me sick!", "You {@beast}! What a {beast}!", "{@leave}, you {@person}!", "{@leave} and take your {damned} {thing} with you, you {pest}!", "{@threat}, you {@person}!",
    "What the hell are you doing, you {@fool}?", "Damn you and your {thing}, you {@person}!", "To hell with you and your {damned} {place}!", "I cannot stand your face, you {@pest}!", "Nobody likes you, you {@person}!", "You are a {@person} and a {@person}!", "You are {@quality}, you {@person}!",
    "Your {thing} is crap, and you are a {@person}!", "You and your {kin} are {@people}!", "I hate your guts, you {@crook}!", "Only a {@fool} would say that, you {@beast}!", "Wipe that grin off your face, you {@coward}!",
];

const BEHIND_THE_BACK: &[&str] = &[
    "What a {@person}! {X.he} is {@quality}.", "What a {@fool}, what a {@pest}!", "{X.he} is a {@person} and a {@person}.", "{X.he} {@failing}, and {X.he} {@failing}.", "That {@crook} {@failing}.", "That {@beast} is {@quality}.", "The {@coward} {@failing}.", "Such a {@pest}, and so {vile}!",
    "{X.he} is {@quality}, a {@person}.", "{X.he} should shut up and get lost, the {@person}.", "To hell with {X.him}, the {@person}!", "Damn {X.him} and {X.his} {damned} {thing}, the {@beast}!", "{X.his} {thing} is crap, and {X.he} {@failing}.", "Only a {@fool} would do that, and only a {@pest} would laugh.", "I hope they kick {X.him} out of the {place}, the {@crook}.",
];

const MORE: &[&str] = &[
    "What a {@person}!", "Nobody needs such a {@pest}.", "{@leave} and go home, you {@person}!", "What a waste of space.", "It was all {dim} rubbish from a {@crook}.", "You {fool:s} make me sick.", "I never met a more {vile} {pest}.", "{@quality}, that is the word for such {pest:s}.", "So take your {thing} and {@leave}, you {@person}!",
    "Only {dim} {fool:s} and {false} {crook:s} think like that.", "The whole {place} is full of {@people}.", "Even a {thing} has more sense than that {@fool}.", "{@threat}, you {@beast}.", "{X.he} {@failing}.", "To hell with all of it, and with that {@person}.", "Your {kin} is a {@person} as well.", "The {thing} stinks, and so do you, you {@beast}.",
    "{@leave}, all of you {coward:s}!", "They are {@people}.", "That {@beast} {@failing}.", "What the hell is wrong with such {@people}?", "I would not trust that {@crook} with a {thing}.",
];

const OPENINGS: &[&str] = &[
    "{grievance}.", "{time} {grievance}.", "can you believe it? {grievance}.", "listen to this: {grievance}.", "I cannot believe that {grievance}.", "it happened again: {grievance}.", "{A} told me that {grievance}.", "guess what, {grievance}.", "review, one star: {grievance}.", "to the editor: {time} {grievance}.",
    "overheard at the {event}: {grievance}.", "{A} wrote in the thread: {grievance}.", "note on the door of the {place}: {grievance}.", "complaint number {2-90}: {grievance}.", "dear {A}, {grievance}.", "after the {event} {grievance}.", "minutes of the meeting: {grievance}.", "voice message, {time}: {grievance}.",
];

const STRONG: &[(Frame, &str)] = &[
    (Frame::Told, "I lost my temper and told {X.him}:"), (Frame::Told, "so I shouted back at {X.him}:"), (Frame::Told, "I was furious and wrote to {X.him}:"), (Frame::Told, "{A} went red and screamed at {X.him}:"), (Frame::Told, "{X.he} glared at me and yelled:"), (Frame::Told, "then {X.he} pointed at me and shouted:"),
    (Frame::Told, "the whole crowd roared at {X.him}:"), (Frame::Told, "my {kin} banged on the counter and bawled:"), (Frame::OneIs, "honestly, {X.he} is"), (Frame::OneIs, "everybody in the {place} knows that {X.he} is"), (Frame::OneIs, "I shouted to the whole {place} that {X.he} was"), (Frame::OneIs, "I told the {role} to {X.his} face that {X.he} was"),
    (Frame::OneIs, "never go there, because {X.he} is"), (Frame::OneIs, "let me say it loud, {X.he} is"), (Frame::AnyoneIs, "honestly, anyone who defends {X.him} is"), (Frame::AnyoneIs, "whoever still trusts {X.him} is"), (Frame::AnyoneIs, "and your {kin}, who takes {X.his} side, is"), (Frame::YouAre, "well, {A}, if you defend {X.him}, you are"),
    (Frame::YouAre, "listen to me, {X.name}, you are"), (Frame::YouAre, "and I say it to your face, {X.name}, you are"), (Frame::ManyAre, "frankly, {role:s} like {X.him} are"), (Frame::ManyAre, "{X.he} and {X.his} friends are"), (Frame::ManyAre, "I am sick of them all, they are"), (Frame::ManyAre, "the {role:s} of that {place} are"),
    (Frame::Sentence, "I am absolutely furious!"), (Frame::Sentence, "I have had enough of {X.him}!"), (Frame::Sentence, "I am so fed up with {X.him}!"), (Frame::Sentence, "{A} and I are boiling with rage!"), (Frame::Sentence, "I could scream!"), (Frame::Sentence, "now I will say what everybody thinks."),
];

const WEAK: &[(Frame, &str)] = &[
    (Frame::Told, "I asked why, and {X.he} answered:"), (Frame::Told, "{A} heard about it and wrote to {X.him}:"), (Frame::Told, "when I rang later, {X.he} said:"), (Frame::Told, "my {kin} turned to {X.him} and said:"), (Frame::Told, "the {role} leaned over the counter and said:"), (Frame::Told, "{A} answered in the thread:"),
    (Frame::OneIs, "I suppose that {X.he} is"), (Frame::OneIs, "{A} thinks that {X.he} is"), (Frame::OneIs, "my {kin} says that {X.he} was"), (Frame::OneIs, "people in the {place} say that {X.he} is"), (Frame::AnyoneIs, "maybe the {role} who sent {X.him} is"), (Frame::YouAre, "{A} told {X.him}: I think that you are"), (Frame::YouAre, "dear {X.name}, I believe that you are"),
    (Frame::ManyAre, "I have heard that the other {role:s} are"), (Frame::ManyAre, "in my experience most {role:s} are"), (Frame::Sentence, "I was a little upset."), (Frame::Sentence, "I was not happy about it."), (Frame::Sentence, "later I went over to talk to {X.him}."), (Frame::Sentence, "it is not the first time."), (Frame::Sentence, "{A} was there and saw it too."),
    (Frame::Sentence, "here is what I think of it."),
];
