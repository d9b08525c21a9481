//! A request body that the application reads from the socket itself.

use std::{
    io::{self, BufRead, Read},
    ops::Range,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use wsgi_environ::InputError;
use wsgi_http1::encode;

use crate::{
    options::{DRAIN_LIMIT, Options, READ_SIZE},
    peers::patience::Patience,
    peers::peer::Peer,
    requests::{awaited_body::AwaitedBody, decoder::Decoder},
};

/// A streamed body, shared by the application's input and the thread that
/// wants the connection back after the response.
#[derive(Clone, Debug)]
pub(crate) struct Stream(Arc<Body>);

#[derive(Debug)]
struct Body {
    state: Mutex<State>,
    /// Whoever asks keeps the lock until that is out, so that no part of the
    /// response overtakes it.
    asking: Mutex<Asking>,
    /// Whether the request is over. A thread that waits for more at that moment gets
    /// none of it.
    over: AtomicBool,
}

/// Whether the client is to be asked for the body (RFC 9110 section 10.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asking {
    /// It waits for that.
    Due,
    /// It was asked, or does not wait.
    Done,
    /// The response is made, so that it never will be.
    Over,
}

#[derive(Debug)]
struct State {
    /// The socket, which is the connection's: a reader that is kept does not keep it.
    peer: Weak<Peer>,
    options: Arc<Options>,
    decoder: Decoder,
    /// What the peer is to be told when the response is over.
    replies: Vec<u8>,
    /// Bytes of the body, decoded, that nobody has read.
    ready: Ready,
    /// Bytes from the socket that were not decoded yet.
    raw: Vec<u8>,
    raw_start: usize,
    /// Whether the client has to be asked before it sends the body.
    expects_continue: bool,
    /// Whether the application has read any of it.
    read: bool,
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
    /// The body was read to its end, or given up by the peer; these bytes follow it.
    Finished(Vec<u8>),
    /// The rest is small enough to be read and thrown away.
    Drain(Decoder, Vec<u8>),
    /// The connection cannot be used again.
    Unusable,
    /// As that, and another thread reads at this moment.
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
            ready: Ready::Gathered(gathered, 0),
            raw,
            raw_start: 0,
            expects_continue,
            read: false,
            failure: None,
        };
        Stream(Arc::new(Body {
            state: Mutex::new(state),
            asking: Mutex::new(if expects_continue {
                Asking::Due
            } else {
                Asking::Done
            }),
            over: AtomicBool::new(false),
        }))
    }

    /// Notes that the response begins. Says whether the connection ends with
    /// it: the client was never asked for the body, the body failed, it is large
    /// and the application has shown no interest, or has none left, or another
    /// thread waits for more of it.
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

    /// Notes that a part of the response leaves, and that the application makes the
    /// rest. Says whether the client has to be asked for the body before: later it
    /// cannot be, and the application may still read it.
    pub(crate) fn asks_first(&self) -> bool {
        let can_be_read = Arc::strong_count(&self.0) > 1;
        let mut asking = self.0.asking();
        let asks = *asking == Asking::Due && can_be_read;
        if asks {
            *asking = Asking::Done;
        }
        asks
    }

    /// Notes that the response is made: the client is not asked from here on.
    pub(crate) fn response_is_made(&self) {
        let mut asking = self.0.asking();
        if *asking == Asking::Due {
            *asking = Asking::Over;
        }
    }

    /// Whether the peer has given the request up, and waits for its end alone.
    pub(crate) fn is_aborted(&self) -> bool {
        let state = self.0.state.try_lock();
        state.is_ok_and(|state| state.decoder.is_aborted())
    }

    /// Ends the application's reading, and says what comes next on the connection,
    /// and what the peer is to be told before.
    pub(crate) fn end(&self) -> (Remains, Vec<u8>) {
        self.0.over.store(true, SeqCst);
        // An application that reads on from another thread keeps the lock: then
        // nothing is known of what it leaves.
        let Ok(mut state) = self.0.state.try_lock() else {
            return (Remains::Busy, Vec::new());
        };
        let replies = std::mem::take(&mut state.replies);
        (state.end(), replies)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for bytes that can be read; none are the end.
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

    /// Whether too much of the body is to come for it to be thrown away.
    fn is_large(&self) -> bool {
        let remaining = self.decoder.remaining();
        remaining.is_some_and(|remaining| remaining > DRAIN_LIMIT)
    }

    /// Makes bytes ready to be read, waiting for them; none are the end.
    fn fill(&mut self, body: &Body) -> io::Result<()> {
        while self.ready().is_empty() {
            if let Some(failure) = self.failure {
                return Err(failure.into());
            }
            if self.decoder.is_finished() {
                return Ok(());
            }
            if self.decoder.is_aborted() {
                self.failure = Some(InputError::Disconnected); // what follows is kept
                continue;
            }
            // Also where nothing is left: what is wrong may be told after the last data.
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
                // What comes then may be anything.
                Ok(_) if body.over.load(SeqCst) => return Err(self.fail(InputError::Closed)),
                Ok(count) => {
                    self.raw.truncate(count);
                    self.patience.note(Duration::ZERO, count);
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let since = Instant::now();
                    if !peer
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

    /// Asks the client for the body, unless it was asked before the response began.
    fn ask(&mut self, peer: &Peer, body: &Body) -> io::Result<()> {
        let mut asking = body.asking();
        match *asking {
            Asking::Over => return Err(self.fail(InputError::Closed)),
            Asking::Done => {}
            Asking::Due => {
                *asking = Asking::Done;
                let mut patience = Patience::with_write(&self.options);
                let asked = peer.write_all(encode::CONTINUE, &mut patience);
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
