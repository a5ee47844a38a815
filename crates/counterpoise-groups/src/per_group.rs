//! One value for each of the four neuron groups.

use std::ops::{Index, IndexMut};

use crate::Group;

/// One value for each of the four groups, indexed by [`Group`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PerGroup<T>([T; 4]);

impl<T> PerGroup<T> {
    /// The values that `value` gives, asked in the order of [`Group::ALL`].
    pub fn from_fn(value: impl FnMut(Group) -> T) -> Self {
        Self(Group::ALL.map(value))
    }

    /// Groups and values, in the order of [`Group::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Group, &T)> {
        Group::ALL.into_iter().zip(&self.0)
    }
}

impl<T> PerGroup<Option<T>> {
    /// The values, if each group has one.
    pub fn all(self) -> Option<PerGroup<T>> {
        let [a, b, c, d] = self.0;
        Some(PerGroup([a?, b?, c?, d?]))
    }
}

impl<T> Index<Group> for PerGroup<T> {
    type Output = T;

    fn index(&self, group: Group) -> &T {
        &self.0[group as usize]
    }
}

impl<T> IndexMut<Group> for PerGroup<T> {
    fn index_mut(&mut self, group: Group) -> &mut T {
        &mut self.0[group as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_under_its_group() {
        let mut names = PerGroup::from_fn(|group| group.to_string());
        names[Group::ApPlus].push('!');
        assert_eq!(names[Group::TpMinus], "TP−");
        assert_eq!(names[Group::AnMinus], "AN−");
        let listed: Vec<_> = names.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(listed, ["TP−", "TN+", "AP+!", "AN−"]);
        let known = |missing| PerGroup::from_fn(|group| (group != missing).then_some(group));
        assert_eq!(known(Group::ApPlus).all(), None);
        let numbers = PerGroup::from_fn(|group| Some(group as usize)).all();
        assert_eq!(numbers, Some(PerGroup([0, 1, 2, 3])));
    }
}
