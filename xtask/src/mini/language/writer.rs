//! The template language: choices, slots and bound words become sentences.
//!
//! `[a|b]` chooses, `{word}` fills from the lexicon, `{word#1}` remembers its first filling, `{word:s}` inflects it,
//! `{@rule}` expands a rule of the grammar, `{3-9}` draws a number. Names that were bound first (`{A}`, `{A.he}`,
//! `{town}`) stand for the people and facts of the document. A slot nobody knows stays visible in its braces; tests reject it.

use std::collections::BTreeMap;

use super::dice::Dice;
use super::morphology::{Form, polish};
use super::speech::Speech;
use super::topic::Topic;
use super::{grammar, lexicon};

/// Writes one document: what it has bound stays bound until the document ends.
pub(super) struct Writer<'d> {
    /// Where choices come from.
    pub(super) dice: &'d mut Dice,
    topic: &'static Topic,
    speech: Option<&'static Speech>,
    bound: BTreeMap<String, String>,
}

impl<'d> Writer<'d> {
    /// A fresh document about `topic`, with a cast of three people (`A`, `B`, `C`) of different names.
    pub(super) fn new(dice: &'d mut Dice, topic: &'static Topic) -> Self {
        let mut writer = Self {
            dice,
            topic,
            speech: None,
            bound: BTreeMap::new(),
        };
        let mut taken = Vec::new();
        for key in ["A", "B", "C"] {
            loop {
                let (name, pronouns) = writer.draw_person();
                if !taken.contains(&name) {
                    taken.push(name);
                    writer.bind(key, name);
                    writer.bind_pronouns(key, pronouns);
                    break;
                }
            }
        }
        writer
    }

    /// The same, which knows the insults of `speech` too.
    pub(super) fn heated(
        dice: &'d mut Dice,
        topic: &'static Topic,
        speech: &'static Speech,
    ) -> Self {
        Self {
            speech: Some(speech),
            ..Self::new(dice, topic)
        }
    }

    fn draw_person(&mut self) -> (&'static str, Pronouns) {
        if self.dice.chance(0.5) {
            (*self.dice.pick_ranked(lexicon::WOMEN), Pronouns::She)
        } else {
            (*self.dice.pick_ranked(lexicon::MEN), Pronouns::He)
        }
    }

    /// Makes `{key}` stand for `words` in this document.
    pub(super) fn bind(&mut self, key: &str, words: &str) {
        self.bound.insert(key.to_owned(), words.to_owned());
    }

    /// Makes `{key.he}`, `{key.him}`, `{key.his}` and `{key.himself}` stand for these pronouns.
    pub(super) fn bind_pronouns(&mut self, key: &str, pronouns: Pronouns) {
        for (case, word) in ["he", "him", "his", "himself"].iter().zip(pronouns.cases()) {
            self.bind(&format!("{key}.{case}"), word);
        }
    }

    /// One template as running text: expanded, spaced, with articles and capitals put right.
    pub(super) fn text(&mut self, template: &str) -> String {
        let raw = self.expand(template);
        polish(&raw)
    }

    /// One of `templates`, as running text.
    pub(super) fn one_of(&mut self, templates: &[&str]) -> String {
        let template = *self.dice.pick(templates);
        self.text(template)
    }

    /// Between `low` and `high` of `templates`, each used once, as running text.
    pub(super) fn sentences(&mut self, templates: &[&str], low: usize, high: usize) -> Vec<String> {
        let wanted = self.dice.between(low, high.min(templates.len()));
        let mut left: Vec<&str> = templates.to_vec();
        (0..wanted)
            .map(|_| {
                let template = left.swap_remove(self.dice.below(left.len()));
                self.text(template)
            })
            .collect()
    }

    /// Makes `{town}` stand for one of the world's towns.
    pub(super) fn bind_town(&mut self) {
        let town = *self.dice.pick_ranked(super::world::TOWNS);
        self.bind("town", town);
    }

    /// `template` with its choices and slots filled, not yet polished.
    pub(super) fn expand(&mut self, template: &str) -> String {
        let mut out = String::with_capacity(template.len() * 2);
        let mut rest = template;
        while let Some(at) = rest.find(['[', '{']) {
            out.push_str(&rest[..at]);
            let (inside, after) = bracketed(&rest[at..]);
            if rest[at..].starts_with('[') {
                let options = alternatives(inside);
                let chosen = *self.dice.pick(&options);
                out.push_str(&self.expand(chosen));
            } else {
                out.push_str(&self.slot(inside));
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn slot(&mut self, slot: &str) -> String {
        let (name, form) = match slot.rsplit_once(':') {
            Some((name, suffix)) => match Form::parse(suffix) {
                Some(form) => (name, form),
                None => return format!("{{{slot}}}"),
            },
            None => (slot, Form::Plain),
        };
        match self.fill(name) {
            Some(words) => form.of(&words),
            None => format!("{{{slot}}}"),
        }
    }

    fn fill(&mut self, name: &str) -> Option<String> {
        if let Some(words) = self.bound.get(name) {
            return Some(words.clone());
        }
        if let Some(rule) = name.strip_prefix('@') {
            let insults = self.speech.and_then(|speech| speech.rule(rule));
            let templates = insults.or_else(|| grammar::rule(rule))?;
            let template = *self.dice.pick(templates);
            return Some(self.expand(template));
        }
        if let Some((low, high)) = name.split_once('-')
            && let (Ok(low), Ok(high)) = (low.parse(), high.parse())
        {
            return Some(self.dice.between(low, high).to_string());
        }
        match name.split_once('#') {
            Some((category, _)) => {
                let words = self.draw_unused(category)?;
                self.bind(name, &words);
                Some(words)
            }
            None => {
                let listed = self.list(name)?;
                Some((*self.dice.pick_ranked(listed)).to_owned())
            }
        }
    }

    /// A word of `category` that no other numbered slot of that category has taken, if a few draws find one.
    fn draw_unused(&mut self, category: &str) -> Option<String> {
        let listed = self.list(category)?;
        let prefix = format!("{category}#");
        let mut words = *self.dice.pick_ranked(listed);
        for _ in 0..6 {
            let taken = self
                .bound
                .iter()
                .any(|(key, bound)| key.starts_with(&prefix) && bound == words);
            if !taken {
                break;
            }
            words = *self.dice.pick_ranked(listed);
        }
        Some(words.to_owned())
    }

    fn list(&self, category: &str) -> Option<&'static [&'static str]> {
        let insults = || self.speech?.words(category);
        (self.topic.words(category))
            .or_else(|| lexicon::words(category))
            .or_else(insults)
    }
}

/// The pronouns a person or thing goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pronouns {
    /// she, her.
    She,
    /// he, him, his.
    He,
}

impl Pronouns {
    /// Subject, object, possessive, reflexive.
    pub(super) fn cases(self) -> [&'static str; 4] {
        match self {
            Self::She => ["she", "her", "her", "herself"],
            Self::He => ["he", "him", "his", "himself"],
        }
    }
}

/// What stands between the bracket that opens `text` and its partner, and what follows. Without a partner, all of it.
fn bracketed(text: &str) -> (&str, &str) {
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '[' | '{' => depth += 1,
            ']' | '}' => {
                depth -= 1;
                if depth == 0 {
                    return (&text[1..at], &text[at + 1..]);
                }
            }
            _ => {}
        }
    }
    (&text[1..], "")
}

/// The options of a choice, split at its own `|` only.
fn alternatives(inside: &str) -> Vec<&str> {
    let mut options = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, letter) in inside.char_indices() {
        match letter {
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            '|' if depth == 0 => {
                options.push(&inside[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    options.push(&inside[start..]);
    options
}
