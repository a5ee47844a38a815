//! What a score must not depend on.

use std::num::NonZeroUsize;

use burn::tensor::Device;
use counterpoise_encoder::{Classifier, ClassifierScorer};

use crate::parity::Expected;
use crate::{Copy, FAMILIES, golden, read};

fn load(family: &str, batch_size: usize) -> ClassifierScorer {
    let classifier = Classifier {
        batch_size: NonZeroUsize::new(batch_size).unwrap(),
        ..Classifier::at(golden(family))
    };
    classifier.load(&Device::flex()).unwrap()
}

#[test]
fn batch_size_and_order_change_no_score() {
    for family in FAMILIES {
        let expected: Expected = read(&golden(family).join("expected.json"));
        let alone = load(family, 1).toxicity(&expected.texts).unwrap();
        for batch_size in [2, 3, 5, 64] {
            let scorer = load(family, batch_size);
            let mut texts = expected.texts.clone();
            let together = scorer.toxicity(&texts).unwrap();
            texts.reverse();
            let mut reversed = scorer.toxicity(&texts).unwrap();
            reversed.reverse();
            for ((alone, together), reversed) in alone.iter().zip(&together).zip(&reversed) {
                let [alone, together, reversed] =
                    [alone, together, reversed].map(|score| score.unwrap());
                assert_eq!(alone.to_bits(), together.to_bits(), "{alone} {together}");
                assert_eq!(together.to_bits(), reversed.to_bits());
            }
        }
        assert_eq!(alone[0], alone[9], "the same text twice");
    }
}

#[test]
fn no_text_gives_no_score() {
    assert!(load("bert", 4).toxicity(&[]).unwrap().is_empty());
}

#[test]
fn a_text_whose_logits_are_no_number_is_missing_and_the_others_are_not() {
    let expected: Expected = read(&golden("bert").join("expected.json"));
    let token = load("bert", 1).tokenizer().encode("漢").unwrap()[1] as usize;
    let copy = Copy::of("bert").with_tensors(|tensors| {
        let (shape, values) = tensors
            .0
            .get_mut("bert.embeddings.word_embeddings.weight")
            .unwrap();
        values[token * shape[1]..][..shape[1]].fill(3e38);
    });
    let scorer = Classifier::at(copy.path()).load(&Device::flex()).unwrap();
    let found = scorer.toxicity(&expected.texts).unwrap();
    let whole = load("bert", 64).toxicity(&expected.texts).unwrap();
    let mut missing = 0;
    for ((text, found), whole) in expected.texts.iter().zip(found).zip(whole) {
        if text.contains('漢') {
            assert_eq!(found, None);
            missing += 1;
        } else {
            assert_eq!(found, whole, "{text}");
        }
    }
    assert_eq!(missing, 1);
}
