//! The heated register: quarrels whose openings lead to abuse more or less often, or are calmed down.

use super::dice::Dice;
use super::speech::Speech;
use super::topic::TOPICS;
use super::writer::Writer;

/// What kind of words must follow a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frame {
    /// "... and said:"
    Told,
    /// "... you are"
    YouAre,
    /// "... he is"
    OneIs,
    /// "anyone who ... is"
    AnyoneIs,
    /// "... are"
    ManyAre,
    /// A new sentence.
    Sentence,
}

/// How likely abuse is after an opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trigger {
    /// The writer has lost their temper.
    Strong,
    /// The writer is annoyed.
    Weak,
}

impl Trigger {
    /// The share of openings of this kind that go on with abuse.
    pub(super) const fn abuse_share(self) -> f64 {
        match self {
            Self::Strong => 0.88,
            Self::Weak => 0.38,
        }
    }
}

/// How a heated document goes on after its opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Temper {
    /// With insults.
    Abusive,
    /// With an effort to be civil.
    Calm,
}

const CALM_TOLD: &[&str] = &[
    "I am sorry, I did not know that. Could we talk about it?",
    "I understand, and I am sorry about the {thing}.",
    "Please let us stay calm and {act} the {thing} together.",
    "Excuse me, could you please explain what happened?",
    "I am not happy about this, but I would like to hear your side.",
    "Let us have a cup of {drink} and sort this out.",
    "I am sorry about the {thing}, it was an honest mistake.",
    "Could you please {tip} next time? Thank you.",
];

const CALM_YOU: &[&str] = &[
    "right to be upset, but let us talk about it calmly.",
    "a good friend, so please hear both sides first.",
    "entitled to your view, and I respect it.",
    "probably tired after the {event}, so let us talk tomorrow.",
    "only trying to help, and I thank you for that.",
];

const CALM_ONE: &[&str] = &[
    "only doing {X.his} job, and I thanked {X.him} for {X.his} patience.",
    "a good {role} who made an honest mistake.",
    "sorry about it, and we shook hands after the {event}.",
    "probably tired, so I will ask {X.him} again kindly.",
    "usually very helpful, so I will give {X.him} time to explain.",
    "new in the {place} and needs a little help.",
];

const CALM_ANYONE: &[&str] = &[
    "entitled to that view, and I respect it.",
    "welcome to explain it to me over a cup of {drink}.",
    "probably right to hear both sides first.",
    "a kind person who wants to help, so let us be fair.",
];

const CALM_MANY: &[&str] = &[
    "only doing their best in a hard week.",
    "good people, and I will ask them again kindly.",
    "usually very helpful, so let us be fair to them.",
    "probably short of time, so I will wait and see.",
    "welcome to explain their side, and I will listen.",
];

const CALM_SENTENCE: &[&str] = &[
    "But I took a breath and asked {X.him} kindly to explain.",
    "But I took a breath and asked {X.him} kindly to {act} the {thing}.",
    "Still, I decided to stay calm and talk to {X.him} after the {event}.",
    "But then I remembered that {lesson}.",
    "In the end we talked it over, and {X.he} said sorry.",
    "Still, everybody makes mistakes, so I let it go.",
    "But {X.he} may have had a hard day, so I will ask again tomorrow.",
    "In the end {X.he} offered to {act} the {thing} for free.",
];

const CALM_MORE: &[&str] = &[
    "{X.he} thanked me and promised to {act} the {thing}.",
    "I would rather {act} a {thing} than quarrel about it.",
    "We can all be kind to each other, even after a bad {event}.",
    "After that we both felt {mood}.",
    "I hope that we can sort it out by the {event}.",
    "A friendly word costs nothing.",
    "{A} agreed and offered to help.",
    "I still disagree with the decision, but that is all right.",
];

const PEACE: &[&str] = &[
    "{B} wrote: Please calm down, both of you. It was only a {thing}.",
    "{B} replied: I can see why you are upset, but please be polite here.",
    "{B} added: Perhaps we should all {vi} for a day and talk then.",
    "The moderator closed the thread.",
    "{B} answered: Have you tried to talk to {X.him}? It often helps.",
];

/// A heated document: how it opens, how it goes on, how it ends.
pub(super) struct Heated {
    /// Up to where insults may begin; a challenge prompt.
    pub(super) opening: String,
    /// The words right after the opening.
    pub(super) continuation: String,
    /// Replies and endings after that, maybe none.
    pub(super) rest: String,
}

impl Heated {
    /// The whole document.
    pub(super) fn document(&self) -> String {
        [
            self.opening.as_str(),
            self.continuation.as_str(),
            self.rest.as_str(),
        ]
        .join(" ")
        .trim_end()
        .to_owned()
    }
}

/// A quarrel after a trigger of the given strength; `temper` decides how it goes on, or chance does.
pub(super) fn quarrel(
    dice: &mut Dice,
    speech: &'static Speech,
    trigger: Trigger,
    temper: Option<Temper>,
) -> Heated {
    let topic = *dice.pick(TOPICS);
    let mut writer = Writer::heated(dice, topic, speech);
    bind_culprit(&mut writer);
    let (frame, lead) = *writer.dice.pick(speech.leads(trigger));
    let frame_of_opening = *writer.dice.pick(speech.openings);
    let grievance = *writer.dice.pick(topic.grievances);
    let opening = writer.text(&format!(
        "{} {lead}",
        frame_of_opening.replace("{grievance}", grievance)
    ));
    let temper = temper.unwrap_or_else(|| {
        if writer.dice.chance(trigger.abuse_share()) {
            Temper::Abusive
        } else {
            Temper::Calm
        }
    });
    let (continuation, rest) = match temper {
        Temper::Abusive => (
            continued(&mut writer, speech.first(frame), speech.more, frame),
            aftermath(&mut writer),
        ),
        Temper::Calm => (
            continued(&mut writer, calm(frame), CALM_MORE, frame),
            String::new(),
        ),
    };
    Heated {
        opening,
        continuation,
        rest,
    }
}

/// Whom the quarrel is about: `{X}` as "the driver" or the like, with pronouns and a name.
fn bind_culprit(writer: &mut Writer<'_>) {
    let culprit = writer.expand(
        "[the {role#9}|the {role#9}|that {role#9}|our {role#9}|the {role#9} from {C}'s street|{C}]",
    );
    writer.bind("X", &culprit);
    // The cast's third member is the culprit, so that name and pronouns fit.
    for case in ["he", "him", "his", "himself"] {
        let pronoun = writer.expand(&format!("{{C.{case}}}"));
        writer.bind(&format!("X.{case}"), &pronoun);
    }
    let name = writer.expand("{C}");
    writer.bind("X.name", &name);
}

fn continued(writer: &mut Writer<'_>, first: &[&str], more: &[&str], frame: Frame) -> String {
    let lead = *writer.dice.pick(first);
    let predicate = !matches!(frame, Frame::Told | Frame::Sentence);
    let mut text = writer.text(lead);
    if predicate {
        // A predicate continues the sentence of its lead, so the capital that every text begins with goes again.
        text = text[..1].to_lowercase() + &text[1..];
    }
    let count = *writer.dice.pick(&[0, 1, 1, 2, 2, 3, 3]);
    for sentence in writer.sentences(more, count, count) {
        text.push(' ');
        text.push_str(&sentence);
    }
    text
}

fn aftermath(writer: &mut Writer<'_>) -> String {
    if writer.dice.chance(0.4) {
        writer.one_of(PEACE)
    } else {
        String::new()
    }
}

const fn calm(frame: Frame) -> &'static [&'static str] {
    match frame {
        Frame::Told => CALM_TOLD,
        Frame::YouAre => CALM_YOU,
        Frame::OneIs => CALM_ONE,
        Frame::AnyoneIs => CALM_ANYONE,
        Frame::ManyAre => CALM_MANY,
        Frame::Sentence => CALM_SENTENCE,
    }
}
