//! `fit`, beside PyTorch and SciPy, and edits by what it writes; the bad input it refuses.

use std::fs;
use std::path::Path;

use counterpoise_direction::DirectionFile;
use counterpoise_hooks::HookPoint;
use counterpoise_probe::AurocFile;
use serde_json::Value;

use crate::{arg, error, json, mini, root};

fn golden() -> Value {
    let text = fs::read_to_string(root().join("fixtures/golden/fits.json"));
    serde_json::from_str(&text.unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap();
    list.iter().map(|x| x.as_f64().unwrap()).collect()
}

fn rows(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(numbers).collect()
}

/// Runs `fit WHAT` on the miniature's base model, by default on as many rows as the golden file is of.
fn fit(what: &str, out: &Path, more: &[&str]) -> Value {
    let (base, golden) = (mini("base"), golden());
    let (data, limit) = match what {
        "aura" => (["--comments", "comments.csv"], &golden["comments"]),
        _ => (["--pairs", "pairs.jsonl"], &golden["pairs"]),
    };
    let (file, limit) = (mini(data[1]), limit.to_string());
    let args = ["fit", what, "--model", arg(&base), data[0], arg(&file)];
    let first = ["--out", arg(out)];
    let limit = match more.contains(&"--limit") {
        true => Vec::new(),
        false => vec!["--limit", limit.as_str()],
    };
    json(&[&args[..], &first, &limit, more].concat())
}

fn blocks(path: &Path) -> Vec<Vec<Vec<f64>>> {
    match DirectionFile::read(path).unwrap() {
        DirectionFile::PerBlock(blocks) => blocks,
        DirectionFile::Shared(_) => panic!("expected each block's own"),
    }
}

/// The largest difference of the projectors onto the spans of two orthonormal bases.
fn apart(one: &[Vec<f64>], other: &[Vec<f64>]) -> f64 {
    let entry = |basis: &[Vec<f64>], row: usize, column: usize| -> f64 {
        basis.iter().map(|unit| unit[row] * unit[column]).sum()
    };
    let width = one[0].len();
    let pairs = (0..width).flat_map(|row| (0..width).map(move |column| (row, column)));
    pairs
        .map(|(row, column)| (entry(one, row, column) - entry(other, row, column)).abs())
        .fold(0.0, f64::max)
}

/// The perplexity of the first two windows of the miniature's text under an edit.
fn perplexity(folder: &Path, edit: &str) -> f64 {
    let (path, base, text) = (folder.join("edit.toml"), mini("base"), mini("text.txt"));
    fs::write(&path, format!("[[intervention]]\n{edit}\n")).unwrap();
    let args = ["perplexity", "--model", arg(&base), "--text", arg(&text)];
    let found = json(&[&args[..], &["--limit", "2", "--edit", arg(&path)]].concat());
    found["perplexity"].as_f64().unwrap()
}

#[track_caller]
fn assert_perplexity(folder: &Path, edit: &str, expected: &Value) {
    let (found, expected) = (perplexity(folder, edit), expected.as_f64().unwrap());
    let apart = (found / expected - 1.0).abs();
    assert!(apart < 1e-5, "{edit}: {found} for {expected}");
}

#[test]
fn profs_finds_the_subspaces_that_pytorch_finds_and_project_takes_them_out() {
    let (folder, golden) = (tempfile::tempdir().unwrap(), golden());
    let out = folder.path().join("profs.safetensors");
    let k = golden["k"].to_string();
    let found = fit("profs", &out, &["--k", &k]);
    assert_eq!(found["fitted"], golden["used"]);
    let expected = golden["profs"].as_array().unwrap();
    let fitted = blocks(&out);
    assert_eq!(fitted.len(), expected.len());
    for (layer, (found, expected)) in fitted.iter().zip(expected).enumerate() {
        let apart = apart(found, &rows(expected));
        assert!(apart < 2e-5, "block {layer}: {apart}");
    }
    let edit = "kind = 'project'\ndirection = { file = 'profs.safetensors' }";
    assert_perplexity(folder.path(), edit, &golden["edits"]["project"]);

    // Another batch size and more directions than are used give the same first ones.
    let other = folder.path().join("other.safetensors");
    fit("profs", &other, &["--k", "5", "--batch-size", "3"]);
    for (found, more) in fitted.iter().zip(blocks(&other)) {
        assert!(apart(found, &more[..3]) < 1e-5);
    }
}

#[test]
fn the_mean_difference_is_pytorchs_and_adding_it_is_contrastive_activation_addition() {
    let (folder, golden) = (tempfile::tempdir().unwrap(), golden());
    let out = folder.path().join("difference.safetensors");
    let place = golden["position"].to_string();
    fit("mean-difference", &out, &["--position", &place]);
    let expected = rows(&golden["mean_difference"]);
    for (found, expected) in blocks(&out).iter().zip(&expected) {
        assert_eq!(found.len(), 1);
        let size = expected.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        for (found, expected) in found[0].iter().zip(expected) {
            assert!((found - expected).abs() < 1e-5 * size, "{found} {expected}");
        }
    }
    let edit = format!(
        "kind = 'steer'\ndirection = {{ file = 'difference.safetensors' }}\nlength = 'own'\nlayer = {}\ncoefficient = {}",
        golden["layer"], golden["coefficient"]
    );
    assert_perplexity(folder.path(), &edit, &golden["edits"]["steer"]);
}

#[test]
fn areas_are_scipys_and_aura_damps_by_them() {
    let (folder, golden) = (tempfile::tempdir().unwrap(), golden());
    let out = folder.path().join("aura.safetensors");
    let found = fit("aura", &out, &[]);
    assert_eq!(found["toxic"], golden["toxic"]);
    let count = |name: &str| golden[name].as_f64().unwrap();
    let twice_pairs = 2.0 * count("toxic") * (count("comments") - count("toxic"));
    let areas = AurocFile::read(&out).unwrap().points;
    let expected = golden["aura"].as_object().unwrap();
    assert_eq!(areas.len(), expected.len());
    for (name, expected) in expected {
        let point: HookPoint = name.parse().unwrap();
        let found = &areas[&point];
        assert_eq!(found.len(), expected.as_array().unwrap().len());
        for (index, (found, expected)) in found.iter().zip(numbers(expected)).enumerate() {
            let found = found * twice_pairs;
            assert!(
                (found - expected).abs() < 1e-3,
                "{name} {index}: {found} for {expected}"
            );
        }
    }
    let file = "kind = 'aura'\nfile = 'aura.safetensors'";
    let edits = &golden["edits"];
    assert_perplexity(folder.path(), file, &edits["aura"]);
    let damp = format!("{file}\nform = 'damp'\nfactor = 0.5");
    assert_perplexity(folder.path(), &damp, &edits["damp"]);
    let det0 = format!("{file}\nform = 'det0'\nsite = 'activations'");
    assert_perplexity(folder.path(), &det0, &edits["det0"]);
    // As many random outputs do something else.
    let random = perplexity(folder.path(), &format!("{file}\nseed = 1"));
    assert!((random / edits["aura"].as_f64().unwrap() - 1.0).abs() > 1e-3);
}

#[test]
fn the_miniature_s_directions_and_areas_are_what_the_commands_make() {
    let folder = tempfile::tempdir().unwrap();
    let made = |what: &str, name: &str, more: &[&str]| {
        let out = folder.path().join(name);
        fit(what, &out, more);
        [out, mini("edits").join(name)]
    };
    let [found, kept] = made(
        "profs",
        "profs.safetensors",
        &["--limit", "500", "--k", "4"],
    )
    .map(|path| blocks(&path));
    for (found, kept) in found.iter().zip(&kept) {
        assert!(apart(found, kept) < 1e-3);
    }
    let read = [
        "--text",
        "continuation",
        "--position",
        "mean",
        "--limit",
        "500",
    ];
    let [found, kept] =
        made("mean-difference", "difference.safetensors", &read).map(|path| blocks(&path));
    for (found, kept) in found
        .iter()
        .flatten()
        .flatten()
        .zip(kept.iter().flatten().flatten())
    {
        assert!((found - kept).abs() < 1e-4, "{found} {kept}");
    }
    let [found, kept] = made("aura", "aura.safetensors", &["--limit", "1000"])
        .map(|path| AurocFile::read(&path).unwrap());
    for (point, areas) in &found.points {
        for (found, kept) in areas.iter().zip(&kept.points[point]) {
            assert!((found - kept).abs() < 1e-3, "{point}: {found} {kept}");
        }
    }
}

#[test]
fn what_no_direction_can_be_found_in_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let row = |chosen: &str, rejected: &str| {
        format!(
            "{{\"prompt_text\":\"The dog\",\"unpert_gen_text\":\"{chosen}\",\"pert_gen_text\":\"{rejected}\"}}\n"
        )
    };
    let (base, out, pairs) = (mini("base"), path("out.safetensors"), path("pairs.jsonl"));
    let refused = |text: &str, what: &str, more: &[&str]| {
        fs::write(&pairs, text).unwrap();
        let args = ["fit", what, "--model", arg(&base), "--pairs", arg(&pairs)];
        let rest = ["--out", arg(&out), "--device", "cpu"];
        let message = error(&[&args[..], &rest, more].concat());
        assert!(!out.exists());
        message
    };
    let empty = refused(&row("", " is here."), "profs", &[]);
    assert!(
        empty.contains("pairs.jsonl: ") && empty.contains("none in 1 rows"),
        "{empty}"
    );
    let few = refused(&row(" was here.", " is here."), "profs", &[]);
    assert!(few.contains("10 directions were asked for"), "{few}");
    let short = refused(
        &(row(" was a good old dog.", " is a good old dog.") + &row(" was", " is a bad one.")),
        "mean-difference",
        &["--position", "4", "--text", "continuation"],
    );
    assert!(
        short.contains("pairs.jsonl:2: ") && short.contains("--position"),
        "{short}"
    );

    let comments = path("comments.csv");
    fs::write(&comments, "comment_text,toxic\nA day.,0\nA night.,0\n").unwrap();
    let args = [
        "fit",
        "aura",
        "--model",
        arg(&base),
        "--comments",
        arg(&comments),
    ];
    let civil = error(&[&args[..], &["--out", arg(&out)]].concat());
    assert!(civil.contains("found 0 toxic ones among 2"), "{civil}");
    let named = error(&[&args[..], &["--out", arg(&path("aura.csv"))]].concat());
    assert!(named.contains("ends in `.safetensors`"), "{named}");
}
