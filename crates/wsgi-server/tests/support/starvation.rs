//! Whether the threads of a test got a processor when they wanted one.

use std::{
    sync::atomic::{AtomicBool, Ordering::SeqCst},
    thread,
    time::{Duration, Instant},
};

/// The time that a watching thread sleeps.
const NAP: Duration = Duration::from_millis(10);

/// The time by which one has to oversleep.
const PAUSE: Duration = Duration::from_millis(100);

/// The number of watching threads. A pause may be one of a single processor.
const WATCHERS: usize = 4;

/// Does something. Returns also whether a thread got no processor for long meanwhile.
pub(crate) fn watched<T>(work: impl FnOnce() -> T) -> (T, bool) {
    let is_over = AtomicBool::new(false);
    let oversleeps = || {
        let mut is_starved = false;
        while !is_over.load(SeqCst) {
            let lies_down = Instant::now();
            thread::sleep(NAP);
            is_starved |= lies_down.elapsed() >= NAP + PAUSE;
        }
        is_starved
    };
    thread::scope(|scope| {
        let watchers = [(); WATCHERS].map(|()| scope.spawn(oversleeps));
        let done = {
            let _over = Over(&is_over);
            work()
        };
        let starved = watchers.map(|watcher| watcher.join().unwrap());
        (done, starved.contains(&true))
    })
}

/// Tells that the work is over, also if it panics.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}
