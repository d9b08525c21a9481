//! A request and its response, between the task that serves the client and the thread that calls
//! the application.
//!
//! The *task* polls the body of the request into the conversation, and takes the response out of
//! it. The *thread* reads the one and adds the other. It waits if there is nothing to read, or no
//! room. The task may be gone at any time, because its client left.
//!
//! What is left of a response when the thread is done, its *tail*, belongs to the task. It is taken
//! out for a moment to get more bytes from it. The *closing* is the work for a thread after the
//! response. The last one of the two has it.
//!
//! No waker and no code of an application runs while the lock is held.

mod client;
mod closing;
mod pieces;
mod tail;
mod thread;

use std::{
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::Waker,
};

use http::Response;
use wsgi_environ::{Connection, InputError};

use crate::pool::Drain;

use pieces::Pieces;

pub(crate) use client::{Client, Next};
pub(crate) use closing::Closing;
pub(crate) use tail::Tail;
pub(crate) use thread::Conclusion;

pub(crate) struct Conversation {
    state: Mutex<State>,
    /// Notified of input, for a thread that waits for it.
    arrival: Condvar,
    /// Notified of room, for a thread that waits for it.
    room: Condvar,
    /// Whether the task is gone: it has taken everything, or its client left.
    is_gone: AtomicBool,
    /// Whether the task was given all that the head declares before it went.
    is_satisfied: AtomicBool,
    /// The number of bytes of each body that may wait here. A single piece may be larger.
    limit: usize,
    intake: Intake,
    /// The address of the client, and its port.
    peer: Option<[String; 2]>,
}

/// When the task takes the body of the request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intake {
    InAdvance,
    /// From the first read of the thread on.
    OnceRead,
    /// Only while the thread waits for it, and there is nothing else to do, since the poll blocks.
    OnDemand,
}

#[derive(Default)]
struct State {
    /// Wakes the task.
    waker: Option<Waker>,

    input: Pieces,
    input_end: Option<Result<(), InputError>>,
    /// Whether the thread has asked for the body, or will not mind if it comes. It asks for each
    /// piece if the intake is on demand.
    wants_input: bool,
    /// Whether the task has stopped polling the body, and must be woken to go on.
    is_input_paused: bool,
    /// Whether the thread reads no more.
    is_input_closed: bool,

    head: Option<Response<()>>,
    /// Whether there is a head, or was one.
    has_head: bool,
    /// The declared length of the body.
    length: Option<u64>,
    output: Pieces,
    /// The number of bytes that the task has taken.
    taken: u64,
    ending: Option<Ending>,
    tail: Option<Tail>,
    /// Whether the tail may have something.
    is_stirred: bool,
    /// Whether the tail is on a thread.
    is_refilling: bool,
    closing: Option<Closing>,
    is_draining: bool,
    /// Whether no thread has called the application.
    is_abandoned: bool,
}

/// The end of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Whole,
    /// It ends too early, and the client must notice.
    Broken,
}

impl Conversation {
    pub(crate) fn new(limit: usize, intake: Intake, peer: Option<[String; 2]>) -> Self {
        let state = State {
            wants_input: intake == Intake::InAdvance,
            is_stirred: true,
            ..State::default()
        };
        Self {
            state: Mutex::new(state),
            arrival: Condvar::new(),
            room: Condvar::new(),
            is_gone: AtomicBool::new(false),
            is_satisfied: AtomicBool::new(false),
            limit: limit.max(1),
            intake,
            peer,
        }
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    fn is_gone(&self) -> bool {
        self.is_gone.load(Ordering::Acquire)
    }

    /// Whether the task is gone and misses nothing: a server drops a body once it has the declared
    /// length, which is 0 for HEAD.
    fn is_satisfied(&self) -> bool {
        self.is_satisfied.load(Ordering::Acquire)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Releases the lock, and then wakes the task.
    fn wake(mut state: MutexGuard<'_, State>) {
        let waker = state.waker.take();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }
}

impl Drain for Conversation {
    fn set_draining(&self) {
        let mut state = self.state();
        state.is_draining = true;
        state.tail.iter().for_each(Tail::set_draining);
    }
}

/// The client is connected until the task is gone.
impl Connection for Conversation {
    fn variable(&self, name: &str) -> Option<&[u8]> {
        let [address, port] = self.peer.as_ref()?;
        match name {
            "REMOTE_ADDR" => Some(address.as_bytes()),
            "REMOTE_PORT" => Some(port.as_bytes()),
            _ => None,
        }
    }

    fn names(&self) -> &[&str] {
        match self.peer {
            Some(_) => &["REMOTE_ADDR", "REMOTE_PORT"],
            None => &[],
        }
    }

    fn is_connected(&self) -> bool {
        !self.is_gone()
    }
}
