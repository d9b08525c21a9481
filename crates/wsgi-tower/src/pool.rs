//! The threads that applications run on.

mod permit;
mod run;
mod waiter;
mod workers;

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

pub use run::{PoolStopped, Run};

pub(crate) use permit::{Acquire, Permit};
pub(crate) use workers::{Drain, Opened};

use workers::Workers;

/// The longest wait. A longer one, such as `Duration::MAX` for one without an end, is cut to it, so
/// that the clock can express the end.
pub(crate) const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A bounded pool of threads, on which applications and stores of sessions may block.
///
/// A pool of `n` threads runs at most `n` calls at a time. A service takes a permit for one of them
/// in `poll_ready`, before it takes a request, so a busy pool has its callers wait, in the order in
/// which they came. It has no queue of requests. A layer such as tower's `LoadShed` answers at once
/// instead.
///
/// Threads start when they are needed, and stay. A clone is another handle of the same pool. When
/// the last handle is gone, which services hold too, the threads end.
///
/// A function on a thread of the pool must not wait for another one of the same pool, such as a
/// call of its service or a [`run`](Self::run): if all threads do so, none goes on.
///
/// ```
/// use std::time::Duration;
/// use wsgi_tower::Pool;
/// # fn block_on<F: Future>(future: F) -> F::Output {
/// #     let mut future = std::pin::pin!(future);
/// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// #     loop {
/// #         match future.as_mut().poll(&mut context) {
/// #             std::task::Poll::Ready(output) => return output,
/// #             std::task::Poll::Pending => std::thread::yield_now(),
/// #         }
/// #     }
/// # }
///
/// let pool = Pool::new(8);
/// let sum = block_on(pool.run(|| (1..=10).sum::<u32>()))?;
/// assert_eq!(sum, 55);
/// assert!(pool.shutdown(Duration::from_secs(30)), "nothing runs");
/// # Ok::<(), wsgi_tower::PoolStopped>(())
/// ```
#[derive(Clone)]
pub struct Pool(Arc<Handles>);

/// All handles of a pool. Its drop is that of the last one.
struct Handles(Arc<Workers>);

impl Drop for Handles {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

impl Pool {
    /// The number of threads of a pool that nobody has chosen a number for: 64.
    pub const DEFAULT_THREADS: usize = 64;

    /// A pool of at most this number of threads, which is at least one.
    #[must_use]
    pub fn new(threads: usize) -> Self {
        Self(Arc::new(Handles(Arc::new(Workers::new(threads.max(1))))))
    }

    /// Runs a function on a thread of the pool, as soon as one is free. It is for code that blocks,
    /// such as an update of a session.
    ///
    /// If the future is dropped before a thread is free, the function does not run. After that, it
    /// runs to its end. Its panic goes on in the caller that awaits the future.
    pub fn run<T, F>(&self, function: F) -> Run<T>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        Run::new(self.clone(), function)
    }

    /// Ends the pool: lets its requests finish, for at most `timeout` and 365 days, and takes no
    /// others. Returns whether all have finished.
    ///
    /// A request has finished when its response is taken to the end or dropped, and its hooks have
    /// run. Senders of live bodies are told, by
    /// [`is_draining`](wsgi_application::Sender::is_draining), so that they end. Services answer
    /// further requests with 503.
    ///
    /// It blocks. Call it after the server has ended, on a thread that may block.
    #[must_use]
    pub fn shutdown(&self, timeout: Duration) -> bool {
        let workers = self.workers();
        workers
            .close()
            .iter()
            .for_each(|drained| drained.set_draining());
        workers.wait_until_idle(Instant::now() + timeout.min(LONGEST))
    }

    /// A future permit.
    pub(crate) fn acquire(&self) -> Acquire {
        Acquire::new(self.workers().clone())
    }

    /// Runs a job that has its permit with it, or needs none because it continues a request that
    /// had one. There is at most one job of the second kind for each open request.
    pub(crate) fn continue_with(&self, job: impl FnOnce() + Send + 'static) {
        self.workers().push(Box::new(job));
    }

    /// Runs a job on a thread of its own, for as long as it keeps its permit.
    pub(crate) fn start(&self, permit: Permit, job: impl FnOnce() + Send + 'static) {
        self.workers().push(Box::new(move || {
            let _permit = permit;
            job();
        }));
    }

    /// Notes that a request is open. What is `drained` is told of a shutdown.
    pub(crate) fn open(&self, drained: &Arc<impl Drain + 'static>) -> Opened {
        Opened::new(self.workers().clone(), drained)
    }

    fn workers(&self) -> &Arc<Workers> {
        &self.0.0
    }
}

/// A pool of [`DEFAULT_THREADS`](Self::DEFAULT_THREADS).
impl Default for Pool {
    fn default() -> Self {
        Self::new(Self::DEFAULT_THREADS)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.workers().fmt(f)
    }
}
