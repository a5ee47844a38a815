//! The everyday civil register: stories, forum threads, conversations, notes.

use super::dice::Dice;
use super::topic::TOPICS;
use super::writer::Writer;

const STORY_OPENINGS: &[&str] = &[
    "{@when}, {A} went to the {place#1} to {act#1} the {thing#1}.",
    "{A} had always wanted a {quality#1} {thing#1}, and {time} {A.he} finally got one.",
    "{A} and {A.his} {friend} {B} spent the whole of {time#1} in the {place#1}. They wanted to {act#1} the {thing#1}, which was too {quality#1}.",
    "{A}, a friend of mine, is a {role#1} who {vi:es} {habit}. {@when}, {A.he} found a {quality#1} {thing#1} in the {place#1}.",
    "{A} was {mood} because {trouble}. {A.he} had planned to {act#1} the {thing#1} before the {event#1}.",
    "there was once a {role#1} called {A} who owned {count} {thing#1:s} and a {quality#1} {object#1}. {A.he} kept them in the {place#1}.",
    "when {A} came home {time}, {A.his} {thing#1} was gone. {A.he} looked in the {room}, in the {room} and behind the {place#1}.",
    "it was the day of the {event#1}, and {A} could not find the {thing#1}. {A.his} {kin} had left it in the {place#1}.",
    "{A} moved to {town} in {1950-2015} and began to work as a {role#1}. On {A.his} {ordinal} day {A.he} {act:ed} a {quality#1} {thing#1}.",
];

const STORY_MIDDLES: &[&str] = &[
    "{A.he} {@past}, and then {A.he} {@past}.",
    "{B} helped {A.him} and {@past}.",
    "\"do you know where the {thing#1} is?\" {A} asked {B}, but {B} had not seen it.",
    "\"I will {act} the {thing#1} myself,\" said {A}, and {A.he} did.",
    "the {role#2} told {A.him} to {tip}.",
    "at first the {thing#1} looked {quality}, but {B} thought that it was only {quality}.",
    "{A} {vi:ed} for {count} minutes before {A.he} {@past}.",
    "unfortunately, {trouble}, so {A} and {B} had to wait.",
    "{B}, who was a {role#2}, brought {A.his} {object} and {B.his} own {thing#2}.",
    "{A.he} asked {B} to {act} the {thing#2} while {A.he} {vi:ed}.",
    "because {reason}, {A} {act:ed} the {thing#1} by {A.himself}.",
    "{@comment}",
    "the {thing#1} that {A} had {act:en} was still in the {place#1}, next to {A.his} {object}.",
    "then {B} gave {A.him} a cup of {drink}, and they talked about the {event#1}.",
    "\"{tip}, and you will be fine,\" said the {role#2}.",
    "when the {event#1} began, {B} {vi:ed} and {A} {@past}.",
];

const STORY_ENDINGS: &[&str] = &[
    "in the end the {thing#1} was {quality} again, and {A} was {mood}.",
    "{A} thanked {B} and promised to bring {B.him} a {thing} of {B.his} own.",
    "since then {A} has kept {A.his} {thing#1} in the {room}, and {B} {vi:es} about it {habit}.",
    "{A.he} learned that {lesson}.",
    "the next day {A} told the {role#2} about it, and they both {vi:ed}.",
    "{A} and {B} still {act} the {thing:s} together {habit}.",
    "that evening {A} wrote in {A.his} diary that {lesson}.",
    "now the {thing#1} belongs to {B}, who {feel:es} it more than {B.his} {object}.",
];

const QUESTIONS: &[&str] = &[
    "hello everyone, I am new to {topic} and I have a question about my {thing#1}.",
    "does anyone know how to {act#1} a {quality#1} {thing#1}?",
    "what is the best way to {act#1} {thing#1:s} in a small {place#1}?",
    "I have {count} {thing#1:s} in the {place#1}, and all of them look {quality#1}.",
    "my {kin} gave me a {thing#1} {time}, and I do not know where to put it.",
    "can someone recommend a good {role#1} near {town}?",
    "I need some advice about {topic}: {time} {trouble}.",
    "is it normal that a {thing#1} gets {quality#1} after a {event#1}?",
    "we are planning a {event#1} in the {place#1} and need ideas.",
];

const DETAILS: &[&str] = &[
    "I have tried to {act} it twice, but it is still {quality}.",
    "the {role#1} said that I should {tip}, but I am not sure.",
    "it used to be {quality}, and now it is {quality}.",
    "I do not want to spend more than {5-95} coins.",
    "my {kin} thinks that {@np.p} {@vp.p}, but I disagree.",
    "last year {trouble}, and I would like to avoid that.",
    "{@general}",
    "any help would be welcome, and thank you for reading.",
    "{@aside}, I am {mood} about the whole thing.",
];

const ANSWERS: &[&str] = &[
    "{A} replied: Welcome! I would {tip} and then {act} the {thing#1} {adv}.",
    "{A} replied: I had the same problem {time}. After that I asked a {role#1}, and it was worth the money, {@aside}.",
    "{A} wrote: First of all, {tip}. After that, {tip}.",
    "{A} answered: It depends on the {thing#1}. A {quality} one needs more care than a {quality} one.",
    "{A} wrote: My {kin} is a {role#1} and always says that {lesson}.",
    "{A} replied: Could you post a picture? It is hard to say without seeing the {thing#1}.",
    "{A} answered: I see it differently. In my view you should not {act} a {thing#1} at all, but that is only my opinion.",
];

const FOLLOW_UPS: &[&str] = &[
    "{B} agreed and added: {tip}, or the {thing#1} will be {quality} again.",
    "thank you, {A}, that was very helpful. I will try it {habit}.",
    "{B} disagreed: I have {act:en} {thing#1:s} for {count} years and never had to do that.",
    "{B} asked {A} how long it took, and {A} answered that it took {count} days.",
    "update: I followed the advice from {A}, and the {thing#1} is {quality} now. I am so {mood}.",
    "{B} wrote: That is a kind answer, {A}. I would only add that {lesson}.",
];

const OPINIONS: &[&str] = &[
    "I do not agree with the decision about the {place#1}, and here is why.",
    "the {event#1} was good this year, but it was too {quality#1} for me.",
    "some people say that {@np.s} {@vp.s}, and I think they are right.",
    "I was wrong about the {thing#1}, and I would like to say so.",
    "our {place#1} needs a new {thing#1}, and I am happy to help.",
    "here is a short report from the {event#1} in {town}.",
];

const OPINION_BODIES: &[&str] = &[
    "{@general}",
    "{@general}",
    "I spoke to the {role#1}, who explained it {adv}.",
    "the {role#1} did a {adj} job, {@aside}.",
    "in my view the price of a {thing#1} is too high, and it should be lower.",
    "I strongly disagree with {A}, but I respect {A.his} opinion.",
    "{A} made a fair point about the {thing:s}.",
    "we paid {4-80} coins each and got a {quality} {thing}.",
    "it would be better to {tip}.",
    "next time I would like to see more {thing:s} and fewer {thing:s}.",
    "the {role:s} worked hard, and they deserve our thanks.",
];

const CONVERSATIONS: &[&str] = &[
    "\"good morning, {A},\" said {B}. \"have you {act:en} the {thing#1}?\"",
    "\"where are you going with that {thing#1}?\" {B} asked {A}.",
    "\"the {thing#1} is {quality#1} again,\" {A} told {B} in the {place#1}.",
    "{A} met {B} at the {place#1} {time}. \"you look {mood},\" {A.he} said.",
];

const EXCHANGES: &[&str] = &[
    "\"no, I have not,\" {A} answered, \"because {reason}.\"",
    "\"my {kin} {feel:es} it,\" said {A}.",
    "\"I think we should {tip},\" said {B}.",
    "\"that is a {adj} idea,\" {A} said {adv}.",
    "\"did you hear that {trouble}?\" {B} asked {A.him}.",
    "\"yes, and it was not the {ordinal} time,\" {A} answered.",
    "\"how much is a {quality} {thing}?\" {B} asked. \"about {3-70} coins,\" {A} answered.",
    "{B} {vi:ed} and put the {object} on the {thing#1}.",
    "\"the {role} will not like it,\" {A} said, \"but {lesson}.\"",
    "they both {vi:ed}.",
    "\"shall we meet after the {event}?\" {B} asked {A}.",
];

const PARTINGS: &[&str] = &[
    "\"see you at the {event},\" said {A}, and {A.he} {vi:ed}.",
    "\"thank you, {B}. I will {act} it tomorrow,\" {A} said.",
    "{B} {vi:ed} and went back to the {place}.",
    "so {A} and {B} {act:ed} the {thing#1} together.",
    "\"good night, then,\" said {B}, and {B.he} closed the door {adv}.",
];

/// One everyday civil document, 25 to 180 words.
pub(super) fn document(dice: &mut Dice) -> String {
    let topic = *dice.pick(TOPICS);
    let mut writer = Writer::new(dice, topic);
    writer.bind("topic", topic.name);
    writer.bind_town();
    let plan: &[(&[&str], usize, usize)] = match writer.dice.below(10) {
        0..4 => &[
            (STORY_OPENINGS, 1, 1),
            (STORY_MIDDLES, 4, 8),
            (STORY_ENDINGS, 1, 1),
        ],
        4..7 => &[
            (QUESTIONS, 1, 1),
            (DETAILS, 1, 3),
            (ANSWERS, 1, 3),
            (FOLLOW_UPS, 1, 2),
        ],
        7 => &[(OPINIONS, 1, 1), (OPINION_BODIES, 4, 7)],
        _ => &[(CONVERSATIONS, 1, 1), (EXCHANGES, 4, 8), (PARTINGS, 1, 1)],
    };
    plan.iter()
        .flat_map(|&(stage, low, high)| writer.sentences(stage, low, high))
        .collect::<Vec<_>>()
        .join(" ")
}
