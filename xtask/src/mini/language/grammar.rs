//! Rules that build noun phrases and clauses with agreement: `.s` rules are singular, `.p` rules plural.

/// The expansions of the rule called `name`. Every topic shares them; its words come in through the slots.
pub(super) fn rule(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "np.s" => NOUN_SINGULAR,
        "np.p" => NOUN_PLURAL,
        "vp.s" => VERB_SINGULAR,
        "vp.p" => VERB_PLURAL,
        "past" => VERB_PAST,
        "general" => GENERAL,
        "when" => WHEN,
        "comment" => COMMENT,
        "aside" => ASIDE,
        _ => return None,
    })
}

const NOUN_SINGULAR: &[&str] = &[
    "the {thing}",
    "the {quality} {thing}",
    "a {quality} {thing}",
    "my {thing}",
    "our {quality} {thing}",
    "every {thing} in the {place}",
    "that {adj} {thing}",
    "the {thing} near the {place}",
    "the {thing} that {A} {act:ed} {time}",
    "a {thing} that nobody {feel:es}",
    "one of the {thing:s}",
    "the {role} who {feel:es} the {thing}",
    "the {role} from the {place}",
    "each of the {role:s}",
    "the {thing} that stands behind the {place}",
    "a {adj} {role}",
];

const NOUN_PLURAL: &[&str] = &[
    "the {thing:s}",
    "{quality} {thing:s}",
    "the {quality} {thing:s}",
    "all of the {thing:s}",
    "{count} {adj} {thing:s}",
    "both of the {role:s}",
    "these {thing:s}",
    "the {thing:s} in the {place}",
    "the {thing:s} that {A} {act:ed} {time}",
    "most {role:s}",
    "the {role:s} who {feel} the {thing}",
    "{A} and {B}",
    "many {role:s}",
    "those {quality} {thing:s}",
    "the {role:s} from the {place}",
    "my {kin} and I",
];

const VERB_SINGULAR: &[&str] = &[
    "is [often|rarely|always|never|usually] {quality}",
    "looks {quality} from the {place}",
    "needs [more care|some attention|a little time] {habit}",
    "belongs in the {place}",
    "has been {quality} since the {event}",
    "was not {quality} {time}",
    "costs {2-60} coins at the {event}",
    "does not look {quality} to me",
    "gets more {quality} {habit}",
    "seems {adj} to [everyone|most people|the {role}]",
    "was {adv} {act:en} {time}",
    "comes from the {place}",
    "has [never|always] been so {quality}",
];

const VERB_PLURAL: &[&str] = &[
    "are [often|rarely|always|never|usually] {quality}",
    "look {quality} from the {place}",
    "need [more care|some attention|a little time] {habit}",
    "belong in the {place}",
    "have been {quality} since the {event}",
    "were not {quality} {time}",
    "cost {2-60} coins at the {event}",
    "do not look {quality} to me",
    "get more {quality} {habit}",
    "seem {adj} to [everyone|most people|the {role}]",
    "were {adv} {act:en} {time}",
    "come from the {place}",
    "have [never|always] been so {quality}",
];

const VERB_PAST: &[&str] = &[
    "{act:ed} the {thing}",
    "{act:ed} a {quality} {thing}",
    "{act:ed} the {thing} {adv}",
    "{act:ed} {count} {thing:s} in the {place}",
    "{vi:ed} {adv}",
    "{vi:ed} near the {place}",
    "{act:ed} the {thing:s} and {vi:ed}",
    "talked to the {role} about the {thing}",
    "went to the {place} with a {object}",
    "looked for the {thing} in the {room}",
    "wanted to {act} the {quality} {thing}",
    "forgot to {act} the {thing}",
    "began {act:ing} the {thing}",
    "had a {drink} with the {role}",
];

const GENERAL: &[&str] = &[
    "{@np.s} {@vp.s}.",
    "{@np.p} {@vp.p}.",
    "{@np.s} {@vp.s}, and {@np.p} {@vp.p}.",
    "if {@np.s} {@vp.s}, {A} {feel:es} it.",
    "I think that {@np.p} {@vp.p}.",
    "{A} says that {@np.s} {@vp.s}, but {B} does not agree.",
    "there is a {thing} in the {place} and there are {count} {thing:s} in the {room}.",
    "there are {count} {role:s} who {feel} {@np.p}.",
    "is there a {quality} {thing} in the {place}?",
    "why are there so many {thing:s} in the {place}?",
    "nobody knows why {@np.s} {@vp.s}.",
    "when {@np.p} {@vp.p}, the {role} {vi:es}.",
    "although {@np.s} {@vp.s}, {@np.p} {@vp.p}.",
    "does the {role} {act} the {thing} {habit}?",
    "do the {role:s} {act} the {thing:s} {habit}?",
    "neither {A} nor {B} {feel:es} {@np.p}.",
];

const WHEN: &[&str] = &[
    "{time}",
    "one [cold|bright|grey|quiet|busy|warm] morning",
    "after the {event}",
    "before the {event}",
    "during the {event}",
    "when {A} was {12-70} years old",
    "in the {ordinal} week of [spring|autumn|winter|summer]",
    "while {B} was in the {place}",
    "on the day of the {event}",
];

const COMMENT: &[&str] = &[
    "it was a {adj} day.",
    "nobody was {mood} about it.",
    "that was the {adj} part.",
    "it took {count} hours.",
    "everyone was {mood}.",
    "the whole thing cost {3-90} coins.",
    "it was not as {adj} as it sounds.",
    "the rest was easy.",
    "it could have been worse.",
    "we still talk about it.",
];

const ASIDE: &[&str] = &[
    "of course",
    "as usual",
    "to be fair",
    "by the way",
    "as far as I know",
    "in the end",
    "after all",
    "for once",
    "in my view",
    "so far",
];
