//! A model folder: weights, configuration and tokenizer, which have to belong together.

use std::path::Path;

use crate::error::{Result, refuse};
use burn::tensor::Device;
use counterpoise_model::{
    Config, Precision, Tokenizer, Transformer, load_in, load_tuned_in, tokenizer_files,
};

/// What a model's prompts are encoded and continued with.
#[derive(Debug)]
pub struct ModelFiles {
    /// `config.json`.
    pub config: Config,
    /// The tokenizer, which also says what ends a text.
    pub tokenizer: Tokenizer,
}

impl ModelFiles {
    /// Reads the configuration and the tokenizer of a model folder, not the weights.
    ///
    /// # Errors
    /// Files that are missing or broken, or that contradict each other.
    pub fn read(folder: &Path) -> Result<Self> {
        Ok(Self {
            config: Config::read(folder)?,
            tokenizer: Tokenizer::read(folder)?,
        })
    }

    /// Reads those of a base model whose tuned version is to read the same texts.
    ///
    /// # Errors
    /// As for [`read`](Self::read); a tuned model whose tokenizer makes other tokens of a text, or
    /// whose texts end otherwise.
    pub fn read_pair(base: &Path, tuned: &Path) -> Result<Self> {
        let mut files = Self::read(base)?;
        let foreign = files.compare(base, tuned)?;
        files.tokenizer.refuse_in_texts(foreign);
        Ok(files)
    }

    /// Compares a tuned model with this one, read from the folder `base`; the tokens that only the tuned model has are
    /// answered.
    ///
    /// # Errors
    /// As for [`read_pair`](Self::read_pair).
    pub fn compare(&self, base: &Path, tuned: &Path) -> Result<Vec<String>> {
        // A tuned model may be a weight file alone, or a folder without a tokenizer of its own.
        if tokenizer_files(tuned).is_empty() {
            return Ok(Vec::new());
        }
        let own = match has_tokenizer(tuned) {
            true => Tokenizer::read(tuned)?,
            false => self.tokenizer.with_ends_of(tuned)?,
        };
        let foreign = match self.tokenizer.compare(&own) {
            Ok(added) => added,
            Err(difference) => refuse!(
                "{}: its tokenizer is not that of the base model, {}: {difference}; the two models have to \
                 read the same tokens",
                tuned.display(),
                base.display()
            ),
        };
        let (ends, own_ends) = (self.tokenizer.end_tokens(), own.end_tokens());
        if ends != own_ends {
            refuse!(
                "{}: its texts end with token {own_ends}, those of the base model, {}, with token {ends}; \
                 write one `eos_token_id` into generation_config.json or config.json of both",
                tuned.display(),
                base.display()
            );
        }
        Ok(foreign)
    }
}

fn has_tokenizer(folder: &Path) -> bool {
    let is_there = |name: &str| folder.join(name).exists();
    is_there("tokenizer.json") || is_there("vocab.json") || is_there("merges.txt")
}

/// Loads the weights of `folder`, or those of `state`, a tuned version of the same model, with matrices kept in `precision`. `remark` hears what a reader of
/// the results should know of the files, such as a second set of weights beside them that differs.
///
/// # Errors
/// Weights that are missing, broken or of another model; 16 bits on another device than the CPU.
pub fn load_weights(
    folder: &Path,
    state: Option<&Path>,
    precision: Precision,
    device: &Device,
    remark: &mut dyn FnMut(&str),
) -> Result<Transformer> {
    let checkpoint = match state {
        None => load_in(folder, precision, device)?,
        Some(path) => load_tuned_in(folder, path, precision, device)?,
    };
    let path = state.unwrap_or(folder).display();
    for text in &checkpoint.remarks {
        remark(&format!("{path}: {text}"));
    }
    Ok(checkpoint.model)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs;
    use std::path::PathBuf;

    use serde_json::{Value, json};

    use super::*;

    fn base() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden/folders")
    }

    fn json_of(name: &str) -> Value {
        serde_json::from_slice(&fs::read(base().join(name)).unwrap()).unwrap()
    }

    /// The base and a tuned folder with these files.
    fn pair(files: &[(&str, Value)]) -> Result<ModelFiles> {
        let tuned = tempfile::tempdir().unwrap();
        for (name, content) in files {
            fs::write(tuned.path().join(name), content.to_string()).unwrap();
        }
        ModelFiles::read_pair(&base(), tuned.path())
    }

    fn changed(change: impl Fn(&mut Value)) -> Value {
        let mut tokenizer = json_of("tokenizer.json");
        change(&mut tokenizer);
        tokenizer
    }

    fn with_pad(tokenizer: &mut Value) {
        tokenizer["added_tokens"]
            .as_array_mut()
            .unwrap()
            .push(json!({
                "id": 290, "content": "[PAD]", "special": true, "normalized": false,
                "single_word": false, "lstrip": false, "rstrip": false
            }));
    }

    #[test]
    fn a_tokenizer_may_be_written_otherwise_and_know_more_tokens() {
        let as_strings = changed(|tokenizer| {
            for merge in tokenizer["model"]["merges"].as_array_mut().unwrap() {
                let [left, right] = [0, 1].map(|part| merge[part].as_str().unwrap().to_owned());
                *merge = json!(format!("{left} {right}"));
            }
            tokenizer["truncation"] = json!({
                "direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0
            });
        });
        let files = pair(&[("tokenizer.json", as_strings)]).unwrap();
        assert_eq!(files.tokenizer.encode("the old man").unwrap().len(), 6);
        let files = pair(&[("tokenizer.json", changed(with_pad))]).unwrap();
        files.tokenizer.encode("the old man").unwrap();
        let error = files.tokenizer.encode("a [PAD]").unwrap_err().to_string();
        assert!(
            error.contains("`[PAD]`, which is a token of the tuned model's"),
            "{error}"
        );
        pair(&[]).unwrap();
    }

    #[test]
    fn the_first_difference_of_two_tokenizers_is_named() {
        type Change = fn(&mut Value);
        let cases: [(Change, &str); 7] = [
            (
                |made| made["model"]["merges"].as_array_mut().unwrap().swap(3, 4),
                "merge 3 is",
            ),
            (
                |made| drop(made["model"]["merges"].as_array_mut().unwrap().pop()),
                "merges, the base",
            ),
            (
                |made| made["model"]["vocab"]["\u{121}"] = json!(291),
                "is token 291, the base's token",
            ),
            (
                |made| made["model"]["vocab"]["zzz"] = json!(290),
                "`zzz` is a token",
            ),
            (
                |made| made["normalizer"] = json!({"type": "NFC"}),
                "its `normalizer` is",
            ),
            (
                |made| made["pre_tokenizer"]["use_regex"] = json!(false),
                "its `pre_tokenizer` is",
            ),
            (
                |made| made["added_tokens"][0]["lstrip"] = json!(true),
                "by other rules",
            ),
        ];
        for (change, part) in cases {
            let error = pair(&[("tokenizer.json", changed(change))])
                .unwrap_err()
                .to_string();
            assert!(error.contains("is not that of the base model"), "{error}");
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn two_models_whose_texts_end_otherwise_are_refused() {
        let mut config = json_of("config.json");
        config["eos_token_id"] = json!([0, 5]);
        let error = pair(&[("config.json", config)]).unwrap_err().to_string();
        assert!(error.contains("its texts end with token [0, 5]"), "{error}");
        let settings = json!({"eos_token_id": 7});
        let error = pair(&[("generation_config.json", settings)])
            .unwrap_err()
            .to_string();
        assert!(error.contains("its texts end with token 7"), "{error}");
    }
}
