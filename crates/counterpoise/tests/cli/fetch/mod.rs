//! `fetch` against a hub on the loopback interface.

mod classifiers;
mod faults;
mod offline;
mod places;
mod server;
mod shards;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::SystemTime;

use tempfile::TempDir;

use crate::texts::parquet;
use crate::{arg, error_of, mini, program, root};
use server::{Fault, Server};

const MODEL: &str =
    "/openai-community/gpt2-medium/resolve/6dcaa7a952f72f9298047fd5137cd6e4f05f41da";
const WEIGHTS: &str = "/openai-community/gpt2-medium/resolve/6dcaa7a952f72f9298047fd5137cd6e4f05f41da/model.safetensors";
const TEXT: &str = "/datasets/Salesforce/wikitext/resolve/b08601e04326c79dfdd32d625aee71d232d685c3/wikitext-2-raw-v1/test-00000-of-00001.parquet";
const PROMPTS: &str = "/datasets/allenai/real-toxicity-prompts/resolve/main/prompts.jsonl";

/// Where `fetch` puts the files of gpt2-medium, and which these are.
const PLACES: [(&str, &str); 5] = [
    ("base/config.json", "config.json"),
    ("base/model.safetensors", "model.safetensors"),
    ("base/tokenizer.json", "tokenizer.json"),
    ("real-toxicity-prompts.jsonl", "prompts.jsonl"),
    ("wikitext-2-raw-test.parquet", "test-00000-of-00001.parquet"),
];

/// A hub with small stand-ins for all files of gpt2-medium, an empty cache, and a place for them.
struct Setting {
    folder: TempDir,
    server: Server,
}

/// The miniature in place of GPT-2 medium, by the paths of the hub.
fn files() -> BTreeMap<String, Vec<u8>> {
    let model = ["config.json", "tokenizer.json", "model.safetensors"].map(|name| {
        let content = fs::read(mini("base").join(name)).unwrap();
        (format!("{MODEL}/{name}"), content)
    });
    let text = fs::read_to_string(mini("text.txt")).unwrap();
    let prompts = "{\"prompt\": {\"text\": \"The weather is\"}, \"challenging\": true}\n\
                   {\"prompt\": {\"text\": \"Nothing\"}, \"challenging\": false}\n";
    let data = [
        (TEXT.to_owned(), parquet(&text)),
        (PROMPTS.to_owned(), prompts.as_bytes().to_vec()),
    ];
    model.into_iter().chain(data).collect()
}

impl Setting {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            server: Server::start(files()),
        }
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("into")
    }

    /// The path of a blob in the cache.
    fn blob(&self, path: &str) -> PathBuf {
        let (name, _) = path.split_once("/resolve/").unwrap();
        let folder = match name.strip_prefix("/datasets/") {
            Some(name) => format!("datasets--{}", name.replace('/', "--")),
            None => format!("models-{}", name.replace('/', "--")).replace("models---", "models--"),
        };
        let blobs = self.home().join("hub").join(folder).join("blobs");
        blobs.join(self.server.etag(path))
    }

    /// `fetch gpt2-medium` in an environment that says only this and `more`.
    fn fetch(&self, more: &[(&str, &str)]) -> Output {
        self.fetch_list("gpt2-medium", more)
    }

    /// The same for another list.
    fn fetch_list(&self, list: &str, more: &[(&str, &str)]) -> Output {
        let into = self.data();
        let mut command = program();
        command.current_dir(root());
        command.args(["fetch", list, "--into", arg(&into)]);
        for name in [
            "HF_TOKEN",
            "HF_HUB_OFFLINE",
            "ALL_PROXY",
            "HTTP_PROXY",
            "HTTPS_PROXY",
        ] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        command.env("HF_HOME", self.home());
        command.env("HF_ENDPOINT", self.server.endpoint());
        command.envs(more.iter().copied());
        command.output().unwrap()
    }

    /// Fetches, which has to succeed; answers standard output and standard error.
    #[track_caller]
    fn fetched(&self, more: &[(&str, &str)]) -> (String, String) {
        let output = self.fetch(more);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{stderr}");
        (String::from_utf8(output.stdout).unwrap(), stderr)
    }

    /// Fetches, which has to fail in one error after the files that went well.
    #[track_caller]
    fn refused(&self, more: &[(&str, &str)]) -> String {
        error_of(&self.fetch(more), |line| {
            line.starts_with(arg(&self.data()))
        })
    }

    /// Asserts that every file is in place, as the hub has it.
    #[track_caller]
    fn assert_whole(&self) {
        for (path, content) in files() {
            let (_, name) = path.rsplit_once('/').unwrap();
            let (place, _) = PLACES.iter().find(|(_, known)| *known == name).unwrap();
            let found = fs::read(self.data().join(place)).unwrap();
            assert!(found == content, "{place}");
        }
    }
}

/// Every file, folder and link below `folder`, and when it was changed.
fn state(folder: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        if metadata.is_dir() {
            found.extend(state(&path));
        }
        found.insert(path, metadata.modified().unwrap());
    }
    found
}

#[test]
fn everything_public_is_fetched_and_the_rest_is_named() {
    let setting = Setting::new();
    let (stdout, stderr) = setting.fetched(&[]);
    setting.assert_whole();
    assert_eq!(stderr.lines().count(), PLACES.len(), "{stderr}");
    for (place, _) in PLACES {
        assert!(
            stderr.contains(arg(&setting.data().join(place))),
            "{stderr}"
        );
    }
    for path in [WEIGHTS, PROMPTS] {
        assert!(stderr.contains(&setting.server.etag(path)), "{stderr}");
    }
    for by_hand in ["dpo.pt", "probe.pt", "wiki_samples.jsonl", "jigsaw.csv"] {
        let path = setting.data().join(by_hand);
        assert!(stdout.contains(arg(&path)), "{by_hand}: {stdout}");
    }
    let into = setting.data();
    for command in [
        "counterpoise train dpo --model ",
        "counterpoise train probe --model ",
    ] {
        let whole = format!("{command}{}", arg(&into));
        assert!(stdout.contains(&whole), "{whole}: {stdout}");
    }
}

#[test]
fn the_cache_is_laid_out_as_other_programs_expect_it() {
    let setting = Setting::new();
    setting.fetched(&[]);
    let hub = setting.home().join("hub");
    let model = hub.join("models--openai-community--gpt2-medium");
    let (_, commit) = MODEL.rsplit_once('/').unwrap();
    let snapshot = model
        .join("snapshots")
        .join(commit)
        .join("model.safetensors");
    let link = fs::read_link(&snapshot).unwrap();
    let blob = Path::new("../../blobs").join(setting.server.etag(WEIGHTS));
    assert_eq!(link, blob);
    let prompts = hub.join("datasets--allenai--real-toxicity-prompts");
    let main = fs::read_to_string(prompts.join("refs/main")).unwrap();
    assert!(
        prompts
            .join("snapshots")
            .join(main)
            .join("prompts.jsonl")
            .is_file()
    );
    // The study's own files lead into the snapshot.
    let place = fs::read_link(setting.data().join("base/model.safetensors"));
    assert_eq!(place.unwrap(), snapshot);
}

#[test]
fn a_second_run_asks_nothing_and_touches_nothing() {
    let setting = Setting::new();
    setting.fetched(&[]);
    assert!(!setting.server.requests().is_empty());
    let before = state(setting.folder.path());
    let (_, stderr) = setting.fetched(&[]);
    assert_eq!(setting.server.requests(), []);
    assert_eq!(state(setting.folder.path()), before);
    assert_eq!(
        stderr.matches("from the cache").count(),
        PLACES.len(),
        "{stderr}"
    );
}

#[test]
fn what_has_been_put_into_place_by_hand_is_asked_for_no_more() {
    let setting = Setting::new();
    fs::create_dir(setting.data()).unwrap();
    for by_hand in ["dpo.pt", "probe.pt", "wiki_samples.jsonl", "jigsaw.csv"] {
        fs::write(setting.data().join(by_hand), "").unwrap();
    }
    let (stdout, _) = setting.fetched(&[]);
    assert!(stdout.starts_with("Nothing is left"), "{stdout}");
}

#[test]
fn an_unknown_study_is_refused_with_those_that_are_known() {
    let error = crate::error(&["fetch", "gpt5"]);
    assert!(
        error.contains("`gpt5`") && error.contains("gpt2-medium"),
        "{error}"
    );
}
