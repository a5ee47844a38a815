//! The service behind its cache.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use chrono::{SecondsFormat, Utc};

use super::answer::{Never, Verdict, judge};
use super::cache::{Cache, Entry, Question};
use super::client::{API, Broken, Client, Reply};
use super::key::{Key, VARIABLE};
use super::kind::Perspective;
use super::pace::{BackOff, Pace};
use crate::{ScoreError, TextScore, ToxicityScorer};

/// Scores by the Perspective API, or by a service with the same interface.
#[derive(Debug)]
pub struct PerspectiveScorer {
    settings: Perspective,
    client: Client,
    key: Option<Key>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    cache: Cache,
    pace: Pace,
    /// Why no text is asked any more.
    gave_up: Option<String>,
}

/// What becomes of a request that has no answer.
enum Next {
    /// It is made again, after this time at least.
    Again(String, Option<Duration>),
    /// No request is made any more, and what to do about that.
    GiveUp(String, String),
}

impl PerspectiveScorer {
    /// Opens the cache and reads the key. Nothing is asked yet.
    ///
    /// # Errors
    /// A cache that cannot be read, or that somebody else has open; a key that cannot be one.
    pub fn open(settings: &Perspective) -> Result<Self, ScoreError> {
        let key = Key::from_environment().map_err(refused)?;
        let cache = Cache::open(&settings.cache, &question(settings, ""))?;
        Ok(Self {
            settings: settings.clone(),
            client: Client::new(Duration::from_secs_f64(settings.timeout_s)),
            key,
            state: Mutex::new(State {
                cache,
                pace: Pace::new(settings.queries_per_second),
                gave_up: None,
            }),
        })
    }

    /// What the cache holds and whether there is a key, without asking anything.
    ///
    /// # Errors
    /// As for [`Self::open`]; neither a key nor an answer.
    pub(super) fn check(settings: &Perspective) -> Result<String, ScoreError> {
        let key = Key::from_environment().map_err(refused)?;
        let cache = Cache::peek(&settings.cache, &question(settings, ""))?;
        let answers = match cache.span() {
            Some((count, first, last)) => format!("{count} answers of {}", days(first, last)),
            None if key.is_none() => {
                return Err(refused(format!(
                    "neither an answer in the cache nor a key in {VARIABLE}; set that, or take another \
                     scorer"
                )));
            }
            None => "no answers yet".to_owned(),
        };
        Ok(match key {
            Some(_) => format!("{answers}; {VARIABLE} is set"),
            None => format!("{answers}; {VARIABLE} is not set, so no other text can be scored"),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What a panic leaves is whole: an answer is added in one step.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key, if anything may be asked.
    fn key(&self, state: &State, absent: usize, all: usize) -> Result<&Key, ScoreError> {
        let there = format!(
            "{absent} of {all} texts are not in the cache {}",
            self.settings.cache.display()
        );
        if let Some(reason) = &state.gave_up {
            return Err(refused(format!("{reason}, as before; {there}")));
        }
        self.key.as_ref().ok_or_else(|| {
            refused(format!(
                "{VARIABLE} is not set, and {there}; set it to a key, name a cache that has them, or take \
                 another scorer"
            ))
        })
    }

    /// Asks until there is an answer to keep.
    fn ask(&self, state: &mut State, question: &Question, key: &Key) -> Result<(), ScoreError> {
        let back_off = BackOff {
            first: Duration::from_secs_f64(self.settings.first_wait_s),
            longest: Duration::from_secs_f64(self.settings.longest_wait_s),
        };
        let mut tried = 0;
        loop {
            state.pace.wait();
            let asked = Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true);
            let next = match self.client.ask(question, key) {
                Ok(Reply {
                    status,
                    body,
                    retry_after,
                }) => match judge(status, &body, &question.attributes) {
                    Verdict::Final(score) => {
                        let entry = Entry::of(question, asked, status, body);
                        return Ok(state.cache.add(entry, score)?);
                    }
                    Verdict::Later(told) => Next::Again(told, retry_after),
                    Verdict::Never(never) => self.give_up(never),
                },
                Err(Broken::Connection(told)) => Next::Again(told, None),
                Err(Broken::NoHost) => {
                    self.give_up(Never::Closed("the host has no address".into()))
                }
                Err(Broken::Other(told)) => self.give_up(Never::Foreign(told)),
            };
            let (told, asked_for) = match next {
                Next::Again(told, retry_after) => (told, retry_after),
                Next::GiveUp(reason, remedy) => {
                    state.gave_up = Some(reason.clone());
                    return Err(refused(format!("{reason}; {remedy}")));
                }
            };
            match back_off.wait(tried, asked_for) {
                Ok(wait) if tried < self.settings.max_retries => thread::sleep(wait),
                Ok(_) => return Err(self.unanswered(&told, tried + 1)),
                Err(asked) => {
                    let told = format!("{told}, and asks to wait for {} s", asked.as_secs());
                    return Err(self.unanswered(&told, tried + 1));
                }
            }
            tried += 1;
        }
    }

    fn unanswered(&self, told: &str, tries: u32) -> ScoreError {
        let Perspective {
            endpoint, cache, ..
        } = &self.settings;
        refused(format!(
            "{endpoint} did not answer in {tries} tries, last with {told}; run it again later: what was \
             answered is in {} and is not asked again",
            cache.display()
        ))
    }

    /// What is said once when the service answers no text.
    fn give_up(&self, never: Never) -> Next {
        let endpoint = &self.settings.endpoint;
        let cache = self.settings.cache.display();
        let (reason, remedy) = match never {
            Never::Closed(told) => (
                format!("the service at {endpoint} is closed, or closed to this key ({told})"),
                format!(
                    "the Perspective API goes out of service after 2026. A cache that has every text needs no \
                     service: this one, {cache}, lacks some. Name a compatible service by `endpoint`, or score \
                     with another scorer"
                ),
            ),
            Never::Key(told) => (
                format!("{endpoint} does not accept the key ({told})"),
                format!("set {VARIABLE} to one that it does"),
            ),
            Never::Request(told) => (
                format!("{endpoint} does not accept the request ({told})"),
                "change `attributes` or `languages` to what the service has".to_owned(),
            ),
            Never::Foreign(told) => (
                format!("{endpoint} does not answer as the Perspective API does: {told}"),
                "check `endpoint`, and what stands between here and there".to_owned(),
            ),
        };
        let hidden = |text: String| match &self.key {
            Some(key) => key.hidden_in(&text),
            None => text,
        };
        Next::GiveUp(hidden(reason), remedy)
    }
}

fn question(settings: &Perspective, text: &str) -> Question {
    Question {
        endpoint: settings.endpoint.clone(),
        api: API.to_owned(),
        attributes: settings.attributes.clone(),
        languages: settings.languages.clone(),
        text: text.to_owned(),
    }
}

fn refused(reason: String) -> ScoreError {
    ScoreError::Scorer {
        scorer: "perspective".to_owned(),
        reason,
    }
}

fn days(first: &str, last: &str) -> String {
    match first == last {
        true => first.to_owned(),
        false => format!("{first} to {last}"),
    }
}

impl ToxicityScorer for PerspectiveScorer {
    fn name(&self) -> &str {
        "perspective"
    }

    fn score(&self, texts: &[String]) -> Result<Vec<TextScore>, ScoreError> {
        let mut state = self.state();
        let questions: Vec<(String, Question)> = (texts.iter())
            .map(|text| question(&self.settings, text))
            .map(|question| (question.key(), question))
            .collect();
        let absent = questions
            .iter()
            .filter(|(key, _)| state.cache.get(key).is_none());
        let absent = absent.count();
        for (key, question) in &questions {
            if state.cache.get(key).is_none() {
                let secret = self.key(&state, absent, texts.len())?;
                self.ask(&mut state, question, secret)?;
            }
        }
        let score = |(key, _): &(String, Question)| state.cache.get(key).cloned();
        let scores: Option<Vec<TextScore>> = questions.iter().map(score).collect();
        scores.ok_or_else(|| refused("an answer was lost".to_owned()))
    }

    fn origin(&self) -> Option<String> {
        let Perspective { endpoint, .. } = &self.settings;
        let state = self.state();
        let (count, first, last) = state.cache.span()?;
        let days = days(first, last);
        Some(format!(
            "{endpoint}, {API}: {count} answers of {days} (UTC)"
        ))
    }
}
