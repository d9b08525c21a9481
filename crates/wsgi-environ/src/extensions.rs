//! The extensions of an environ: values of any type, one per type.

use std::{
    any::{Any, TypeId},
    panic::{AssertUnwindSafe, catch_unwind},
};

use crate::discard::discard;

/// An extension whose memory serves the requests that follow, in gateways that use an environ
/// again.
///
/// ```
/// use wsgi_environ::{Environ, ReusableExtension};
///
/// #[derive(Default)]
/// struct Notes(Vec<&'static str>);
///
/// impl ReusableExtension for Notes {
///     fn clear(&mut self) {
///         self.0.clear();
///     }
/// }
///
/// let mut environ = Environ::new();
/// environ.reusable_extension::<Notes>().0.push("slow");
/// assert_eq!(environ.extension::<Notes>().unwrap().0, ["slow"]);
/// environ.clear();
/// assert!(environ.extension::<Notes>().is_none());
/// assert!(environ.reusable_extension::<Notes>().0.is_empty());
/// ```
pub trait ReusableExtension: Any + Send + Default {
    /// Removes everything that belongs to a request, and may keep memory.
    fn clear(&mut self);
}

/// One value per type. A request has few of them, so a list is faster than a hash map.
#[derive(Default)]
pub(crate) struct Extensions(Vec<Extension>);

struct Extension {
    id: TypeId,
    /// An `Option` of the value, whose memory is kept without it.
    place: Box<dyn Any + Send>,
    /// Clears or drops the value for another request.
    clear: fn(&mut dyn Any),
    /// Whether the request has the extension. Otherwise only its memory is kept.
    is_present: bool,
}

impl Extension {
    fn value<T: Any>(&self) -> Option<&T> {
        self.place.downcast_ref::<Option<T>>()?.as_ref()
    }

    fn place<T: Any>(&mut self) -> &mut Option<T> {
        self.place.downcast_mut().expect("it has this type")
    }

    /// Clears the value for another request. Returns false if that panicked.
    fn clear(&mut self) -> bool {
        // Mutant: a value that is clear already can be cleared again.
        if !std::mem::take(&mut self.is_present) {
            return true;
        }
        let cleared = catch_unwind(AssertUnwindSafe(|| (self.clear)(&mut *self.place)));
        cleared.map_err(std::mem::forget).is_ok()
    }
}

impl Extensions {
    pub(crate) fn get<T: Any>(&self) -> Option<&T> {
        let is_wanted = |other: &&Extension| other.id == TypeId::of::<T>() && other.is_present;
        self.0.iter().find(is_wanted)?.value()
    }

    pub(crate) fn get_mut<T: Any>(&mut self) -> Option<&mut T> {
        let is_wanted = |other: &&mut Extension| other.id == TypeId::of::<T>() && other.is_present;
        self.0.iter_mut().find(is_wanted)?.place().as_mut()
    }

    pub(crate) fn insert<T: Any + Send>(&mut self, value: T) -> Option<T> {
        let Some(index) = self.position::<T>() else {
            self.push(value, drop_value::<T>);
            return None;
        };
        let known = &mut self.0[index];
        let was_present = std::mem::replace(&mut known.is_present, true);
        let before = known.place().replace(value);
        before.filter(|_| was_present)
    }

    pub(crate) fn reusable<T: ReusableExtension>(&mut self) -> &mut T {
        let index = self.position::<T>().unwrap_or_else(|| {
            self.push(T::default(), clear_value::<T>);
            self.0.len() - 1
        });
        let extension = &mut self.0[index];
        extension.is_present = true;
        extension.place().get_or_insert_with(T::default)
    }

    pub(crate) fn remove<T: Any>(&mut self) -> Option<T> {
        let index = self.position::<T>()?;
        let extension = &mut self.0[index];
        match std::mem::take(&mut extension.is_present) {
            true => extension.place().take(),
            false => None,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.iter().filter(|other| other.is_present).count()
    }

    /// Whether there are values, or only memory that earlier ones have left.
    #[inline]
    pub(crate) fn has_any(&self) -> bool {
        !self.0.is_empty()
    }

    /// Clears or drops each value on its own, so that a panic does not affect the others.
    #[inline]
    pub(crate) fn clear(&mut self) {
        for index in (0..self.0.len()).rev() {
            if !self.0[index].clear() {
                discard(self.0.swap_remove(index).place);
            }
        }
    }

    fn push<T: Any + Send>(&mut self, value: T, clear: fn(&mut dyn Any)) {
        self.0.push(Extension {
            id: TypeId::of::<T>(),
            place: Box::new(Some(value)),
            clear,
            is_present: true,
        });
    }

    fn position<T: Any>(&self) -> Option<usize> {
        let id = TypeId::of::<T>();
        self.0.iter().position(|other| other.id == id)
    }
}

/// Drops a value, and keeps its place.
fn drop_value<T: Any>(place: &mut dyn Any) {
    if let Some(place) = place.downcast_mut::<Option<T>>() {
        drop(place.take()); // so that the place is empty, even if the drop panics
    }
}

/// Clears a value that serves further requests.
fn clear_value<T: ReusableExtension>(place: &mut dyn Any) {
    if let Some(Some(value)) = place.downcast_mut::<Option<T>>() {
        value.clear();
    }
}
