//! `HF_HUB_OFFLINE`: the cache alone.

use std::fs;

use super::{PROMPTS, Setting, WEIGHTS};
use crate::arg;

const OFFLINE: (&str, &str) = ("HF_HUB_OFFLINE", "1");

#[test]
fn a_full_cache_is_enough() {
    let setting = Setting::new();
    setting.fetched(&[]);
    fs::remove_dir_all(setting.data()).unwrap();
    setting.server.requests();
    setting.fetched(&[OFFLINE]);
    setting.assert_whole();
    assert_eq!(setting.server.requests(), []);
}

#[test]
fn what_the_cache_lacks_is_an_error() {
    let setting = Setting::new();
    let error = setting.refused(&[OFFLINE]);
    let cache = setting.home().join("hub");
    for part in [
        "`config.json`",
        "gpt2-medium",
        arg(&cache),
        "HF_HUB_OFFLINE",
    ] {
        assert!(error.contains(part), "{error}");
    }
    assert_eq!(setting.server.requests(), []);
    assert!(!setting.data().exists());
}

#[test]
fn half_a_download_is_not_in_the_cache() {
    let setting = Setting::new();
    setting.server.fault(WEIGHTS, super::Fault::Cut(1000));
    setting.refused(&[]);
    let error = setting.refused(&[OFFLINE]);
    assert!(error.contains("`model.safetensors`"), "{error}");
    assert!(error.contains("not whole in the cache"), "{error}");
}

#[test]
fn a_cache_that_has_been_damaged_is_found_out() {
    let setting = Setting::new();
    setting.fetched(&[]);
    let blob = setting.blob(PROMPTS);
    fs::write(&blob, "{}").unwrap();
    let error = setting.refused(&[OFFLINE]);
    for part in [
        "`prompts.jsonl`",
        "found the git blob",
        "in 2 bytes",
        "run fetch again",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(!blob.exists());
    setting.fetched(&[]);
    setting.assert_whole();
}

#[test]
fn a_cache_that_another_program_filled_is_taken() {
    let setting = Setting::new();
    setting.fetched(&[]);
    // Hugging Face's own library writes no reference for a revision that is a commit.
    let model = setting
        .home()
        .join("hub/models--openai-community--gpt2-medium");
    fs::remove_dir_all(model.join("refs")).unwrap();
    setting.fetched(&[OFFLINE]);
}
