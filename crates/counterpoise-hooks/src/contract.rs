//! Observers and edits, and the set of them a forward pass is run under.

use std::collections::BTreeMap;
use std::fmt;

use burn::tensor::Tensor;

use crate::{HookError, HookPoint, Pass, Points};

/// Sees activations without changing them; [`observe_at`](crate::observe_at) makes one of a closure.
pub trait Observe {
    /// The points it wants to see.
    fn points(&self) -> Vec<HookPoint>;

    /// Sees the activation `[batch, seq, width]` at `point`, after every edit there.
    ///
    /// # Errors
    /// Whatever keeps it from recording the activation; the pass stops.
    fn observe(
        &mut self,
        point: HookPoint,
        activation: &Tensor<3>,
        pass: &Pass,
    ) -> Result<(), HookError>;
}

/// Replaces activations.
///
/// [`edit_at`](crate::edit_at) makes one of a closure; [`Scoped`](crate::Scoped) confines one to some
/// stages and positions.
pub trait Edit: fmt::Debug + Send + Sync {
    /// The points it edits.
    fn points(&self) -> Vec<HookPoint>;

    /// Returns what the model goes on with in place of `activation`, `[batch, seq, width]`.
    ///
    /// # Errors
    /// An edit that does not fit the activation, such as one made for another width.
    fn edit(
        &self,
        point: HookPoint,
        activation: Tensor<3>,
        pass: &Pass,
    ) -> Result<Tensor<3>, HookError>;
}

/// The observers and edits a forward pass is run under.
///
/// At a point, edits apply in the order they were added, then observers see the result. A point
/// nobody asked for costs one map look-up.
#[derive(Default)]
pub struct Hooks<'a> {
    edits: Vec<&'a dyn Edit>,
    observers: Vec<&'a mut dyn Observe>,
    at: BTreeMap<HookPoint, Listeners>,
}

/// Indices into [`Hooks::edits`] and [`Hooks::observers`].
#[derive(Default)]
struct Listeners {
    edits: Vec<usize>,
    observers: Vec<usize>,
}

impl<'a> Hooks<'a> {
    /// No hooks: the model as it is.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an observer at all of its points.
    #[must_use]
    pub fn observe(mut self, observer: &'a mut dyn Observe) -> Self {
        for point in observer.points() {
            let index = self.observers.len();
            self.at.entry(point).or_default().observers.push(index);
        }
        self.observers.push(observer);
        self
    }

    /// Adds an edit at all of its points.
    #[must_use]
    pub fn edit(mut self, edit: &'a dyn Edit) -> Self {
        for point in edit.points() {
            let index = self.edits.len();
            self.at.entry(point).or_default().edits.push(index);
        }
        self.edits.push(edit);
        self
    }

    /// Whether anything observes or edits `point`; a model may skip preparing the activation else.
    pub fn listens(&self, point: HookPoint) -> bool {
        self.at.contains_key(&point)
    }

    /// Checks every point against those that a model has.
    ///
    /// # Errors
    /// As for [`Points::check`], for the first point the model does not have.
    pub fn check(&self, points: &Points) -> Result<(), HookError> {
        self.at.keys().try_for_each(|&point| points.check(point))
    }

    /// Runs the edits, then the observers, of `point` on an activation `[batch, seq, width]`.
    ///
    /// # Errors
    /// The first error of an edit or observer.
    pub fn at(
        &mut self,
        point: HookPoint,
        activation: Tensor<3>,
        pass: &Pass,
    ) -> Result<Tensor<3>, HookError> {
        let Some(listeners) = self.at.get(&point) else {
            return Ok(activation);
        };
        let mut activation = activation;
        for &index in &listeners.edits {
            activation = self.edits[index].edit(point, activation, pass)?;
        }
        for &index in &listeners.observers {
            self.observers[index].observe(point, &activation, pass)?;
        }
        Ok(activation)
    }
}

impl fmt::Debug for Hooks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("edits", &self.edits)
            .field("observers", &self.observers.len())
            .field("points", &self.at.keys().collect::<Vec<_>>())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::Device;

    use super::*;
    use crate::{BlockPoint, Capture, Width};

    #[derive(Debug)]
    struct AddTo(HookPoint, f32);

    impl Edit for AddTo {
        fn points(&self) -> Vec<HookPoint> {
            vec![self.0]
        }

        fn edit(
            &self,
            _: HookPoint,
            activation: Tensor<3>,
            _: &Pass,
        ) -> Result<Tensor<3>, HookError> {
            Ok(activation.add_scalar(self.1))
        }
    }

    #[test]
    fn edits_run_in_order_before_observers_and_only_at_their_point() {
        let (here, there) = (HookPoint::mlp_post(0), HookPoint::mlp_post(1));
        let (one, two) = (AddTo(here, 1.0), AddTo(here, 10.0));
        let mut capture = Capture::new([here, there]);
        let mut hooks = Hooks::new().edit(&one).edit(&two).observe(&mut capture);
        let activation = Tensor::<3>::zeros([1, 1, 2], &Device::flex());
        let pass = Pass::whole(1, 1);

        hooks.at(here, activation.clone(), &pass).unwrap();
        hooks.at(there, activation, &pass).unwrap();

        let seen = |point| {
            capture
                .get(point)
                .unwrap()
                .to_data()
                .try_to_vec::<f32>()
                .unwrap()
        };
        assert_eq!(seen(here), [11.0, 11.0]);
        assert_eq!(seen(there), [0.0, 0.0]);
    }

    #[test]
    fn a_point_the_model_lacks_is_an_error() {
        let points = |n_layer| {
            let block = vec![(BlockPoint::MlpPost, Width::Fixed(2))];
            Points::new(n_layer, Vec::new(), block, Vec::new())
        };
        let edit = AddTo(HookPoint::mlp_post(7), 1.0);
        let hooks = Hooks::new().edit(&edit);
        assert!(hooks.check(&points(8)).is_ok());
        assert!(matches!(
            hooks.check(&points(7)),
            Err(HookError::NoSuchBlock { n_layer: 7, .. })
        ));
        let edit = AddTo(HookPoint::mlp_out(0), 1.0);
        assert!(matches!(
            Hooks::new().edit(&edit).check(&points(8)),
            Err(HookError::NoSuchPoint { .. })
        ));
    }
}
