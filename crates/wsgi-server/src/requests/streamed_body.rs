//! A streamed body: the application reads it from the socket.

use std::{
    io::{self, BufRead, Read},
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    options::Options,
    peers::peer::Peer,
    requests::{
        awaited_body::AwaitedBody,
        body_demand::{Asking, Demand},
        body_source::Source,
        remains::Remains,
    },
};

/// A streamed body, shared by the application's input and the thread that needs the connection
/// after the response.
#[derive(Clone, Debug)]
pub(crate) struct Stream(Arc<Body>);

#[derive(Debug)]
struct Body {
    source: Mutex<Source>,
    demand: Demand,
}

impl Stream {
    pub(crate) fn new(peer: &Arc<Peer>, options: Arc<Options>, body: AwaitedBody) -> Self {
        Self(Arc::new(Body {
            demand: Demand::new(body.expects_continue),
            source: Mutex::new(Source::new(peer, options, body)),
        }))
    }

    /// Notes that the response begins. Returns whether the connection must end with it. It must if
    /// the client was not asked for the body, if the body failed, if another thread waits for more
    /// of it, or if it is large and the application has not begun to read it or has dropped it.
    pub(crate) fn response_begins(&self) -> bool {
        if *self.0.demand.asking() == Asking::Due {
            return true;
        }
        let Ok(source) = self.0.source.try_lock() else {
            return true;
        };
        let is_dropped = Arc::strong_count(&self.0) == 1;
        !source.is_aborted() && source.is_unusable(is_dropped)
    }

    /// Notes that a part of the response is sent before the application has made the rest. Returns
    /// whether the client must be asked for the body first: it cannot be asked later, and the
    /// application may still read the body.
    pub(crate) fn asks_first(&self) -> bool {
        let can_be_read = Arc::strong_count(&self.0) > 1;
        let mut asking = self.0.demand.asking();
        let asks = *asking == Asking::Due && can_be_read;
        if asks {
            *asking = Asking::Done;
        }
        asks
    }

    /// Notes that the response is complete. From now on, the client is not asked. Returns whether
    /// the connection must end with it. It must if a large rest of the body is left, if the body
    /// failed or was never asked for, or if another thread is reading it.
    pub(crate) fn response_is_made(&self) -> bool {
        let mut asking = self.0.demand.asking();
        if *asking == Asking::Due {
            *asking = Asking::Over;
        }
        drop(asking);
        let source = self.0.source.try_lock();
        source.map_or(true, |source| source.is_lost())
    }

    /// Whether something of another request has come from the peer.
    pub(crate) fn is_followed(&self, peer: &Peer) -> bool {
        let source = self.0.source.try_lock();
        source.is_ok_and(|source| {
            let undecoded = &source.memory[source.raw.clone()];
            source.decoder.is_followed(undecoded, peer)
        })
    }

    /// Whether the peer has given up the request, and only waits for its end.
    pub(crate) fn is_aborted(&self) -> bool {
        let source = self.0.source.try_lock();
        source.is_ok_and(|source| source.is_aborted())
    }

    /// Whether the body could not be read to its end, because nothing more comes from the client.
    pub(crate) fn is_cut_short(&self) -> bool {
        let source = self.0.source.try_lock();
        source.is_ok_and(|source| source.is_cut_short())
    }

    /// Ends the application's reading. Returns the state of the connection, and the replies that
    /// the peer must get first.
    pub(crate) fn end(&self) -> (Remains, Vec<u8>) {
        self.0.demand.end();
        // If the application still reads on another thread, that thread holds the lock. What it
        // leaves is not known.
        let Ok(mut source) = self.0.source.try_lock() else {
            return (Remains::Busy, Vec::new());
        };
        let replies = std::mem::take(&mut source.replies);
        (source.end(), replies)
    }

    fn read(&self, target: &mut [u8]) -> io::Result<usize> {
        self.0.source().read(&self.0.demand, target)
    }
}

impl Body {
    fn source(&self) -> MutexGuard<'_, Source> {
        self.source.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The application's end of a [`Stream`].
#[derive(Debug)]
pub(crate) struct Reader {
    stream: Stream,
    /// Memory for callers that want a buffer.
    memory: Vec<u8>,
    /// The bytes in the memory that were not read.
    buffered: Range<usize>,
}

impl Reader {
    pub(crate) fn new(stream: Stream) -> Self {
        Self {
            stream,
            memory: Vec::new(),
            buffered: 0..0,
        }
    }

    fn buffer(&self) -> &[u8] {
        &self.memory[self.buffered.clone()]
    }
}

impl Read for Reader {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if self.buffered.is_empty() {
            return self.stream.read(target);
        }
        let count = self.buffer().read(target)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Reader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.buffered.is_empty() {
            let mut source = self.stream.0.source();
            let size = source.read_size();
            if self.memory.len() < size {
                self.memory.resize(size, 0);
            }
            self.buffered = 0..source.read(&self.stream.0.demand, &mut self.memory)?;
        }
        Ok(self.buffer())
    }

    fn consume(&mut self, count: usize) {
        self.buffered.start = (self.buffered.start + count).min(self.buffered.end);
    }
}
