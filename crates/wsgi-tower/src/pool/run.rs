//! A function on a thread of a pool, as a future.

use std::{
    error::Error,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    thread,
};

use super::{Acquire, Permit, Pool};

/// The future of [`Pool::run`].
///
/// ```
/// use wsgi_tower::{Pool, Run, park};
///
/// let sum: Run<u32> = Pool::new(2).run(|| (1..=10).sum());
/// assert_eq!(park(sum), Ok(55));
/// ```
#[must_use = "a future does nothing unless it is polled"]
pub struct Run<T>(State<T>);

enum State<T> {
    /// The function waits for a thread.
    Waiting(Box<Waiting<T>>),
    Running(Arc<Slot<T>>),
    Over,
}

struct Waiting<T> {
    pool: Pool,
    acquire: Acquire,
    function: Box<dyn FnOnce() -> T + Send>,
}

/// The place of the result.
struct Slot<T>(Mutex<Progress<T>>);

struct Progress<T> {
    result: Option<Result<thread::Result<T>, PoolStopped>>,
    waker: Option<Waker>,
}

/// The error of [`Pool::run`] if the pool was shut down, or the system has no thread for it. The
/// function did not run.
///
/// ```
/// use std::time::Duration;
/// use wsgi_tower::{Pool, PoolStopped, park};
///
/// let pool = Pool::new(2);
/// assert!(pool.shutdown(Duration::from_secs(1)));
/// assert_eq!(park(pool.run(|| 6 * 7)), Err(PoolStopped));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolStopped;

impl<T: Send + 'static> Run<T> {
    pub(crate) fn new(pool: Pool, function: impl FnOnce() -> T + Send + 'static) -> Self {
        let acquire = pool.acquire();
        Self(State::Waiting(Box::new(Waiting {
            pool,
            acquire,
            function: Box::new(function),
        })))
    }
}

/// No part of it is pinned.
impl<T> Unpin for Run<T> {}

impl<T: Send + 'static> Future for Run<T> {
    type Output = Result<T, PoolStopped>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let State::Waiting(waiting) = &mut self.0 {
            let permit = match waiting.acquire.poll(context) {
                Poll::Ready(permit) => permit,
                Poll::Pending => return Poll::Pending,
            };
            let waiting = std::mem::replace(&mut self.0, State::Over);
            let (State::Waiting(waiting), Some(permit)) = (waiting, permit) else {
                return Poll::Ready(Err(PoolStopped));
            };
            self.0 = State::Running(start(*waiting, permit, context));
        }
        let State::Running(slot) = &self.0 else {
            return Poll::Pending; // it was ready before
        };
        let mut progress = slot.progress();
        let Some(result) = progress.result.take() else {
            progress.waker = Some(context.waker().clone());
            return Poll::Pending;
        };
        drop(progress);
        self.0 = State::Over;
        Poll::Ready(result.map(|result| result.unwrap_or_else(|payload| resume_unwind(payload))))
    }
}

fn start<T: Send + 'static>(
    waiting: Waiting<T>,
    permit: Permit,
    context: &Context<'_>,
) -> Arc<Slot<T>> {
    let slot = Arc::new(Slot(Mutex::new(Progress {
        result: None,
        waker: Some(context.waker().clone()),
    })));
    let mut filling = Filling(Some(Arc::clone(&slot)));
    let Waiting { pool, function, .. } = waiting;
    pool.continue_with(move || {
        let result = catch_unwind(AssertUnwindSafe(function));
        // A caller that has the result finds the thread free, even if it asks for it only once.
        drop(permit);
        filling.fill(Ok(result));
    });
    slot
}

impl<T> Slot<T> {
    fn progress(&self) -> MutexGuard<'_, Progress<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Fills a slot, at the latest when it is dropped.
struct Filling<T>(Option<Arc<Slot<T>>>);

impl<T> Filling<T> {
    fn fill(&mut self, result: Result<thread::Result<T>, PoolStopped>) {
        let Some(slot) = self.0.take() else { return };
        let mut progress = slot.progress();
        progress.result = Some(result);
        let waker = progress.waker.take();
        drop(progress);
        waker.into_iter().for_each(Waker::wake);
    }
}

impl<T> Drop for Filling<T> {
    fn drop(&mut self) {
        self.fill(Err(PoolStopped));
    }
}

impl<T> fmt::Debug for Run<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").finish_non_exhaustive()
    }
}

impl fmt::Display for PoolStopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the pool of threads has stopped")
    }
}

impl Error for PoolStopped {}
