//! Whether two tokenizers make the same tokens of every text.

use std::collections::{BTreeMap, HashSet};

use tokenizers::{AddedToken, ModelWrapper};

use super::Tokenizer;

impl Tokenizer {
    /// The first thing that makes the tokens of a text differ between this tokenizer and `other`, in
    /// words; or the added tokens of `other` that this one reads as ordinary text.
    ///
    /// How the files are written does not matter, nor what they say about cutting and filling up texts.
    ///
    /// # Errors
    /// The difference.
    pub fn compare(&self, other: &Self) -> Result<Vec<String>, String> {
        same_model(self.inner.get_model(), other.inner.get_model())?;
        let parts = [
            (
                "normalizer",
                json(&self.inner.get_normalizer()),
                json(&other.inner.get_normalizer()),
            ),
            (
                "pre_tokenizer",
                json(&self.inner.get_pre_tokenizer()),
                json(&other.inner.get_pre_tokenizer()),
            ),
            (
                "decoder",
                json(&self.inner.get_decoder()),
                json(&other.inner.get_decoder()),
            ),
        ];
        for (part, mine, theirs) in parts {
            if mine != theirs {
                return Err(format!("its `{part}` is {theirs}, the base's {mine}"));
            }
        }
        let named = |tokenizer: &Self| match tokenizer.beginning {
            None => "no token".to_owned(),
            Some(token) => format!("token {token}"),
        };
        if self.beginning != other.beginning {
            let (mine, theirs) = (named(self), named(other));
            return Err(format!(
                "it puts {theirs} before each text, the base's {mine}"
            ));
        }
        self.compare_added(other)
    }

    fn compare_added(&self, other: &Self) -> Result<Vec<String>, String> {
        let by_text = |tokenizer: &tokenizers::Tokenizer| -> BTreeMap<String, (u32, AddedToken)> {
            let added = tokenizer.get_added_tokens_decoder().into_iter();
            added
                .map(|(id, token)| (token.content.clone(), (id, token)))
                .collect()
        };
        let (mine, mut theirs) = (by_text(&self.inner), by_text(&other.inner));
        for (text, (id, token)) in mine {
            match theirs.remove(&text) {
                Some((their_id, their_token)) if their_id == id && their_token == token => {}
                Some((their_id, _)) if their_id != id => {
                    return Err(format!("`{text}` is token {their_id}, the base's {id}"));
                }
                Some(_) => {
                    return Err(format!(
                        "it finds `{text}` in a text by other rules than the base"
                    ));
                }
                None => {
                    return Err(format!(
                        "it has no added token `{text}`, which the base has"
                    ));
                }
            }
        }
        let vocabulary = self.inner.get_vocab(true);
        let taken: HashSet<u32> = vocabulary.values().copied().collect();
        for (text, (id, _)) in &theirs {
            // A word of the vocabulary that is marked as added keeps its number.
            let same = vocabulary.get(text) == Some(id);
            if taken.contains(id) && !same {
                return Err(format!(
                    "token {id} is `{text}`, but another token of the base"
                ));
            }
        }
        Ok(theirs.into_keys().collect())
    }
}

/// The vocabularies, the merges and the settings of two models.
fn same_model(mine: &ModelWrapper, theirs: &ModelWrapper) -> Result<(), String> {
    let (mut mine, mut theirs) = (value(mine), value(theirs));
    same_vocabulary(&mine["vocab"].take(), &theirs["vocab"].take())?;
    let (merges, their_merges) = (mine["merges"].take(), theirs["merges"].take());
    let empty = Vec::new();
    let list = |merges| -> Vec<serde_json::Value> {
        serde_json::Value::as_array(merges)
            .unwrap_or(&empty)
            .clone()
    };
    let (merges, their_merges) = (list(&merges), list(&their_merges));
    let mut pairs = merges.iter().zip(&their_merges).enumerate();
    if let Some((rank, (mine, theirs))) = pairs.find(|(_, (mine, theirs))| mine != theirs) {
        return Err(format!("merge {rank} is {theirs}, the base's {mine}"));
    }
    if merges.len() != their_merges.len() {
        let (mine, theirs) = (merges.len(), their_merges.len());
        return Err(format!("it has {theirs} merges, the base {mine}"));
    }
    let (serde_json::Value::Object(mine), serde_json::Value::Object(theirs)) = (mine, theirs)
    else {
        return Ok(());
    };
    let names = mine.keys().chain(theirs.keys());
    for name in names {
        let setting = |model: &serde_json::Map<_, _>| normal(model.get(name));
        let (mine, theirs) = (setting(&mine), setting(&theirs));
        if mine != theirs {
            return Err(format!(
                "its model's `{name}` is {theirs}, the base's {mine}"
            ));
        }
    }
    Ok(())
}

fn same_vocabulary(mine: &serde_json::Value, theirs: &serde_json::Value) -> Result<(), String> {
    let (Some(mine), Some(theirs)) = (mine.as_object(), theirs.as_object()) else {
        return match mine == theirs {
            true => Ok(()),
            false => Err("its vocabulary is another than the base's".to_owned()),
        };
    };
    let differs = mine
        .iter()
        .find(|(token, id)| theirs.get(*token) != Some(id));
    if let Some((token, id)) = differs {
        let found = theirs
            .get(token)
            .map_or("not there".to_owned(), |id| format!("token {id}"));
        return Err(format!("`{token}` is {found}, the base's token {id}"));
    }
    match theirs.keys().find(|&token| !mine.contains_key(token)) {
        Some(token) => Err(format!(
            "`{token}` is a token, which the base does not have"
        )),
        None => Ok(()),
    }
}

/// A setting, where an empty text and `false` mean the same as nothing.
fn normal(value: Option<&serde_json::Value>) -> serde_json::Value {
    match value {
        Some(serde_json::Value::String(text)) if text.is_empty() => serde_json::Value::Null,
        Some(serde_json::Value::Bool(false)) | None => serde_json::Value::Null,
        Some(value) => value.clone(),
    }
}

fn json(part: &impl serde::Serialize) -> serde_json::Value {
    let mut value = value(part);
    // Where a token lies in its text is nothing that is read here.
    if let Some(part) = value.as_object_mut() {
        part.remove("trim_offsets");
    }
    value
}

fn value(part: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(part).unwrap_or_default()
}
