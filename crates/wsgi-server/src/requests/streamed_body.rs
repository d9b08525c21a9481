//! A streamed body: the application reads it from the socket.

use std::{
    io::{self, BufRead, Read},
    ops::Range,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use wsgi_environ::InputError;
use wsgi_http1::encode;

use crate::{
    instant::Instant,
    options::{DRAIN_LIMIT, Options, READ_SIZE},
    peers::{patience::Patience, peer::Peer},
    requests::{awaited_body::AwaitedBody, decoder::Decoder},
};

/// A streamed body, shared by the application's input and the thread that needs the connection
/// after the response.
#[derive(Clone, Debug)]
pub(crate) struct Stream(Arc<Body>);

#[derive(Debug)]
struct Body {
    state: Mutex<State>,
    /// A thread that asks holds the lock until `100 Continue` is sent, so that no part of the
    /// response overtakes it.
    asking: Mutex<Asking>,
    /// Whether the request is over. A thread that waits for more of the body then gets nothing.
    over: AtomicBool,
}

/// Whether the client must be asked for the body with `100 Continue` (RFC 9110 section 10.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asking {
    /// The client waits for it.
    Due,
    /// The client was asked, or does not wait.
    Done,
    /// The response is complete, so the client must not be asked any more.
    Over,
}

#[derive(Debug)]
struct State {
    /// The connection's socket. A reader that the application keeps does not keep it open.
    peer: Weak<Peer>,
    options: Arc<Options>,
    decoder: Decoder,
    /// The replies to the peer after the response.
    replies: Vec<u8>,
    /// The decoded bytes of the body that were not read.
    ready: Ready,
    /// The received bytes. Those from `raw_start` on were not decoded.
    raw: Vec<u8>,
    raw_start: usize,
    /// Whether the client must be asked before it sends the body.
    expects_continue: bool,
    /// Whether the application has tried to read the body.
    read: bool,
    /// The error of all further reads, if there is one.
    failure: Option<InputError>,
    patience: Patience,
}

/// The decoded bytes that were not read.
#[derive(Debug)]
enum Ready {
    /// Bytes that were gathered before the application was called.
    Gathered { bytes: Vec<u8>, start: usize },
    /// A range of `raw`.
    Raw(Range<usize>),
}

/// The state of a connection after a streamed request.
#[derive(Debug)]
pub(crate) enum Remains {
    /// The body was read to its end, or the peer gave it up. These bytes follow it.
    Finished(Vec<u8>),
    /// The rest of the body is small enough to be read and dropped. These bytes begin it.
    Drain(Decoder, Vec<u8>),
    /// The connection cannot be used again.
    Unusable,
    /// The connection cannot be used again, and another thread is reading from it.
    Busy,
}

impl Stream {
    pub(crate) fn new(peer: &Arc<Peer>, options: Arc<Options>, body: AwaitedBody) -> Self {
        let AwaitedBody {
            decoder,
            gathered,
            raw,
            expects_continue,
            ..
        } = body;
        let state = State {
            peer: Arc::downgrade(peer),
            patience: Patience::with_body(&options),
            options,
            decoder,
            replies: Vec::new(),
            ready: Ready::Gathered {
                bytes: gathered,
                start: 0,
            },
            raw,
            raw_start: 0,
            expects_continue,
            read: false,
            failure: None,
        };
        Self(Arc::new(Body {
            state: Mutex::new(state),
            asking: Mutex::new(if expects_continue {
                Asking::Due
            } else {
                Asking::Done
            }),
            over: AtomicBool::new(false),
        }))
    }

    /// Notes that the response begins. Returns whether the connection must end with it. It must if
    /// the client was not asked for the body, if the body failed, if another thread waits for more
    /// of it, or if it is large and the application has not begun to read it or has dropped it.
    pub(crate) fn response_begins(&self) -> bool {
        if *self.0.asking() == Asking::Due {
            return true;
        }
        let Ok(state) = self.0.state.try_lock() else {
            return true;
        };
        if state.decoder.is_aborted() {
            return false;
        }
        let is_dropped = Arc::strong_count(&self.0) == 1;
        state.failure.is_some() || ((!state.read || is_dropped) && state.is_large())
    }

    /// Notes that a part of the response is sent before the application has made the rest. Returns
    /// whether the client must be asked for the body first: it cannot be asked later, and the
    /// application may still read the body.
    pub(crate) fn asks_first(&self) -> bool {
        let can_be_read = Arc::strong_count(&self.0) > 1;
        let mut asking = self.0.asking();
        let asks = *asking == Asking::Due && can_be_read;
        if asks {
            *asking = Asking::Done;
        }
        asks
    }

    /// Notes that the response is complete. From now on, the client is not asked.
    pub(crate) fn response_is_made(&self) {
        let mut asking = self.0.asking();
        if *asking == Asking::Due {
            *asking = Asking::Over;
        }
    }

    /// Whether the peer has given up the request, and only waits for its end.
    pub(crate) fn is_aborted(&self) -> bool {
        let state = self.0.state.try_lock();
        state.is_ok_and(|state| state.decoder.is_aborted())
    }

    /// Ends the application's reading. Returns the state of the connection, and the replies that
    /// the peer must get first.
    pub(crate) fn end(&self) -> (Remains, Vec<u8>) {
        self.0.over.store(true, SeqCst);
        // If the application still reads on another thread, that thread holds the lock. What it
        // leaves is not known.
        let Ok(mut state) = self.0.state.try_lock() else {
            return (Remains::Busy, Vec::new());
        };
        let replies = std::mem::take(&mut state.replies);
        (state.end(), replies)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for bytes that can be read. If there are none, the body has ended.
    fn fill(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        state.read = true;
        state.fill(&self.0)?;
        Ok(state)
    }
}

impl Body {
    fn asking(&self) -> MutexGuard<'_, Asking> {
        self.asking.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn end(&mut self) -> Remains {
        let unasked = self.expects_continue && !self.read;
        self.peer = Weak::new();
        let failure = self.failure.replace(InputError::Closed);
        let start = self.raw_start;
        let raw = self.raw.split_off(start);
        if self.decoder.is_aborted() {
            return Remains::Finished(raw);
        }
        if failure.is_some() || unasked {
            return Remains::Unusable;
        }
        if self.decoder.is_finished() {
            return Remains::Finished(raw);
        }
        if self.is_large() {
            return Remains::Unusable;
        }
        Remains::Drain(self.decoder.clone(), raw)
    }

    /// Whether the rest of the body is too large to be read and dropped.
    fn is_large(&self) -> bool {
        let remaining = self.decoder.remaining();
        remaining.is_some_and(|remaining| remaining > DRAIN_LIMIT)
    }

    /// Waits until bytes are ready. If there are none, the body has ended.
    fn fill(&mut self, body: &Body) -> io::Result<()> {
        while self.ready().is_empty() {
            if let Some(failure) = self.failure {
                return Err(failure.into());
            }
            if self.decoder.is_finished() {
                return Ok(());
            }
            if self.decoder.is_aborted() {
                self.failure = Some(InputError::Disconnected); // keeps the bytes that follow
                continue;
            }
            // Even if no bytes are left: the decoder may report an error after the last data.
            let raw = &self.raw[self.raw_start..];
            match self.decoder.decode(raw, &mut self.replies) {
                Ok(_) if raw.is_empty() => self.receive(body)?,
                Ok(decoded) => {
                    let start = self.raw_start + decoded.data.start;
                    self.ready = Ready::Raw(start..start + decoded.data.len());
                    self.raw_start += decoded.consumed;
                }
                Err(rejection) => return Err(self.fail(rejection.input_error())),
            }
        }
        Ok(())
    }

    fn receive(&mut self, body: &Body) -> io::Result<()> {
        let peer = self.peer.upgrade().filter(|_| !body.over.load(SeqCst));
        let Some(peer) = peer else {
            return Err(self.fail(InputError::Closed));
        };
        if self.expects_continue {
            self.ask(&peer, body)?;
        }
        self.raw.resize(READ_SIZE, 0);
        self.raw_start = 0;
        loop {
            match peer.read(&mut self.raw) {
                Ok(0) => return Err(self.fail(InputError::Disconnected)),
                // These bytes may belong to anything.
                Ok(_) if body.over.load(SeqCst) => return Err(self.fail(InputError::Closed)),
                Ok(count) => {
                    self.raw.truncate(count);
                    self.patience.note(Duration::ZERO, count);
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let since = Instant::now();
                    let until = peer.within_deadline(self.patience.deadline(since));
                    if !peer.wait_readable(until).unwrap_or(false) {
                        return Err(self.fail(match peer.is_overdue() {
                            true => InputError::DeadlinePassed,
                            false => InputError::TimedOut,
                        }));
                    }
                    self.patience.note(since.elapsed(), 0);
                }
                Err(_) => return Err(self.fail(InputError::Disconnected)),
            }
        }
    }

    /// Asks the client for the body, unless it was asked before the response began.
    fn ask(&mut self, peer: &Peer, body: &Body) -> io::Result<()> {
        let mut asking = body.asking();
        match *asking {
            Asking::Over => return Err(self.fail(InputError::Closed)),
            Asking::Done => {}
            Asking::Due => {
                *asking = Asking::Done;
                let mut patience = Patience::with_write(&self.options);
                let asked = peer.write_interim(encode::CONTINUE, &mut patience);
                asked.map_err(|_| self.fail(InputError::Disconnected))?;
            }
        }
        self.expects_continue = false;
        Ok(())
    }

    fn fail(&mut self, error: InputError) -> io::Error {
        self.raw.clear();
        self.raw_start = 0;
        self.failure = Some(error);
        error.into()
    }

    fn ready(&self) -> &[u8] {
        match &self.ready {
            Ready::Gathered { bytes, start } => &bytes[*start..],
            Ready::Raw(range) => self.raw.get(range.clone()).unwrap_or_default(),
        }
    }

    fn consume(&mut self, count: usize) {
        match &mut self.ready {
            Ready::Gathered { bytes, start } => *start = (*start + count).min(bytes.len()),
            Ready::Raw(range) => range.start = (range.start + count).min(range.end),
        }
    }
}

/// The application's end of a [`Stream`].
#[derive(Debug)]
pub(crate) struct Reader {
    stream: Stream,
    /// A copy of the ready bytes, for callers that want a buffer.
    buffer: Vec<u8>,
    start: usize,
}

impl Reader {
    pub(crate) fn new(stream: Stream) -> Self {
        Self {
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
        let mut state = self.stream.fill()?;
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
            let mut state = self.stream.fill()?;
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
