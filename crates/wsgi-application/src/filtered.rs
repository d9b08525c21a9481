//! A response on its way through a filter.
//!
//! Written bytes go through a [`Link`] while the application runs. The returned body goes through
//! the filter afterwards: at once if it is in memory, or else while it is sent, as a
//! [`FilteredBody`] or by a [`LiveFilter`].

mod body;
mod link;
mod written;

use std::mem;

use wsgi_environ::Environ;

use self::{body::FilteredBody, link::Link, written::Written};
use crate::{
    application::Application,
    body::Content,
    chunk::Chunk,
    exchange::Exchange,
    filter::{Filter, Scope},
    live_filter::LiveFilter,
    result::Result,
    start_response::StartResponse,
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
    let mut link = Link::new(filter, start_response.outlet);
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
            let written = Written {
                bytes: mem::take(gathered),
                is_flushed: link.is_flushed,
            };
            through(link.filter, written, body.into_content())
        }
    }
}

/// Filters what the application wrote last, and the body that it returned.
fn through<F: Filter>(mut filter: F, written: Written, content: Content) -> Result {
    match content {
        Content::Empty => whole(filter, [written.into_chunk()]),
        Content::Bytes(bytes) => whole(filter, [written.into_chunk(), bytes]),
        Content::Channel(receiver) => {
            let mut first = Vec::new();
            written.pass_and_flush(&mut filter, &mut first)?;
            let receiver = receiver.filtered(LiveFilter::new(filter), first)?;
            Ok(Content::Channel(receiver).into())
        }
        content => {
            let filtered = FilteredBody::new(filter, &written, content)?;
            Ok(Content::Chunks(Box::new(filtered)).into())
        }
    }
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
