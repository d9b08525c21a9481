//! So many threads that work for so long.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;

/// So many threads for so long.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) threads: usize,
    pub(crate) duration: Duration,
}

impl Run {
    /// How often a second all threads together do what `worker` makes for each of them.
    ///
    /// Nobody begins before all are made.
    pub(crate) fn rate<W>(self, worker: impl Fn(usize) -> Result<W> + Sync) -> Result<f64>
    where
        W: FnMut() -> Result,
    {
        let (gate, made) = (Gate::default(), Barrier::new(self.threads + 1));
        thread::scope(|scope| {
            let spawn = |number| {
                let (worker, gate, made) = (&worker, &gate, &made);
                scope.spawn(move || {
                    let work = worker(number);
                    made.wait();
                    // Errors that are boxed stay in their thread.
                    work.and_then(|work| gate.count(work))
                        .map_err(|error| error.to_string())
                })
            };
            let threads: Vec<_> = (0..self.threads).map(spawn).collect();
            made.wait();
            let seconds = gate.open(self.duration);
            let mut done = 0;
            for thread in threads {
                done += thread.join().map_err(|_| "a thread panicked")??;
            }
            Ok(done as f64 / seconds)
        })
    }
}

/// While it is open, work is counted.
#[derive(Default)]
pub(crate) struct Gate {
    has_opened: AtomicBool,
    has_closed: AtomicBool,
}

impl Gate {
    /// Opens after a while of warming up and closes again; says after how many seconds.
    pub(crate) fn open(&self, duration: Duration) -> f64 {
        thread::sleep(duration / 8);
        self.has_opened.store(true, Ordering::Relaxed);
        let start = Instant::now();
        thread::sleep(duration);
        self.has_closed.store(true, Ordering::Relaxed);
        start.elapsed().as_secs_f64()
    }

    pub(crate) fn is_open(&self) -> bool {
        self.has_opened.load(Ordering::Relaxed) && !self.is_closed()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.has_closed.load(Ordering::Relaxed)
    }

    /// Works until it closes, and says how often while it was open.
    fn count(&self, mut work: impl FnMut() -> Result) -> Result<u64> {
        let mut done = 0;
        while !self.is_closed() {
            work()?;
            done += u64::from(self.is_open());
        }
        Ok(done)
    }
}
