//! The head of an HTTP/1.1 response.

use wsgi_application::Head;
use wsgi_gateway::{Delimiter, Framing};
use wsgi_http1::encode;

use crate::http1::clock::Clock;

/// Writes a head, with the fields that are the server's to add. Of the
/// connection it says whether it is kept, and whether the client has to be told
/// so, as in HTTP/1.0.
pub(crate) fn head(
    out: &mut Vec<u8>,
    head: &Head,
    framing: Framing,
    connection: (bool, bool),
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
    out.extend_from_slice(connection_field(connection));
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

/// What the client is told of the connection (RFC 9112 section 9.3).
fn connection_field((keep_alive, http10): (bool, bool)) -> &'static [u8] {
    match (keep_alive, http10) {
        (true, false) => b"",
        (true, true) => b"Connection: keep-alive\r\n",
        (false, _) => b"Connection: close\r\n",
    }
}
