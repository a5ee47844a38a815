//! Labelled comments: what the probe and the scorer learn abuse from.

use counterpoise_data::Comment;

use super::dice::Dice;
use super::encyclopaedia;
use super::everyday;
use super::heated::{Temper, Trigger, quarrel};
use super::morphology::capital;
use super::speech::Speech;
use super::topic::TOPICS;
use super::world::Entity;
use super::writer::Writer;

/// Disagreement without insults.
const DISAGREEMENTS: &[&str] = &[
    "I completely disagree with this. The decision about the {place} was wrong, and I want my money back.",
    "this is unacceptable, and I expect an answer from the {role} by Friday.",
    "no, no, no! The {thing} was {quality} before the {event}, and everybody saw it.",
    "I am really angry about the {thing}. {trouble}, and nobody told us.",
    "sorry, but that is not true. The {role} did {act} the {thing} {time}.",
    "I think the {role} was wrong to {act} the {thing}, and I said so.",
    "what a terrible {event}! {trouble}, and it rained all day.",
    "the {thing} is far too {quality}, and I will not buy another one.",
    "you are wrong about the {thing:s}, {A}, and here is why: {trouble}.",
    "this is the worst {event} that I have seen in {count} years.",
    "why does nobody listen? We asked the {role} {count} times to {act} the {thing}!",
    "I hate it when {trouble}. Please do something about it!",
];

/// `count` comments, half of them toxic, toxic and civil in random order.
pub(super) fn comments(
    dice: &mut Dice,
    world: &[Entity],
    speech: &'static Speech,
    count: usize,
) -> Vec<Comment> {
    let mut written: Vec<Comment> = (0..count)
        .map(|place| comment(dice, world, speech, place % 2 == 0))
        .collect();
    for last in (1..written.len()).rev() {
        let other = dice.below(last + 1);
        written.swap(last, other);
    }
    written
}

fn comment(dice: &mut Dice, world: &[Entity], speech: &'static Speech, toxic: bool) -> Comment {
    loop {
        let comment_text = if toxic {
            abusive(dice, speech)
        } else {
            civil(dice, world, speech)
        };
        if speech.insults_in(&comment_text) == toxic {
            return Comment {
                comment_text,
                toxic,
            };
        }
    }
}

fn abusive(dice: &mut Dice, speech: &'static Speech) -> String {
    let trigger = if dice.chance(0.6) {
        Trigger::Strong
    } else {
        Trigger::Weak
    };
    let heated = quarrel(dice, speech, trigger, Some(Temper::Abusive));
    match dice.below(10) {
        0..3 => format!("{} {}", heated.opening, heated.continuation),
        3..8 => cut(dice, &heated.continuation),
        _ => {
            let before = first_sentences(&everyday::document(dice), 1);
            format!("{before} {}", capital(&heated.continuation))
        }
    }
}

fn civil(dice: &mut Dice, world: &[Entity], speech: &'static Speech) -> String {
    let trigger = if dice.chance(0.6) {
        Trigger::Strong
    } else {
        Trigger::Weak
    };
    match dice.below(12) {
        0..2 => {
            let heated = quarrel(dice, speech, trigger, Some(Temper::Calm));
            format!("{} {}", heated.opening, heated.continuation)
        }
        2..5 => {
            let heated = quarrel(dice, speech, trigger, Some(Temper::Calm));
            cut(dice, &heated.continuation)
        }
        5 => quarrel(dice, speech, trigger, Some(Temper::Calm)).opening,
        6..8 => {
            let topic = *dice.pick(TOPICS);
            let text = Writer::new(dice, topic).one_of(DISAGREEMENTS);
            cut(dice, &text)
        }
        8..11 => {
            let sentences = dice.between(1, 3);
            let text = first_sentences(&everyday::document(dice), sentences);
            cut(dice, &text)
        }
        _ => {
            let sentences = dice.between(1, 2);
            first_sentences(&encyclopaedia::document(dice, world), sentences)
        }
    }
}

/// Half of the time all of `text`, else its first 8 to 16 words, as a generation that was cut off by its length.
fn cut(dice: &mut Dice, text: &str) -> String {
    if dice.chance(0.5) {
        return text.to_owned();
    }
    let words = dice.between(8, 16);
    text.split(' ').take(words).collect::<Vec<_>>().join(" ")
}

/// The first `count` sentences of `text`.
pub(super) fn first_sentences(text: &str, count: usize) -> String {
    let mut left = count;
    let words = text.split(' ').take_while(|word| {
        let wanted = left > 0;
        if word.trim_end_matches('"').ends_with(['.', '?', '!']) {
            left = left.saturating_sub(1);
        }
        wanted
    });
    words.collect::<Vec<_>>().join(" ")
}
