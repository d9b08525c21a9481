//! The state that the senders of a channel share with its receiver.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{chunk::Chunk, error::Error, send_error::SendError};

/// The longest patience. A longer one, such as `Duration::MAX`, is shortened to it, so that the
/// clock can express its end.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A queue of chunks between its senders and the gateway that takes them out.
///
/// The lock is never held while chunks or errors are dropped, or while the gateway is told of a
/// chunk, because both run code from elsewhere.
pub(crate) struct Channel {
    state: Mutex<State>,
    /// Notified when a sender that waits for room can go on.
    room: Condvar,
    /// Notified when a gateway that waits for a chunk can go on.
    arrival: Condvar,
}

struct State {
    chunks: VecDeque<Chunk>,
    /// The number of bytes of the chunks.
    bytes: usize,
    limit: usize,
    /// The number of senders.
    senders: usize,
    /// The number of senders that wait for room.
    waiting: usize,
    /// Whether the body has failed, and the error unless it was taken.
    has_failed: bool,
    failure: Option<Error>,
    /// Whether nobody takes chunks any longer.
    is_closed: bool,
    is_draining: bool,
    /// The time that a sender waits for room; `None` until the body was handed over.
    patience: Option<Duration>,
    /// Whether the gateway has found nothing, and must be told of what comes.
    is_awaited: bool,
    notify: Option<Arc<Notify>>,
}

/// The choice of a sender whose chunk has no room.
#[derive(Clone, Copy)]
pub(crate) enum IfFull {
    Wait,
    Fail,
}

/// Tells a gateway that a channel has something for it.
pub(crate) type Notify = dyn Fn() + Send + Sync;

/// The next piece for the gateway of a channel.
pub(crate) enum Taken {
    Chunk(Chunk),
    /// Nothing at present.
    Nothing,
    /// The end, after the last chunk.
    End,
    Failed(Error),
}

impl Channel {
    /// A channel with one sender.
    pub(crate) fn new(limit: usize) -> Self {
        let state = State {
            chunks: VecDeque::new(),
            bytes: 0,
            limit,
            senders: 1,
            waiting: 0,
            has_failed: false,
            failure: None,
            is_closed: false,
            is_draining: false,
            patience: None,
            is_awaited: false,
            notify: None,
        };
        Self {
            state: Mutex::new(state),
            room: Condvar::new(),
            arrival: Condvar::new(),
        }
    }

    /// Adds a chunk.
    pub(crate) fn send(&self, chunk: Chunk, if_full: IfFull) -> Result<(), SendError> {
        let length = chunk.len();
        let mut state = self.state();
        let mut deadline = None;
        loop {
            if state.is_closed {
                return Err(SendError::Closed);
            }
            if state.has_failed {
                return Err(SendError::Failed);
            }
            if length == 0 {
                return Ok(()); // an empty chunk would be the end in some codings
            }
            if state.has_room(length) {
                break;
            }
            let deadline = match (if_full, state.patience) {
                (IfFull::Fail, _) => return Err(SendError::Full),
                (IfFull::Wait, None) => return Err(SendError::NotReturned),
                (IfFull::Wait, Some(patience)) => {
                    *deadline.get_or_insert(Instant::now() + patience)
                }
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(SendError::TimedOut);
            }
            state.waiting += 1;
            let woken = self.room.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
            state.waiting -= 1;
        }
        state.bytes += length;
        state.chunks.push_back(chunk);
        self.tell(state);
        Ok(())
    }

    /// Ends the body with an error, after the chunks that wait. The first error counts.
    pub(crate) fn fail(&self, error: Error) {
        let mut state = self.state();
        if state.has_failed || state.is_closed {
            drop(state);
            return drop(error);
        }
        state.has_failed = true;
        state.failure = Some(error);
        self.room.notify_all();
        self.tell(state);
    }

    /// Adds a sender.
    pub(crate) fn join(&self) {
        self.state().senders += 1;
    }

    /// Removes a sender. The last one ends the body.
    pub(crate) fn leave(&self) {
        let mut state = self.state();
        state.senders -= 1;
        if state.senders == 0 {
            self.tell(state);
        }
    }

    /// Whether nothing more can be sent.
    pub(crate) fn is_closed(&self) -> bool {
        let state = self.state();
        state.is_closed || state.has_failed
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.state().is_draining
    }

    pub(crate) fn set_draining(&self) {
        self.state().is_draining = true;
    }

    /// Notes that the gateway has the body. From here on senders wait for room, for `patience` at
    /// most.
    pub(crate) fn hand_over(&self, patience: Duration) {
        self.state().patience.get_or_insert(patience.min(LONGEST));
    }

    /// Sets the function that tells the gateway of what comes after it found nothing.
    pub(crate) fn notify(&self, notify: Arc<Notify>) {
        let former = self.state().notify.replace(notify);
        drop(former);
    }

    /// The number of bytes of the whole body, if the senders have ended it.
    pub(crate) fn length(&self) -> Option<usize> {
        let state = self.state();
        (state.senders == 0 && !state.has_failed).then_some(state.bytes)
    }

    /// Whether the body has failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.state().has_failed
    }

    /// Takes the error of a body that has failed, unless it was taken.
    pub(crate) fn take_failure(&self) -> Option<Error> {
        self.state().failure.take()
    }

    /// Takes the next chunk. If there is none, the gateway is told of the next one.
    pub(crate) fn take(&self) -> Taken {
        self.taken(&mut self.state())
    }

    /// Takes the next chunk, and waits for it.
    pub(crate) fn wait(&self) -> Taken {
        let mut state = self.state();
        loop {
            match self.taken(&mut state) {
                Taken::Nothing => {
                    let woken = self.arrival.wait(state);
                    state = woken.unwrap_or_else(PoisonError::into_inner);
                }
                taken => return taken,
            }
        }
    }

    /// Takes the next chunk, and waits for it until this moment.
    pub(crate) fn wait_until(&self, until: Instant) -> Taken {
        let mut state = self.state();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.taken(&mut state) {
                Taken::Nothing if !left.is_zero() => {
                    let woken = self.arrival.wait_timeout(state, left);
                    (state, _) = woken.unwrap_or_else(PoisonError::into_inner);
                }
                taken => return taken,
            }
        }
    }

    fn taken(&self, state: &mut State) -> Taken {
        if let Some(chunk) = state.chunks.pop_front() {
            state.bytes -= chunk.len();
            if state.chunks.is_empty() {
                state.chunks = VecDeque::new(); // a page that waits needs no memory for them
            }
            if state.waiting > 0 {
                self.room.notify_all();
            }
            return Taken::Chunk(chunk);
        }
        if state.has_failed {
            let failure = state.failure.take();
            return Taken::Failed(failure.unwrap_or_else(|| SendError::Failed.into()));
        }
        if state.senders == 0 {
            return Taken::End;
        }
        state.is_awaited = true;
        Taken::Nothing
    }

    /// Takes no further chunk.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        state.bytes = 0;
        let chunks = std::mem::take(&mut state.chunks);
        let (failure, notify) = (state.failure.take(), state.notify.take());
        self.room.notify_all();
        drop(state);
        drop((chunks, failure, notify));
    }

    /// Tells the gateway that something has come, if it waits for it.
    fn tell(&self, mut state: MutexGuard<'_, State>) {
        if !std::mem::take(&mut state.is_awaited) {
            return;
        }
        let notify = state.notify.clone();
        drop(state);
        match notify {
            Some(notify) => notify(),
            None => self.arrival.notify_one(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether there is room for a chunk. One that is larger than the limit has room if it is the
    /// only one.
    fn has_room(&self, length: usize) -> bool {
        let bytes = self.bytes.saturating_add(length);
        self.chunks.is_empty() || bytes <= self.limit
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Channel")
            .field("bytes", &state.bytes)
            .field("limit", &state.limit)
            .field("senders", &state.senders)
            .field("is_closed", &state.is_closed)
            .finish_non_exhaustive()
    }
}
