//! The head of an HTTP/1.1 response.

use wsgi_application::Head;
use wsgi_gateway::{Delimiter, Framing};
use wsgi_http1::encode;

use crate::responses::clock::Clock;

/// The `Connection` field of a response (RFC 9112 section 9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Persistence {
    /// The connection is kept. A client of HTTP/1.1 expects that without a field.
    Implied,
    /// The connection is kept. A client of HTTP/1.0 must be told.
    KeepAlive,
    /// The connection ends with the response.
    Close,
}

impl Persistence {
    /// The persistence of a connection to a client of HTTP/1.1 or 1.0.
    #[inline]
    pub(crate) fn new(keep_alive: bool, is_http10: bool) -> Self {
        match (keep_alive, is_http10) {
            (true, false) => Self::Implied,
            (true, true) => Self::KeepAlive,
            (false, _) => Self::Close,
        }
    }

    fn field(self) -> &'static [u8] {
        match self {
            Self::Implied => b"",
            Self::KeepAlive => b"Connection: keep-alive\r\n",
            Self::Close => b"Connection: close\r\n",
        }
    }
}

/// Writes a head with the fields that the server adds.
pub(crate) fn write(
    out: &mut Vec<u8>,
    head: &Head,
    framing: Framing,
    persistence: Persistence,
    clock: &Clock,
) {
    encode::status_line(out, head.status.code(), head.status.reason().as_bytes());
    out.extend_from_slice(head.headers.as_bytes());
    if let Some(length) = framing.content_length {
        encode::content_length(out, length);
    }
    if framing.delimiter == Delimiter::Chunked {
        out.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
    }
    out.extend_from_slice(persistence.field());
    match (
        head.headers.contains("Date"),
        head.headers.contains("Server"),
    ) {
        (false, false) => out.extend_from_slice(clock.date_and_server()),
        (false, true) => out.extend_from_slice(clock.date()),
        (true, false) => out.extend_from_slice(clock.server()),
        (true, true) => {}
    }
    encode::end_of_head(out);
}
