//! Where a model writes into its residual stream, and how much of that lies along a subspace.

use burn::tensor::{Tensor, TensorData};
use counterpoise_direction::Subspace;
use counterpoise_hooks::{BlockPoint, HookPoint};
use counterpoise_model::{NormPlaces, Transformer};
use serde::{Deserialize, Serialize};

use crate::InterveneError;
use crate::rows::values_of;

/// What writes into the residual stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Site {
    /// The value vectors and output bias of the MLP.
    MlpOut,
    /// The output projection and bias of attention.
    AttnOut,
    /// The embeddings of tokens, and of positions where they are learned.
    Embed,
}

impl Site {
    /// Every site, in the order of their names in tables.
    pub const ALL: [Self; 3] = [Self::MlpOut, Self::AttnOut, Self::Embed];

    /// Its name in TOML.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::MlpOut => "mlp_out",
            Self::AttnOut => "attn_out",
            Self::Embed => "embed",
        }
    }

    /// Where what it writes passes by in block `layer`, before any norm that follows; for embeddings, wherever the model has
    /// some. `None` where a norm comes before the next hook point.
    pub(crate) fn points(self, layer: usize, model: &Transformer) -> Option<Vec<HookPoint>> {
        match self {
            Self::MlpOut => Some(vec![model.mlp_sum(layer)]),
            Self::AttnOut => {
                let before = model.config().norm_places == NormPlaces::Before;
                let at = BlockPoint::AttnOut;
                before.then(|| vec![HookPoint::Block { layer, at }])
            }
            Self::Embed => {
                let positions = model.pos_embed.as_ref().map(|_| HookPoint::PosEmbed);
                Some([HookPoint::Embed].into_iter().chain(positions).collect())
            }
        }
    }

    /// Replaces what it writes in block `layer`, rows of the residual stream's width, by what `change` makes of them.
    fn map(
        self,
        model: &mut Transformer,
        layer: usize,
        change: impl FnMut(Tensor<2>) -> Result<Tensor<2>, InterveneError>,
    ) -> Result<(), InterveneError> {
        match self {
            Self::MlpOut => model.map_mlp_out(layer, change),
            Self::AttnOut => model.map_attn_out(layer, change),
            Self::Embed => model.map_embed(change),
        }
    }

    /// `W := W − λ·W·U Uᵀ` for its rows in block `layer`, in `f64`; the share of their squared norm that lay along `U`.
    pub(crate) fn strip(
        self,
        model: &mut Transformer,
        layer: usize,
        subspace: &Subspace,
        lambda: f64,
    ) -> Result<f64, InterveneError> {
        let mut squares = [0.0; 2];
        self.map(model, layer, |rows| {
            let (dims, device) = (rows.dims(), rows.device());
            let mut values = values_of(rows)?;
            let [along, whole] = subspace.squares(&values);
            squares = [squares[0] + along, squares[1] + whole];
            for row in values.chunks_exact_mut(subspace.width()) {
                subspace.strip(row, lambda);
            }
            Ok(Tensor::from_data(TensorData::new(values, dims), &device))
        })?;
        Ok(share(squares))
    }
}

/// The part of the whole; 0 of nothing.
fn share([part, whole]: [f64; 2]) -> f64 {
    match whole {
        0.0 => 0.0,
        whole => part / whole,
    }
}
