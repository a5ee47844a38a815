//! The list of classifiers.

use std::collections::BTreeMap;
use std::fs;

use toml::{Table, Value};

use super::Setting;
use super::server::Server;
use crate::{arg, root};

/// Path of the hub and place of every file of the list, and the licences.
fn list() -> (Vec<(String, String)>, Vec<String>) {
    let text = fs::read_to_string(root().join("studies/hub/classifiers.toml")).unwrap();
    let list: Table = toml::from_str(&text).unwrap();
    let text = |table: &Value, key: &str| table[key].as_str().unwrap().to_owned();
    let (mut files, mut licences) = (Vec::new(), Vec::new());
    for repository in list["repository"].as_array().unwrap() {
        let (name, revision) = (text(repository, "name"), text(repository, "revision"));
        for file in repository["files"].as_array().unwrap() {
            let path = format!("/{name}/resolve/{revision}/{}", text(file, "name"));
            files.push((path, text(file, "place")));
        }
        licences.push(format!("{name}: licence {}", text(repository, "licence")));
    }
    (files, licences)
}

#[test]
fn every_classifier_is_fetched_into_its_folder_and_its_licence_told() {
    let (files, licences) = list();
    let content = |path: &str| format!("in place of {path}").into_bytes();
    let served: BTreeMap<_, _> = (files.iter())
        .map(|(path, _)| (path.clone(), content(path)))
        .collect();
    let setting = Setting {
        folder: tempfile::tempdir().unwrap(),
        server: Server::start(served),
    };
    let output = setting.fetch_list("classifiers", &[]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    for (path, place) in &files {
        let found = fs::read(setting.data().join(place)).unwrap();
        assert!(found == content(path), "{place}");
    }
    assert_eq!(licences.len(), 4);
    for licence in licences {
        assert!(stderr.contains(&licence), "{stderr}");
    }
    assert!(stderr.contains("CC-BY-NC-SA: not for commercial use"));
    let stdout = String::from_utf8(output.stdout).unwrap();
    // No study is named as the list is.
    assert!(
        !stdout.contains("--study") && !stdout.contains(arg(&setting.data())),
        "{stdout}"
    );
}
