//! The requests that wait for a thread.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Instant,
};

/// The line of a server's requests that wait for a thread. It has a limited number of places.
#[derive(Debug)]
pub(crate) struct WaitingLine {
    places: usize,
    taken: AtomicUsize,
}

/// A request that waits in the line. It leaves the line on drop.
#[derive(Debug)]
pub(crate) struct Waiting {
    /// When it began to wait.
    pub(crate) since: Instant,
    line: Arc<WaitingLine>,
}

impl WaitingLine {
    pub(crate) fn new(places: usize) -> Self {
        Self {
            places,
            taken: AtomicUsize::new(0),
        }
    }

    /// Adds a request to the line, unless it is full.
    pub(crate) fn join(self: &Arc<Self>, now: Instant) -> Option<Box<Waiting>> {
        let one_more = |taken| (taken < self.places).then_some(taken + 1);
        self.taken.fetch_update(SeqCst, SeqCst, one_more).ok()?;
        Some(Box::new(Waiting {
            since: now,
            line: self.clone(),
        }))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.line.taken.fetch_sub(1, SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_takes_as_many_requests_as_it_has_places() {
        let (line, now) = (Arc::new(WaitingLine::new(2)), Instant::now());
        let first = line.join(now);
        let second = line.join(now);
        assert!(first.is_some() && second.is_some());
        assert!(line.join(now).is_none());
        drop(first);
        assert!(line.join(now).is_some());
        assert!(Arc::new(WaitingLine::new(0)).join(now).is_none());
    }
}
