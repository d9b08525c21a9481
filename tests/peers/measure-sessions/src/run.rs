//! A number of threads that work for a time.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;

/// A number of threads, and a time.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) threads: usize,
    pub(crate) duration: Duration,
}

impl Run {
    /// The calls per second, over all threads, of the functions that `worker` returns, one for each
    /// thread.
    ///
    /// No thread begins before all functions exist.
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
                    // Boxed errors stay in their thread.
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

/// A gate. Work is counted while it is open.
#[derive(Default)]
pub(crate) struct Gate {
    has_opened: AtomicBool,
    has_closed: AtomicBool,
}

impl Gate {
    /// Opens after a warm-up, and closes again. Returns the seconds in between.
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

    /// Works until the gate closes, and returns the number of calls while it was open.
    fn count(&self, mut work: impl FnMut() -> Result) -> Result<u64> {
        let mut done = 0;
        while !self.is_closed() {
            work()?;
            done += u64::from(self.is_open());
        }
        Ok(done)
    }
}
