//! The body of a request, for several applications in turn.

use std::{
    io::{self, BufRead, Read},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use wsgi_application::Environ;
use wsgi_environ::{Input, InputError};

/// The time in which an application that was passed over gives the body back. A thread of its own
/// may have to notice that nobody wants the response.
const PATIENCE: Duration = Duration::from_secs(1);

/// The body of a request, which each of several applications reads from its start.
///
/// The part that an application reads is copied, up to a limit. If it reads more, no other
/// application can read the body, and [`is_possible`](Self::is_possible) is false.
pub(crate) struct Replay {
    limit: usize,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Says that the body is there again.
    back: Condvar,
}

#[derive(Default)]
struct State {
    /// The body, while no application has it.
    body: Option<Body>,
    /// Whether the application that has it is to read no more of it.
    is_wanted: bool,
    /// Whether it waits for more of it. That has its own end.
    is_read: bool,
    /// Whether more was read than is copied.
    has_exceeded: bool,
    /// Whether no further application comes.
    is_over: bool,
}

struct Body {
    /// The bytes that were read, unless they were more than the limit.
    copy: Vec<u8>,
    /// The part of the copy that the application has read.
    position: usize,
    /// Whether the copy has all bytes that were read.
    is_kept: bool,
    /// The rest.
    input: Input,
}

impl Replay {
    /// Takes the body of a request out of its environ. At most `limit` bytes are copied. `None`
    /// if the body is empty, so that there is nothing to copy.
    pub(crate) fn of(environ: &mut Environ, limit: usize) -> Option<Self> {
        if environ.input().remaining() == Some(0) {
            return None;
        }
        let shared = Shared::default();
        shared.state().body = Some(Body {
            copy: Vec::new(),
            position: 0,
            is_kept: true,
            input: environ.take_input(),
        });
        Some(Self {
            limit,
            shared: Arc::new(shared),
        })
    }

    /// Gives the body to an application. Returns false if the one before still has it after a
    /// while, or has read more than is copied.
    pub(crate) fn give(&self, environ: &mut Environ) -> bool {
        drop(environ.take_input());
        let Some(mut body) = self.shared.wait() else {
            return false;
        };
        body.position = 0;
        let copied = body.copy.len() as u64;
        let remaining = body.input.remaining().map(|rest| rest + copied);
        let source = Source {
            body: Some(body),
            limit: self.limit,
            shared: self.shared.clone(),
        };
        let input = Input::from_source(source);
        environ.set_input(match remaining {
            Some(remaining) => input.with_remaining(remaining),
            None => input,
        });
        true
    }

    /// Whether another application can have the whole body.
    pub(crate) fn is_possible(&self) -> bool {
        !self.shared.state().has_exceeded
    }

    /// Demands the body back from the application that has it, also while another thread of its own
    /// reads it. Returns false if no other application can have the whole body.
    pub(crate) fn demand(&self) -> bool {
        let mut state = self.shared.state();
        state.is_wanted = !state.has_exceeded;
        state.is_wanted
    }
}

impl Drop for Replay {
    /// Lets go of the body. A thread that goes on may still know the place to which it came back.
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.is_over = true;
        let body = state.body.take();
        drop(state);
        drop(body);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the body back, or lets go of it if nobody takes it any more.
    fn put(&self, state: &mut State, body: Option<Body>) {
        state.body = body.filter(|_| !state.is_over);
        state.is_read = false;
        self.back.notify_all();
    }

    /// Waits for the body. `None` if it does not come, or not whole.
    fn wait(&self) -> Option<Body> {
        let until = Instant::now() + PATIENCE;
        let mut state = self.state();
        while !state.has_exceeded {
            if let Some(body) = state.body.take() {
                state.is_wanted = false;
                return Some(body);
            }
            let left = match state.is_read {
                true => PATIENCE,
                false => until.saturating_duration_since(Instant::now()),
            };
            if left.is_zero() {
                return None;
            }
            let waited = self.back.wait_timeout(state, left);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        None
    }
}

/// The source that an application reads. Its drop gives the body back.
struct Source {
    /// There until it is given back.
    body: Option<Body>,
    limit: usize,
    shared: Arc<Shared>,
}

impl Body {
    /// The next bytes of the copy, or else those that the input has.
    fn fill(&mut self) -> io::Result<&[u8]> {
        match self.copy.get(self.position..) {
            Some(rest @ [_, ..]) => Ok(rest),
            _ => self.input.fill_buf(),
        }
    }

    /// Consumes bytes, and keeps a copy of them. If there is no room, it does nothing and returns
    /// false.
    fn consume(&mut self, amount: usize, limit: usize) -> bool {
        let copied = amount.min(self.copy.len() - self.position);
        let fresh = amount - copied;
        if fresh > 0 && self.is_kept && !self.keep(fresh, limit) {
            return false;
        }
        self.position = (self.position + amount).min(self.copy.len());
        self.input.consume(fresh);
        true
    }

    /// Keeps a copy of the next `amount` bytes, which are in the buffer of the input.
    fn keep(&mut self, amount: usize, limit: usize) -> bool {
        let has_room = amount <= limit - self.copy.len();
        match self.input.fill_buf() {
            Ok(buffer) if has_room && amount <= buffer.len() => {
                self.copy.extend_from_slice(&buffer[..amount]);
                true
            }
            _ => false,
        }
    }

    /// Consumes bytes for which the copy has no room. It is of no use from then on.
    fn consume_without_copy(&mut self, amount: usize) {
        let copied = self.copy.len() - self.position;
        (self.copy, self.position, self.is_kept) = (Vec::new(), 0, false);
        self.input.consume(amount.saturating_sub(copied));
    }
}

impl Source {
    /// The body, whose next bytes are waited for or not. It is given back if it is wanted.
    fn body(&mut self, is_read: bool) -> io::Result<&mut Body> {
        let mut state = self.shared.state();
        if self.body.is_some() {
            state.is_read = is_read;
            if state.is_wanted {
                self.shared.put(&mut state, self.body.take());
            }
        }
        drop(state);
        self.body.as_mut().ok_or(InputError::Closed.into())
    }
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let filled = self.body(true)?.fill().map(drop);
        let body = self.body(false)?;
        filled?;
        body.fill() // what is there
    }

    fn consume(&mut self, amount: usize) {
        let limit = self.limit;
        let Ok(body) = self.body(false) else {
            return;
        };
        if body.consume(amount, limit) {
            return;
        }
        let mut state = self.shared.state();
        if state.is_wanted {
            return self.shared.put(&mut state, self.body.take()); // since just now
        }
        state.has_exceeded = true;
        drop(state);
        if let Some(body) = &mut self.body {
            body.consume_without_copy(amount);
        }
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        if let Some(body) = self.body.take() {
            self.shared.put(&mut self.shared.state(), Some(body));
        }
    }
}
