//! Names of tensors, whatever wraps them, and what is stored beside a model.

use counterpoise_weights::{Weights, WeightsError};

use crate::made::{Made, Tensors, model, with, write};
use crate::{folder, message_of, two_fields};

fn read(tensors: &Tensors) -> Result<Weights, WeightsError> {
    let folder = folder();
    let path = folder.path().join("weights.safetensors");
    write(&path, tensors);
    Weights::open(&path, &two_fields())
}

/// The fields found, and what was remarked.
#[track_caller]
fn found(tensors: &Tensors) -> (Vec<String>, Vec<String>) {
    let weights = read(tensors).unwrap();
    (weights.tensors.into_keys().collect(), weights.remarks)
}

const FIELDS: [&str; 2] = ["h.0.a.weight", "wte.weight"];

#[test]
fn wrappers_are_read_through_in_any_nesting_and_order() {
    for prefix in [
        "",
        "module.",
        "_module.",
        "_orig_mod.",
        "transformer.",
        "model.transformer.",
        "state.transformer.",
        "state._orig_mod.module.transformer.",
        "model_state_dict._forward_module.module.model.",
        "state_dict.model.pretrained_model.transformer.",
        "policy.state_dict.base_model.model.transformer.",
        "module.model._orig_mod.transformer.",
    ] {
        let (fields, remarks) = found(&model(prefix));
        assert_eq!(fields, FIELDS, "{prefix}");
        assert_eq!(remarks, Vec::<String>::new(), "{prefix}");
    }
}

#[test]
fn wrappers_may_stand_inside_a_name() {
    let mut tensors = Tensors::new();
    for (name, tensor) in model("_fsdp_wrapped_module.") {
        let inside = "h.0._checkpoint_wrapped_module._fsdp_wrapped_module.";
        tensors.insert(name.replace("h.0.", inside), tensor);
    }
    assert_eq!(found(&tensors).0, FIELDS);
}

#[test]
fn the_only_model_under_a_name_of_its_own_is_read_and_said_so() {
    let (fields, remarks) = found(&model("learner.transformer."));
    assert_eq!(fields, FIELDS);
    assert_eq!(
        remarks,
        ["the only model of the file lies under `learner.transformer`, and was read from there"]
    );
}

#[test]
fn two_models_in_one_file_are_never_chosen_between() {
    for (one, other) in [
        ("policy.", "reference."),
        ("model.", "ema."),
        ("", "model."),
        ("module.", "_orig_mod."),
        ("state.transformer.", "model_state_dict.transformer."),
    ] {
        let both: Tensors = model(one).into_iter().chain(model(other)).collect();
        let error = read(&both).unwrap_err();
        let message = error.to_string();
        assert!(
            matches!(&error, WeightsError::StoredTwice { tensor, .. } if tensor == FIELDS[0]),
            "{message}"
        );
        for prefix in [one, other] {
            let name = format!("`{prefix}{}`", FIELDS[0]);
            assert!(message.contains(&name), "{message}");
        }
    }
}

#[test]
fn what_trainers_store_beside_a_model_is_left_out_and_said_so() {
    for (name, part) in [
        ("optimizer.state.0.exp_avg", "the state of an optimiser"),
        ("optimizer_states.0.state.0.exp_avg_sq", "optimiser"),
        ("v_head.summary.weight", "a head that gives a value"),
        ("module.v_head.summary.weight", "a value"),
        ("score.weight", "a score"),
        ("state.score.weight", "a score"),
    ] {
        let (fields, remarks) = found(&with(model("module.transformer."), name, 1.0));
        assert_eq!(fields, FIELDS, "{name}");
        assert_eq!(remarks.len(), 1, "{name}");
        assert!(remarks[0].starts_with("left out, "), "{remarks:?}");
        assert!(remarks[0].contains(part), "{remarks:?}");
    }
    let mut counted = model("model.");
    let number = Made {
        shape: vec![],
        ..Made::rows(1, &[7.0])
    };
    counted.insert("epoch".to_owned(), number);
    let (fields, remarks) = found(&counted);
    assert_eq!(fields, FIELDS);
    assert_eq!(remarks, ["left out, a number beside the model: `epoch`"]);
}

#[test]
fn whatever_else_is_there_is_kept_for_the_model_to_refuse() {
    for (name, bare) in [
        ("module.transformer.h.1.a.weight", "h.1.a.weight"),
        ("module.lm_head.bias", "lm_head.bias"),
        (
            "module.transformer.h.0.adapter.weight",
            "h.0.adapter.weight",
        ),
        ("module.prompt_encoder.weight", "prompt_encoder.weight"),
    ] {
        let (fields, _) = found(&with(model("module.transformer."), name, 1.0));
        assert_eq!(fields.len(), 3, "{name}");
        assert!(fields.iter().any(|field| field == bare), "{fields:?}");
    }
    let (buffered, remarks) = found(&with(
        model("transformer."),
        "transformer.h.0.attn.bias",
        1.0,
    ));
    assert_eq!(
        (&*buffered, remarks.len()),
        (&FIELDS.map(String::from)[..], 0)
    );
}

#[test]
fn an_optimiser_s_state_alone_is_refused_by_what_it_is() {
    let folder = folder();
    let path = folder.path().join("optimizer.safetensors");
    let tensors = with(Tensors::new(), "state.0.square_avg", 1.0);
    write(&path, &with(tensors, "state.0.step", 9.0));
    let message = message_of(Weights::open(&path, &two_fields()), &path);
    for part in [
        "the state of an optimiser",
        "`state.0.square_avg`",
        "give the file that holds the weights",
    ] {
        assert!(message.contains(part), "{message}");
    }
    let policy = folder.path().join("policy.pt");
    std::fs::write(&policy, "").unwrap();
    let message = message_of(Weights::open(&path, &two_fields()), &path);
    assert!(
        message.ends_with(&format!("give {} beside it", policy.display())),
        "{message}"
    );
}

#[test]
fn layers_trained_whole_beside_an_adapter_are_refused() {
    let name = "base_model.model.transformer.wte.modules_to_save.default.weight";
    let error = read(&with(model("base_model.model.transformer."), name, 1.0)).unwrap_err();
    assert!(error.to_string().contains("modules_to_save"), "{error}");
}
