//! Weights under the names that they have in files of other versions.

use burn::tensor::Device;
use counterpoise_encoder::Classifier;
use counterpoise_score::ScorerKind;

use crate::parity::Expected;
use crate::{Copy, Tensors, golden, read};

fn scores(copy: &Copy) -> Vec<Option<f64>> {
    let expected: Expected = read(&golden("bert").join("expected.json"));
    let scorer = Classifier::at(copy.path()).load(&Device::flex()).unwrap();
    scorer.toxicity(&expected.texts).unwrap()
}

#[test]
fn names_of_tensorflow_and_of_wrappers_and_buffers_are_known() {
    let whole = scores(&Copy::of("bert"));
    let renamed = |tensors: &mut Tensors, old: &str, new: &str| {
        let names: Vec<String> = tensors
            .0
            .keys()
            .filter(|name| name.ends_with(old))
            .cloned()
            .collect();
        assert!(!names.is_empty());
        for name in names {
            tensors.rename(&name, &name.replace(old, new));
        }
    };
    let old = Copy::of("bert").with_tensors(|tensors| {
        renamed(tensors, "LayerNorm.weight", "LayerNorm.gamma");
        renamed(tensors, "LayerNorm.bias", "LayerNorm.beta");
        let positions = (
            vec![1, 24],
            (0..24).map(|position| position as f32).collect(),
        );
        tensors
            .0
            .insert("bert.embeddings.position_ids".to_owned(), positions);
    });
    assert_eq!(scores(&old), whole);
    let wrapped = Copy::of("bert").with_tensors(|tensors| {
        let names: Vec<String> = tensors.0.keys().cloned().collect();
        for name in names {
            tensors.rename(&name, &format!("module.{name}"));
        }
    });
    assert_eq!(scores(&wrapped), whole);
}

#[test]
fn a_pooler_that_roberta_does_not_use_is_left_out_and_told() {
    let copy = Copy::of("roberta").with_tensors(|tensors| {
        tensors.0.insert(
            "roberta.pooler.dense.weight".to_owned(),
            (vec![16, 16], vec![0.5; 256]),
        );
        tensors.0.insert(
            "roberta.pooler.dense.bias".to_owned(),
            (vec![16], vec![0.5; 16]),
        );
    });
    assert_eq!(scores(&copy), scores(&Copy::of("roberta")));
    let said = Classifier::at(copy.path()).check().unwrap();
    assert!(
        said.contains("`roberta.pooler.dense`") && said.contains("softmax of `toxic`"),
        "{said}"
    );
}
