//! The world the encyclopaedia describes: things with names and lasting facts, the same in every document of one seed.

use super::dice::Dice;
use super::encyclopaedia::{KINDS, Kind, Names};
use super::topic::TOPICS;
use super::writer::{Pronouns, Writer};

/// Towns, from often to rarely mentioned.
pub(super) const TOWNS: &[&str] = &[
    "Harwick",
    "Wenford",
    "Kelton",
    "Ashbury",
    "Thornley",
    "Marham",
    "Dunstead",
    "Penworth",
    "Langdale",
    "Stanmouth",
    "Colby",
    "Radfield",
    "Oakham",
    "Fernley",
    "Holford",
    "Milbury",
    "Redwick",
    "Norstead",
    "Brampton",
    "Selby",
    "Tidmouth",
    "Westerby",
    "Elmstead",
    "Garford",
    "Hexworth",
    "Ivelton",
    "Kirkdale",
    "Lidford",
    "Morwick",
    "Netherby",
    "Orford",
    "Pickworth",
    "Quarley",
    "Rushton",
    "Saltham",
    "Trentby",
    "Upwell",
    "Whitmore",
];

/// A named thing and what is always true of it.
pub(super) struct Entity {
    /// What it is.
    pub(super) kind: &'static Kind,
    /// Words by slot name, for the sentences of its kind.
    pub(super) facts: Vec<(String, String)>,
}

impl Entity {
    fn new(dice: &mut Dice, kind: &'static Kind, name: Option<&'static str>) -> Self {
        let topic = *dice.pick(TOPICS);
        let mut writer = Writer::new(dice, topic);
        let mut facts = Vec::new();
        writer.bind_town();
        // A town is in itself.
        let town = name
            .filter(|name| TOWNS.contains(name))
            .map_or_else(|| writer.expand("{town}"), str::to_owned);
        writer.bind("town", &town);
        facts.push(("town".to_owned(), town));
        match (kind.names, name) {
            (_, Some(name)) => facts.push(("name".to_owned(), name.to_owned())),
            (Names::People(_), None) => person(&mut writer, &mut facts),
            (Names::Made(_, template), None) => {
                let name = writer.expand(template);
                facts.push(("name".to_owned(), name));
            }
            (Names::Listed(_), None) => {}
        }
        for (key, words) in &facts {
            writer.bind(key, words);
        }
        for (key, template) in kind.facts {
            let words = writer.expand(template);
            writer.bind(key, &words);
            facts.push(((*key).to_owned(), words));
        }
        Self { kind, facts }
    }

    /// The fact called `key`.
    pub(super) fn fact(&self, key: &str) -> Option<&str> {
        self.facts
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, words)| words.as_str())
    }

    /// What it is called; every entity has a name.
    pub(super) fn name(&self) -> &str {
        self.fact("name").unwrap_or_default()
    }
}

fn person(writer: &mut Writer<'_>, facts: &mut Vec<(String, String)>) {
    let (first, pronouns) = if writer.dice.chance(0.5) {
        ("{woman}", Pronouns::She)
    } else {
        ("{man}", Pronouns::He)
    };
    let first = writer.expand(first);
    let surname = writer.expand("{surname}");
    facts.push(("name".to_owned(), format!("{first} {surname}")));
    facts.push(("surname".to_owned(), surname));
    for (case, word) in ["he", "him", "his", "himself"].iter().zip(pronouns.cases()) {
        facts.push((format!("p.{case}"), word.to_owned()));
    }
}

/// Every entity of a world, no two of the same name.
pub(super) fn build(dice: &mut Dice) -> Vec<Entity> {
    let mut world: Vec<Entity> = Vec::new();
    for kind in KINDS {
        match kind.names {
            Names::Listed(names) => {
                world.extend(names.iter().map(|name| Entity::new(dice, kind, Some(name))))
            }
            Names::People(count) | Names::Made(count, _) => {
                let mut left = count;
                while left > 0 {
                    let entity = Entity::new(dice, kind, None);
                    if world.iter().all(|other| other.name() != entity.name()) {
                        world.push(entity);
                        left -= 1;
                    }
                }
            }
        }
    }
    world
}
