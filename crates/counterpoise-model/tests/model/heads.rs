//! A head that is not the embedding: PyTorch's logits, tokens and perplexity (`fixtures/golden/weights/untied`), saved,
//! loaded and trained.

use std::fs;

use burn::tensor::{Device, Tensor};
use counterpoise_hooks::Hooks;
use counterpoise_model::{
    Config, Decoding, LastToken, ModelError, Transformer, generate, load, save,
};
use serde::Deserialize;

use crate::adapters::golden_weights;
use crate::stored::{Stored, empty_folder, folder_of, load_error, tensors_of, weights_in};
use crate::{assert_close, bits, ids, tiny, tiny_config, values, weights};

#[derive(Deserialize)]
struct Expected {
    prompt: Vec<u32>,
    logits: Vec<f32>,
    tokens: Vec<u32>,
    text: Vec<u32>,
    perplexity: f64,
}

fn untied() -> (Transformer, Expected) {
    let folder = golden_weights("untied");
    let expected = fs::read_to_string(folder.join("expected.json")).unwrap();
    let checkpoint = load(&folder, &Device::flex()).unwrap();
    assert!(checkpoint.remarks.is_empty());
    (checkpoint.model, serde_json::from_str(&expected).unwrap())
}

#[test]
fn logits_tokens_and_perplexity_are_pytorch_s() {
    let (model, expected) = untied();
    let hidden = model.hidden(ids(&[&expected.prompt], &model)).unwrap();
    let logits = model.logits(hidden);
    let [_, seq, vocab] = logits.dims();
    let last = values(logits.slice([0..1, seq - 1..seq, 0..vocab]));
    assert_close(&last, &expected.logits, 2e-6);

    let decoding = Decoding {
        max_new_tokens: expected.tokens.len(),
        last_token: LastToken::Fed,
        ..Decoding::default()
    };
    let texts = generate(
        &model,
        std::slice::from_ref(&expected.prompt),
        &decoding,
        &mut Hooks::new(),
    );
    assert_eq!(texts.unwrap(), [expected.tokens]);

    let text = &expected.text;
    let hidden = model.hidden(ids(&[text], &model)).unwrap();
    let [_, seq, width] = hidden.dims();
    let fed: Tensor<2> = hidden
        .slice([0..1, 0..seq - 1, 0..width])
        .reshape([seq - 1, width]);
    let likelihoods = model.log_likelihoods(fed, &text[1..]).unwrap();
    let mean = likelihoods.iter().sum::<f64>() / likelihoods.len() as f64;
    let perplexity = (-mean).exp();
    assert!(
        (perplexity / expected.perplexity - 1.0).abs() < 2e-6,
        "{perplexity} and {}",
        expected.perplexity
    );
}

#[test]
fn a_model_with_its_own_head_comes_back_bit_for_bit() {
    let config = Config {
        tie_word_embeddings: false,
        ..tiny_config()
    };
    let model = Transformer::init(&config, 4, &Device::flex());
    let folder = empty_folder();
    let text = serde_json::to_string(&config).unwrap();
    fs::write(folder.path().join("config.json"), text).unwrap();
    save(&model, &weights_in(&folder)).unwrap();
    let back = load(folder.path(), &Device::flex()).unwrap();
    assert_eq!(weights(&back.model), weights(&model));
    assert_eq!(bits(back.model.unembedding()), bits(model.unembedding()));
    assert_ne!(bits(model.unembedding()), bits(model.embed.weight.val()));
    // The names under which transformers looks for both.
    let names = tensors_of(&model);
    assert!(names.contains_key("lm_head.weight") && names.contains_key("transformer.wte.weight"));
    // Everything else is drawn as for a tied model.
    let mut others = weights(&model);
    others.remove("lm_head.weight").unwrap();
    assert_eq!(
        others,
        weights(&Transformer::init(&tiny_config(), 4, &Device::flex()))
    );
}

#[test]
fn an_untied_configuration_needs_a_head() {
    let folder = folder_of(&tensors_of(&tiny(3)));
    let config = fs::read_to_string(folder.path().join("config.json")).unwrap();
    let untied = config.replace(
        "\"tie_word_embeddings\":true",
        "\"tie_word_embeddings\":false",
    );
    assert_ne!(untied, config);
    fs::write(folder.path().join("config.json"), untied).unwrap();
    match load_error(&folder) {
        ModelError::Tensors { missing, .. } => assert_eq!(missing, ["lm_head.weight"]),
        other => panic!("{other}"),
    }
}

#[test]
fn a_head_of_another_shape_is_named() {
    let mut tensors = tensors_of(&tiny(3));
    let short = Stored::f32(&[10, 4], &[0.0; 40]);
    tensors.insert("lm_head.weight".to_owned(), short);
    match load_error(&folder_of(&tensors)) {
        ModelError::Tensors { misshapen, .. } => {
            assert_eq!(
                (&*misshapen[0].name, &*misshapen[0].found),
                ("lm_head.weight", &[10, 4][..])
            );
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_head_of_its_own_is_trained_and_the_embedding_not_through_it() {
    let config = Config {
        tie_word_embeddings: false,
        ..tiny_config()
    };
    let model = Transformer::init(&config, 4, &Device::flex().autodiff());
    let tokens = ids(&[&[1, 2, 3]], &model);
    let loss = model.logits(model.hidden(tokens).unwrap()).sum();
    let gradients = loss.backward();
    let head = model.unembedding().grad(&gradients).unwrap();
    assert!(values(head).iter().any(|&x| x != 0.0));
    // The embedding learns from the rows it was read at alone.
    let embedding = values(model.embed.weight.val().grad(&gradients).unwrap());
    let rows: Vec<bool> = embedding
        .chunks(4)
        .map(|row| row.iter().any(|&x| x != 0.0))
        .collect();
    let read = |row| (1..=3).contains(&row);
    assert!(
        rows.iter()
            .enumerate()
            .all(|(row, &moves)| moves == read(row)),
        "{rows:?}"
    );
}
