//! How middleware changes a response.

use std::io::{self, Write};

use crate::{
    Application, Body, Chunk, Content, Environ, Error, Head, Outlet, Result, StartResponse,
};

/// A change to a response, on its way from an application to its server.
///
/// [`head`](Filter::head) runs once, when the head is settled, whether the
/// application wrote its bytes or returned them, and sees the head as it will
/// be sent. It says whether the body is to be changed too: only then do
/// [`chunk`](Filter::chunk) and [`end`](Filter::end) see every byte. A body
/// that no filter changes stays what it is, so that a file is still sent by
/// the kernel.
///
/// A response that is replaced because of an error is not the application's,
/// and its filters do not see it.
///
/// ```
/// use wsgi_application::{Application, Environ, Filter, Head, Result, Scope, StartResponse, filtered};
///
/// /// Says who answered.
/// struct Via<A>(A);
///
/// struct Stamp;
///
/// impl Filter for Stamp {
///     fn head(&mut self, head: &mut Head) -> Result<Scope> {
///         head.headers.append("X-Served-By", "wsgi")?;
///         Ok(Scope::Head)
///     }
/// }
///
/// impl<A: Application> Application for Via<A> {
///     fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
///         filtered(&self.0, Stamp, environ, start_response)
///     }
/// }
/// ```
pub trait Filter: Send + 'static {
    /// Changes the head, and says how far the filter reaches. One that changes
    /// the body's length removes or corrects `Content-Length`.
    ///
    /// # Errors
    ///
    /// An error is the application's: it becomes an error page.
    fn head(&mut self, head: &mut Head) -> Result<Scope>;

    /// Takes a chunk of the body and writes what becomes of it, if anything.
    ///
    /// # Errors
    ///
    /// Its own, or those of `out`, which mean that the client went away.
    fn chunk(&mut self, chunk: &[u8], out: &mut dyn Write) -> io::Result<()> {
        out.write_all(chunk)
    }

    /// Writes what is left when the body has ended.
    ///
    /// # Errors
    ///
    /// As of [`chunk`](Filter::chunk).
    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let _ = out;
        Ok(())
    }
}

/// How far a [`Filter`] reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The head alone: the body is left as it is.
    Head,
    /// The body too, each chunk of it and its end.
    Body,
}

/// Calls `application` with its response going through `filter`.
///
/// A filter of the head alone costs no allocation. One of the body costs none
/// for a body that is known whole but the bytes it writes, and its length stays
/// known.
///
/// # Errors
///
/// Those of the application and of the filter.
pub fn filtered<F: Filter>(
    application: &(impl Application + ?Sized),
    filter: F,
    environ: &mut Environ,
    start_response: &mut StartResponse<'_>,
) -> Result {
    let mut link = Link {
        filter,
        scope: None,
        outlet: start_response.outlet,
    };
    let body = application.call(
        environ,
        &mut StartResponse {
            head: start_response.head,
            gathered: start_response.gathered,
            outlet: &mut link,
        },
    )?;
    let Link {
        mut filter, scope, ..
    } = link;
    let written = scope.is_some();
    let scope = match scope {
        Some(scope) => scope,
        None => match start_response.head() {
            Some(head) => filter.head(head)?,
            None => Scope::Head, // nothing was started, which the gateway will say
        },
    };
    match scope {
        Scope::Head => Ok(body),
        Scope::Body if written => {
            let mut out = Onward {
                head: start_response.head,
                outlet: start_response.outlet,
            };
            match body.into_content() {
                Content::Empty => filter.end(&mut out)?,
                Content::Bytes(bytes) => {
                    filter.chunk(&bytes, &mut out)?;
                    filter.end(&mut out)?;
                }
                content => return Ok(Filtered::body(filter, None, content)),
            }
            Ok(Body::empty())
        }
        Scope::Body => {
            let gathered = std::mem::take(start_response.gathered);
            match body.into_content() {
                Content::Empty => whole(filter, [gathered.into()]),
                Content::Bytes(bytes) => whole(filter, [gathered.into(), bytes]),
                content => Ok(Filtered::body(filter, Some(gathered), content)),
            }
        }
    }
}

/// What becomes of a body that is known whole.
fn whole<const N: usize>(mut filter: impl Filter, chunks: [Chunk; N]) -> Result {
    let mut out = Vec::new();
    for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
        filter.chunk(chunk, &mut out)?;
    }
    filter.end(&mut out)?;
    Ok(out.into())
}

/// The outlet of an application whose response is filtered.
struct Link<'a, F> {
    filter: F,
    /// What the filter said of the head; `None` until it was asked.
    scope: Option<Scope>,
    outlet: &'a mut dyn Outlet,
}

impl<F: Filter> Outlet for Link<'_, F> {
    fn write(&mut self, head: &mut Head, chunk: &[u8]) -> io::Result<()> {
        let scope = match self.scope {
            Some(scope) => scope,
            None => *self
                .scope
                .insert(self.filter.head(head).map_err(Error::into_io)?),
        };
        match scope {
            Scope::Head => self.outlet.write(head, chunk),
            Scope::Body => self.filter.chunk(
                chunk,
                &mut Onward {
                    head,
                    outlet: self.outlet,
                },
            ),
        }
    }

    fn flush(&mut self, head: &mut Head) -> io::Result<()> {
        self.outlet.flush(head)
    }
}

/// An outlet as a writer, for the filter above it.
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

/// A body that goes through a filter as it is sent.
struct Filtered<F> {
    filter: F,
    /// What was written before the body was returned.
    gathered: Option<Vec<u8>>,
    /// `None` when the body has ended.
    content: Option<Blocks>,
}

type Blocks = Box<dyn Iterator<Item = Result<Chunk>> + Send>;

impl<F: Filter> Filtered<F> {
    fn body(filter: F, gathered: Option<Vec<u8>>, content: Content) -> Body {
        let gathered = gathered.filter(|bytes| !bytes.is_empty());
        let content = Some(blocks(content));
        Content::Chunks(Box::new(Filtered {
            filter,
            gathered,
            content,
        }))
        .into()
    }

    fn filter(&mut self, chunk: &[u8]) -> Result<Chunk> {
        let mut out = Vec::new();
        self.filter.chunk(chunk, &mut out)?;
        Ok(out.into())
    }
}

impl<F: Filter> Iterator for Filtered<F> {
    type Item = Result<Chunk>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(gathered) = self.gathered.take() {
            return Some(self.filter(&gathered));
        }
        match self.content.as_mut()?.next() {
            Some(Ok(chunk)) => Some(self.filter(&chunk)),
            Some(Err(error)) => {
                self.content = None;
                Some(Err(error))
            }
            None => {
                self.content = None;
                let mut out = Vec::new();
                Some(
                    self.filter
                        .end(&mut out)
                        .map(|()| out.into())
                        .map_err(Error::from),
                )
            }
        }
    }
}

/// Any content as chunks.
fn blocks(content: Content) -> Blocks {
    match content {
        Content::Empty => Box::new(std::iter::empty()),
        Content::Bytes(bytes) => Box::new(std::iter::once(Ok(bytes))),
        Content::File(file) => Box::new(file.map(|block| Ok(block?.into()))),
        Content::Input(mut input) => Box::new(std::iter::from_fn(move || {
            let block = io::BufRead::fill_buf(&mut input).map(<[u8]>::to_vec);
            match block {
                Ok(block) if block.is_empty() => None,
                Ok(block) => {
                    io::BufRead::consume(&mut input, block.len());
                    Some(Ok(block.into()))
                }
                Err(error) => Some(Err(error.into())),
            }
        })),
        Content::Chunks(chunks) => chunks,
    }
}
