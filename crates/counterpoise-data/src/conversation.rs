//! The rows that preference pairs come in: the released ones, and TRL's, as strings or conversations.

use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::Pair;
use crate::error::shortened;
use crate::json_lines::not_empty;

/// What a row may say; which of it is there decides its form.
#[derive(Deserialize)]
pub(crate) struct RawPair {
    prompt_text: Option<String>,
    unpert_gen_text: Option<String>,
    pert_gen_text: Option<String>,
    prompt: Option<Turns>,
    chosen: Option<Turns>,
    rejected: Option<Turns>,
}

/// A text, or the messages of a conversation.
#[derive(PartialEq)]
enum Turns {
    Text(String),
    Messages(Vec<Message>),
}

#[derive(Deserialize, PartialEq)]
struct Message {
    role: String,
    content: String,
}

/// An answer, and the messages it answers where they stand before it.
struct Answer {
    before: Vec<Message>,
    text: String,
}

impl RawPair {
    /// The pair, or what is wrong with the row.
    pub(crate) fn pair(self) -> Result<Pair, String> {
        let is_trl = self.chosen.is_some() || self.rejected.is_some();
        if is_trl && self.prompt_text.is_none() {
            return trl(
                self.prompt,
                required(self.chosen, "chosen")?,
                required(self.rejected, "rejected")?,
            );
        }
        let prompt_text = required(self.prompt_text, "prompt_text")?;
        not_empty("prompt_text", &prompt_text)?;
        Ok(Pair {
            prompt_text,
            unpert_gen_text: required(self.unpert_gen_text, "unpert_gen_text")?,
            pert_gen_text: required(self.pert_gen_text, "pert_gen_text")?,
        })
    }
}

fn required<T>(value: Option<T>, field: &str) -> Result<T, String> {
    value.ok_or_else(|| format!("missing field `{field}`"))
}

fn trl(prompt: Option<Turns>, chosen: Turns, rejected: Turns) -> Result<Pair, String> {
    let chosen = answer("chosen", chosen)?;
    let rejected = answer("rejected", rejected)?;
    if chosen.before != rejected.before {
        return Err("other messages before the answer in `chosen` than in `rejected`".to_owned());
    }
    let before = chosen.before;
    let prompt_text = match prompt {
        None if before.is_empty() => {
            return Err("missing field `prompt`, and no message before the answers".to_owned());
        }
        None => joined(&before),
        Some(prompt) if before.is_empty() => match prompt {
            Turns::Text(text) => text,
            Turns::Messages(messages) => joined(&messages),
        },
        Some(prompt) if repeats(&prompt, &before) => joined(&before),
        Some(_) => {
            return Err("another `prompt` than the messages before the answers".to_owned());
        }
    };
    not_empty("prompt", &prompt_text)?;
    Ok(Pair {
        prompt_text,
        unpert_gen_text: chosen.text,
        pert_gen_text: rejected.text,
    })
}

/// Whether a prompt is the messages that stand before the answers, or the first that a user wrote.
fn repeats(prompt: &Turns, before: &[Message]) -> bool {
    match prompt {
        Turns::Messages(messages) => messages == before,
        Turns::Text(text) => {
            let first = before.iter().find(|message| message.role == "user");
            first.is_some_and(|first| first.content == *text) || joined(before) == *text
        }
    }
}

fn answer(field: &str, turns: Turns) -> Result<Answer, String> {
    let mut before = match turns {
        Turns::Text(text) => {
            let before = Vec::new();
            return Ok(Answer { before, text });
        }
        Turns::Messages(messages) => messages,
    };
    match before.pop() {
        Some(last) if last.role == "assistant" => Ok(Answer {
            before,
            text: last.content,
        }),
        Some(last) => Err(format!(
            "`{field}` whose last message is by `{}` and not by `assistant`",
            shortened(&last.role)
        )),
        None => Err(format!("`{field}` without a message")),
    }
}

fn joined(messages: &[Message]) -> String {
    let texts: Vec<&str> = messages.iter().map(|message| &*message.content).collect();
    texts.join("\n\n")
}

// By hand and not `#[serde(untagged)]`, whose errors do not say what was found.
impl<'de> Deserialize<'de> for Turns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Turns;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string, or a list of messages with `role` and `content`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Turns, E> {
                Ok(Turns::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Turns, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(items)).map(Turns::Messages)
            }
        }

        deserializer.deserialize_any(Either)
    }
}
