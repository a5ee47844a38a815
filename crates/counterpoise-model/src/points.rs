//! The hook points that a model has, by TransformerLens's names.

use counterpoise_hooks::{BlockPoint, HookPoint, Points, Width};

use crate::{BlockOrder, MlpKind, NormPlaces, PositionEncoding, Transformer};

impl Transformer {
    /// The hook points of this model, and how wide each is.
    pub fn points(&self) -> Points {
        let config = self.config();
        let d_model = Width::Fixed(config.d_model);
        let d_z = Width::Fixed(config.n_head * config.d_head);
        let d_kv = Width::Fixed(config.n_kv_head * config.d_head);
        let d_mlp = Width::Fixed(config.d_mlp);
        let mut before = vec![(HookPoint::Embed, d_model)];
        let mut block = vec![(BlockPoint::ResidPre, d_model)];
        let norm = |scale, normalized| [(scale, Width::Fixed(1)), (normalized, d_model)];
        let (before_layers, after_layers) = match config.norm_places {
            NormPlaces::Before => (true, false),
            NormPlaces::After => (false, true),
            NormPlaces::Around => (true, true),
        };
        if before_layers {
            block.extend(norm(BlockPoint::Ln1Scale, BlockPoint::Ln1Normalized));
        }
        block.extend([
            (BlockPoint::AttnQ, d_z),
            (BlockPoint::AttnK, d_kv),
            (BlockPoint::AttnV, d_kv),
        ]);
        match config.positions {
            PositionEncoding::Learned { .. } => before.push((HookPoint::PosEmbed, d_model)),
            PositionEncoding::Rotary(_) => {
                block.extend([(BlockPoint::AttnRotQ, d_z), (BlockPoint::AttnRotK, d_kv)]);
            }
        }
        block.extend([
            (BlockPoint::AttnPattern, Width::PerKey(config.n_head)),
            (BlockPoint::AttnZ, d_z),
        ]);
        if after_layers {
            block.extend(norm(
                BlockPoint::Ln1PostScale,
                BlockPoint::Ln1PostNormalized,
            ));
        }
        block.push((BlockPoint::AttnOut, d_model));
        if config.block_order == BlockOrder::Sequential {
            block.push((BlockPoint::ResidMid, d_model));
        }
        if before_layers {
            block.extend(norm(BlockPoint::Ln2Scale, BlockPoint::Ln2Normalized));
        }
        block.push((BlockPoint::MlpPre, d_mlp));
        if config.mlp == MlpKind::Gated {
            block.push((BlockPoint::MlpPreLinear, d_mlp));
        }
        block.push((BlockPoint::MlpPost, d_mlp));
        if after_layers {
            block.push((BlockPoint::MlpSum, d_model));
            block.extend(norm(
                BlockPoint::Ln2PostScale,
                BlockPoint::Ln2PostNormalized,
            ));
        }
        block.extend([
            (BlockPoint::MlpOut, d_model),
            (BlockPoint::ResidPost, d_model),
        ]);
        let after = vec![
            (HookPoint::FinalScale, Width::Fixed(1)),
            (HookPoint::FinalNormalized, d_model),
        ];
        Points::new(self.blocks.len(), before, block, after)
    }

    /// Where block `layer` has what its neurons and their bias write, `Σ m_i·v_i + b`: `hook_mlp_out`, or `mlp.hook_out`
    /// where a norm comes before it is added to the residual stream.
    pub fn mlp_sum(&self, layer: usize) -> HookPoint {
        match self.config().norm_places {
            NormPlaces::Before => HookPoint::mlp_out(layer),
            NormPlaces::After | NormPlaces::Around => HookPoint::Block {
                layer,
                at: BlockPoint::MlpSum,
            },
        }
    }
}
