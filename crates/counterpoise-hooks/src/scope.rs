//! Where an edit applies: in which stages, and at which positions of them.

use std::sync::Arc;

use burn::tensor::Tensor;

use crate::{Edit, HookError, HookPoint, Pass, Positions, Stage};

/// The positions an edit touches while a model reads prompts, while it generates, and while it reads a
/// text; `None` where it does not apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scope {
    /// In prompts.
    pub prompt: Option<Positions>,
    /// In what is generated, one token a step.
    pub generated: Option<Positions>,
    /// In given texts, as for perplexity.
    pub text: Option<Positions>,
}

impl Scope {
    /// Every position of everything that is read.
    pub const EVERYWHERE: Self = Self::at(Positions::All);

    /// The same positions in every stage.
    pub const fn at(positions: Positions) -> Self {
        Self {
            prompt: Some(positions),
            generated: Some(positions),
            text: Some(positions),
        }
    }

    /// The positions in `stage`.
    pub fn positions(&self, stage: Stage) -> Option<Positions> {
        match stage {
            Stage::Prompt => self.prompt,
            Stage::Generated => self.generated,
            Stage::Text => self.text,
        }
    }
}

/// An edit confined to a scope. Outside of it every activation keeps its bits.
#[derive(Debug, Clone)]
pub struct Scoped {
    edit: Arc<dyn Edit>,
    scope: Scope,
}

impl Scoped {
    /// `edit`, in `scope` alone.
    pub fn new(edit: Arc<dyn Edit>, scope: Scope) -> Self {
        Self { edit, scope }
    }

    /// Where it applies.
    pub(crate) fn scope(&self) -> Scope {
        self.scope
    }

    /// The same edit elsewhere.
    pub(crate) fn within(&self, scope: Scope) -> Self {
        Self::new(Arc::clone(&self.edit), scope)
    }
}

impl Edit for Scoped {
    fn points(&self) -> Vec<HookPoint> {
        self.edit.points()
    }

    fn edit(
        &self,
        point: HookPoint,
        activation: Tensor<3>,
        pass: &Pass,
    ) -> Result<Tensor<3>, HookError> {
        match self.scope.positions(pass.stage()) {
            None => Ok(activation),
            Some(positions) => positions.apply(activation, pass, |slice, part| {
                self.edit.edit(point, slice, part)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::Device;

    use super::*;
    use crate::edit_at;

    #[test]
    fn an_edit_applies_in_its_stages_alone() {
        let point = HookPoint::mlp_post(0);
        let scope = Scope {
            prompt: Some(Positions::Last),
            generated: None,
            text: Some(Positions::First),
        };
        let add = edit_at(point, |activation, _| activation.add_scalar(1.0));
        let scoped = Scoped::new(Arc::new(add), scope);
        let changed = |pass: &Pass| {
            let before = Tensor::<3>::zeros([1, pass.seq(), 1], &Device::flex());
            let after = scoped.edit(point, before, pass).unwrap();
            after.into_data().try_to_vec::<f32>().unwrap()
        };
        let prompt = Pass::whole(1, 3);
        assert_eq!(changed(&prompt), [0.0, 0.0, 1.0]);
        assert_eq!(changed(&prompt.generated(vec![true])), [0.0]);
        assert_eq!(changed(&prompt.of_text()), [1.0, 0.0, 0.0]);
    }
}
