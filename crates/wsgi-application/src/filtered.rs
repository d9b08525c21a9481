//! A response on its way through a filter.
//!
//! Written bytes go through a [`Link`] while the application runs. The returned body goes through
//! the filter afterwards: at once if it is in memory, or else as a [`Filtered`] iterator.

use std::{
    io::{self, BufRead, ErrorKind, Write},
    mem,
};

use wsgi_environ::Environ;

use crate::{
    application::Application,
    body::Content,
    chunk::Chunk,
    error::Error,
    exchange::Exchange,
    filter::{Filter, Scope},
    head::Head,
    result::Result,
    start_error::StartError,
    start_response::StartResponse,
    writer::Outlet,
};

/// Calls `application` and passes its response through `filter`.
///
/// A filter of the head alone costs no allocation. For a body in memory, a filter of the body
/// allocates only the bytes that it writes, and the length stays known.
///
/// # Errors
///
/// Those of the application and of the filter. If the filter fails while the application writes,
/// its error replaces the application's result.
///
/// ```
/// use std::io::{self, Write};
/// use wsgi_application::{
///     Content, Environ, Exchange, Filter, Head, Result, Scope, StartResponse, Status, application,
///     filtered,
/// };
///
/// /// Shouts, in ASCII: the length stays what it is.
/// struct Shout;
///
/// impl Filter for Shout {
///     fn head(&mut self, _head: &mut Head) -> Result<Scope> {
///         Ok(Scope::Body)
///     }
///     fn chunk(&mut self, chunk: &[u8], out: &mut dyn Write) -> io::Result<()> {
///         out.write_all(&chunk.to_ascii_uppercase())
///     }
/// }
///
/// let hello = application(|_environ, start_response| {
///     write!(start_response.start(Status::OK, ())?, "Hello ")?;
///     Ok("world!".into())
/// });
/// let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
/// let mut start_response = StartResponse::new(&mut exchange, &mut sent);
/// let body = filtered(&hello, Shout, &mut Environ::new(), &mut start_response)?;
/// assert!(matches!(body.into_content(), Content::Bytes(bytes) if *bytes == *b"HELLO WORLD!"));
/// # Ok::<(), wsgi_application::Error>(())
/// ```
pub fn filtered<F: Filter>(
    application: &(impl Application + ?Sized),
    filter: F,
    environ: &mut Environ,
    start_response: &mut StartResponse<'_>,
) -> Result {
    let mut link = Link {
        filter,
        scope: None,
        is_flushed: true,
        failure: None,
        outlet: start_response.outlet,
    };
    let result = application.call(
        environ,
        &mut StartResponse::new(start_response.exchange, &mut link),
    );
    // The application may have gone on after the error, but the response has a hole.
    if let Some(failure) = link.failure.take() {
        return Err(failure);
    }
    let body = result?;
    let Exchange { head, gathered } = &mut *start_response.exchange;
    let scope = match link.scope {
        Some(scope) => scope,
        // The filter is not moved: it may be large, and few filters are for the body.
        None if head.is_started() => link.filter.head(head)?,
        None => Scope::Head, // the gateway refuses a response that was not started
    };
    match scope {
        Scope::Head => Ok(body),
        Scope::Body => {
            let is_flushed = link.is_flushed;
            through(link.filter, body.into_content(), gathered, is_flushed)
        }
    }
}

/// Filters the bytes that the application wrote last, and the body that it returned.
fn through<F: Filter>(
    mut filter: F,
    content: Content,
    gathered: &mut Vec<u8>,
    is_flushed: bool,
) -> Result {
    let gathered = mem::take(gathered);
    match content {
        Content::Empty => whole(filter, [gathered.into()]),
        Content::Bytes(bytes) => whole(filter, [gathered.into(), bytes]),
        Content::Channel(receiver) => {
            let mut first = Vec::new();
            begin(&mut filter, &mut first, &gathered, is_flushed, true)?;
            let receiver = receiver.filtered(Box::new(filter), first)?;
            Ok(Content::Channel(receiver).into())
        }
        content => {
            let mut filtered = Filtered::new(filter, content);
            filtered.begin(&gathered, is_flushed)?;
            Ok(Content::Chunks(Box::new(filtered)).into())
        }
    }
}

/// Filters the bytes that the application wrote last, before a body that may take time (`waits`).
/// Flushes then, unless all that the application wrote was flushed.
fn begin(
    filter: &mut impl Filter,
    out: &mut Vec<u8>,
    written: &[u8],
    is_flushed: bool,
    waits: bool,
) -> io::Result<()> {
    if !written.is_empty() {
        filter.chunk(written, out)?;
    } else if is_flushed {
        return Ok(());
    }
    if waits {
        filter.flush(out)?;
    }
    Ok(())
}

/// Filters a whole body.
fn whole<const N: usize>(mut filter: impl Filter, chunks: [Chunk; N]) -> Result {
    let mut out = Vec::new();
    for chunk in chunks {
        if !chunk.is_empty() {
            filter.chunk(chunk.bytes()?, &mut out)?;
        }
    }
    filter.end(&mut out)?;
    Ok(out.into())
}

/// The outlet of an application whose response is filtered.
struct Link<'a, F> {
    filter: F,
    /// The filter's answer to the head; `None` until it was asked.
    scope: Option<Scope>,
    /// Whether the filter has seen no chunk since its last flush.
    is_flushed: bool,
    /// The filter's error, since the application may ignore it.
    failure: Option<Error>,
    outlet: &'a mut dyn Outlet,
}

impl<F: Filter> Link<'_, F> {
    fn fail(&mut self, error: Error) -> io::Error {
        self.failure.insert(error).to_io()
    }
}

impl<F: Filter> Outlet for Link<'_, F> {
    fn write(&mut self, head: &mut Head, chunk: &[u8]) -> io::Result<()> {
        if let Some(failure) = &self.failure {
            return Err(failure.to_io());
        }
        let scope = match self.scope {
            Some(scope) => scope,
            None => match self.filter.head(head) {
                Ok(scope) => *self.scope.insert(scope),
                Err(error) => return Err(self.fail(error)),
            },
        };
        match scope {
            Scope::Head => self.outlet.write(head, chunk),
            Scope::Body => {
                let mut out = Onward {
                    head,
                    outlet: self.outlet,
                };
                self.is_flushed = false;
                let result = self.filter.chunk(chunk, &mut out);
                result.map_err(|error| self.fail(error.into()))
            }
        }
    }

    fn flush(&mut self, head: &mut Head) -> io::Result<()> {
        if let Some(failure) = &self.failure {
            return Err(failure.to_io());
        }
        if !self.is_flushed {
            self.is_flushed = true;
            let mut out = Onward {
                head,
                outlet: self.outlet,
            };
            let result = self.filter.flush(&mut out);
            result.map_err(|error| self.fail(error.into()))?;
        }
        self.outlet.flush(head)
    }

    fn refused(&mut self, error: &StartError) {
        self.outlet.refused(error);
    }
}

/// The writer that a filter writes to.
struct Onward<'a> {
    head: &'a mut Head,
    outlet: &'a mut dyn Outlet,
}

impl Write for Onward<'_> {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        if !chunk.is_empty() {
            self.outlet.write(self.head, chunk)?;
        }
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.outlet.flush(self.head)
    }
}

/// A body that goes through a filter while it is sent.
struct Filtered<F> {
    filter: F,
    /// The filtered bytes that go before the blocks.
    first: Vec<u8>,
    blocks: Blocks,
    /// Whether the next block may take time, so that each is flushed.
    waits: bool,
    /// Whether the body has ended or failed.
    is_over: bool,
}

type Blocks = Box<dyn Iterator<Item = Result<Chunk>> + Send>;

impl<F: Filter> Filtered<F> {
    fn new(filter: F, mut content: Content) -> Self {
        let waits = match &mut content {
            // The filtered length says nothing of the file's, should that become shorter.
            Content::File(file) => file.fix_length().is_none(),
            _ => true,
        };
        Self {
            filter,
            first: Vec::new(),
            blocks: blocks(content),
            waits,
            is_over: false,
        }
    }

    /// Filters the bytes that the application wrote last.
    fn begin(&mut self, written: &[u8], is_flushed: bool) -> io::Result<()> {
        let (filter, first) = (&mut self.filter, &mut self.first);
        begin(filter, first, written, is_flushed, self.waits)
    }

    fn block(&mut self, block: &Chunk, out: &mut Vec<u8>) -> io::Result<()> {
        self.filter.chunk(block.bytes()?, out)?;
        if self.waits {
            self.filter.flush(out)?;
        }
        Ok(())
    }
}

impl<F: Filter> Iterator for Filtered<F> {
    type Item = Result<Chunk>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        if !self.first.is_empty() {
            return Some(Ok(mem::take(&mut self.first).into()));
        }
        let mut out = Vec::new();
        let block = self.blocks.next();
        self.is_over = !matches!(block, Some(Ok(_)));
        let result = match block {
            Some(Ok(block)) if block.is_empty() => Ok(()),
            Some(Ok(block)) => self.block(&block, &mut out).map_err(Error::from),
            Some(Err(error)) => Err(error),
            None => self.filter.end(&mut out).map_err(Error::from),
        };
        self.is_over |= result.is_err();
        Some(result.map(|()| out.into()))
    }
}

/// The chunks of any content.
fn blocks(content: Content) -> Blocks {
    match content {
        Content::Empty => Box::new(std::iter::empty()),
        Content::Bytes(bytes) => Box::new(std::iter::once(Ok(bytes))),
        Content::File(file) => Box::new(file.map(|block| Ok(block?.into()))),
        Content::Input(mut input) => Box::new(std::iter::from_fn(move || {
            loop {
                return match input.fill_buf().map(<[u8]>::to_vec) {
                    Ok(block) if block.is_empty() => None,
                    Ok(block) => {
                        input.consume(block.len());
                        Some(Ok(block.into()))
                    }
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    Err(error) => Some(Err(error.into())),
                };
            }
        })),
        Content::Chunks(chunks) => chunks,
        Content::Channel(receiver) => receiver,
    }
}
