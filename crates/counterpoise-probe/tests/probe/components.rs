//! What components write along a probe, against sums written out by hand.

use burn::module::Param;
use burn::tensor::{Device, Int, Tensor};
use counterpoise_hooks::{Counted, HookPoint, Hooks, MeanRecorder, Pass};
use counterpoise_model::{Config, KvCache, Transformer};
use counterpoise_probe::{
    Component, ComponentProjections, Probe, ProbeError, component_points, component_projections,
};

use crate::model;

const BIASES: [[f32; 8]; 2] = [
    [0.3, -0.2, 0.1, 0.4, -0.5, 0.2, 0.0, 0.7],
    [-0.1, 0.6, 0.2, 0.0, 0.5, -0.4, 0.3, 0.1],
];

fn probe() -> Probe {
    Probe::new((0..8_u8).map(|i| f32::from(i) - 2.5).collect()).unwrap()
}

/// The components of `model`, over the tokens of one text.
fn found(model: &Transformer) -> ComponentProjections {
    let mut recorder = MeanRecorder::new(component_points(model), Counted::All);
    let tokens = Tensor::<2, Int>::from_data([[3, 17, 0, 25, 39]], &Device::flex());
    let pass = Pass::whole(1, 5);
    let mut hooks = Hooks::new().observe(&mut recorder);
    model
        .forward(tokens, &pass, &mut KvCache::new(), &mut hooks)
        .unwrap();
    drop(hooks);
    let means = recorder.finish().unwrap();
    component_projections(model, &probe(), |point| means.mean(point)).unwrap()
}

#[test]
fn everything_that_is_written_adds_up_and_biases_stand_apart() {
    let mut model = model();
    for block in &mut model.blocks {
        let [attn, mlp] = BIASES.map(|bias| {
            Some(Param::from_tensor(Tensor::<1>::from_data(
                bias,
                &Device::flex(),
            )))
        });
        (block.attn.out.bias, block.mlp.down.bias) = (attn, mlp);
    }
    let ComponentProjections {
        components,
        residual,
    } = found(&model);
    let sum: f64 = components.iter().map(|(_, projection)| projection).sum();
    assert!(
        (sum - residual).abs() < 1e-5 * residual.abs().max(1.0),
        "{sum} {residual}"
    );
    let names: Vec<String> = components
        .iter()
        .map(|(component, _)| component.to_string())
        .collect();
    let of_layer = |l: usize| {
        [
            format!("L{l}H0"),
            format!("L{l}H1"),
            format!("{l}_attn_bias"),
            format!("{l}_mlp_out"),
            format!("{l}_mlp_bias"),
        ]
    };
    let expected = [
        vec!["embed".to_owned(), "pos_embed".to_owned()],
        (0..3).flat_map(of_layer).collect(),
    ];
    assert_eq!(names, expected.concat());
    let unit = probe().unit();
    let along =
        |bias: [f32; 8]| -> f64 { bias.iter().zip(&unit).map(|(&x, u)| f64::from(x) * u).sum() };
    for (component, projection) in components {
        let expected = match component {
            Component::AttnBias { .. } => along(BIASES[0]),
            Component::MlpBias { .. } => along(BIASES[1]),
            _ => continue,
        };
        assert!((projection - expected).abs() < 1e-12, "{component}");
        assert!(component.layer().is_some_and(|layer| layer < 3));
    }
}

#[test]
fn a_model_without_blocks_writes_its_embeddings_alone() {
    let model = Transformer::init(&Config::new(40, 16, 8, 0, 2), 7, &Device::flex());
    let found = found(&model);
    let names: Vec<Component> = found
        .components
        .iter()
        .map(|(component, _)| *component)
        .collect();
    assert_eq!(names, [Component::Embed, Component::PosEmbed]);
    assert!(names.iter().all(|component| component.layer().is_none()));
    let sum = found.components[0].1 + found.components[1].1;
    assert_eq!(found.residual.to_bits(), sum.to_bits());
    assert_ne!(sum, 0.0);
}

#[test]
fn a_mean_that_is_missing_and_a_probe_of_another_width_are_refused() {
    let model = model();
    let zeros = |_: HookPoint| Some(vec![0.0; 8]);
    for missing in component_points(&model) {
        let mean = |point| zeros(point).filter(|_| point != missing);
        let error = component_projections(&model, &probe(), mean).unwrap_err();
        assert!(
            matches!(error, ProbeError::NotRecorded { point } if point == missing),
            "{error}"
        );
    }
    let narrow = Probe::new(vec![1.0; 7]).unwrap();
    let error = component_projections(&model, &narrow, zeros).unwrap_err();
    assert!(
        matches!(
            error,
            ProbeError::Width {
                expected: 8,
                found: 7
            }
        ),
        "{error}"
    );
}
