//! The body of a request, for several applications in turn.

use std::{
    io::{self, BufRead, Read},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use wsgi_application::Environ;
use wsgi_environ::Input;

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
    /// The body, while no application has it.
    body: Mutex<Option<Body>>,
    /// Whether more was read than is copied.
    has_exceeded: AtomicBool,
}

struct Body {
    /// The bytes that were read, unless they were more than the limit.
    copy: Vec<u8>,
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
        let body = Body {
            copy: Vec::new(),
            input: environ.take_input(),
        };
        shared.put(body);
        Some(Self {
            limit,
            shared: Arc::new(shared),
        })
    }

    /// Gives the body to an application. Returns false if the one before still has it, or has read
    /// more than is copied.
    pub(crate) fn give(&self, environ: &mut Environ) -> bool {
        drop(environ.take_input());
        if !self.is_possible() {
            return false;
        }
        let Some(body) = self.shared.take() else {
            return false;
        };
        let copied = body.copy.len() as u64;
        let remaining = body.input.remaining().map(|rest| rest + copied);
        let source = Source {
            body: Some(body),
            position: 0,
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
        !self.shared.has_exceeded.load(Relaxed)
    }
}

impl Shared {
    fn put(&self, body: Body) {
        *self.body.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
    }

    fn take(&self) -> Option<Body> {
        let mut body = self.body.lock().unwrap_or_else(PoisonError::into_inner);
        body.take()
    }
}

/// The source that an application reads. Its drop gives the body back.
struct Source {
    /// Always there until the drop.
    body: Option<Body>,
    /// The position in the copy.
    position: usize,
    limit: usize,
    shared: Arc<Shared>,
}

impl Body {
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
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let Some(body) = &mut self.body else {
            return Ok(&[]);
        };
        match body.copy.get(self.position..) {
            Some(rest @ [_, ..]) => Ok(rest),
            _ => body.input.fill_buf(),
        }
    }

    fn consume(&mut self, amount: usize) {
        let Some(body) = &mut self.body else {
            return;
        };
        let copied = amount.min(body.copy.len() - self.position);
        self.position += copied;
        let fresh = amount - copied;
        if fresh == 0 {
            return;
        }
        if self.shared.has_exceeded.load(Relaxed) {
            // Nothing is copied any more.
        } else if body.keep(fresh, self.limit) {
            self.position += fresh;
        } else {
            self.shared.has_exceeded.store(true, Relaxed);
            body.copy = Vec::new();
            self.position = 0;
        }
        body.input.consume(fresh);
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
            self.shared.put(body);
        }
    }
}
