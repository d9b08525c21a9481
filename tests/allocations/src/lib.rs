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
    /// The bytes that the thread allocated, less those that it freed, and their maximum. A thread
    /// may free what another one allocated.
    static BYTES: Cell<isize> = const { Cell::new(0) };
    static MOST_BYTES: Cell<isize> = const { Cell::new(0) };
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

/// Runs `work`, and returns the most bytes that this thread had at once, beyond those at the start.
pub fn most_bytes_during(work: impl FnOnce()) -> usize {
    let start = BYTES.get();
    let before = MOST_BYTES.replace(start);
    work();
    let most = MOST_BYTES.get();
    MOST_BYTES.set(before.max(most));
    (most - start).unsigned_abs() // it is at least the start
}

fn count_bytes(freed: usize, allocated: usize) {
    BYTES.set(BYTES.get() + allocated as isize - freed as isize);
    MOST_BYTES.set(MOST_BYTES.get().max(BYTES.get()));
}

fn count() {
    ALL.fetch_add(1, Relaxed);
    OWN.set(OWN.get() + 1);
}

#[cfg(test)]
mod tests {
    use super::{most_bytes_during, of_other_threads, of_this_thread};

    #[test]
    fn the_most_bytes_are_those_that_were_there_at_once() {
        let kept = most_bytes_during(|| {
            drop(vec![1_u8; 1000]);
            drop((vec![1_u8; 300], vec![1_u8; 400]));
        });
        assert_eq!(kept, 1000);
        assert_eq!(
            most_bytes_during(|| drop((vec![1_u8; 300], vec![1_u8; 400]))),
            700
        );
        assert_eq!(most_bytes_during(|| ()), 0);
    }

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
