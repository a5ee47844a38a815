//! Edits and observers made of closures, for one point and no type of one's own.

use std::fmt;

use burn::tensor::Tensor;

use crate::{Edit, HookError, HookPoint, Observe, Pass};

/// An edit at one point: `edit` returns what the model goes on with in place of the activation
/// `[batch, seq, width]`.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use counterpoise_hooks::{HookPoint, Hooks, Pass, edit_at};
///
/// let point: HookPoint = "blocks.0.mlp.hook_post".parse()?;
/// let halved = edit_at(point, |activation, _| activation * 0.5);
/// let before = Tensor::<3>::ones([1, 1, 2], &Device::flex());
/// let after = Hooks::new().edit(&halved).at(point, before, &Pass::whole(1, 1))?;
/// assert_eq!(after.sum().into_scalar::<f32>(), 1.0);
/// # Ok::<(), counterpoise_hooks::HookError>(())
/// ```
pub fn edit_at<F>(point: HookPoint, edit: F) -> impl Edit
where
    F: Fn(Tensor<3>, &Pass) -> Tensor<3> + Send + Sync,
{
    EditAt { point, edit }
}

/// An observer at one point: `observe` sees the activation `[batch, seq, width]` after every edit.
pub fn observe_at<F>(point: HookPoint, observe: F) -> impl Observe
where
    F: FnMut(&Tensor<3>, &Pass),
{
    ObserveAt { point, observe }
}

struct EditAt<F> {
    point: HookPoint,
    edit: F,
}

impl<F> fmt::Debug for EditAt<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a closure at {}", self.point)
    }
}

impl<F: Fn(Tensor<3>, &Pass) -> Tensor<3> + Send + Sync> Edit for EditAt<F> {
    fn points(&self) -> Vec<HookPoint> {
        vec![self.point]
    }

    fn edit(
        &self,
        _: HookPoint,
        activation: Tensor<3>,
        pass: &Pass,
    ) -> Result<Tensor<3>, HookError> {
        Ok((self.edit)(activation, pass))
    }
}

struct ObserveAt<F> {
    point: HookPoint,
    observe: F,
}

impl<F: FnMut(&Tensor<3>, &Pass)> Observe for ObserveAt<F> {
    fn points(&self) -> Vec<HookPoint> {
        vec![self.point]
    }

    fn observe(
        &mut self,
        _: HookPoint,
        activation: &Tensor<3>,
        pass: &Pass,
    ) -> Result<(), HookError> {
        (self.observe)(activation, pass);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::Device;

    use super::*;
    use crate::Hooks;

    #[test]
    fn a_closure_sees_what_another_has_changed() {
        let (here, there) = (HookPoint::mlp_post(0), HookPoint::mlp_post(1));
        let mut seen = Vec::new();
        let doubled = edit_at(here, |activation, _| activation * 2.0);
        let mut watch = observe_at(here, |activation, pass| {
            seen.push((activation.clone().sum().into_scalar::<f32>(), pass.batch()));
        });
        let mut hooks = Hooks::new().edit(&doubled).observe(&mut watch);
        let ones = Tensor::<3>::ones([2, 1, 3], &Device::flex());
        hooks.at(here, ones.clone(), &Pass::whole(2, 1)).unwrap();
        hooks.at(there, ones, &Pass::whole(2, 1)).unwrap();
        drop(hooks);
        drop(watch);
        assert_eq!(seen, [(12.0, 2)]);
    }
}
