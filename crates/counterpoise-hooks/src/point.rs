//! Hook points, typed, under the names TransformerLens gives them.

use std::fmt;
use std::str::FromStr;

use crate::HookError;

/// A place in the forward pass whose activation can be observed or edited.
///
/// Every activation is presented as `[batch, seq, width]`. Per-head activations are laid out head
/// after head along `width`, and an attention pattern as `[batch, query, n_head * key]`.
///
/// [`Display`](fmt::Display) and [`FromStr`] use the TransformerLens names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HookPoint {
    /// `hook_embed`: token embeddings, width `d_model`.
    Embed,
    /// `hook_pos_embed`: position embeddings, width `d_model`.
    PosEmbed,
    /// `blocks.{layer}.…`: a point inside a block.
    Block {
        /// The block, counted from 0.
        layer: usize,
        /// Where in the block.
        at: BlockPoint,
    },
    /// `ln_final.hook_scale`: what the last norm divides by, width 1.
    FinalScale,
    /// `ln_final.hook_normalized`: the residual stream after the last norm has scaled it (a layer norm: centred and
    /// scaled it), before its weight and bias. Width `d_model`.
    FinalNormalized,
}

/// A place inside one transformer block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlockPoint {
    /// `hook_resid_pre`: the residual stream entering the block.
    ResidPre,
    /// `ln1.hook_scale`: what the norm before attention divides by, width 1.
    Ln1Scale,
    /// `ln1.hook_normalized`: what that norm has scaled (a layer norm: centred and scaled), before its weight and bias,
    /// as in TransformerLens 4.
    Ln1Normalized,
    /// `attn.hook_q`: queries, width `n_head * d_head`.
    AttnQ,
    /// `attn.hook_k`: keys, width `n_kv_head * d_head`.
    AttnK,
    /// `attn.hook_v`: values, width `n_kv_head * d_head`.
    AttnV,
    /// `attn.hook_rot_q`: queries after the rotation by their positions, width `n_head * d_head`.
    AttnRotQ,
    /// `attn.hook_rot_k`: keys after the rotation by their positions, width `n_kv_head * d_head`.
    AttnRotK,
    /// `attn.hook_pattern`: attention weights after the softmax, width `n_head * key`.
    AttnPattern,
    /// `attn.hook_z`: weighted values before the output projection, width `n_head * d_head`.
    AttnZ,
    /// `ln1_post.hook_scale`: what a norm after attention divides by, width 1.
    Ln1PostScale,
    /// `ln1_post.hook_normalized`: what that norm has scaled, before its weight.
    Ln1PostNormalized,
    /// `hook_attn_out`: what attention adds to the residual stream.
    AttnOut,
    /// `hook_resid_mid`: the residual stream between attention and MLP.
    ResidMid,
    /// `ln2.hook_scale`: what the norm before the MLP divides by, width 1.
    Ln2Scale,
    /// `ln2.hook_normalized`: what that norm has scaled, before its weight and bias.
    Ln2Normalized,
    /// `mlp.hook_pre`: MLP pre-activations `h·k_i + b_i`, in a gated MLP those of the gate, width `d_mlp`.
    MlpPre,
    /// `mlp.hook_pre_linear`: what a gated MLP multiplies with its gate, width `d_mlp`.
    MlpPreLinear,
    /// `mlp.hook_post`: MLP activations `m_i`, the input of the second matrix, width `d_mlp` (paper, equation 3).
    MlpPost,
    /// `mlp.hook_out`: what the MLP computes, where a norm comes between it and the residual stream.
    MlpSum,
    /// `ln2_post.hook_scale`: what a norm after the MLP divides by, width 1.
    Ln2PostScale,
    /// `ln2_post.hook_normalized`: what that norm has scaled, before its weight.
    Ln2PostNormalized,
    /// `hook_mlp_out`: what the MLP adds to the residual stream.
    MlpOut,
    /// `hook_resid_post`: the residual stream leaving the block.
    ResidPost,
}

impl BlockPoint {
    /// Every point that a block can have, in the order the forward pass reaches them.
    pub const ALL: [Self; 24] = [
        Self::ResidPre,
        Self::Ln1Scale,
        Self::Ln1Normalized,
        Self::AttnQ,
        Self::AttnK,
        Self::AttnV,
        Self::AttnRotQ,
        Self::AttnRotK,
        Self::AttnPattern,
        Self::AttnZ,
        Self::Ln1PostScale,
        Self::Ln1PostNormalized,
        Self::AttnOut,
        Self::ResidMid,
        Self::Ln2Scale,
        Self::Ln2Normalized,
        Self::MlpPre,
        Self::MlpPreLinear,
        Self::MlpPost,
        Self::MlpSum,
        Self::Ln2PostScale,
        Self::Ln2PostNormalized,
        Self::MlpOut,
        Self::ResidPost,
    ];

    /// The name inside `blocks.{layer}.`.
    fn name(self) -> &'static str {
        match self {
            Self::ResidPre => "hook_resid_pre",
            Self::Ln1Scale => "ln1.hook_scale",
            Self::Ln1Normalized => "ln1.hook_normalized",
            Self::AttnQ => "attn.hook_q",
            Self::AttnK => "attn.hook_k",
            Self::AttnV => "attn.hook_v",
            Self::AttnRotQ => "attn.hook_rot_q",
            Self::AttnRotK => "attn.hook_rot_k",
            Self::AttnPattern => "attn.hook_pattern",
            Self::AttnZ => "attn.hook_z",
            Self::Ln1PostScale => "ln1_post.hook_scale",
            Self::Ln1PostNormalized => "ln1_post.hook_normalized",
            Self::AttnOut => "hook_attn_out",
            Self::ResidMid => "hook_resid_mid",
            Self::Ln2Scale => "ln2.hook_scale",
            Self::Ln2Normalized => "ln2.hook_normalized",
            Self::MlpPre => "mlp.hook_pre",
            Self::MlpPreLinear => "mlp.hook_pre_linear",
            Self::MlpPost => "mlp.hook_post",
            Self::MlpSum => "mlp.hook_out",
            Self::Ln2PostScale => "ln2_post.hook_scale",
            Self::Ln2PostNormalized => "ln2_post.hook_normalized",
            Self::MlpOut => "hook_mlp_out",
            Self::ResidPost => "hook_resid_post",
        }
    }
}

impl HookPoint {
    /// `blocks.{layer}.mlp.hook_post`, the activations `m_i` the study is about.
    pub const fn mlp_post(layer: usize) -> Self {
        Self::Block {
            layer,
            at: BlockPoint::MlpPost,
        }
    }

    /// `blocks.{layer}.hook_mlp_out`, what the MLP writes into the residual stream.
    pub const fn mlp_out(layer: usize) -> Self {
        Self::Block {
            layer,
            at: BlockPoint::MlpOut,
        }
    }
}

impl fmt::Display for HookPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embed => f.write_str("hook_embed"),
            Self::PosEmbed => f.write_str("hook_pos_embed"),
            Self::Block { layer, at } => write!(f, "blocks.{layer}.{}", at.name()),
            Self::FinalScale => f.write_str("ln_final.hook_scale"),
            Self::FinalNormalized => f.write_str("ln_final.hook_normalized"),
        }
    }
}

impl FromStr for HookPoint {
    type Err = HookError;

    fn from_str(name: &str) -> Result<Self, HookError> {
        let unknown = || HookError::UnknownPoint {
            found: name.to_owned(),
        };
        match name {
            "hook_embed" => return Ok(Self::Embed),
            "hook_pos_embed" => return Ok(Self::PosEmbed),
            "ln_final.hook_scale" => return Ok(Self::FinalScale),
            "ln_final.hook_normalized" => return Ok(Self::FinalNormalized),
            _ => {}
        }
        let (layer, at) = name
            .strip_prefix("blocks.")
            .and_then(|rest| rest.split_once('.'))
            .ok_or_else(unknown)?;
        let layer = layer.parse().map_err(|_| unknown())?;
        let at = BlockPoint::ALL
            .into_iter()
            .find(|point| point.name() == at)
            .ok_or_else(unknown)?;
        Ok(Self::Block { layer, at })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_name_parses_back_to_its_point() {
        let blocks = BlockPoint::ALL.map(|at| HookPoint::Block { layer: 12, at });
        let others = [
            HookPoint::Embed,
            HookPoint::PosEmbed,
            HookPoint::FinalScale,
            HookPoint::FinalNormalized,
        ];
        for point in blocks.into_iter().chain(others) {
            assert_eq!(point.to_string().parse::<HookPoint>().unwrap(), point);
        }
    }

    #[test]
    fn unknown_names_are_errors() {
        for name in [
            "",
            "mlp.hook_post",
            "blocks.mlp.hook_post",
            "blocks.1.mlp.hook_posts",
            "blocks.-1.hook_mlp_out",
            "blocks.1.",
            "Blocks.1.hook_mlp_out",
        ] {
            let error = name.parse::<HookPoint>().unwrap_err();
            assert!(matches!(error, HookError::UnknownPoint { found } if found == name));
        }
    }
}
