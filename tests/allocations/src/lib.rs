//! Counts the allocations of a test. A test that uses this crate runs on its allocator.

#![deny(unsafe_code)]

mod allocator;

use std::{
    cell::Cell,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

static ALL: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static OWN: Cell<usize> = const { Cell::new(0) };
}

/// The number of allocations that this thread has made.
#[must_use]
pub fn of_this_thread() -> usize {
    OWN.get()
}

/// The number of allocations that all other threads have made.
#[must_use]
pub fn of_other_threads() -> usize {
    ALL.load(Relaxed) - OWN.get()
}

fn count() {
    ALL.fetch_add(1, Relaxed);
    OWN.set(OWN.get() + 1);
}

#[cfg(test)]
mod tests {
    use super::{of_other_threads, of_this_thread};

    #[test]
    fn allocations_are_counted_for_the_thread_that_makes_them() {
        let own = of_this_thread();
        let text = String::from("text");
        assert_eq!(of_this_thread(), own + 1);
        drop(text);
        assert_eq!(of_this_thread(), own + 1);
        let others = of_other_threads();
        let list = std::thread::spawn(|| vec![1]).join().unwrap();
        assert!(of_other_threads() > others);
        drop(list);
    }
}
