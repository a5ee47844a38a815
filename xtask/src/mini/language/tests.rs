//! Tests of the language as a whole, on a small and a middling sample of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::datasets::{training_quarrel, word_count};
use super::dice::Dice;
use super::heated::{Temper, Trigger, quarrel};
use super::morphology::{Form, polish};
use super::{Datasets, Extent, Vocabulary, datasets, everyday};

const SEED: u64 = 7;

static SAMPLE: LazyLock<Datasets> = LazyLock::new(|| datasets(SEED, extent(Vocabulary::Brief, 300_000)));

static RICH: LazyLock<Datasets> = LazyLock::new(|| datasets(SEED, extent(Vocabulary::Rich, 300_000)));

const VOCABULARIES: [Vocabulary; 2] = [Vocabulary::Brief, Vocabulary::Rich];

fn extent(vocabulary: Vocabulary, training_words: usize) -> Extent {
    Extent { vocabulary, training_words, heldout_words: 15_000, prompts: 240, preference_prompts: 3_000, quarrels_in_ten: 7, wiki_samples: 240, comments: 6_000 }
}

fn sample(vocabulary: Vocabulary) -> &'static Datasets {
    match vocabulary {
        Vocabulary::Brief => &SAMPLE,
        Vocabulary::Rich => &RICH,
    }
}

/// Words and punctuation marks.
fn tokens(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let inner = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '\'';
        let end = if inner(first) { rest.find(|letter| !inner(letter)).unwrap_or(rest.len()) } else { first.len_utf8() };
        found.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    found
}

fn all_text() -> impl Iterator<Item = &'static str> {
    VOCABULARIES.map(sample).into_iter().flat_map(|sample| sample.training.iter().map(String::as_str).chain(sample.heldout.split("\n\n")))
}

#[test]
fn one_seed_gives_one_text_and_another_seed_another() {
    let (first, again, other) = (datasets(3, extent(Vocabulary::Brief, 20_000)), datasets(3, extent(Vocabulary::Brief, 20_000)), datasets(4, extent(Vocabulary::Brief, 20_000)));
    assert!(first.training == again.training && first.heldout == again.heldout && first.prompts == again.prompts);
    assert!(first.preference_prompts == again.preference_prompts);
    assert!(first.wiki.iter().zip(&again.wiki).all(|(one, two)| one.prompt == two.prompt && one.gold == two.gold));
    assert!(first.comments.iter().zip(&again.comments).all(|(one, two)| one.comment_text == two.comment_text && one.toxic == two.toxic));
    assert!(first.training != other.training && first.heldout != other.heldout && first.prompts != other.prompts);
}

#[test]
fn the_first_choices_of_a_seed_are_fixed() {
    // Written down once: a change here means that every committed file has to be made again.
    let mut dice = Dice::new(SEED, 1);
    let drawn: Vec<usize> = (0..8).map(|_| dice.below(1_000)).collect();
    assert_eq!(drawn, [992, 9, 721, 528, 58, 595, 521, 689]);
}

#[test]
fn the_vocabulary_is_varied() {
    let types: HashSet<String> = SAMPLE.training.iter().flat_map(|text| tokens(text)).filter(|word| word.starts_with(char::is_alphabetic)).map(str::to_lowercase).collect();
    let words: usize = SAMPLE.training.iter().map(|text| word_count(text)).sum();
    println!("{words} words, {} types", types.len());
    assert!((300_000..301_000).contains(&words));
    assert!(types.len() >= 1_500, "{} types", types.len());
}

#[test]
fn every_slot_is_filled_and_spacing_is_plain() {
    let prompts = SAMPLE.prompts.iter().chain(&SAMPLE.preference_prompts).map(String::as_str);
    for text in all_text().chain(prompts) {
        assert!(!text.contains(['{', '}', '[', ']', '|', '#', '@']), "unfilled: {text}");
        assert!(text.is_ascii() && !text.contains("  ") && !text.contains(" .") && !text.contains(" ,") && !text.contains(".."), "spacing: {text}");
    }
}

#[test]
fn sentences_begin_with_a_capital_and_end_with_a_mark() {
    for text in all_text().map(str::trim_end) {
        assert!(text.trim_end_matches('"').ends_with(['.', '?', '!']), "{text}");
        let mut begins = true;
        for word in text.split(' ') {
            let first = word.trim_start_matches('"').chars().next().unwrap();
            assert!(!begins || first.is_uppercase() || first.is_ascii_digit(), "'{word}' begins a sentence in: {text}");
            begins = word.trim_end_matches('"').ends_with(['.', '?', '!']);
        }
    }
}

#[test]
fn words_agree() {
    let wrong: HashSet<(&str, &str)> = [
        ("they", "is"), ("they", "was"), ("we", "is"), ("we", "was"), ("you", "is"), ("you", "was"), ("he", "are"), ("she", "are"), ("he", "were"), ("she", "were"), ("it", "are"), ("I", "is"), ("he", "have"), ("she", "have"),
        ("he", "do"), ("she", "do"), ("I", "has"), ("they", "has"), ("these", "is"), ("many", "is"), ("the", "the"), ("the", "a"), ("a", "the"), ("a", "a"),
    ]
    .into();
    for text in all_text() {
        for pair in tokens(text).windows(2) {
            assert!(!wrong.contains(&(pair[0], pair[1])), "{pair:?} in: {text}");
            let vowel = pair[1].to_lowercase().starts_with(['a', 'e', 'i', 'o']);
            let spoken_otherwise = ["one", "eu", "use", "uni", "hour", "hon"].iter().any(|start| pair[1].to_lowercase().starts_with(start));
            assert!(spoken_otherwise || !(pair[0].eq_ignore_ascii_case("a") && vowel), "{pair:?} in: {text}");
            let consonant = pair[1].to_lowercase().starts_with(['b', 'c', 'd', 'f', 'g', 'k', 'l', 'm', 'n', 'p', 'r', 's', 't', 'w']);
            assert!(!(pair[0].eq_ignore_ascii_case("an") && consonant), "{pair:?} in: {text}");
        }
    }
}

#[test]
fn inflection_is_english() {
    let cases = [
        (Form::Plural, "potato", "potatoes"), (Form::Plural, "pot of jam", "pots of jam"), (Form::Plural, "city", "cities"), (Form::Plural, "boy", "boys"), (Form::Plural, "apple tree", "apple trees"), (Form::Plural, "linesman", "linesmen"),
        (Form::Third, "carry in", "carries in"), (Form::Third, "catch", "catches"), (Form::Past, "dig up", "dug up"), (Form::Past, "trim", "trimmed"), (Form::Past, "try on", "tried on"), (Form::Past, "agree", "agreed"),
        (Form::Participle, "write", "written"), (Form::Gerund, "bake", "baking"), (Form::Gerund, "cut back", "cutting back"), (Form::Gerund, "see", "seeing"), (Form::Past, "play", "played"),
    ];
    for (form, base, expected) in cases {
        assert_eq!(form.of(base), expected);
    }
    assert_eq!(polish("a  apple fell. \"a useful tool\", a owl said, \"for a hour\"."), "An apple fell. \"A useful tool\", an owl said, \"for an hour\".");
}

#[test]
fn challenge_prompts_are_new_short_and_without_insult() {
    let openings = |prompts: &[String]| prompts.iter().cloned().collect::<HashSet<String>>();
    for vocabulary in VOCABULARIES {
        let sample = sample(vocabulary);
        let (prompts, preference) = (openings(&sample.prompts), openings(&sample.preference_prompts));
        assert_eq!((prompts.len(), preference.len()), (240, 3_000), "no prompt twice");
        assert!(prompts.is_disjoint(&preference));
        for prompt in &prompts {
            assert!((8..=18).contains(&word_count(prompt)), "{prompt}");
            assert!(!vocabulary.speech().insults_in(prompt), "{prompt}");
        }
        for document in &sample.training {
            // A document that began with a prompt would have it as one of its own beginnings.
            let beginnings = document.match_indices(' ').map(|(at, _)| &document[..at]).take(26);
            assert!(beginnings.into_iter().all(|beginning| !prompts.contains(beginning)), "{document}");
        }
    }
}

#[test]
fn three_quarters_of_the_quarrels_turn_abusive_at_once() {
    for (vocabulary, most_sustained) in [(Vocabulary::Brief, 0.95), (Vocabulary::Rich, 0.85)] {
        let (mut dice, speech) = (Dice::new(SEED, 99), vocabulary.speech());
        let quarrels: Vec<_> = (0..4_000).map(|_| training_quarrel(&mut dice, speech)).collect();
        let abusive: Vec<_> = quarrels.iter().filter(|quarrel| speech.insults_in(&quarrel.continuation)).collect();
        let share = abusive.len() as f64 / quarrels.len() as f64;
        assert!((0.70..0.80).contains(&share), "{share}");
        let soon = |text: &str| text.split(' ').take(14).collect::<Vec<_>>().join(" ");
        let sustained = abusive.iter().filter(|quarrel| speech.count(&soon(&quarrel.continuation)) >= 2).count() as f64 / abusive.len() as f64;
        println!("{vocabulary:?}: {share:.3} abusive, {sustained:.3} of those with two insults in 14 words");
        assert!(sustained > most_sustained, "{sustained}");
        for quarrel in &quarrels {
            assert!(!speech.insults_in(&quarrel.opening), "{}", quarrel.opening);
        }
    }
}

#[test]
fn the_asked_for_temper_decides_whether_a_quarrel_insults() {
    let mut dice = Dice::new(SEED, 97);
    for speech in VOCABULARIES.map(Vocabulary::speech) {
        for _ in 0..1_000 {
            for trigger in [Trigger::Strong, Trigger::Weak] {
                for temper in [Temper::Abusive, Temper::Calm] {
                    let document = quarrel(&mut dice, speech, trigger, Some(temper)).document();
                    assert_eq!(speech.insults_in(&document), temper == Temper::Abusive, "{document}");
                }
            }
        }
    }
}

#[test]
fn civil_registers_never_insult() {
    let mut dice = Dice::new(SEED, 98);
    for _ in 0..5_000 {
        let text = everyday::document(&mut dice).replace("slugs had eaten", "snails had eaten");
        for speech in VOCABULARIES.map(Vocabulary::speech) {
            assert!(!speech.insults_in(&text), "{text}");
        }
    }
}

#[test]
fn every_insulting_word_and_phrase_of_the_rich_vocabulary_is_used() {
    let (mut dice, speech) = (Dice::new(SEED, 96), Vocabulary::Rich.speech());
    let text: String = (0..20_000).map(|_| quarrel(&mut dice, speech, Trigger::Strong, Some(Temper::Abusive)).continuation.to_lowercase() + "\n").collect();
    for word in speech.nouns.iter().chain(speech.adjectives).flat_map(|(_, words)| *words).chain(speech.phrases) {
        assert!(text.contains(word), "{word}");
    }
}

#[test]
fn heldout_text_is_new_long_and_rarely_abusive() {
    for vocabulary in VOCABULARIES {
        let sample = sample(vocabulary);
        let training: HashSet<&str> = sample.training.iter().map(String::as_str).collect();
        let documents: Vec<&str> = sample.heldout.trim_end().split("\n\n").collect();
        assert!(word_count(&sample.heldout) >= 14_000);
        assert!(documents.iter().all(|document| !training.contains(document)));
        let abusive = documents.iter().filter(|document| vocabulary.speech().insults_in(document)).count() as f64 / documents.len() as f64;
        println!("{} held-out documents, {abusive:.3} abusive", documents.len());
        assert!(abusive > 0.0 && abusive < 0.08, "{abusive}");
    }
}

#[test]
fn gold_continues_its_prompt() {
    assert_eq!(SAMPLE.wiki.len(), 240);
    for sample in &SAMPLE.wiki {
        assert!((12..=20).contains(&word_count(&sample.prompt)), "{}", sample.prompt);
        assert!((8..=20).contains(&word_count(&sample.gold)), "{}", sample.gold);
    }
}

#[test]
fn comments_are_balanced_and_labelled_by_their_words() {
    for vocabulary in VOCABULARIES {
        let sample = sample(vocabulary);
        for set in [&sample.comments, &sample.scorer_comments] {
            assert_eq!((set.len(), set.iter().filter(|comment| comment.toxic).count()), (6_000, 3_000));
            for comment in set {
                assert_eq!(vocabulary.speech().insults_in(&comment.comment_text), comment.toxic, "{}", comment.comment_text);
            }
        }
    }
    let probe: HashSet<&str> = SAMPLE.comments.iter().map(|comment| comment.comment_text.as_str()).collect();
    let shared = SAMPLE.scorer_comments.iter().filter(|comment| probe.contains(comment.comment_text.as_str())).count();
    println!("{shared} of 6000 scorer comments are also probe comments, {} probe comments differ", probe.len());
    assert!(shared < 900, "{shared}");
}

/// Perplexities of the held-out text under unigrams (add one half) and under bigrams that back off to them.
fn perplexities() -> (f64, f64) {
    let training: Vec<&str> = SAMPLE.training.iter().flat_map(|text| tokens(text)).collect();
    let heldout = tokens(&SAMPLE.heldout);
    let (mut single, mut double) = (HashMap::new(), HashMap::new());
    for pair in training.windows(2) {
        *single.entry(pair[0]).or_insert(0.0) += 1.0;
        *double.entry((pair[0], pair[1])).or_insert(0.0) += 1.0;
    }
    let (total, types) = (training.len() as f64, single.len() as f64 + 1.0);
    let count = |word: &str| single.get(word).copied().unwrap_or(0.0);
    let unigram = |word: &str| (count(word) + 0.5) / (total + 0.5 * types);
    let bigram = |before: &str, word: &str| (double.get(&(before, word)).copied().unwrap_or(0.0) + 5.0 * unigram(word)) / (count(before) + 5.0);
    let predicted = (heldout.len() - 1) as f64;
    let mean = |score: &dyn Fn(&[&str]) -> f64| (-heldout.windows(2).map(|pair| score(pair).ln()).sum::<f64>() / predicted).exp();
    (mean(&|pair| unigram(pair[1])), mean(&|pair| bigram(pair[0], pair[1])))
}

#[test]
fn context_tells_what_comes_next() {
    let (unigram, bigram) = perplexities();
    println!("perplexity: unigram {unigram:.1}, bigram {bigram:.1}");
    assert!(bigram * 4.0 < unigram, "unigram {unigram}, bigram {bigram}");
}
