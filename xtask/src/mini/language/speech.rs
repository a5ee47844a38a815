//! How a language quarrels: its insulting words, the sentences they stand in, and what leads to them.

use super::brief::BRIEF;
use super::heated::{Frame, Trigger};
use super::morphology::Form;
use super::rich::RICH;

/// How much there is to insult with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vocabulary {
    /// Two lists of words.
    Brief,
    /// Several kinds of insult, each with its own words: of wit, honesty, courage, manners; animals, curses, orders, threats.
    Rich,
}

impl Vocabulary {
    pub(super) fn speech(self) -> &'static Speech {
        match self {
            Self::Brief => &BRIEF,
            Self::Rich => &RICH,
        }
    }
}

/// Lists by the names of their slots.
type Named = &'static [(&'static str, &'static [&'static str])];

/// Templates to choose from.
type Templates = &'static [&'static str];

/// The words and sentences of quarrels.
pub(super) struct Speech {
    /// Insulting nouns, from common to rare. None of them occurs in civil text, in singular or plural,
    /// but the slug of the rich vocabulary.
    pub(super) nouns: Named,
    /// Insulting words of one form, likewise.
    pub(super) adjectives: Named,
    /// Insulting phrases outside the lists, in lower case.
    pub(super) phrases: &'static [&'static str],
    /// What the slots `{@iperson}` and the like expand to.
    pub(super) rules: Named,
    /// What stands around a `{grievance}`.
    pub(super) openings: Templates,
    /// Leads after which most go on with abuse.
    pub(super) strong: &'static [(Frame, &'static str)],
    /// Leads after which fewer do.
    pub(super) weak: &'static [(Frame, &'static str)],
    /// How abuse goes on after a lead.
    pub(super) insults: Replies,
    /// Sentences of abuse that may follow the first.
    pub(super) more: Templates,
}

/// Sentences by what they follow.
pub(super) struct Replies {
    /// What is said to somebody's face.
    pub(super) to_the_face: Templates,
    /// What is said of somebody who is not there.
    pub(super) behind_the_back: Templates,
    /// What follows "is", "was" or "are" of one person.
    pub(super) of_one: Templates,
    /// What follows "are" of many.
    pub(super) of_many: Templates,
}

impl Speech {
    /// Whether `text` holds an insulting word or phrase.
    pub(super) fn insults_in(&self, text: &str) -> bool {
        self.count(text) > 0
    }

    /// How many insulting words and phrases `text` holds.
    pub(super) fn count(&self, text: &str) -> usize {
        let lower = text.to_lowercase();
        let words = lower.split(|letter: char| !letter.is_alphabetic() && letter != '-');
        let phrases = self.phrases.iter();
        words.filter(|word| self.lists(word)).count()
            + phrases.filter(|phrase| lower.contains(*phrase)).count()
    }

    fn lists(&self, word: &str) -> bool {
        let mut nouns = self.nouns.iter().flat_map(|(_, nouns)| *nouns);
        let mut adjectives = self
            .adjectives
            .iter()
            .flat_map(|(_, adjectives)| *adjectives);
        adjectives.any(|adjective| *adjective == word)
            || nouns
                .any(|&noun| noun == word || (word.ends_with('s') && Form::Plural.of(noun) == word))
    }

    /// The insulting words of the slot `name`.
    pub(super) fn words(&self, name: &str) -> Option<&'static [&'static str]> {
        named(self.nouns, name).or_else(|| named(self.adjectives, name))
    }

    /// The expansions of the rule called `name`.
    pub(super) fn rule(&self, name: &str) -> Option<Templates> {
        named(self.rules, name)
    }

    /// What leads to abuse more or less often.
    pub(super) fn leads(&self, trigger: Trigger) -> &'static [(Frame, &'static str)] {
        match trigger {
            Trigger::Strong => self.strong,
            Trigger::Weak => self.weak,
        }
    }

    /// How abuse goes on after a lead of this frame.
    pub(super) fn first(&self, frame: Frame) -> Templates {
        match frame {
            Frame::Told => self.insults.to_the_face,
            Frame::Sentence => self.insults.behind_the_back,
            Frame::YouAre | Frame::OneIs | Frame::AnyoneIs => self.insults.of_one,
            Frame::ManyAre => self.insults.of_many,
        }
    }
}

fn named(lists: Named, name: &str) -> Option<&'static [&'static str]> {
    let found = lists.iter().find(|(slot, _)| *slot == name)?;
    Some(found.1)
}
