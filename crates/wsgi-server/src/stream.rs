//! A request body that the application reads from the socket itself.

use std::{
    io::{self, BufRead, Read},
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use wsgi_environ::InputError;
use wsgi_http1::{BodyDecoder, Rejection, encode};

use crate::{
    options::{DRAIN_LIMIT, Options, READ_SIZE},
    patience::Patience,
    peer::Peer,
};

/// A streamed body, shared by the application's input and the thread that
/// wants the connection back after the response.
#[derive(Clone, Debug)]
pub(crate) struct Stream(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    peer: Arc<Peer>,
    options: Arc<Options>,
    decoder: BodyDecoder,
    /// Bytes of the body, decoded, that nobody has read.
    ready: Ready,
    /// Bytes from the socket that were not decoded yet.
    raw: Vec<u8>,
    raw_start: usize,
    /// Whether the client waits to be asked for the body.
    expects_continue: bool,
    /// Why there is no more of it, once that is so.
    failure: Option<InputError>,
    patience: Patience,
}

/// Where the bytes lie that can be read.
#[derive(Debug)]
enum Ready {
    /// Gathered before the application was called.
    Gathered(Vec<u8>, usize),
    /// In `raw`.
    Raw(Range<usize>),
}

/// What is left of a connection when a streamed request is over.
#[derive(Debug)]
pub(crate) enum Remains {
    /// The body was read to its end; these bytes follow it.
    Finished(Vec<u8>),
    /// The rest is small enough to be read and thrown away.
    Drain(BodyDecoder, Vec<u8>),
    /// The connection cannot be used again.
    Unusable,
    /// As that, and another thread reads at this moment.
    Busy,
}

impl Stream {
    pub(crate) fn new(
        peer: Arc<Peer>,
        options: Arc<Options>,
        (decoder, gathered, raw): (BodyDecoder, Vec<u8>, Vec<u8>),
        expects_continue: bool,
    ) -> Self {
        let patience = Patience::with_body(&options);
        Stream(Arc::new(Mutex::new(State {
            peer,
            options,
            decoder,
            ready: Ready::Gathered(gathered, 0),
            raw,
            raw_start: 0,
            // A client that sends without being asked waits for nothing (RFC 9110 section 10.1.1).
            expects_continue,
            failure: None,
            patience,
        })))
    }

    /// Notes that the response has begun: it is too late to ask for the body.
    pub(crate) fn response_began(&self) {
        if let Ok(mut state) = self.0.try_lock() {
            if state.expects_continue {
                state.failure.get_or_insert(InputError::Closed);
            }
            state.expects_continue = false;
        }
    }

    /// Ends the application's reading, and says what comes next on the connection.
    pub(crate) fn end(&self) -> Remains {
        // An application that reads on from another thread keeps the lock: then
        // nothing is known of what it leaves.
        let Ok(mut state) = self.0.try_lock() else {
            return Remains::Busy;
        };
        let waiting = state.expects_continue;
        if state.failure.replace(InputError::Closed).is_some() || waiting {
            return Remains::Unusable;
        }
        let start = state.raw_start;
        let raw = state.raw.split_off(start);
        if state.decoder.is_finished() {
            return Remains::Finished(raw);
        }
        if state
            .decoder
            .remaining()
            .is_some_and(|remaining| remaining > DRAIN_LIMIT)
        {
            return Remains::Unusable;
        }
        Remains::Drain(state.decoder.clone(), raw)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Makes bytes ready to be read, waiting for them; none are the end.
    fn fill(&mut self) -> io::Result<()> {
        while self.ready().is_empty() {
            if let Some(failure) = self.failure {
                return Err(failure.into());
            }
            if self.decoder.is_finished() {
                return Ok(());
            }
            if self.raw_start == self.raw.len() {
                self.receive()?;
            }
            match self.decoder.decode(&self.raw[self.raw_start..]) {
                Ok(decoded) => {
                    let start = self.raw_start + decoded.data.start;
                    self.ready = Ready::Raw(start..start + decoded.data.len());
                    self.raw_start += decoded.consumed;
                }
                Err(rejection) => return Err(self.fail(input_error(rejection))),
            }
        }
        Ok(())
    }

    fn receive(&mut self) -> io::Result<()> {
        if self.expects_continue {
            self.expects_continue = false;
            self.peer
                .write_all(encode::CONTINUE, &self.options)
                .map_err(|_| self.fail(InputError::Disconnected))?;
        }
        self.raw.resize(READ_SIZE, 0);
        self.raw_start = 0;
        loop {
            match self.peer.read(&mut self.raw) {
                Ok(0) => return Err(self.fail(InputError::Disconnected)),
                Ok(count) => {
                    self.raw.truncate(count);
                    self.patience.note(Duration::ZERO, count);
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let since = Instant::now();
                    if !self
                        .peer
                        .wait_readable(self.patience.deadline(since))
                        .unwrap_or(false)
                    {
                        return Err(self.fail(InputError::TimedOut));
                    }
                    self.patience.note(since.elapsed(), 0);
                }
                Err(_) => return Err(self.fail(InputError::Disconnected)),
            }
        }
    }

    fn fail(&mut self, error: InputError) -> io::Error {
        self.raw.clear();
        self.raw_start = 0;
        self.failure = Some(error);
        error.into()
    }

    fn ready(&self) -> &[u8] {
        match &self.ready {
            Ready::Gathered(bytes, start) => &bytes[*start..],
            Ready::Raw(range) => self.raw.get(range.clone()).unwrap_or_default(),
        }
    }

    fn consume(&mut self, count: usize) {
        match &mut self.ready {
            Ready::Gathered(bytes, start) => *start = (*start + count).min(bytes.len()),
            Ready::Raw(range) => range.start = (range.start + count).min(range.end),
        }
    }
}

/// What the application's read says of bad framing.
fn input_error(rejection: Rejection) -> InputError {
    match rejection.status() {
        413 => InputError::TooLarge,
        _ => InputError::Malformed,
    }
}

/// The application's end of a [`Stream`].
#[derive(Debug)]
pub(crate) struct Reader {
    stream: Stream,
    /// A copy of what is ready, for callers that want a buffer.
    buffer: Vec<u8>,
    start: usize,
}

impl Reader {
    pub(crate) fn new(stream: Stream) -> Self {
        Reader {
            stream,
            buffer: Vec::new(),
            start: 0,
        }
    }
}

impl Read for Reader {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if self.start < self.buffer.len() {
            let count = (&self.buffer[self.start..]).read(target)?;
            self.consume(count);
            return Ok(count);
        }
        let mut state = self.stream.state();
        state.fill()?;
        let count = state.ready().read(target)?;
        state.consume(count);
        Ok(count)
    }
}

impl BufRead for Reader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
            let mut state = self.stream.state();
            state.fill()?;
            let count = state.ready().len();
            self.buffer.extend_from_slice(state.ready());
            state.consume(count);
        }
        Ok(&self.buffer[self.start..])
    }

    fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.buffer.len());
    }
}
