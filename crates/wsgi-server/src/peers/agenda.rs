//! Work that is due at certain times.

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{
            AtomicU64, AtomicUsize,
            Ordering::{Relaxed, SeqCst},
        },
    },
};

use crate::instant::Instant;

/// The work of the thread that watches over the server, in the order of the times when it is due.
///
/// There is at most one entry for each thread that runs an application, and most are added and
/// taken at an end. So a queue does as well as a tree, and compiles to much less.
pub(super) struct Agenda<T> {
    /// Sorted by moment.
    entries: Mutex<VecDeque<(Moment, T)>>,
    /// The number of entries, so that nobody takes the lock where there are none.
    count: AtomicUsize,
    next_number: AtomicU64,
    /// Wakes the thread, if it sleeps.
    wake: Box<dyn Fn() + Send + Sync>,
}

/// The place of an entry in an [`Agenda`]: its time, and a number that tells it from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    at: Instant,
    number: u64,
}

impl<T> Agenda<T> {
    pub(super) fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            entries: Mutex::default(),
            count: AtomicUsize::new(0),
            next_number: AtomicU64::new(0),
            wake: Box::new(wake),
        }
    }

    pub(super) fn add(&self, at: Instant, entry: T) -> Moment {
        let number = self.next_number.fetch_add(1, Relaxed);
        let moment = Moment { at, number };
        self.change(|entries| {
            let place = entries.partition_point(|(other, _)| *other < moment);
            entries.insert(place, (moment, entry));
        });
        (self.wake)();
        moment
    }

    /// Takes an entry out. `None` if it was taken before.
    pub(super) fn remove(&self, moment: Moment) -> Option<T> {
        self.change(|entries| {
            let place = entries.binary_search_by_key(&moment, |(moment, _)| *moment);
            let (_, entry) = entries.remove(place.ok()?)?;
            Some(entry)
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count.load(SeqCst) == 0
    }

    /// The time of the next entry.
    pub(super) fn next(&self) -> Option<Instant> {
        if self.is_empty() {
            return None;
        }
        self.entries().front().map(|(moment, _)| moment.at)
    }

    /// Takes an entry whose time has come.
    pub(super) fn take_due(&self, now: Instant) -> Option<(Moment, T)> {
        self.change(|entries| take_due(entries, now))
    }

    /// Takes all entries whose time has come, and does with each what has to be done before anybody
    /// can notice that it [was taken](Self::remove).
    pub(super) fn work_off(&self, now: Instant, mut work: impl FnMut(T)) {
        self.change(|entries| {
            while let Some((_, entry)) = take_due(entries, now) {
                work(entry);
            }
        });
    }

    fn change<R>(&self, change: impl FnOnce(&mut VecDeque<(Moment, T)>) -> R) -> R {
        let mut entries = self.entries();
        let result = change(&mut entries);
        self.count.store(entries.len(), SeqCst);
        result
    }

    fn entries(&self) -> MutexGuard<'_, VecDeque<(Moment, T)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn take_due<T>(entries: &mut VecDeque<(Moment, T)>, now: Instant) -> Option<(Moment, T)> {
    let (first, _) = entries.front()?;
    if first.at > now {
        return None;
    }
    entries.pop_front()
}

impl<T> fmt::Debug for Agenda<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agenda").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn entries_are_taken_in_the_order_of_their_times() {
        let agenda = Agenda::new(|| ());
        let start = Instant::now();
        let at = |second| start + Duration::from_secs(second);
        let moments = [5, 1, 3, 1, 4].map(|second| agenda.add(at(second), second));
        assert_eq!(agenda.next(), Some(at(1)));
        assert_eq!(agenda.remove(moments[2]), Some(3));
        assert_eq!(agenda.remove(moments[2]), None);
        assert_eq!(agenda.take_due(start), None);
        // Of equal times, the first that was added.
        assert_eq!(agenda.take_due(at(4)), Some((moments[1], 1)));
        assert_eq!(agenda.take_due(at(4)), Some((moments[3], 1)));
        assert_eq!(agenda.take_due(at(4)), Some((moments[4], 4)));
        assert_eq!(agenda.take_due(at(4)), None);
        assert_eq!(agenda.next(), Some(at(5)));
        assert!(!agenda.is_empty());
        assert_eq!(agenda.remove(moments[0]), Some(5));
        assert!(agenda.is_empty());
        assert_eq!(agenda.next(), None);
    }
}
