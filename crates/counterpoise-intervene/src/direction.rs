//! The direction that ranks and groups neurons: the probe, or a random one in its place.

use std::borrow::Cow;
use std::fmt;

use counterpoise_groups::{Measurements, Neuron, NeuronTable, Role};
use counterpoise_probe::{Probe, value_projections};

use crate::{InterveneError, Seeded, Subject};

/// Along which direction neurons are toxic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// The study's probe.
    #[default]
    Probe,
    /// A direction drawn evenly from all.
    Random(Seeded),
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Probe => Ok(()),
            Self::Random(seeded) => write!(f, ", along a random direction ({seeded})"),
        }
    }
}

impl Direction {
    /// The neuron table as it is along this direction: activations as they were measured, cosines and
    /// projections with the direction in place of the probe. `by` says what the table is needed for.
    ///
    /// # Errors
    /// No neuron table; for a random direction no models.
    pub(crate) fn table<'a>(
        self,
        by: &'static str,
        subject: &Subject<'a>,
    ) -> Result<Cow<'a, NeuronTable>, InterveneError> {
        let table = subject.table(by)?;
        match self {
            Self::Probe => Ok(Cow::Borrowed(table)),
            Self::Random(seeded) => {
                let width = subject.model(Role::Base)?.d_model();
                let direction = seeded.draws().direction(width).into_iter();
                let direction = Probe::new(direction.map(|x| x as f32).collect())
                    .map_err(InterveneError::other)?;
                Ok(Cow::Owned(along(&direction, table, subject)?))
            }
        }
    }
}

/// `table` as it is along `direction`.
pub(crate) fn along(
    direction: &Probe,
    table: &NeuronTable,
    subject: &Subject<'_>,
) -> Result<NeuronTable, InterveneError> {
    let measured = |role: Role, activation: fn(&Neuron) -> f64| {
        let along = value_projections(subject.model(role)?, direction);
        let along = along.map_err(InterveneError::other)?;
        let layer = |rows: &[Neuron]| rows.iter().map(activation).collect();
        Ok::<_, InterveneError>(Measurements {
            mean_activation: table.by_layer().map(layer).collect(),
            value_projection: along.projection,
            cosine: along.cosine,
        })
    };
    let base = measured(Role::Base, |row| row.base.activation)?;
    let tuned = measured(Role::Tuned, |row| row.tuned.activation)?;
    Ok(NeuronTable::new(&base, &tuned)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::Device;
    use counterpoise_model::{Config, Transformer};

    use super::*;
    use crate::Models;

    /// One model in both roles.
    struct Same(Transformer);

    impl Models for Same {
        fn get(&self, _: Role) -> Result<&Transformer, InterveneError> {
            Ok(&self.0)
        }
    }

    #[test]
    fn along_the_probe_the_table_is_the_study_s() {
        let models = Same(Transformer::init(
            &Config::new(16, 8, 12, 2, 2),
            1,
            &Device::flex(),
        ));
        let probe = Probe::new((0..12).map(|i| (i as f32).cos()).collect()).unwrap();
        let projected = value_projections(&models.0, &probe).unwrap();
        let width = models.0.d_mlp();
        let measured = |by: f64| Measurements {
            mean_activation: (0..2)
                .map(|layer| (0..width).map(|i| by * (i + layer) as f64 - 3.0).collect())
                .collect(),
            value_projection: projected.projection.clone(),
            cosine: projected.cosine.clone(),
        };
        let table = NeuronTable::new(&measured(0.5), &measured(0.25)).unwrap();
        let subject = Subject::measured(&models.0, &table)
            .unwrap()
            .with_models(&models);
        assert_eq!(
            along(&probe, &table, &subject).unwrap().rows(),
            table.rows()
        );
        let turned = Probe::new((0..12).map(|i| (i as f32).sin()).collect()).unwrap();
        assert_ne!(
            along(&turned, &table, &subject).unwrap().rows(),
            table.rows()
        );
    }
}
