//! Caches whole, torn, damaged and shared.

#![allow(clippy::unwrap_used)]

use super::*;

fn question(text: &str) -> Question {
    Question {
        endpoint: "https://example.org".to_owned(),
        api: "v1alpha1".to_owned(),
        attributes: ["TOXICITY", "THREAT"].map(str::to_owned).into(),
        languages: vec!["en".to_owned()],
        text: text.to_owned(),
    }
}

const ANSWER: &str = "{\n \"attributeScores\": {\n  \"TOXICITY\": {\"summaryScore\": {\"value\": 0.5}},\n  \
                      \"THREAT\": {\"summaryScore\": {\"value\": 0.25}}}}";
const EMPTY: &str = "{\"error\": {\"details\": [{\"errorType\": \"COMMENT_EMPTY\"}]}}";

fn entry(text: &str, status: u16, answer: &str) -> Entry {
    let asked = format!("2026-11-2{}T03:04:05Z", text.len());
    Entry::of(&question(text), asked, status, answer.to_owned())
}

/// A cache with answers to `ä`, which scores 0.5, and to an empty text, which is refused.
fn filled(folder: &Path) -> PathBuf {
    let path = folder.join("sub/answers.jsonl");
    let mut cache = Cache::open(&path, &question("")).unwrap();
    cache.add(entry("ä", 200, ANSWER), Ok(0.5)).unwrap();
    let refused = Err("COMMENT_EMPTY".to_owned());
    cache.add(entry("", 400, EMPTY), refused).unwrap();
    path
}

#[test]
fn what_is_added_is_there_again_byte_by_byte() {
    let folder = tempfile::tempdir().unwrap();
    let path = filled(folder.path());
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 2);
    let line: Entry = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(line, entry("ä", 200, ANSWER));
    for cache in [Cache::peek, Cache::open].map(|open| open(&path, &question("")).unwrap()) {
        let refused = Err("COMMENT_EMPTY".to_owned());
        assert_eq!(cache.get(&question("ä").key()), Some(&Ok(0.5)));
        assert_eq!(cache.get(&question("").key()), Some(&refused));
        assert_eq!(cache.get(&question("a").key()), None);
        assert_eq!(cache.span(), Some((2, "2026-11-20", "2026-11-22")));
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_question_s_key_is_of_all_that_its_answer_depends_on() {
    let key = question("a").key();
    assert_eq!(key.len(), 64);
    let with = |change: fn(&mut Question)| {
        let mut other = question("a");
        change(&mut other);
        other.key()
    };
    assert_eq!(with(|q| q.attributes.reverse()), key);
    for other in [
        with(|q| q.text.push(' ')),
        with(|q| q.endpoint.push('2')),
        with(|q| q.api.push('2')),
        with(|q| q.languages.clear()),
        with(|q| q.attributes.truncate(1)),
    ] {
        assert_ne!(other, key);
    }
}

#[test]
fn a_torn_line_is_cut_off_wherever_it_broke() {
    let folder = tempfile::tempdir().unwrap();
    let path = filled(folder.path());
    let whole = fs::read(&path).unwrap();
    let first = whole.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let peeked = Cache::peek(&path, &question("")).unwrap();
        assert_eq!(
            fs::read(&path).unwrap().len(),
            length,
            "peeking changes nothing"
        );
        let mut cache = Cache::open(&path, &question("")).unwrap();
        assert_eq!(peeked.known.len(), cache.known.len());
        // A line that lacks its end alone is whole.
        let lines = usize::from(length + 1 >= first) + usize::from(length + 1 >= whole.len());
        assert_eq!(cache.known.len(), lines, "{length}");
        let left = fs::read(&path).unwrap();
        assert!(left.is_empty() || left.ends_with(b"\n"), "{length}");
        cache.add(entry("b", 200, ANSWER), Ok(0.5)).unwrap();
        drop(cache);
        let again = Cache::open(&path, &question("")).unwrap();
        assert_eq!(again.known.len(), lines + 1, "{length}");
    }
}

#[test]
fn a_line_that_is_none_is_named_and_nothing_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = filled(folder.path());
    let whole = fs::read_to_string(&path).unwrap();
    let lied = whole.replace("\\\"value\\\": 0.5", "\\\"value\\\": 5");
    assert_ne!(lied, whole);
    for (content, line, part) in [
        (
            whole.replacen("\"text\":\"ä\"", "\"text\":\"b\"", 1),
            1,
            "a key that is not",
        ),
        (lied, 1, "settles nothing"),
        (
            whole.replace("\"status\":400", "\"status\":500"),
            2,
            "settles nothing",
        ),
        (format!("{whole}\n"), 3, "EOF"),
        (format!("nonsense\n{whole}"), 1, "expected ident"),
    ] {
        fs::write(&path, &content).unwrap();
        let error = Cache::open(&path, &question("")).unwrap_err().to_string();
        assert!(
            error.contains(&format!("answers.jsonl:{line}: ")),
            "{error}"
        );
        assert!(error.contains(part), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
    }
}

#[test]
fn a_cache_is_open_once_and_may_be_looked_at_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let path = filled(folder.path());
    let first = Cache::open(&path, &question("")).unwrap();
    let error = Cache::open(&path, &question("")).unwrap_err().to_string();
    assert!(
        error.contains("another process or scorer has it open"),
        "{error}"
    );
    assert_eq!(Cache::peek(&path, &question("")).unwrap().known.len(), 2);
    drop(first);
    assert!(Cache::open(&path, &question("")).is_ok());
}

#[test]
fn the_span_is_of_this_scorer_s_answers_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = filled(folder.path());
    let mut other = question("");
    other.attributes.truncate(1);
    assert_eq!(Cache::peek(&path, &other).unwrap().span(), None);
    let nothing = Cache::peek(&folder.path().join("none.jsonl"), &other).unwrap();
    assert_eq!(nothing.span(), None);
}
