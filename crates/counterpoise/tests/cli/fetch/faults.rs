//! What goes wrong on the way, and that the next run gets over it.

use std::fs;
use std::net::TcpListener;

use super::{Fault, PROMPTS, Setting, TEXT, WEIGHTS};
use crate::arg;

#[test]
fn an_interrupted_download_goes_on_where_it_stopped() {
    let setting = Setting::new();
    setting.server.fault(WEIGHTS, Fault::Cut(1_000_000));
    let error = setting.refused(&[]);
    for part in [
        "`model.safetensors`",
        "broke off after 1000000 of 4",
        "run fetch again",
    ] {
        assert!(error.contains(part), "{error}");
    }
    let part = setting.blob(WEIGHTS).with_extension("part");
    assert_eq!(fs::metadata(&part).unwrap().len(), 1_000_000);
    assert!(!setting.data().join("base/model.safetensors").exists());

    setting.server.requests();
    setting.fetched(&[]);
    setting.assert_whole();
    let requests = setting.server.requests();
    let download = format!("/cdn{WEIGHTS}");
    let ranges: Vec<_> = requests
        .iter()
        .filter(|request| request.path == download)
        .filter_map(|request| request.range.as_deref())
        .filter(|range| *range != "bytes=0-0")
        .collect();
    assert_eq!(ranges, ["bytes=1000000-"]);
    // What had arrived whole is not asked for again.
    assert!(
        !requests
            .iter()
            .any(|request| request.path.ends_with("/config.json"))
    );
    assert!(!part.exists());
}

#[test]
fn a_download_that_only_lacked_its_name_is_finished() {
    let setting = Setting::new();
    let (blob, whole) = (
        setting.blob(WEIGHTS),
        super::files().remove(WEIGHTS).unwrap(),
    );
    fs::create_dir_all(blob.parent().unwrap()).unwrap();
    fs::write(blob.with_extension("part"), &whole).unwrap();
    setting.fetched(&[]);
    setting.assert_whole();
    let last = format!("bytes={}-", whole.len() - 1);
    let requests = setting.server.requests();
    assert!(
        requests
            .iter()
            .any(|request| request.range.as_ref() == Some(&last))
    );
}

#[test]
fn a_wrong_checksum_is_an_error_and_the_wrong_copy_goes() {
    let setting = Setting::new();
    for path in [WEIGHTS, PROMPTS] {
        let mut wrong = super::files().remove(path).unwrap();
        let middle = wrong.len() / 2;
        wrong[middle] ^= 1;
        setting.server.fault(path, Fault::Content(wrong));
        let error = setting.refused(&[]);
        let (_, name) = path.rsplit_once('/').unwrap();
        let announced = setting.server.etag(path);
        for part in [
            name,
            &announced,
            "expected the",
            "found the",
            "run fetch again",
        ] {
            assert!(error.contains(part), "{part}: {error}");
        }
        let blob = setting.blob(path);
        assert!(!blob.exists() && !blob.with_extension("part").exists());
        setting.server.repair();
    }
    assert!(!setting.data().join("real-toxicity-prompts.jsonl").exists());
    setting.fetched(&[]);
    setting.assert_whole();
}

#[test]
fn a_server_that_cannot_resume_does_not_spoil_the_file() {
    let setting = Setting::new();
    setting.server.fault(WEIGHTS, Fault::Cut(300_000));
    setting.refused(&[]);
    setting.server.fault(WEIGHTS, Fault::NoRanges);
    let error = setting.refused(&[]);
    assert!(error.contains("found the SHA-256"), "{error}");
    setting.fetched(&[]);
    setting.assert_whole();
}

#[test]
fn a_file_that_the_hub_does_not_have() {
    let setting = Setting::new();
    setting.server.fault(TEXT, Fault::Status(404));
    let error = setting.refused(&[]);
    for part in [
        "test-00000-of-00001.parquet",
        "Salesforce/wikitext",
        "b08601e04326c79dfdd32d625aee71d232d685c3",
        "404",
    ] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_file_that_needs_a_token() {
    let setting = Setting::new();
    setting.server.require("hf_secret");
    let page = format!("{}/openai-community/gpt2-medium", setting.server.endpoint());
    for more in [&[][..], &[("HF_TOKEN", "hf_other")]] {
        let error = setting.refused(more);
        for part in ["401", "HF_TOKEN", "accept the conditions", &page] {
            assert!(error.contains(part), "{error}");
        }
        assert!(!error.contains("hf_"), "{error}");
    }
    setting.fetched(&[("HF_TOKEN", "hf_secret")]);
    setting.assert_whole();
}

#[test]
fn a_token_that_was_saved_is_used() {
    let setting = Setting::new();
    setting.server.require("hf_secret");
    fs::create_dir_all(setting.home()).unwrap();
    fs::write(setting.home().join("token"), "hf_secret\n").unwrap();
    setting.fetched(&[]);
    setting.assert_whole();
}

#[test]
fn a_file_whose_conditions_are_not_accepted() {
    let setting = Setting::new();
    setting.server.fault(PROMPTS, Fault::Status(403));
    let error = setting.refused(&[]);
    let page = format!(
        "{}/datasets/allenai/real-toxicity-prompts",
        setting.server.endpoint()
    );
    for part in ["403", "HF_TOKEN", &page] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_hub_that_is_overloaded() {
    let setting = Setting::new();
    setting.server.fault(WEIGHTS, Fault::Status(503));
    let error = setting.refused(&[]);
    assert!(error.contains("503") && error.contains("later"), "{error}");
}

#[test]
fn a_server_that_is_no_hub() {
    let setting = Setting::new();
    setting.server.fault(PROMPTS, Fault::NoHeaders);
    let error = setting.refused(&[]);
    assert!(error.contains("does not answer as a model hub"), "{error}");
}

#[test]
fn no_network() {
    let setting = Setting::new();
    // A port that was free a moment ago.
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let endpoint = format!("http://{closed}");
    let error = setting.refused(&[("HF_ENDPOINT", &endpoint)]);
    for part in [
        &endpoint,
        "cannot be reached",
        "network",
        "HF_HUB_OFFLINE=1",
    ] {
        assert!(error.contains(part), "{error}");
    }
    let error = setting.refused(&[("HF_ENDPOINT", "no address")]);
    assert!(error.contains("HF_ENDPOINT"), "{error}");
}

/// `/dev/full` answers every write with "no space left on device".
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk() {
    let setting = Setting::new();
    let blob = setting.blob(WEIGHTS);
    let (part, blobs) = (
        blob.with_extension("part"),
        blob.parent().unwrap().to_owned(),
    );
    fs::create_dir_all(&blobs).unwrap();
    std::os::unix::fs::symlink("/dev/full", &part).unwrap();
    let error = setting.refused(&[]);
    for part in [
        "`model.safetensors`",
        "no room in",
        arg(&blobs),
        "needs 4.29 MB more",
        "HF_HOME",
        "run fetch again",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(!blob.exists());
    fs::remove_file(&part).unwrap();
    setting.fetched(&[]);
    setting.assert_whole();
}

#[test]
fn a_cache_that_cannot_be_written_to() {
    let setting = Setting::new();
    fs::write(setting.home(), "a file where the cache's folder should be").unwrap();
    let error = setting.refused(&[]);
    assert!(
        error.contains("cannot be written") && error.contains("HF_HOME"),
        "{error}"
    );
}

#[test]
fn a_file_that_another_program_is_downloading() {
    let setting = Setting::new();
    let lock = setting.blob(WEIGHTS).with_extension("lock");
    fs::create_dir_all(lock.parent().unwrap()).unwrap();
    let held = fs::File::create(&lock).unwrap();
    held.lock().unwrap();
    let error = setting.refused(&[]);
    for part in ["another program is downloading it", arg(&lock)] {
        assert!(error.contains(part), "{error}");
    }
    drop(held);
    setting.fetched(&[]);
    setting.assert_whole();
}
