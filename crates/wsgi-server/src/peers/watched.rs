//! The deadline of a request on the connection of its peer: who answers, and what of the connection
//! is left.

use std::{
    io,
    sync::{Arc, atomic::AtomicUsize},
    time::{Instant, SystemTime},
};

use wsgi_environ::{Deadline, Environ};

use crate::{
    peers::{
        deadlines::{CallingThread, Deadlines, Key, WatchedCall},
        patience::Patience,
        peer::{Peer, timed_out},
        watch::{Begun, SentAnswer, State, Verdict},
    },
    protocol::Protocol,
};

/// The watch over the deadlines of one loop's requests.
#[derive(Debug)]
pub(crate) struct Lookout {
    pub(crate) deadlines: Arc<Deadlines>,
    /// The number of the loop's connections whose thread is stuck.
    pub(crate) stuck: AtomicUsize,
}

impl Lookout {
    pub(crate) fn new(deadlines: Arc<Deadlines>) -> Arc<Self> {
        Arc::new(Self {
            deadlines,
            stuck: AtomicUsize::new(0),
        })
    }
}

/// A request whose deadline has passed, and that was answered or cut.
#[derive(Debug)]
pub(crate) struct Expired {
    pub(crate) request: Box<Environ>,
    pub(crate) verdict: Verdict,
    /// The response that was cut.
    pub(crate) begun: Option<Begun>,
    /// The number of threads that are stuck.
    pub(crate) stuck: usize,
}

/// An answer in the bytes of a protocol.
#[derive(Debug)]
pub(crate) struct AnswerBytes {
    pub(crate) bytes: Vec<u8>,
    /// The length of the body among them, which is at their end or before the end of a record.
    pub(crate) body: usize,
}

impl Peer {
    /// Watches over the deadline of a request, whose moment was set or changed, unless its call is
    /// over: then the environ is one that the application has kept.
    pub(super) fn watch_over(self: Arc<Self>, deadline: &Arc<Deadline>) {
        let mut _former = None; // is dropped after the lock
        let mut state = self.watch.state();
        if self.watch.is_over(deadline) {
            return;
        }
        let is_former = |former: &Arc<Deadline>| former.call() != deadline.call();
        if state.deadline.as_ref().is_some_and(is_former) {
            _former = self.forget(&mut state);
        }
        self.watch.note_deadline(true);
        if state.begun.is_some() {
            let _ = deadline.commit(); // a part of the response was sent before
        }
        state.deadline = Some(deadline.clone());
        let Some(lookout) = &self.lookout else {
            return;
        };
        let earlier = state
            .key
            .take()
            .and_then(|key| lookout.deadlines.remove(key));
        let Some(at) = deadline.at() else {
            return;
        };
        let call = earlier.unwrap_or_else(|| WatchedCall {
            peer: self.clone(),
            thread: CallingThread::current(),
            began: (Instant::now(), SystemTime::now()),
            position: self.position() + self.watch.unsent() as u64,
        });
        state.key = Some(lookout.deadlines.add(at, call));
    }

    /// Ends the watch over a deadline that was set while its call ended. The deadline has to be
    /// dropped without the lock: that is code of the program.
    #[cold]
    fn forget(&self, state: &mut State) -> Option<Arc<Deadline>> {
        if let (Some(key), Some(lookout)) = (state.key.take(), &self.lookout) {
            lookout.deadlines.remove(key);
        }
        state.deadline.take()
    }

    /// Notes that a part of a response leaves during the call.
    ///
    /// # Errors
    ///
    /// The deadline has passed, and the connection has ended.
    pub(crate) fn commit(&self, begun: Begun) -> io::Result<()> {
        let mut state = self.watch.state();
        state.begun.get_or_insert(begun);
        let deadline = state.deadline.as_ref();
        let committed = deadline.map_or(Ok(()), |deadline| deadline.commit());
        committed.map_err(|_| timed_out())
    }

    /// Ends the watch, when the call is over. Returns the end of the request if its deadline has
    /// passed.
    #[inline(never)]
    pub(crate) fn end_watch(&self) -> Option<Verdict> {
        let mut state = self.watch.state();
        self.watch.note_deadline(false);
        let deadline = state.deadline.take();
        let has_passed = deadline
            .as_ref()
            .is_some_and(|deadline| deadline.end().is_err());
        if let (Some(key), Some(lookout)) = (state.key.take(), &self.lookout) {
            lookout.deadlines.remove(key);
        }
        state.begun = None;
        let verdict = state.verdict.take().filter(|_| has_passed);
        drop(state);
        // Its hooks are code of the program.
        if let Some(deadline) = deadline {
            deadline.drop_request();
        }
        verdict
    }

    /// Answers or cuts a request whose deadline has passed `now`, unless its call has ended or
    /// answers by itself. `count` counts its thread, which is stuck.
    pub(crate) fn expire(
        &self,
        key: Key,
        now: Instant,
        answer: impl FnOnce(&Environ, Protocol, u16) -> AnswerBytes,
        count: impl FnOnce() -> usize,
    ) -> Option<Expired> {
        // Under the lock, so that the call hears of the whole end or of none.
        let mut state = self.watch.state();
        if state.key != Some(key) {
            return None;
        }
        let deadline = state.deadline.as_ref()?;
        if self.watch.is_over(deadline) {
            let former = self.forget(&mut state);
            drop(state);
            if let Some(former) = former {
                former.drop_request();
            }
            return None;
        }
        let overdue = deadline.pass(now)?;
        state.key = None;
        let is_free = !overdue.is_sending && !state.is_midway && self.watch.unsent() == 0;
        let sent = is_free
            .then(|| answer(&overdue.request, self.protocol, self.watch.request_id()))
            .and_then(|answer| self.send_last(&answer));
        if sent.is_none() {
            self.cut();
        }
        let verdict = Verdict {
            at: now,
            answer: sent,
        };
        state.verdict = Some(verdict);
        Some(Expired {
            request: overdue.request,
            verdict,
            begun: state.begun,
            stuck: count(),
        })
    }

    /// Sends an answer, and ends the server's side. Returns `None` if the socket does not take all
    /// of it at once.
    fn send_last(&self, answer: &AnswerBytes) -> Option<SentAnswer> {
        let position = self.position();
        let length = answer.bytes.len();
        self.write(&answer.bytes)
            .ok()
            .filter(|&count| count == length)?;
        self.say_goodbye();
        // The thread of the call may still use the socket, so it is not closed.
        self.finish();
        let end_position = position + length as u64;
        Some(SentAnswer {
            position,
            body_position: end_position - answer.body as u64,
            end_position,
        })
    }

    /// Writes `100 Continue` or the like while the application is called, from any thread.
    pub(crate) fn write_interim(
        &self,
        mut bytes: &[u8],
        patience: &mut Patience,
    ) -> io::Result<()> {
        loop {
            let mut state = self.watch.state();
            if state.verdict.is_some() {
                return Err(timed_out());
            }
            match self.write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
            state.is_midway = !bytes.is_empty();
            drop(state);
            if bytes.is_empty() {
                return Ok(());
            }
            let since = Instant::now();
            if !self.wait_writable(patience.deadline(since))? {
                return Err(timed_out());
            }
            patience.note(since.elapsed(), 0);
        }
    }

    /// The time until which a read may wait, at the latest at the deadline of the request.
    pub(crate) fn within_deadline(&self, at: Instant) -> Instant {
        self.watch.at().map_or(at, |deadline| deadline.min(at))
    }

    /// Whether the deadline of the request has passed.
    pub(crate) fn is_overdue(&self) -> bool {
        self.watch.at().is_some_and(|at| at <= Instant::now())
    }
}
