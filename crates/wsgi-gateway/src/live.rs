//! The rest of a body whose chunks come later.

use std::fmt;

use wsgi_application::{Chunk, Environ, Error, Received, Receiver, Result};

use crate::panic::{caught, discard};

/// The rest of a body that is a channel, or the chunks that a slow client has yet to take: the
/// gateway takes a [`Piece`] from it when it can send one, and holds no thread meanwhile.
///
/// The pieces keep to the length that the head declares. What comes beyond it is cut.
///
/// ```
/// use std::time::Duration;
/// use wsgi_application::{Body, Environ, Status, application};
/// use wsgi_environ::Errors;
/// use wsgi_gateway::{Engine, Exchange, Piece, Rest, Rules};
/// # use std::sync::Mutex;
/// # use wsgi_gateway::{Framing, Transport};
///
/// /// A transport that sends live bodies on its own.
/// struct Patient;
///
/// impl Transport for Patient {
///     # fn head(&mut self, _: &wsgi_application::Head, _: Framing) -> std::io::Result<()> {
///     #     Ok(())
///     # }
///     # fn body(&mut self, _: &[u8]) -> std::io::Result<()> {
///     #     Ok(())
///     # }
///     # fn flush(&mut self) -> std::io::Result<()> {
///     #     Ok(())
///     # }
///     fn channel_patience(&self) -> Option<Duration> {
///         Some(Duration::from_secs(30))
///     }
/// }
///
/// let (sender, body) = Body::channel(1024);
/// # let body = Mutex::new(Some(body));
/// let app = application(move |_environ, start_response| {
///     start_response.start(Status::OK, ())?;
///     # let body = body.lock().unwrap().take().unwrap();
///     Ok(body)
/// });
/// let (mut environ, mut exchange, engine) = (Environ::new(), Exchange::new(), Engine::new());
/// let delivery =
///     engine.respond(&app, &mut environ, Rules::default(), &mut exchange, &mut Patient);
/// let Rest::Live(mut live) = delivery.rest else {
///     panic!("the body is a channel")
/// };
///
/// assert!(!live.is_filtered() && !live.may_wait());
/// live.notify(|| println!("wakes the loop"));
/// assert!(matches!(live.next_piece(), Piece::Nothing));
/// sender.send("tick")?;
/// assert!(matches!(live.next_piece(), Piece::Chunk(chunk) if chunk == "tick"));
/// live.set_draining();
/// assert!(sender.is_draining());
///
/// sender.fail("the source has dried up");
/// assert!(matches!(live.next_piece(), Piece::Broken));
/// assert!(live.has_report());
/// let (errors, log) = Errors::buffer();
/// engine.report(&mut live, &errors);
/// assert!(log.to_string().contains("the source has dried up"));
/// # Ok::<(), wsgi_application::SendError>(())
/// ```
#[derive(Debug)]
pub struct Live {
    /// `None` once the body is over.
    source: Option<Source>,
    /// The number of bytes still missing of the declared length.
    remaining: Option<u64>,
    /// Whether bytes beyond the length were cut.
    pub(crate) had_surplus: bool,
    /// Whether the body ended too early, and why, unless that was reported.
    is_broken: bool,
    pub(crate) failure: Option<Failure>,
    /// The request, for the log. Its environ is used for other requests.
    pub(crate) request: Vec<(&'static str, Box<[u8]>)>,
}

/// The source of the pieces.
pub(crate) enum Source {
    Channel(Box<Receiver>),
    Chunks(Box<dyn Iterator<Item = Result<Chunk>> + Send>),
}

/// The next piece of a [`Live`] body.
///
/// ```
/// use wsgi_gateway::Piece;
///
/// /// Whether a loop can close the connection.
/// fn is_over(piece: &Piece) -> bool {
///     matches!(piece, Piece::End | Piece::Broken)
/// }
///
/// assert!(is_over(&Piece::Broken) && !is_over(&Piece::Nothing));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Piece {
    /// Bytes to send.
    Chunk(Chunk),
    /// Nothing at present.
    Nothing,
    /// The end of the body.
    End,
    /// The body ends too early. The connection must be cut, so that the client notices.
    Broken,
}

/// The reason why a body ends too early.
#[derive(Debug)]
pub(crate) enum Failure {
    Error(Error),
    /// This number of bytes is missing of the declared length.
    Short(u64),
}

/// The variables that an entry of the log may have.
const LOGGED: [&str; 4] = ["UNIQUE_ID", "REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO"];

impl Live {
    /// The rest of a body of which this number of bytes is `missing`, if its length was declared.
    pub(crate) fn new(source: Source, missing: Option<u64>, environ: &Environ) -> Box<Self> {
        let variables = LOGGED.iter().filter_map(|name| {
            let value = environ.get(name)?;
            Some((*name, value.as_bytes().into()))
        });
        Box::new(Self {
            source: Some(source),
            remaining: missing,
            had_surplus: false,
            is_broken: false,
            failure: None,
            request: variables.collect(),
        })
    }

    /// Has `notify` called, on the thread of a sender, when there is something after
    /// [`next_piece`](Self::next_piece) has returned [`Nothing`](Piece::Nothing).
    pub fn notify(&self, notify: impl Fn() + Send + Sync + 'static) {
        if let Some(Source::Channel(receiver)) = &self.source {
            receiver.notify(notify);
        }
    }

    /// Tells the senders that the server is about to end.
    pub fn set_draining(&self) {
        if let Some(Source::Channel(receiver)) = &self.source {
            receiver.set_draining();
        }
    }

    /// Whether [`next_piece`](Self::next_piece) and the drop may run code of the application, which
    /// is that of filters or of an iterator.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        match &self.source {
            Some(Source::Channel(receiver)) => receiver.is_filtered(),
            Some(Source::Chunks(_)) => true,
            None => false,
        }
    }

    /// Whether each call of [`next_piece`](Self::next_piece) may wait for the application, which is
    /// an iterator. What came before must be sent first.
    #[must_use]
    pub fn may_wait(&self) -> bool {
        matches!(self.source, Some(Source::Chunks(_)))
    }

    /// Whether the body is over, and there is something to [report](crate::Engine::report).
    #[must_use]
    pub fn has_report(&self) -> bool {
        self.source.is_none() && (self.had_surplus || self.failure.is_some())
    }

    /// The next piece. Never panics, and never waits, unless an iterator does.
    pub fn next_piece(&mut self) -> Piece {
        if self.is_broken {
            return Piece::Broken;
        }
        let Some(source) = &mut self.source else {
            return Piece::End;
        };
        match caught(|| source.try_next()) {
            Ok(Received::Chunk(chunk)) => self.allowed(chunk),
            Ok(Received::Nothing) if self.remaining != Some(0) => Piece::Nothing,
            Ok(_) => self.end(),
            Err(error) => self.fail(Failure::Error(error)),
        }
    }

    /// The part of a chunk that the declared length allows.
    fn allowed(&mut self, chunk: Chunk) -> Piece {
        let Some(remaining) = &mut self.remaining else {
            return Piece::Chunk(chunk);
        };
        let length = chunk.len() as u64;
        let allowed = length.min(*remaining);
        *remaining -= allowed;
        self.had_surplus |= allowed < length;
        match allowed {
            0 => self.end(),
            // It fits a `usize`, since it is less than the length of a slice.
            allowed if allowed < length => Piece::Chunk(chunk.slice(0..allowed as usize)),
            _ => Piece::Chunk(chunk),
        }
    }

    fn end(&mut self) -> Piece {
        match self.remaining {
            Some(missing) if missing > 0 => self.fail(Failure::Short(missing)),
            _ => {
                self.close();
                Piece::End
            }
        }
    }

    fn fail(&mut self, failure: Failure) -> Piece {
        self.is_broken = true;
        self.failure = Some(failure);
        self.close();
        Piece::Broken
    }

    /// Drops the source, so that the senders see it.
    fn close(&mut self) {
        if let Some(source) = self.source.take() {
            discard(source);
        }
    }
}

impl Source {
    fn try_next(&mut self) -> Result<Received> {
        match self {
            Self::Channel(receiver) => receiver.try_next(),
            Self::Chunks(chunks) => {
                let next = chunks.find(|chunk| !matches!(chunk, Ok(chunk) if chunk.is_empty()));
                let chunk = next.transpose()?;
                Ok(chunk.map_or(Received::End, Received::Chunk))
            }
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channel(receiver) => receiver.fmt(f),
            Self::Chunks(_) => f.write_str("Chunks(..)"),
        }
    }
}

/// Filters may panic when they are dropped.
impl Drop for Live {
    fn drop(&mut self) {
        self.close();
        self.failure.take().into_iter().for_each(discard);
    }
}
