//! Values that hooks and handlers keep for each other.

use std::{any::Any, cell::OnceCell};

/// Values of any types, each kept until the end of its request. None is moved or dropped before
/// that, so it can be borrowed while others are added.
#[derive(Default)]
pub(crate) struct Extensions(Link);

type Link = OnceCell<Box<Node<dyn Any + Send>>>;

struct Node<T: ?Sized> {
    next: Link,
    value: T,
}

impl Extensions {
    #[inline]
    pub(crate) const fn new() -> Self {
        Self(OnceCell::new())
    }

    /// Adds a value after all others.
    pub(crate) fn add<T: Any + Send>(&self, value: T) -> &T {
        let next = Link::new();
        let mut end = &self.0;
        while let Some(node) = end.get() {
            end = &node.next;
        }
        let node = end.get_or_init(|| Box::new(Node { next, value }));
        let value = node.value.downcast_ref();
        value.expect("a value of the type that was added")
    }

    /// The last value of a type.
    pub(crate) fn last<T: Any + Send>(&self) -> Option<&T> {
        let mut last = None;
        let mut link = &self.0;
        while let Some(node) = link.get() {
            last = node.value.downcast_ref().or(last);
            link = &node.next;
        }
        last
    }
}

impl Drop for Extensions {
    /// Drops the values one after the other, since a recursion could exceed the stack.
    #[inline]
    fn drop(&mut self) {
        let mut next = self.0.take();
        while let Some(mut node) = next {
            next = node.next.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Extensions;

    #[test]
    fn values_stay_where_they_are_and_the_last_of_a_type_is_found() {
        let extensions = Extensions::new();
        assert_eq!(extensions.last::<u8>(), None);
        let first = extensions.add(1_u8);
        let word = extensions.add("tea");
        let second = extensions.add(2_u8);
        assert_eq!((first, word, second), (&1, &"tea", &2));
        assert!(std::ptr::eq(extensions.last().unwrap(), second));
        assert!(std::ptr::eq(extensions.last().unwrap(), word));
        assert_eq!(extensions.last::<i8>(), None);
    }

    #[test]
    fn any_number_of_values_is_dropped() {
        let extensions = Extensions::new();
        let mut link = &extensions.0;
        for number in 0..1_000_000 {
            let node = super::Node {
                next: super::Link::new(),
                value: number,
            };
            link = &link.get_or_init(|| Box::new(node)).next;
        }
    }
}
