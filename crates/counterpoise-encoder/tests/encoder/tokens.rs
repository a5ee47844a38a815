//! Tokens beside those of `AutoTokenizer`.

use std::collections::BTreeMap;

use counterpoise_encoder::{EncoderConfig, Tokenizer};
use serde::Deserialize;
use serde_json::Value;

use crate::{Copy, FAMILIES, golden, read};

/// What `tokens.json` holds.
#[derive(Deserialize)]
struct Expected {
    texts: Vec<String>,
    cases: Vec<Case>,
}

/// Files that differ from the folder's, `null` for those that are not there, and the tokens of each text then.
#[derive(Deserialize)]
struct Case {
    files: BTreeMap<String, Value>,
    tokens: Vec<Vec<u32>>,
}

#[test]
fn awkward_texts_have_the_tokens_of_auto_tokenizer_under_every_setting() {
    for family in FAMILIES {
        let expected: Expected = read(&golden(family).join("tokens.json"));
        assert!(expected.cases.len() > 10);
        for case in expected.cases {
            let mut copy = Copy::of(family);
            for (name, content) in &case.files {
                copy = copy.with(name, Some(content).filter(|content| !content.is_null()));
            }
            let names: Vec<&String> = case.files.keys().collect();
            let config = EncoderConfig::read(copy.path()).unwrap();
            let tokenizer = Tokenizer::read(copy.path(), &config, None).unwrap();
            for (text, tokens) in expected.texts.iter().zip(&case.tokens) {
                let found = tokenizer.encode(text).unwrap();
                let settings = case.files.get("tokenizer_config.json");
                assert_eq!(
                    &found, tokens,
                    "{family}, {names:?}, {settings:?}: {text:?}"
                );
            }
        }
    }
}

#[test]
fn texts_are_cut_where_a_study_says() {
    for family in FAMILIES {
        let config = EncoderConfig::read(&golden(family)).unwrap();
        let read = |max_tokens| Tokenizer::read(&golden(family), &config, max_tokens);
        let (whole, cut) = (read(None).unwrap(), read(Some(5)).unwrap());
        let text = "the old man and the woman";
        let (whole, cut) = (whole.encode(text).unwrap(), cut.encode(text).unwrap());
        assert_eq!(cut.len(), 5);
        assert_eq!((&cut[..4], cut[4]), (&whole[..4], whole[whole.len() - 1]));
        for wrong in [0, 2, 25] {
            let error = read(Some(wrong)).unwrap_err().to_string();
            assert!(
                error.contains(&format!("`max_tokens` is {wrong}; expected 3 to 24")),
                "{error}"
            );
        }
    }
}
