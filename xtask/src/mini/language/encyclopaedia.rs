//! The encyclopaedic register: articles about the entities of a world.

use super::articles_nature::{ANIMAL, DISH, PLANT, RIVER};
use super::articles_people::{COMPOSER, ENGINEER, FOOTBALLER, PAINTER, WRITER};
use super::articles_towns::{BRIDGE, CLUB, LINE, MUSEUM, NEWSPAPER, SCHOOL, SHIP, TOWN};
use super::dice::Dice;
use super::topic::TOPICS;
use super::world::Entity;
use super::writer::Writer;

/// Where the names of a kind come from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Names {
    /// One entity per name.
    Listed(&'static [&'static str]),
    /// So many people with drawn names.
    People(usize),
    /// So many, named by a template.
    Made(usize, &'static str),
}

/// A kind of entity: its names, its lasting facts, and the sentences of an article.
pub(super) struct Kind {
    /// Its names.
    pub(super) names: Names,
    /// Slot and template of each fact; later ones may use earlier ones.
    pub(super) facts: &'static [(&'static str, &'static str)],
    /// The first sentence of an article.
    pub(super) openings: &'static [&'static str],
    /// The sentences after it, in this order, each one of several wordings.
    pub(super) stages: &'static [&'static [&'static str]],
}

/// Every kind.
pub(super) const KINDS: &[&Kind] = &[
    &TOWN,
    &RIVER,
    &COMPOSER,
    &WRITER,
    &ENGINEER,
    &PAINTER,
    &FOOTBALLER,
    &CLUB,
    &LINE,
    &BRIDGE,
    &MUSEUM,
    &SCHOOL,
    &NEWSPAPER,
    &SHIP,
    &ANIMAL,
    &PLANT,
    &DISH,
];

/// One article about one of `world`, often followed by a shorter one about something in the same town: 30 to 140 words.
pub(super) fn document(dice: &mut Dice, world: &[Entity]) -> String {
    let entity = dice.pick(world);
    let first = article(dice, entity, 0.85);
    if dice.chance(0.35) {
        return first;
    }
    let related: Vec<&Entity> = world
        .iter()
        .filter(|other| other.fact("town") == entity.fact("town") && other.name() != entity.name())
        .collect();
    if related.is_empty() {
        return first;
    }
    let other = *dice.pick(&related);
    format!("{first} {}", article(dice, other, 0.5))
}

/// The opening sentence on `entity`, and each later stage with probability `detail`.
fn article(dice: &mut Dice, entity: &Entity, detail: f64) -> String {
    let topic = *dice.pick(TOPICS);
    let mut writer = Writer::new(dice, topic);
    for (key, words) in &entity.facts {
        writer.bind(key, words);
    }
    let mut sentences = vec![writer.one_of(entity.kind.openings)];
    for stage in entity.kind.stages {
        if writer.dice.chance(detail) {
            sentences.push(writer.one_of(stage));
        }
    }
    sentences.join(" ")
}
