//! The lists that come along.

#![allow(clippy::unwrap_used)]
use super::*;

#[test]
fn every_file_that_a_listed_study_reads_has_an_origin() {
    let studies = known()
        .into_iter()
        .filter(|name| crate::studies::exists(name));
    let studies: Vec<String> = studies.collect();
    assert!(studies.contains(&"gpt2-medium".to_owned()));
    for name in studies {
        let study = crate::studies::find(&name, &crate::kinds().unwrap()).unwrap();
        let in_base = ["config.json", "tokenizer.json", "model.safetensors"];
        let mut files: Vec<PathBuf> = in_base.map(|file| study.base.join(file)).into();
        let single = [&study.tuned, &study.probe, &study.prompts];
        files.extend(single.map(Clone::clone));
        files.extend(study.part_inputs().into_iter().map(|(_, file)| file));
        for file in files {
            assert!(origin(&file).unwrap().is_some(), "{}", file.display());
        }
    }
}

#[test]
fn every_piece_says_how_it_is_to_be_had_and_no_two_share_a_place() {
    for name in known() {
        let pieces = Pieces::of(&name, None).unwrap();
        let fetched = pieces.repositories.iter().flat_map(|from| &from.files);
        let mut places: Vec<_> = fetched.map(|file| file.place.clone()).collect();
        for piece in &pieces.by_hand {
            let sources = piece.sources(&pieces.folder);
            assert!(!sources.is_empty(), "{}", piece.what);
            assert!(!sources.concat().contains('{'), "{sources:?}");
            places.push(piece.place.clone());
        }
        assert!(places.iter().all(|place| place.is_relative()));
        let all = places.len();
        places.sort();
        places.dedup();
        assert_eq!(places.len(), all);
    }
}

#[test]
fn a_file_of_no_list_has_no_origin() {
    assert_eq!(origin(Path::new("/elsewhere/config.json")).unwrap(), None);
}
