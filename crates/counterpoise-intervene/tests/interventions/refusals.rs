//! Descriptions that fit no intervention, or an intervention that fits no model: typed errors.

use counterpoise_groups::{GroupsError, Measurements, NeuronId, NeuronTable};
use counterpoise_intervene::{InterveneError, Subject, interventions};
use counterpoise_registry::RegistryError;

use crate::{build, model, prepare};

/// The reason given for parameters that do not fit.
#[track_caller]
fn reason(text: &str) -> String {
    match prepare(text).unwrap_err() {
        InterveneError::Parameters { kind, reason }
        | InterveneError::Registry(RegistryError::Parameters { kind, reason, .. }) => {
            assert!(text.contains(&format!("'{kind}'")), "{kind}");
            reason
        }
        other => panic!("{other}"),
    }
}

fn ablate(neurons: &str) -> String {
    format!("kind = 'ablate'\nneurons = {{ {neurons} }}")
}

#[test]
fn the_paper_s_kinds_are_there() {
    let kinds = interventions().unwrap();
    let kinds: Vec<&str> = kinds.kinds().collect();
    for kind in ["ablate", "none", "patch", "scale_keys"] {
        assert!(kinds.contains(&kind), "{kind}");
    }
}

#[test]
fn fields_that_no_kind_has() {
    for (text, field) in [
        (ablate("top = 3, activate = 'any'"), "neurons.activate"),
        (
            "kind = 'ablate'\nneurons = { top = 3 }\nlayer = 1".into(),
            "layer",
        ),
        (
            "kind = 'patch'\nneurons = { top = 3 }\nvalue = 1".into(),
            "value",
        ),
        ("kind = 'none'\nneurons = { top = 3 }".into(), "neurons"),
    ] {
        assert!(reason(&text).contains(&format!("unknown key `{field}`")));
    }
    assert!(reason("kind = 'ablate'").contains("missing key `neurons`"));
}

#[test]
fn selections_that_say_too_much_or_too_little() {
    let one = "exactly one of `top`, `published_top`, `groups`, `list`, `matched_to`";
    for (neurons, part) in [
        ("top = 3, groups = ['TP-']", one),
        ("top = 3, published_top = 3", one),
        ("list = [[0, 1]], top = 3", one),
        ("", one),
        ("ranked_by = 'tuned'", one),
        (
            "groups = ['TP-'], ranked_by = 'tuned'",
            "`ranked_by` goes with",
        ),
        (
            "list = [[0, 1]], ranked_by = 'base'",
            "`ranked_by` goes with",
        ),
        (
            "groups = ['TP-'], activated = 'any'",
            "`activated` goes with",
        ),
        (
            "top = 3, grouping = 'reduction-sign'",
            "`grouping` goes with",
        ),
        ("top = 3, ranked_by = 'dpo'", "unknown variant `dpo`"),
        ("top = 3, activated = 'yes'", "unknown variant `yes`"),
        ("top = -3", "-3"),
        ("groups = ['TP+']", "TP+"),
        ("groups = ['TP-'], grouping = 'signs'", "signs"),
    ] {
        let reason = reason(&ablate(neurons));
        assert!(reason.contains(part), "{neurons}: {reason}");
    }
}

#[test]
fn parameters_out_of_range() {
    for factor in ["1.0", "inf", "nan"] {
        let text = format!("kind = 'scale_keys'\nneurons = {{ top = 3 }}\nfactor = {factor}");
        assert!(reason(&text).contains("`factor`"));
    }
    for text in [
        "kind = 'patch'",
        "kind = 'patch'\nneurons = { top = 3 }\nfile = 'values.csv'",
    ] {
        assert!(reason(text).contains("exactly one of `neurons` and `file`"));
    }
    let middle = "kind = 'patch'\nneurons = { top = 3 }\npositions = 'middle'";
    assert!(reason(middle).contains("unknown variant `middle`"));
}

#[test]
fn selections_that_select_nothing() {
    for neurons in ["list = []", "top = 0", "groups = []", "groups = ['TN+']"] {
        let error = prepare(&ablate(neurons)).unwrap_err();
        assert!(
            matches!(error, InterveneError::NothingSelected { .. }),
            "{neurons}: {error}"
        );
    }
}

#[test]
fn more_neurons_than_there_are() {
    for neurons in ["top = 321", "top = 161, ranked_by = 'tuned'"] {
        match prepare(&ablate(neurons)).unwrap_err() {
            InterveneError::Groups(GroupsError::Ranks { available, .. }) => {
                assert!(100 < available && available < 161, "{available}");
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn neurons_that_do_not_exist_or_are_named_twice() {
    for (list, layer, neuron) in [("[2, 0]", 2, 0), ("[0, 3], [1, 160]", 1, 160)] {
        let id = NeuronId { layer, neuron };
        match prepare(&ablate(&format!("list = [{list}]"))).unwrap_err() {
            InterveneError::NoSuchNeuron { neuron, .. } => assert_eq!(neuron, id),
            other => panic!("{other}"),
        }
    }
    let (layer, neuron) = (1, 3);
    for twice in [
        "list = [[1, 3], [0, 3], [1, 3]]",
        "groups = ['AN-', 'AP+', 'AN-']",
    ] {
        match prepare(&ablate(twice)).unwrap_err() {
            InterveneError::NamedTwice { neuron: found } if twice.contains("list") => {
                assert_eq!(found, NeuronId { layer, neuron });
            }
            InterveneError::NamedTwice { .. } => {}
            other => panic!("{other}"),
        }
    }
}

#[test]
fn ranks_and_groups_need_a_table_of_this_model() {
    let model = model();
    for text in [
        &ablate("top = 3"),
        &ablate("groups = ['TP-']"),
        "kind = 'patch'\nneurons = { list = [[0, 1]] }",
    ] {
        let intervention = build(text).unwrap();
        let error = intervention.prepare(model.clone(), &Subject::of(&model));
        let error = error.unwrap_err();
        assert!(matches!(error, InterveneError::NoTable { .. }), "{error}");
    }
    let one = || vec![vec![0.5; 3]; 2];
    let measured = Measurements {
        mean_activation: one(),
        value_projection: one(),
        cosine: one(),
    };
    let tuned = Measurements {
        mean_activation: vec![vec![0.25; 3]; 2],
        ..measured.clone()
    };
    let narrow = NeuronTable::new(&measured, &tuned).unwrap();
    let error = Subject::measured(&model, &narrow).unwrap_err();
    assert!(matches!(
        error,
        InterveneError::TableShape {
            expected_width: 160,
            found_width: 3,
            ..
        }
    ));
}
