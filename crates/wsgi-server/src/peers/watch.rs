//! The watch over the request that an application is called for, on its connection.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU16, AtomicU64, AtomicUsize, Ordering::Relaxed},
};

use wsgi_environ::{Deadline, Environ};

use crate::{instant::Instant, peers::agenda::Moment};

/// The watch over the request that an application is called for. There is one for each connection,
/// since a connection has one such request at a time.
///
/// Its numbers and flags are relaxed. A deadline is set, passes and ends under the lock of the
/// state, so the answer at the deadline sees what the thread of the call wrote before. Only
/// `has_deadline` and `ended` may be seen late, when another thread sets a deadline while the call
/// ends. Such a deadline is dropped when it passes, or with the next call. One that has already
/// passed may still be obeyed, in the moment in which neither thread sees the flag of the other:
/// then the server answers 504 after the call has ended, beside the response or instead of it. It
/// takes an application that moves the environ to another thread, which sets a past deadline just
/// while the call returns. A fence at the end of each call would prevent that.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    state: Mutex<State>,
    /// The number of the loop that has the connection.
    loop_index: AtomicUsize,
    /// The id of a FastCGI request.
    request_id: AtomicU16,
    /// Whether nothing but whole records can come while that request is answered.
    shows_abort: AtomicBool,
    /// The number of bytes of earlier responses that wait in the buffer of the calling thread.
    unsent: AtomicUsize,
    /// Whether the state has a deadline, also one of an environ that is no longer there.
    has_deadline: AtomicBool,
    /// The number of the last call that is over.
    ended: AtomicU64,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// When the time that the server gives the request began, if it limits that.
    pub(super) began: Option<Instant>,
    /// The deadline, once it was set.
    pub(super) deadline: Option<Arc<Deadline<Environ>>>,
    /// Its place among all deadlines.
    pub(super) moment: Option<Moment>,
    /// The response, once a part of it was sent during the call.
    pub(super) begun: Option<Begun>,
    /// Whether a part of `100 Continue` was sent, and the rest was not.
    pub(super) is_midway: bool,
    pub(super) verdict: Option<Verdict>,
}

/// A response of which a part was sent during the call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begun {
    pub(crate) status: u16,
    /// The position of the body in everything that the connection sends.
    pub(crate) body_position: u64,
}

/// The end of a request whose deadline has passed during the call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    pub(crate) at: Instant,
    /// The answer of the server. `None` if the connection was cut.
    pub(crate) answer: Option<SentAnswer>,
}

/// The 504 that the server has sent: positions in everything that the connection sends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SentAnswer {
    pub(crate) position: u64,
    pub(crate) body_position: u64,
    pub(crate) end_position: u64,
}

impl SentAnswer {
    /// The number of bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.end_position - self.position
    }

    /// The number of bytes of the body.
    pub(crate) fn body_bytes(&self) -> u64 {
        self.end_position - self.body_position
    }
}

impl Watch {
    /// Notes the loop that has the connection from now on. No call is under way.
    pub(crate) fn note_loop(&self, index: usize) {
        self.loop_index.store(index, Relaxed);
    }

    pub(crate) fn loop_index(&self) -> usize {
        self.loop_index.load(Relaxed)
    }

    /// Notes the id of a FastCGI request, and whether everything that came with it was read. Then
    /// the front server sends whole records from here on, of which one may give the request up.
    pub(crate) fn note_request(&self, id: u16, is_read_up: bool) {
        self.request_id.store(id, Relaxed);
        self.shows_abort.store(is_read_up, Relaxed);
    }

    /// The id of a FastCGI request, if it shows that the front server gives it up.
    pub(super) fn abortable(&self) -> Option<u16> {
        self.shows_abort.load(Relaxed).then(|| self.request_id())
    }

    pub(super) fn request_id(&self) -> u16 {
        self.request_id.load(Relaxed)
    }

    /// Notes the number of bytes of earlier responses that wait in the thread's buffer.
    pub(crate) fn note_unsent(&self, bytes: usize) {
        self.unsent.store(bytes, Relaxed);
    }

    pub(super) fn unsent(&self) -> usize {
        self.unsent.load(Relaxed)
    }

    /// Notes when the time that the server gives a request begins, before its deadline is set.
    pub(crate) fn note_beginning(&self, at: Instant) {
        self.state().began = Some(at);
    }

    pub(super) fn note_deadline(&self, is_there: bool) {
        self.has_deadline.store(is_there, Relaxed);
    }

    /// Whether a deadline was set during the call.
    #[inline]
    pub(crate) fn has_deadline(&self) -> bool {
        self.has_deadline.load(Relaxed)
    }

    /// Notes that the call of this number is over. An environ that the application has kept sets no
    /// deadline any more.
    #[inline]
    pub(crate) fn end_call(&self, number: u64) {
        self.ended.store(number, Relaxed);
    }

    /// Whether the call of a deadline is over, which another thread may have set at the same time.
    pub(super) fn is_over(&self, deadline: &Deadline<Environ>) -> bool {
        deadline.call() <= self.ended.load(Relaxed)
    }

    /// The moment of the deadline, if there is one.
    pub(crate) fn at(&self) -> Option<Instant> {
        let state = self.state();
        let deadline = state.deadline.as_ref();
        let deadline = deadline.filter(|deadline| !self.is_over(deadline))?;
        deadline.at().map(Instant::from)
    }

    /// No lock of the program's code is ever taken while this one is held, nor does anybody wait
    /// for the peer.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
