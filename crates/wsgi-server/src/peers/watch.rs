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
/// state, so the answer at the deadline sees what the thread of the call wrote before. Another
/// thread may set one while the call ends. Both change `calls` in one step, so one of them is
/// first: either the end of the call finds the deadline, or the deadline comes too late and is
/// dropped.
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
    /// The number of the last call that is over, with `NEEDS_END` if the state has a deadline that
    /// was set since, also one of an environ that is no longer there, or a response of which a part
    /// was sent since.
    calls: AtomicU64,
}

/// The bit beside the number of a call: the next call that ends has to end the watch, so that
/// nothing of it counts for another one. No connection has so many calls.
const NEEDS_END: u64 = 1 << 63;

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
    #[cfg(feature = "fastcgi")]
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

    /// Notes that a deadline is set for the call of this number. Returns false if that is over.
    pub(super) fn begin_deadline(&self, number: u64) -> bool {
        let note = |calls| (calls & !NEEDS_END < number).then_some(calls | NEEDS_END);
        self.calls.fetch_update(Relaxed, Relaxed, note).is_ok()
    }

    /// Notes that a part of the response is sent by the call that is under way.
    pub(super) fn begin_response(&self) {
        self.calls.fetch_or(NEEDS_END, Relaxed);
    }

    /// Notes that the call of this number is over. An environ that the application has kept sets no
    /// deadline any more. Returns whether the watch has to end, as a deadline was set before, or a
    /// part of the response was sent.
    #[inline]
    pub(crate) fn end_call(&self, number: u64) -> bool {
        self.calls.swap(number, Relaxed) & NEEDS_END != 0
    }

    /// The moment of the deadline, if there is one.
    pub(crate) fn at(&self) -> Option<Instant> {
        let state = self.state();
        state.deadline.as_ref()?.at().map(Instant::from)
    }

    /// No lock of the program's code is ever taken while this one is held, nor does anybody wait
    /// for the peer.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        hint,
        sync::atomic::Ordering::{Acquire, Release},
        thread,
    };

    use super::*;

    #[test]
    fn a_deadline_counts_unless_its_call_is_over() {
        let watch = Watch::default();
        assert!(watch.begin_deadline(1) && watch.begin_deadline(1));
        assert!(watch.end_call(1), "it is found");
        assert!(!watch.begin_deadline(1), "it comes too late");
        assert!(!watch.end_call(2), "there is none");
        assert!(!watch.begin_deadline(1) && !watch.begin_deadline(2));
        assert!(watch.begin_deadline(3) && !watch.begin_deadline(2));
        assert!(watch.end_call(3));
    }

    #[test]
    fn a_response_that_has_begun_is_ended_with_its_call_alone() {
        let watch = Watch::default();
        watch.begin_response();
        assert!(watch.begin_deadline(1), "it is still the first call");
        assert!(watch.end_call(1));
        assert!(!watch.end_call(2), "nothing is left");
    }

    /// Another thread sets the deadlines, each at the moment when its call ends.
    #[test]
    fn the_end_of_a_call_finds_a_deadline_unless_that_comes_too_late() {
        const CALLS: u64 = 5_000;
        let watch = Watch::default();
        let (ending, set, counts) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
        let wait = |number: &AtomicU64, awaited| {
            let mut looks = 0_u64;
            while number.load(Acquire) < awaited {
                looks += 1;
                match looks % 10_000 {
                    0 => thread::yield_now(), // the other one may have no processor
                    _ => hint::spin_loop(),
                }
            }
        };
        let mut wrong = Vec::new();
        thread::scope(|scope| {
            scope.spawn(|| {
                for call in 1..=CALLS {
                    wait(&ending, call);
                    counts.store(watch.begin_deadline(call), Relaxed);
                    set.store(call, Release);
                }
            });
            for call in 1..=CALLS {
                ending.store(call, Release);
                (0..call % 64).for_each(|_| hint::spin_loop()); // so that they meet
                let is_found = watch.end_call(call);
                wait(&set, call);
                if is_found != counts.load(Relaxed) {
                    wrong.push(call);
                }
            }
        });
        assert_eq!(wrong, [0; 0]);
    }
}
