//! The body of a request on its way to the upstream server.

use std::{
    io::{self, BufRead},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use wsgi_environ::{Input, InputError};
use wsgi_http1::encode;

use crate::{request_head::RequestBody, socket::Socket};

/// The bytes of a body that are sent at once.
const BLOCK: usize = 16 * 1024;

/// The body of a request that another thread passes on, so that the upstream server may answer
/// before it has read everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Upload(Arc<Mutex<Progress>>);

#[derive(Debug, Default)]
struct Progress {
    /// The blocks that were sent.
    blocks: u64,
    /// Whether the client is waited for.
    waits_for_client: bool,
    is_whole: bool,
    /// The error of the body, if the client is at fault.
    error: Option<io::Error>,
}

/// Where the upload stood at some moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark(u64);

impl Upload {
    /// Starts the thread, which ends when the body or the connection ends.
    pub(crate) fn start(input: Input, body: RequestBody, socket: Arc<Socket>) -> io::Result<Self> {
        let upload = Self::default();
        let shared = upload.clone();
        let work = move || {
            // A panic ends the wait for this body as well.
            let copy = AssertUnwindSafe(|| shared.copy(input, body, &socket));
            let result = catch_unwind(copy).unwrap_or_else(|_| {
                Err(io::Error::other(
                    "the reader of the request's body has panicked",
                ))
            });
            let mut progress = shared.progress();
            progress.waits_for_client = false;
            match result {
                Ok(is_whole) => progress.is_whole = is_whole,
                Err(error) => progress.error = Some(error),
            }
            let is_broken = progress.error.is_some();
            drop(progress);
            if is_broken {
                // A part of the body must not look like the whole.
                socket.shut_down();
            }
        };
        thread::Builder::new()
            .name("proxy upload".into())
            .spawn(work)?;
        Ok(upload)
    }

    /// Whether the whole body was sent.
    pub(crate) fn is_whole(&self) -> bool {
        self.progress().is_whole
    }

    /// The error of the body, because of which the connection was closed.
    pub(crate) fn take_error(&self) -> Option<io::Error> {
        self.progress().error.take()
    }

    /// Whether the upstream server is not to blame for the time since `mark`, which is renewed: the
    /// client was waited for, or more of the body was sent.
    pub(crate) fn has_gone_on(&self, mark: &mut Mark) -> bool {
        let progress = self.progress();
        let before = std::mem::replace(mark, Mark(progress.blocks));
        progress.waits_for_client || before != *mark
    }

    /// Copies the body, after what was written and not sent. Returns whether all of it was sent:
    /// the upstream server may have closed its side, or the request may be over. Fails if the body
    /// cannot be read.
    fn copy(&self, mut input: Input, body: RequestBody, socket: &Socket) -> io::Result<bool> {
        let mut left = match body {
            RequestBody::Empty => return Ok(true),
            RequestBody::Known(length) => Some(length),
            RequestBody::Chunked => None,
        };
        if socket.flush().is_err() {
            return Ok(false);
        }
        let mut out = Vec::new();
        while left != Some(0) {
            let block = match self.fill(&mut input) {
                Ok(block) => block,
                Err(error) if InputError::of(&error) == Some(&InputError::Closed) => {
                    return Ok(false);
                }
                Err(error) => return Err(error),
            };
            if block.is_empty() {
                if left.is_some() {
                    return Err(InputError::Truncated.into());
                }
                break;
            }
            let most = left.map_or(BLOCK, |left| usize::try_from(left).unwrap_or(BLOCK));
            let block = &block[..block.len().min(most).min(BLOCK)];
            out.clear();
            match &mut left {
                Some(left) => {
                    out.extend_from_slice(block);
                    *left -= block.len() as u64;
                }
                None => encode::chunk(&mut out, block),
            }
            let length = block.len();
            input.consume(length);
            if socket.write_all(&out).is_err() {
                return Ok(false);
            }
            self.progress().blocks += 1;
        }
        Ok(left.is_some() || socket.write_all(encode::LAST_CHUNK).is_ok())
    }

    /// Waits for more of the body.
    fn fill<'a>(&self, input: &'a mut Input) -> io::Result<&'a [u8]> {
        self.progress().waits_for_client = true;
        loop {
            match input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(_) => break,
            }
        }
        self.progress().waits_for_client = false;
        input.fill_buf() // what is there
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
