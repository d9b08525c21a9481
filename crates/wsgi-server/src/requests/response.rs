//! A response as HTTP/1.1 bytes.

use std::{io, sync::Arc};

use wsgi_application::{Disconnected, Head, Status};
use wsgi_gateway::{Delimiter, Framing, Transport};
use wsgi_http1::{Rejection, encode};

use crate::{
    connections::patience::Patience, connections::peer::Peer, http1::clock::Clock,
    http1::stream::Stream, options::OUT_LIMIT,
};

/// Where the engine writes: into memory, and from there to the client when
/// that is full or the application asks for it.
pub(crate) struct Response<'a> {
    pub(crate) out: &'a mut Vec<u8>,
    pub(crate) peer: &'a Arc<Peer>,
    pub(crate) patience: Patience,
    pub(crate) clock: &'a Clock,
    /// The request's body, if the application reads it from the socket.
    pub(crate) stream: Option<&'a Stream>,
    /// Whether the connection will take another request.
    pub(crate) keep_alive: bool,
    /// Whether the client has to be told so, as in HTTP/1.0.
    pub(crate) http10: bool,
    pub(crate) delimiter: Delimiter,
    /// Whether the client was found to be gone.
    pub(crate) gone: bool,
}

impl Response<'_> {
    /// Writes what follows the last byte of the body.
    pub(crate) fn end(&mut self) {
        if self.delimiter == Delimiter::Chunked {
            encode::last_chunk(self.out);
        }
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.peer
            .write_all(bytes, &mut self.patience)
            .inspect_err(|_| self.gone = true)
    }

    fn send_out(&mut self) -> io::Result<()> {
        let out = std::mem::take(self.out);
        let result = self.send(&out);
        *self.out = out;
        self.out.clear();
        result
    }
}

impl Transport for Response<'_> {
    fn head(&mut self, head: &Head, framing: Framing) -> io::Result<()> {
        if self.stream.is_some_and(Stream::response_begins) {
            self.keep_alive = false;
        }
        self.delimiter = framing.delimiter;
        self.keep_alive &= framing.delimiter != Delimiter::Close;
        let out = &mut *self.out;
        encode::status_line(out, head.status.code(), head.status.reason().as_bytes());
        out.extend_from_slice(head.headers.as_bytes());
        if let Some(length) = framing.content_length {
            encode::content_length(out, length);
        }
        if framing.delimiter == Delimiter::Chunked {
            out.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
        }
        out.extend_from_slice(connection_field(self.keep_alive, self.http10));
        match (
            head.headers.contains("Date"),
            head.headers.contains("Server"),
        ) {
            (false, false) => out.extend_from_slice(self.clock.date_and_server()),
            (false, true) => out.extend_from_slice(self.clock.date()),
            (true, false) => out.extend_from_slice(self.clock.server()),
            (true, true) => {}
        }
        encode::end_of_head(out);
        Ok(())
    }

    fn body(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.gone {
            return Err(Disconnected.into());
        }
        let chunked = self.delimiter == Delimiter::Chunked;
        if self.out.len() + bytes.len() <= OUT_LIMIT {
            if chunked {
                encode::chunk(self.out, bytes);
            } else {
                self.out.extend_from_slice(bytes);
            }
            return Ok(());
        }
        if chunked {
            encode::chunk_size(self.out, bytes.len() as u64);
        }
        self.send_out()?;
        self.send(bytes)?;
        if chunked {
            encode::end_of_chunk(self.out);
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gone {
            return Err(Disconnected.into());
        }
        self.send_out()
    }
}

/// What the client is told of the connection (RFC 9112 section 9.3).
fn connection_field(keep_alive: bool, http10: bool) -> &'static [u8] {
    match (keep_alive, http10) {
        (true, false) => b"",
        (true, true) => b"Connection: keep-alive\r\n",
        (false, _) => b"Connection: close\r\n",
    }
}

/// Writes the answer to a request that never reaches the application.
pub(crate) fn refuse(out: &mut Vec<u8>, clock: &Clock, refusal: Refusal) {
    let (code, why) = match refusal {
        Refusal::Rejected(rejection) => (rejection.status(), rejection.to_string()),
        Refusal::TimedOut => (408, "the request did not arrive in time".to_owned()),
        Refusal::Truncated => (400, "the request ended before its time".to_owned()),
        Refusal::Connect => (501, "CONNECT is not for this server".to_owned()),
    };
    let status = Status::from_code(code).unwrap_or(Status::BAD_REQUEST);
    let text = format!("{status}: {why}\n");
    encode::status_line(out, status.code(), status.reason().as_bytes());
    encode::field(out, b"Content-Type", b"text/plain");
    encode::content_length(out, text.len() as u64);
    out.extend_from_slice(connection_field(false, false));
    out.extend_from_slice(clock.date_and_server());
    encode::end_of_head(out);
    out.extend_from_slice(text.as_bytes());
}

/// Why a request never reaches the application.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refusal {
    Rejected(Rejection),
    TimedOut,
    Truncated,
    Connect,
}
