//! What a topic is: the words and sentences that belong together.

use super::{topics_home, topics_leisure, topics_public};

/// One everyday topic. Word lists are ordered from common to rare.
pub(super) struct Topic {
    /// Its name, as a thread would be titled: "gardening".
    pub(super) name: &'static str,
    /// Countable things, singular.
    pub(super) things: &'static [&'static str],
    /// Places, each read after "the".
    pub(super) places: &'static [&'static str],
    /// People by what they do, singular.
    pub(super) roles: &'static [&'static str],
    /// Transitive verbs that take one of the things, in base form.
    pub(super) acts: &'static [&'static str],
    /// Adjectives for its things.
    pub(super) qualities: &'static [&'static str],
    /// Happenings one can attend or miss, singular.
    pub(super) events: &'static [&'static str],
    /// Clauses in the past: what had gone wrong.
    pub(super) troubles: &'static [&'static str],
    /// Advice in the imperative, without a capital or a full stop.
    pub(super) tips: &'static [&'static str],
    /// What somebody (`{X}`) did that people quarrel over: a clause in the past.
    pub(super) grievances: &'static [&'static str],
}

impl Topic {
    /// The topic's own word list called `category`.
    pub(super) fn words(&self, category: &str) -> Option<&'static [&'static str]> {
        Some(match category {
            "thing" => self.things,
            "place" => self.places,
            "role" => self.roles,
            "act" => self.acts,
            "quality" => self.qualities,
            "event" => self.events,
            "trouble" => self.troubles,
            "tip" => self.tips,
            _ => return None,
        })
    }
}

/// Every topic.
pub(super) const TOPICS: &[&Topic] = &[
    &topics_home::GARDENING,
    &topics_home::COOKING,
    &topics_home::REPAIRS,
    &topics_home::NEIGHBOURS,
    &topics_home::ANIMALS,
    &topics_leisure::FOOTBALL,
    &topics_leisure::MUSIC,
    &topics_leisure::WEATHER,
    &topics_leisure::READING,
    &topics_leisure::CAMPING,
    &topics_public::TRAINS,
    &topics_public::SCHOOL,
    &topics_public::SHOPPING,
    &topics_public::DRIVING,
    &topics_public::HISTORY,
];
