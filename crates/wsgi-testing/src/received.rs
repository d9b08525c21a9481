//! The head of a request, as a server receives it.

use std::ops::Range;

use wsgi_environ::{Environ, Field, Received};
use wsgi_headers::Headers;

use crate::target::Target;

/// Sets the live request of `environ` from a request head, so that its variables come from the same
/// code as in a server.
pub(crate) fn receive(environ: &mut Environ, method: &str, target: &Target, headers: &Headers) {
    let mut head = Vec::new();
    let method = push(&mut head, method.as_bytes());
    head.push(b' ');
    let start = head.len();
    let whole = push(&mut head, target.text.as_bytes());
    head.extend_from_slice(b" HTTP/1.1\r\n");
    let mut fields = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        let name = push(&mut head, name.as_bytes());
        head.extend_from_slice(b": ");
        let value = push(&mut head, value.as_bytes());
        head.extend_from_slice(b"\r\n");
        fields.push(Field { name, value });
    }
    head.extend_from_slice(b"\r\n");

    let part = |range: &Range<usize>| span(start + range.start, start + range.end);
    let received = Received {
        head: &head,
        method,
        target: whole,
        path: part(&target.path),
        has_escapes: true,
        query: part(&target.query),
        authority: target.authority.as_ref().map(part),
        protocol: "HTTP/1.1",
    };
    environ.receive(&received, fields);
}

fn push(head: &mut Vec<u8>, bytes: &[u8]) -> (u32, u32) {
    let start = head.len();
    head.extend_from_slice(bytes);
    span(start, head.len())
}

/// The span of a part. A part beyond 4 GiB has no valid span and reads as empty.
fn span(start: usize, end: usize) -> (u32, u32) {
    match (u32::try_from(start), u32::try_from(end)) {
        (Ok(start), Ok(end)) => (start, end),
        _ => (0, 0),
    }
}
