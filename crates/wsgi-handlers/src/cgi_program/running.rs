//! The number of programs that run at once.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

/// The programs that run. Clones count together.
#[derive(Clone, Debug, Default)]
pub(super) struct Running(Arc<AtomicUsize>);

/// A program among those that run, until it is dropped.
#[derive(Debug)]
pub(super) struct Place(Running);

impl Running {
    /// A place for a program, unless `most` of them run.
    pub(super) fn enter(&self, most: usize) -> Option<Place> {
        let more = |count: usize| (count < most).then_some(count + 1);
        self.0.fetch_update(SeqCst, SeqCst, more).ok()?;
        Some(Place(self.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::Running;

    #[test]
    fn a_place_is_free_again_after_its_drop() {
        let running = Running::default();
        let clone = running.clone();
        let places = [running.enter(2), clone.enter(2)];
        assert!(places.iter().all(Option::is_some));
        assert!(running.enter(2).is_none());
        assert!(running.enter(3).is_some());
        drop(places);
        assert!(running.enter(1).is_some());
        assert!(running.enter(0).is_none());
    }
}
