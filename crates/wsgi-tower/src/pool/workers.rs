//! The threads of a pool, their jobs and their permits.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    fmt, mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak},
    task::Waker,
    thread,
    time::Instant,
};

use super::waiter::Waiter;

pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// Something that hears of the end of its pool.
pub(crate) trait Drain: Send + Sync {
    fn set_draining(&self);
}

/// The state that the handles of a pool share with its threads.
///
/// Neither jobs nor wakers run while the lock is held.
pub(crate) struct Workers {
    limit: usize,
    state: Mutex<State>,
    /// Notified of a job, and of the end.
    work: Condvar,
    /// Notified when the last request has finished.
    idle: Condvar,
}

struct State {
    jobs: VecDeque<Job>,
    /// The numbers of threads, and of those that wait for a job.
    threads: usize,
    waiting: usize,
    /// The number of permits that nobody holds. It is 0 while there are waiters.
    free: usize,
    /// Those who wait for a permit, in order, by numbers of their own.
    waiters: BTreeMap<u64, Arc<Waiter>>,
    /// The requests that have not finished, by a number of their own.
    open: HashMap<u64, Weak<dyn Drain>>,
    /// The number of the next waiter or request.
    next: u64,
    /// Whether the pool was shut down, or has no handle any more.
    is_closed: bool,
    is_abandoned: bool,
}

impl Workers {
    pub(crate) fn new(limit: usize) -> Self {
        let state = State {
            jobs: VecDeque::new(),
            threads: 0,
            waiting: 0,
            free: limit,
            waiters: BTreeMap::new(),
            open: HashMap::new(),
            next: 0,
            is_closed: false,
            is_abandoned: false,
        };
        Self {
            limit,
            state: Mutex::new(state),
            work: Condvar::new(),
            idle: Condvar::new(),
        }
    }

    /// Queues a job. Starts a thread for it if none waits.
    ///
    /// If the system has no thread, the job waits for the others. If there are none at all, it is
    /// dropped, and its caller notices.
    pub(crate) fn push(self: &Arc<Self>, job: Job) {
        let mut state = self.state();
        state.jobs.push_back(job);
        if state.jobs.len() <= state.waiting || state.threads == self.limit {
            drop(state);
            return self.work.notify_one();
        }
        state.threads += 1;
        drop(state);
        let workers = Arc::clone(self);
        let builder = thread::Builder::new().name("wsgi-pool".to_owned());
        if builder.spawn(move || workers.work()).is_err() {
            let mut state = self.state();
            state.threads -= 1;
            let dropped = match state.threads {
                0 => mem::take(&mut state.jobs),
                _ => VecDeque::new(),
            };
            drop(state);
            drop(dropped);
        }
    }

    /// The life of a thread.
    fn work(&self) {
        let mut state = self.state();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                drop(state);
                // The payload's drop could panic too.
                let _ = catch_unwind(AssertUnwindSafe(job)).map_err(mem::forget);
                state = self.state();
                continue;
            }
            if state.is_abandoned || state.is_closed && state.is_idle(self.limit) {
                break;
            }
            state.waiting += 1;
            let woken = self.work.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
        state.threads -= 1;
    }

    /// Has a waiter get the next permit that nobody before it waits for. Returns its number; `None`
    /// if it need not wait: then it has one already.
    pub(crate) fn wait_for_permit(&self, waiter: &Arc<Waiter>) -> Option<u64> {
        let mut state = self.state();
        if state.free > 0 {
            state.free -= 1;
            return None;
        }
        let number = state.number();
        state.waiters.insert(number, Arc::clone(waiter));
        Some(number)
    }

    /// Passes a permit on to the first waiter.
    pub(crate) fn return_permit(&self) {
        let mut state = self.state();
        let waker = match state.waiters.pop_first() {
            Some((_, waiter)) => waiter.grant(),
            None => {
                state.free += 1;
                None
            }
        };
        self.notice_idle(&state);
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }

    /// Removes a waiter that gives up.
    pub(crate) fn forget(&self, number: u64, waiter: &Waiter) {
        let forgotten = self.state().waiters.remove(&number);
        if forgotten.is_none() && waiter.is_granted() {
            self.return_permit();
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    /// Gives no further permits. Returns what is to hear of it.
    pub(crate) fn close(&self) -> Vec<Arc<dyn Drain>> {
        let mut state = self.state();
        state.is_closed = true;
        let waiters = mem::take(&mut state.waiters);
        let open = state.open.values().filter_map(Weak::upgrade).collect();
        self.work.notify_all();
        drop(state);
        let wakers = waiters.values().filter_map(|waiter| waiter.waker());
        wakers.for_each(Waker::wake);
        open
    }

    /// Waits until nothing runs and all requests have finished. Returns false if that takes longer.
    pub(crate) fn wait_until_idle(&self, until: Instant) -> bool {
        let mut state = self.state();
        while !state.is_idle(self.limit) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let woken = self.idle.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Ends the threads once they have no job: nobody is left who could add one.
    pub(crate) fn abandon(&self) {
        self.state().is_abandoned = true;
        self.work.notify_all();
    }

    fn notice_idle(&self, state: &State) {
        if state.is_closed && state.is_idle(self.limit) {
            self.idle.notify_all();
            self.work.notify_all();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Whether all permits are back and no request is open. Continuations belong to open requests.
    fn is_idle(&self, limit: usize) -> bool {
        self.free == limit && self.open.is_empty()
    }
}

/// An open request, until its drop.
pub(crate) struct Opened {
    workers: Arc<Workers>,
    number: u64,
}

impl Opened {
    pub(crate) fn new(workers: Arc<Workers>, drained: &Arc<impl Drain + 'static>) -> Self {
        let weak: Weak<dyn Drain> = Arc::downgrade(drained) as Weak<dyn Drain>;
        let mut state = workers.state();
        let number = state.number();
        state.open.insert(number, weak);
        let is_closed = state.is_closed;
        drop(state);
        if is_closed {
            drained.set_draining(); // its permit is older than the end
        }
        Self { workers, number }
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let mut state = self.workers.state();
        let drained = state.open.remove(&self.number);
        self.workers.notice_idle(&state);
        drop(state);
        drop(drained);
    }
}

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Pool")
            .field("limit", &self.limit)
            .field("threads", &state.threads)
            .field("free", &state.free)
            .field("open", &state.open.len())
            .finish_non_exhaustive()
    }
}
