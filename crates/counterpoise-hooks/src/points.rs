//! Which hook points a model has, and how wide each is.

use crate::{BlockPoint, HookError, HookPoint};

/// How wide an activation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// The same in every pass.
    Fixed(usize),
    /// This many values for each column that is attended to.
    PerKey(usize),
}

/// The hook points of one model. All of its blocks have the same ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Points {
    n_layer: usize,
    before: Vec<(HookPoint, Width)>,
    block: Vec<(BlockPoint, Width)>,
    after: Vec<(HookPoint, Width)>,
}

impl Points {
    /// The points of a model with `n_layer` blocks: those `before` the blocks, those of each `block`, and those `after`
    /// them, each in the order the forward pass reaches them.
    pub fn new(
        n_layer: usize,
        before: Vec<(HookPoint, Width)>,
        block: Vec<(BlockPoint, Width)>,
        after: Vec<(HookPoint, Width)>,
    ) -> Self {
        Self {
            n_layer,
            before,
            block,
            after,
        }
    }

    /// Every point, in the order the forward pass reaches them.
    pub fn all(&self) -> Vec<HookPoint> {
        let around = |points: &[(HookPoint, Width)]| -> Vec<HookPoint> {
            points.iter().map(|&(point, _)| point).collect()
        };
        let blocks = (0..self.n_layer).flat_map(|layer| {
            let point = move |&(at, _): &(BlockPoint, Width)| HookPoint::Block { layer, at };
            self.block.iter().map(point)
        });
        let before = around(&self.before).into_iter();
        before.chain(blocks).chain(around(&self.after)).collect()
    }

    /// How wide the activation at `point` is; `None` where the model has no such point.
    pub fn width(&self, point: HookPoint) -> Option<Width> {
        match point {
            HookPoint::Block { layer, .. } if layer >= self.n_layer => None,
            HookPoint::Block { at, .. } => {
                let found = self.block.iter().find(|(other, _)| *other == at);
                found.map(|&(_, width)| width)
            }
            _ => {
                let mut around = self.before.iter().chain(&self.after);
                let found = around.find(|(other, _)| *other == point);
                found.map(|&(_, width)| width)
            }
        }
    }

    /// Checks that the model has `point`.
    ///
    /// # Errors
    /// [`HookError::NoSuchBlock`] if the block is out of range, [`HookError::NoSuchPoint`] if the model computes nothing
    /// there.
    pub fn check(&self, point: HookPoint) -> Result<(), HookError> {
        let n_layer = self.n_layer;
        match (point, self.width(point)) {
            (_, Some(_)) => Ok(()),
            (HookPoint::Block { layer, .. }, None) if layer >= n_layer => {
                Err(HookError::NoSuchBlock { point, n_layer })
            }
            (_, None) => Err(HookError::NoSuchPoint {
                point,
                points: self.names(),
            }),
        }
    }

    /// The names of all points, those of a block once.
    fn names(&self) -> String {
        let name = |&(point, _): &(HookPoint, Width)| point.to_string();
        let block = self.block.iter().map(|(at, _)| {
            let first = HookPoint::Block { layer: 0, at: *at };
            first.to_string().replacen('0', "{layer}", 1)
        });
        let before = self.before.iter().map(name);
        let names: Vec<String> = before
            .chain(block)
            .chain(self.after.iter().map(name))
            .collect();
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A model without position embeddings, whose blocks have an MLP alone.
    fn points() -> Points {
        let wide = Width::Fixed(8);
        Points::new(
            4,
            vec![(HookPoint::Embed, wide)],
            vec![
                (BlockPoint::AttnPattern, Width::PerKey(2)),
                (BlockPoint::MlpPost, wide),
            ],
            vec![(HookPoint::FinalNormalized, wide)],
        )
    }

    #[test]
    fn every_point_has_a_width_and_passes() {
        let points = points();
        assert_eq!(points.all().len(), 1 + 4 * 2 + 1);
        for point in points.all() {
            assert!(points.width(point).is_some() && points.check(point).is_ok());
        }
        let pattern = HookPoint::Block {
            layer: 3,
            at: BlockPoint::AttnPattern,
        };
        assert_eq!(points.width(pattern), Some(Width::PerKey(2)));
    }

    #[test]
    fn a_block_out_of_range_is_an_error() {
        let error = points().check(HookPoint::mlp_post(4)).unwrap_err();
        assert!(matches!(error, HookError::NoSuchBlock { n_layer: 4, .. }));
    }

    #[test]
    fn a_point_where_the_model_computes_nothing_is_an_error_that_names_its_points() {
        for point in [HookPoint::PosEmbed, HookPoint::mlp_out(0)] {
            let error = points().check(point).unwrap_err();
            assert!(matches!(error, HookError::NoSuchPoint { point: found, .. } if found == point));
            assert!(
                error
                    .to_string()
                    .contains("hook_embed, blocks.{layer}.attn.hook_pattern, "),
                "{error}"
            );
        }
    }
}
