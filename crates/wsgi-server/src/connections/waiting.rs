//! The requests that wait for a thread.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use crate::instant::Instant;

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
    /// The deadline of its client, for which this is no time.
    deadline: Option<Instant>,
    line: Arc<WaitingLine>,
}

impl WaitingLine {
    pub(crate) fn new(places: usize) -> Self {
        Self {
            places,
            taken: AtomicUsize::new(0),
        }
    }

    /// Adds a request to the line, unless it is full. Its client has time until `deadline`.
    pub(crate) fn join(
        self: &Arc<Self>,
        now: Instant,
        deadline: Option<Instant>,
    ) -> Option<Box<Waiting>> {
        let one_more = |taken| (taken < self.places).then_some(taken + 1);
        self.taken.fetch_update(SeqCst, SeqCst, one_more).ok()?;
        Some(Box::new(Waiting {
            since: now,
            deadline,
            line: self.clone(),
        }))
    }
}

impl Waiting {
    /// The deadline of the client after the wait, which was not its own.
    pub(crate) fn deadline_after(&self, now: Instant) -> Option<Instant> {
        let waited = now.saturating_duration_since(self.since);
        self.deadline.map(|deadline| deadline + waited)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.line.taken.fetch_sub(1, SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_line_takes_as_many_requests_as_it_has_places() {
        let (line, now) = (Arc::new(WaitingLine::new(2)), Instant::now());
        let first = line.join(now, None);
        let second = line.join(now, None);
        assert!(first.is_some() && second.is_some());
        assert!(line.join(now, None).is_none());
        drop(first);
        assert!(line.join(now, None).is_some());
        assert!(Arc::new(WaitingLine::new(0)).join(now, None).is_none());
    }

    #[test]
    fn a_wait_puts_the_deadline_of_the_client_off_by_its_own_length() {
        let (line, now) = (Arc::new(WaitingLine::new(1)), Instant::now());
        let second = Duration::from_secs(1);
        let waiting = line.join(now, Some(now + 5 * second)).unwrap();
        let deadline = waiting.deadline_after(now + 2 * second);
        assert_eq!(deadline, Some(now + 7 * second));
    }
}
