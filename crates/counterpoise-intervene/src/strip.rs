//! The edit behind projection at run time: what lies along a subspace is taken out of an activation.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};
use counterpoise_direction::Subspace;
use counterpoise_hooks::{Edit, HookError, HookPoint, Pass};

/// `x := x − λ·U Uᵀ x` at chosen points, each with its own `U`.
#[derive(Debug, Clone)]
pub(crate) struct Strip {
    lambda: f32,
    at: BTreeMap<HookPoint, Tensor<2>>, // U, [d, k]
}

impl Strip {
    pub(crate) fn new(lambda: f64) -> Self {
        Self {
            lambda: lambda as f32,
            at: BTreeMap::new(),
        }
    }

    /// Takes `subspace` out at `point` too.
    pub(crate) fn at(mut self, point: HookPoint, subspace: &Subspace, device: &Device) -> Self {
        let (width, rank) = (subspace.width(), subspace.rank());
        let basis = subspace.basis();
        let columns: Vec<f32> = (0..width)
            .flat_map(|x| basis.iter().map(move |unit| unit[x] as f32))
            .collect();
        let columns = Tensor::from_data(TensorData::new(columns, [width, rank]), device);
        self.at.insert(point, columns);
        self
    }
}

impl Edit for Strip {
    fn points(&self) -> Vec<HookPoint> {
        self.at.keys().copied().collect()
    }

    fn edit(
        &self,
        point: HookPoint,
        activation: Tensor<3>,
        _: &Pass,
    ) -> Result<Tensor<3>, HookError> {
        let Some(columns) = self.at.get(&point) else {
            return Ok(activation);
        };
        let ([batch, seq, found], [expected, _]) = (activation.dims(), columns.dims());
        if found != expected {
            return Err(HookError::Width {
                point,
                expected,
                found,
            });
        }
        let rows = activation.clone().reshape([batch * seq, found]);
        let along = rows.matmul(columns.clone()); // [batch * seq, k]
        let taken = along
            .matmul(columns.clone().transpose())
            .mul_scalar(self.lambda);
        Ok(activation - taken.reshape([batch, seq, found]))
    }
}
