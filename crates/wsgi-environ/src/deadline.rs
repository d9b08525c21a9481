//! The deadline of a request, as its environ, the engine and the gateway share it.

use std::{
    error::Error,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use crate::discard::discard;

/// For gateways: the deadline of one request, which
/// [`Environ::set_deadline`](crate::Environ::set_deadline) sets.
///
/// It decides, once and atomically, who answers the request: the call of the application, or
/// another thread that watches over the deadline. That thread gets a copy of the request, of the
/// type `R`: an [`Environ`](crate::Environ).
///
/// ```text
///                begin_head, too late
///   [calling] -------------------------> [late]      the call answers 504
///     |   |          commit
///     |   +---------------> [sending]
///     |  end                  |   | end
///     +-------> [ended] <-----+---+      the deadline no longer counts
///     |                       |
///     |  pass                 |  pass
///     +-------> [passed] <----+          the watching thread has answered, or has cut
/// ```
///
/// ```
/// use std::{sync::Arc, time::{Duration, Instant}};
/// use wsgi_environ::Environ;
///
/// let mut environ = Environ::new();
/// environ.set_call(7);
/// environ.set_deadline(Instant::now() + Duration::from_secs(3600));
/// let deadline = Arc::clone(environ.shared_deadline().unwrap());
/// assert_eq!(deadline.call(), 7);
///
/// // The call is in time: it begins its head, sends it, and ends.
/// assert_eq!(deadline.check(), Ok(()));
/// assert_eq!((deadline.begin_head(), deadline.commit(), deadline.end()), (Ok(()), Ok(()), Ok(())));
/// assert!(deadline.pass(Instant::now() + Duration::from_secs(7200)).is_none());
/// assert!(!deadline.has_passed());
/// ```
pub struct Deadline<R> {
    state: Mutex<State<R>>,
    call: u64,
}

struct State<R> {
    at: Option<Instant>,
    phase: Phase,
    /// A copy of the request, with hooks that run when the deadline passes. There is one from the
    /// moment when the deadline is set until it passes.
    request: Option<Box<R>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The application is called, and nothing of the response was sent.
    Calling,
    /// A part of the response was sent.
    Sending,
    /// The call came too late, and answers for the deadline.
    Late,
    /// A watching thread answers, or cuts the connection.
    Passed,
    /// The call is over, and needs no thread any more.
    Ended,
}

/// For gateways: a request whose deadline has passed during its call.
///
/// ```
/// use std::time::Instant;
/// use wsgi_environ::Environ;
///
/// let mut environ = Environ::new();
/// environ.set("PATH_INFO", "/report");
/// environ.set_deadline(Instant::now());
/// let deadline = environ.shared_deadline().unwrap();
///
/// // A watching thread answers for the call, which notices when it wants to.
/// let overdue = deadline.pass(Instant::now()).unwrap();
/// assert_eq!(overdue.request.path_info(), "/report");
/// assert!(!overdue.is_sending);
/// assert!(deadline.has_passed());
/// assert!(deadline.begin_head().is_err());
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Overdue<R> {
    /// The request, as it was when its deadline was set. Its hooks are those of
    /// [`Environ::on_finished_or_overdue`](crate::Environ::on_finished_or_overdue).
    pub request: Box<R>,
    /// Whether a part of the response was sent, so that it can only be cut.
    pub is_sending: bool,
}

impl<R> Deadline<R> {
    pub(crate) fn new(call: u64) -> Self {
        let state = State {
            at: None,
            phase: Phase::Calling,
            request: None,
        };
        Self {
            state: Mutex::new(state),
            call,
        }
    }

    /// The number of the call, which the gateway [has set](crate::Environ::set_call). A server can
    /// tell by it that an application has kept the environ, and that the call is over.
    #[must_use]
    pub fn call(&self) -> u64 {
        self.call
    }

    /// The moment of the deadline, if one is set.
    #[must_use]
    pub fn at(&self) -> Option<Instant> {
        self.state().at
    }

    /// Sets the moment, unless the decision has been made. The request has to be copied before.
    pub(crate) fn set(&self, at: Option<Instant>) {
        let mut state = self.state();
        if state.is_open() {
            state.at = at;
        }
    }

    /// Whether a copy of the request is missing: nothing is decided, and none was kept.
    pub(crate) fn lacks_request(&self) -> bool {
        let state = self.state();
        state.is_open() && state.request.is_none()
    }

    /// Keeps a copy of the request.
    pub(crate) fn keep(&self, request: Box<R>) {
        self.state().request = Some(request);
    }

    /// Changes the copy of the request. Returns false if there is none.
    pub(crate) fn change(&self, change: impl FnOnce(&mut R)) -> bool {
        self.state().request.as_deref_mut().map(change).is_some()
    }

    /// Drops the copy of the request, with its hooks and its connection. An input that the
    /// application keeps would keep them.
    ///
    /// ```
    /// use std::time::Instant;
    /// use wsgi_environ::Environ;
    ///
    /// let mut environ = Environ::new();
    /// environ.set_deadline(Instant::now());
    /// let deadline = environ.shared_deadline().unwrap();
    /// deadline.drop_request();
    /// assert!(deadline.pass(Instant::now()).is_none(), "nothing is left to answer");
    /// ```
    pub fn drop_request(&self) {
        let request = self.state().request.take();
        discard(request);
    }

    /// Whether a watching thread has answered the request, or has cut its connection.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        self.state().phase == Phase::Passed
    }

    /// Checks that the request may still be read and answered.
    ///
    /// # Errors
    ///
    /// The deadline has passed, during the call.
    pub fn check(&self) -> Result<(), DeadlinePassed> {
        let state = self.state();
        match state.phase {
            Phase::Late | Phase::Passed => Err(DeadlinePassed),
            Phase::Calling | Phase::Sending if state.is_due(Instant::now()) => Err(DeadlinePassed),
            _ => Ok(()),
        }
    }

    /// For the engine: begins the head of the response on the thread of the call.
    ///
    /// # Errors
    ///
    /// The deadline has passed. Unless [another thread](Self::has_passed) has answered, the call
    /// has to, and may take its time for it.
    pub fn begin_head(&self) -> Result<(), DeadlinePassed> {
        let mut state = self.state();
        match state.phase {
            Phase::Calling if state.is_due(Instant::now()) => {
                state.phase = Phase::Late;
                Err(DeadlinePassed)
            }
            Phase::Late | Phase::Passed => Err(DeadlinePassed),
            _ => Ok(()),
        }
    }

    /// Notes that the call sends a part of the response to the client. From here on, a watching
    /// thread can only cut the connection.
    ///
    /// # Errors
    ///
    /// A watching thread has answered.
    pub fn commit(&self) -> Result<(), DeadlinePassed> {
        let mut state = self.state();
        match state.phase {
            Phase::Calling => state.phase = Phase::Sending,
            Phase::Passed => return Err(DeadlinePassed),
            Phase::Sending | Phase::Late | Phase::Ended => {}
        }
        Ok(())
    }

    /// Notes that the call has returned, and that what is left of the body needs no thread. The
    /// deadline then no longer counts.
    ///
    /// # Errors
    ///
    /// A watching thread has answered. The response of the call must be dropped.
    pub fn end(&self) -> Result<(), DeadlinePassed> {
        let mut state = self.state();
        if state.phase == Phase::Passed {
            return Err(DeadlinePassed);
        }
        state.phase = Phase::Ended;
        Ok(())
    }

    /// For a watching thread: takes the request over, if its deadline has passed `now` and the call
    /// has neither ended nor begun to answer for it.
    #[must_use]
    pub fn pass(&self, now: Instant) -> Option<Overdue<R>> {
        let mut state = self.state();
        if !state.is_open() || !state.is_due(now) {
            return None;
        }
        let request = state.request.take()?;
        let is_sending = state.phase == Phase::Sending;
        state.phase = Phase::Passed;
        Some(Overdue {
            request,
            is_sending,
        })
    }

    fn state(&self) -> MutexGuard<'_, State<R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R> State<R> {
    /// Whether nothing is decided.
    fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Calling | Phase::Sending)
    }

    fn is_due(&self, now: Instant) -> bool {
        self.at.is_some_and(|at| at <= now)
    }
}

impl<R> fmt::Debug for Deadline<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let State { at, phase, .. } = *self.state();
        f.debug_struct("Deadline")
            .field("at", &at)
            .field("phase", &phase)
            .finish_non_exhaustive()
    }
}

/// The deadline of a request has passed, so that nothing of it can be read or answered any more.
///
/// ```
/// use std::time::Instant;
/// use wsgi_environ::Environ;
///
/// let mut environ = Environ::new();
/// environ.set_deadline(Instant::now());
/// let error = environ.shared_deadline().unwrap().check().unwrap_err();
/// assert_eq!(error.to_string(), "the deadline of the request has passed");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeadlinePassed;

impl DeadlinePassed {
    /// The status code of the answer (RFC 9110 section 15.6.5).
    pub const STATUS_CODE: u16 = 504;
}

impl fmt::Display for DeadlinePassed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the deadline of the request has passed")
    }
}

impl Error for DeadlinePassed {}

/// Something that ends the use of a request at its deadline, whatever the request is.
pub(crate) trait Limit: Send + Sync {
    /// As [`Deadline::check`].
    fn check(&self) -> Result<(), DeadlinePassed>;
}

impl<R: Send> Limit for Deadline<R> {
    fn check(&self) -> Result<(), DeadlinePassed> {
        Self::check(self)
    }
}
