//! The edits a model is run under, kept together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::{Edit, Hooks, Positions, Scope, Scoped};

/// Edits in the order they apply, each with its scope.
///
/// Where a study does not say at which positions of a text an edit applies, it can be read in more than
/// one way: each other way is a named variant, in which only the positions in texts differ.
#[derive(Debug, Clone, Default)]
pub struct Edits {
    entries: Vec<Entry>,
    /// Whether any of them holds values of each prompt's own.
    of_prompts: bool,
}

/// One edit, and how it applies in the variants that it knows.
#[derive(Debug, Clone)]
struct Entry {
    usual: Scoped,
    variants: BTreeMap<&'static str, Scoped>,
}

impl Entry {
    /// An edit without variants.
    fn plain(usual: Scoped) -> Self {
        Self {
            usual,
            variants: BTreeMap::new(),
        }
    }
}

impl Edits {
    /// No edits: the model as it is.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an edit in `scope`.
    #[must_use]
    pub fn with(mut self, edit: impl Edit + 'static, scope: Scope) -> Self {
        self.entries
            .push(Entry::plain(Scoped::new(Arc::new(edit), scope)));
        self
    }

    /// Adds an edit in `scope` that also has a variant: in texts it applies at `positions`.
    #[must_use]
    pub fn with_variant(
        mut self,
        edit: impl Edit + 'static,
        scope: Scope,
        variant: &'static str,
        positions: Positions,
    ) -> Self {
        let edit: Arc<dyn Edit> = Arc::new(edit);
        let text = Scope {
            text: Some(positions),
            ..scope
        };
        self.entries.push(Entry {
            usual: Scoped::new(Arc::clone(&edit), scope),
            variants: [(variant, Scoped::new(edit, text))].into(),
        });
        self
    }

    /// These edits, then those of `next`.
    #[must_use]
    pub fn then(mut self, next: Self) -> Self {
        self.entries.extend(next.entries);
        self.of_prompts |= next.of_prompts;
        self
    }

    /// The same edits, said to hold values of each challenge prompt's own: they mean nothing on other prompts and texts.
    #[must_use]
    pub fn of_prompts(self) -> Self {
        Self {
            of_prompts: true,
            ..self
        }
    }

    /// Whether any of them holds values of each challenge prompt's own.
    pub fn are_of_prompts(&self) -> bool {
        self.of_prompts
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The variants that any of the edits has.
    pub fn variants(&self) -> BTreeSet<&'static str> {
        let names = |entry: &Entry| entry.variants.keys().copied().collect::<Vec<_>>();
        self.entries.iter().flat_map(names).collect()
    }

    /// The edits as `variant` has them, without other variants; edits without it stay as they are.
    #[must_use]
    pub fn as_variant(&self, variant: &str) -> Self {
        let of = |entry: &Entry| entry.variants.get(variant).unwrap_or(&entry.usual).clone();
        Self {
            entries: self
                .entries
                .iter()
                .map(|entry| Entry::plain(of(entry)))
                .collect(),
            of_prompts: self.of_prompts,
        }
    }

    /// The edits, and after them those of `variant`: where one applies in texts it also applies in prompts, as if hooks for
    /// texts had been left in place. Without variants.
    #[must_use]
    pub fn with_variant_in_prompts(&self, variant: &str) -> Self {
        let usual = self.entries.iter().map(|entry| entry.usual.clone());
        let left = self.entries.iter().filter_map(|entry| {
            let left = entry.variants.get(variant)?;
            Some(left.within(Scope {
                prompt: left.scope().text,
                generated: None,
                text: None,
            }))
        });
        Self {
            entries: usual.chain(left).map(Entry::plain).collect(),
            of_prompts: self.of_prompts,
        }
    }

    /// The edits as hooks, to which observers can be added.
    pub fn hooks(&self) -> Hooks<'_> {
        let entries = self.entries.iter();
        entries.fold(Hooks::new(), |hooks, entry| hooks.edit(&entry.usual))
    }

    /// The edits as hooks, as `variant` has them; edits without that variant stay as they are.
    pub fn variant_hooks(&self, variant: &str) -> Hooks<'_> {
        self.entries.iter().fold(Hooks::new(), |hooks, entry| {
            hooks.edit(entry.variants.get(variant).unwrap_or(&entry.usual))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::{Device, Tensor};

    use super::*;
    use crate::{HookPoint, Pass, edit_at};

    const POINT: HookPoint = HookPoint::mlp_post(0);

    /// What `hooks` make of three zeros of a text.
    fn changed(mut hooks: Hooks<'_>) -> Vec<f32> {
        let before = Tensor::<3>::zeros([1, 3, 1], &Device::flex());
        let after = hooks.at(POINT, before, &Pass::whole(1, 3).of_text());
        after.unwrap().into_data().try_to_vec().unwrap()
    }

    fn add(amount: f32) -> impl Edit {
        edit_at(POINT, move |activation, _| activation.add_scalar(amount))
    }

    #[test]
    fn a_variant_changes_the_positions_of_the_edits_that_have_it() {
        let first =
            Edits::new().with_variant(add(1.0), Scope::EVERYWHERE, "first", Positions::First);
        let edits = first.then(Edits::new().with(add(10.0), Scope::EVERYWHERE));
        assert_eq!(changed(edits.hooks()), [11.0, 11.0, 11.0]);
        assert_eq!(changed(edits.variant_hooks("first")), [11.0, 10.0, 10.0]);
        assert_eq!(changed(edits.variant_hooks("other")), [11.0, 11.0, 11.0]);
        assert_eq!(edits.variants().into_iter().collect::<Vec<_>>(), ["first"]);
        assert!(Edits::new().is_empty() && !edits.is_empty());
        let own = edits.clone().then(Edits::new().of_prompts());
        assert!(own.are_of_prompts() && !edits.are_of_prompts());
        assert!(own.as_variant("first").are_of_prompts());
        assert!(own.with_variant_in_prompts("first").are_of_prompts());
    }

    #[test]
    fn a_variant_can_stand_for_the_edits_or_stay_in_prompts() {
        let scope = Scope::at(Positions::Last);
        let edits = Edits::new()
            .with_variant(add(1.0), scope, "first", Positions::First)
            .with(add(10.0), scope);
        let first = edits.as_variant("first");
        assert_eq!(changed(first.hooks()), [1.0, 0.0, 10.0]);
        assert!(first.variants().is_empty());
        let left = edits.with_variant_in_prompts("first");
        let prompt = |edits: &Edits| {
            let before = Tensor::<3>::zeros([1, 3, 1], &Device::flex());
            let after = edits.hooks().at(POINT, before, &Pass::whole(1, 3)).unwrap();
            after.into_data().try_to_vec::<f32>().unwrap()
        };
        assert_eq!(prompt(&left), [1.0, 0.0, 11.0]);
        assert_eq!(prompt(&edits), [0.0, 0.0, 11.0]);
        assert_eq!(changed(left.hooks()), [0.0, 0.0, 11.0]);
    }
}
