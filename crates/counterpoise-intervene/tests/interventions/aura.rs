//! AurA's factors: what they multiply, what they leave alone, and what is refused.

use counterpoise_hooks::{BlockPoint, HookPoint};
use counterpoise_intervene::{Prepared, Subject};
use counterpoise_probe::{AurocFile, mlp_matrix_outputs};
use tempfile::TempDir;

use crate::{D_MLP, LAYERS, Reading, block, build, model, seen, untouched};

/// Areas of [`model`]: in block 1 numbers 3 and 7 are above one half everywhere, all others at or below it.
fn file(folder: &TempDir) -> String {
    let model = model();
    let areas = |point: HookPoint, width: usize| {
        let mut areas: Vec<f64> = (0..width).map(|i| 0.5 - 0.25 * (i % 2) as f64).collect();
        if matches!(point, HookPoint::Block { layer: 1, .. }) {
            (areas[3], areas[7]) = (0.75, 0.625);
        }
        (point, areas)
    };
    let points = (0..LAYERS).flat_map(|layer| {
        let [first, last] = mlp_matrix_outputs(&model, layer)[..] else {
            panic!("a plain MLP has two matrices");
        };
        let post = HookPoint::mlp_post(layer);
        [
            areas(first, D_MLP),
            areas(post, D_MLP),
            areas(last, model.d_model()),
        ]
    });
    let path = folder.path().join("aura.safetensors");
    let points = points.collect();
    AurocFile { points }.write(&path).unwrap();
    format!("kind = 'aura'\nfile = '{}'\n", path.display())
}

fn prepared(text: &str) -> Prepared {
    let model = model();
    let aura = build(text).unwrap();
    aura.prepare(model.clone(), &Subject::of(&model)).unwrap()
}

/// What each number at `point` of block 1 is divided by what it was, in the padded rows' last column.
fn ratios(text: &str, at: BlockPoint) -> Vec<f32> {
    let point = block(1, at);
    let [found, _] = seen(&prepared(text), Reading::Generation, point);
    let [before, _] = untouched(point);
    let [_, _, width] = found.shape;
    (0..width)
        .map(|i| found.at(0, 4, i) / before.at(0, 4, i))
        .collect()
}

#[track_caller]
fn assert_factors(text: &str, at: BlockPoint, expected: [f32; 2]) {
    for (index, ratio) in ratios(text, at).into_iter().enumerate() {
        let expected = match index {
            3 => expected[0],
            7 => expected[1],
            _ => 1.0,
        };
        assert!((ratio - expected).abs() < 1e-6, "{text}: {index}: {ratio}");
    }
}

#[test]
fn each_form_damps_what_tells_toxic_text_apart_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    let post = |more: &str| format!("{file}site = 'activations'\n{more}");
    let at = BlockPoint::MlpPost;
    assert_factors(&file, BlockPoint::MlpPre, [0.5, 0.75]);
    assert_factors(&post(""), at, [0.5, 0.75]);
    assert_factors(&post("form = 'det0'"), at, [0.0, 0.0]);
    assert_factors(&post("form = 'damp'\nfactor = 0.25"), at, [0.25, 0.25]);
    assert_factors(&post("top = 1"), at, [0.5, 1.0]);
    assert_eq!(prepared(&post("")).neurons(), 2);
    // The activations are not a matrix's output.
    let point = block(1, BlockPoint::MlpPre);
    let [found, _] = seen(&prepared(&post("")), Reading::Generation, point);
    assert_eq!(found.bits(), untouched(point)[0].bits());
}

#[test]
fn random_outputs_get_the_same_factors() {
    let folder = tempfile::tempdir().unwrap();
    let random = format!("{}site = 'activations'\nseed = 4\n", file(&folder));
    let sorted = |text: &str| {
        let mut ratios = ratios(text, BlockPoint::MlpPost);
        ratios.retain(|ratio| (ratio - 1.0).abs() > 1e-6);
        ratios.sort_by(f32::total_cmp);
        ratios
    };
    let [low, high] = sorted(&random)[..] else {
        panic!("two are damped");
    };
    assert!((low - 0.5).abs() < 1e-6 && (high - 0.75).abs() < 1e-6);
    let ratios = ratios(&random, BlockPoint::MlpPost);
    assert!((ratios[3] - 0.5).abs() > 1e-3, "drawn for itself");
    let redrawn = build(&random).unwrap().redrawn(2).unwrap();
    assert_ne!(
        redrawn.describe().unwrap(),
        build(&random).unwrap().describe().unwrap()
    );
    assert!(build(&file(&folder)).unwrap().redrawn(2).is_none());
}

#[test]
fn areas_of_another_model_and_factors_that_do_nothing_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    let refused = |more: &str| build(&format!("{file}{more}")).unwrap_err().to_string();
    assert!(refused("form = 'damp'").contains("`factor` is missing"));
    assert!(refused("form = 'damp'\nfactor = 1.0").contains("`factor` is 1"));
    assert!(refused("factor = 0.5").contains("goes with"));
    assert!(refused("top = 0").contains("`top` is 0"));
    assert!(refused("draw = 2").contains("goes with `seed`"));

    let model = model();
    let path = folder.path().join("aura.safetensors");
    let error = |change: &dyn Fn(&mut AurocFile)| {
        let mut areas = AurocFile::read(&path).unwrap();
        change(&mut areas);
        let other = folder.path().join("other.safetensors");
        areas.write(&other).unwrap();
        let text = file.replace("aura.safetensors", "other.safetensors");
        let aura = build(&text).unwrap();
        let error = aura.prepare(model.clone(), &Subject::of(&model));
        error.unwrap_err().to_string()
    };
    let missing = error(&|areas| drop(areas.points.remove(&block(1, BlockPoint::MlpPre))));
    assert!(
        missing.contains("blocks.1.mlp.hook_pre: expected 160 areas, found 0"),
        "{missing}"
    );
    let nothing = error(&|areas| {
        let all = areas.points.values_mut().flatten();
        all.for_each(|area| *area = area.min(0.5));
    });
    assert!(nothing.contains("selects no neuron"), "{nothing}");
}
