//! What a program hands to parts when they are opened, by type.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;

/// One value of each type, such as the device that models run on. A registry and what it builds need not know these types:
/// a part asks for the one that it needs.
///
/// ```
/// use counterpoise_registry::Resources;
///
/// struct Threads(usize);
///
/// let resources = Resources::new().with(Threads(2));
/// assert_eq!(resources.get::<Threads>().map(|threads| threads.0), Some(2));
/// assert!(resources.get::<String>().is_none());
/// ```
#[derive(Default)]
pub struct Resources {
    by_type: HashMap<TypeId, Box<dyn Any + Send + Sync>>,
}

impl Resources {
    /// No resources.
    pub fn new() -> Self {
        Self::default()
    }

    /// These and `value`, in place of another of its type.
    #[must_use]
    pub fn with<T: Any + Send + Sync>(mut self, value: T) -> Self {
        self.by_type.insert(TypeId::of::<T>(), Box::new(value));
        self
    }

    /// The value of this type, if there is one.
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.by_type.get(&TypeId::of::<T>())?.downcast_ref()
    }
}

impl fmt::Debug for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Resources of {} types", self.by_type.len())
    }
}
