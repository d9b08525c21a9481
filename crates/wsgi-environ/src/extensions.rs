//! The extensions of an environ: values of any type, one per type.

use std::any::{Any, TypeId};

use crate::discard::discard;

/// One value per type. A request has few of them, so a list is faster than a hash map.
#[derive(Default)]
pub(crate) struct Extensions(Vec<(TypeId, Box<dyn Any + Send>)>);

impl Extensions {
    pub(crate) fn get<T: Any>(&self) -> Option<&T> {
        let (_, value) = self.0.iter().find(|(id, _)| *id == TypeId::of::<T>())?;
        value.downcast_ref()
    }

    pub(crate) fn get_mut<T: Any>(&mut self) -> Option<&mut T> {
        let (_, value) = self.0.iter_mut().find(|(id, _)| *id == TypeId::of::<T>())?;
        value.downcast_mut()
    }

    pub(crate) fn insert<T: Any + Send>(&mut self, value: T) -> Option<T> {
        if let Some(known) = self.get_mut() {
            return Some(std::mem::replace(known, value));
        }
        self.0.push((TypeId::of::<T>(), Box::new(value)));
        None
    }

    pub(crate) fn remove<T: Any>(&mut self) -> Option<T> {
        let index = self.0.iter().position(|(id, _)| *id == TypeId::of::<T>())?;
        let (_, value) = self.0.swap_remove(index);
        value.downcast().ok().map(|value| *value)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Drops each value on its own, so that a panic does not affect the others.
    pub(crate) fn clear(&mut self) {
        while let Some((_, value)) = self.0.pop() {
            discard(value);
        }
    }
}
