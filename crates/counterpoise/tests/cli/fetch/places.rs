//! Where the study looks: what is there already stays.

use std::fs;

use super::{Setting, WEIGHTS};
use crate::arg;

#[test]
fn another_file_in_the_place_is_never_overwritten() {
    let setting = Setting::new();
    let place = setting.data().join("base/config.json");
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(&place, "{\"mine\": true}").unwrap();
    let error = setting.refused(&[]);
    for part in [arg(&place), "something else is there", "move it away"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert_eq!(fs::read_to_string(&place).unwrap(), "{\"mine\": true}");
    fs::remove_file(&place).unwrap();
    fs::create_dir(&place).unwrap();
    let error = setting.refused(&[]);
    assert!(error.contains("something else is there"), "{error}");
}

#[test]
fn the_same_content_in_the_place_is_left_as_it_is() {
    let setting = Setting::new();
    let place = setting.data().join("base/model.safetensors");
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(&place, super::files().remove(WEIGHTS).unwrap()).unwrap();
    setting.fetched(&[]);
    setting.assert_whole();
    assert!(fs::symlink_metadata(&place).unwrap().is_file());
}

#[cfg(unix)]
#[test]
fn a_link_into_a_cache_that_is_gone_is_made_anew() {
    let setting = Setting::new();
    setting.fetched(&[]);
    fs::remove_dir_all(setting.home()).unwrap();
    assert!(!setting.data().join("base/config.json").exists());
    setting.fetched(&[]);
    setting.assert_whole();
}

#[test]
fn a_folder_that_cannot_be_made() {
    let setting = Setting::new();
    fs::write(setting.data(), "a file").unwrap();
    let error = setting.refused(&[]);
    assert!(error.contains("cannot be put there"), "{error}");
}
