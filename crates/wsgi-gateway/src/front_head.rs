//! The head of a response for a front server.

use wsgi_application::{Head, Headers, Status};

use crate::framing::Framing;

/// Writes a head for a front server (RFC 3875 section 6.3): a `Status` field, the `Content-Length`
/// of the framing, if any, the application's fields, and an empty line.
///
/// `Status` fields of the application are left out, since the front server would mistake them for
/// this one (PEP 3333, The `start_response()` Callable). The `Status` field follows a `Location`,
/// because a front server may derive a status from that field. The front server adds `Date`,
/// `Server` and the fields of the connection.
///
/// ```
/// use wsgi_application::{Head, Status};
/// use wsgi_gateway::{Framing, Rules, write_cgi_head};
///
/// let mut head = Head::new();
/// head.status = Status::new(204, "Deleted")?;
/// head.headers.append("ETag", "\"7\"")?;
/// let framing = Framing::decide(&mut head, Rules::default(), Some(0))?;
///
/// let mut out = Vec::new();
/// write_cgi_head(&mut out, &head, framing);
/// assert_eq!(out, b"Status: 204 Deleted\r\nETag: \"7\"\r\n\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_cgi_head(out: &mut Vec<u8>, head: &Head, framing: Framing) {
    let headers = &head.headers;
    // HAProxy assumes status 302 when it finds a `Location`, unless a `Status` follows.
    let is_late = headers.contains("Location");
    if !is_late {
        write_status(out, &head.status);
    }
    if let Some(length) = framing.content_length {
        write_content_length(out, length);
    }
    if !is_late && !headers.contains("Status") {
        headers.write_to(out);
        return;
    }
    write_fields(out, headers);
    if is_late {
        write_status(out, &head.status);
    }
    out.extend_from_slice(b"\r\n");
}

/// Writes a head for a front server that speaks the uwsgi protocol: a status line, the
/// `Content-Length` of the framing, if any, the application's fields, and an empty line.
///
/// It differs from [`write_cgi_head`] in the status line, because Apache reads no `Status` field
/// here. nginx and lighttpd read either.
///
/// ```
/// use wsgi_application::{Head, Status};
/// use wsgi_gateway::{Framing, Rules, write_uwsgi_head};
///
/// let mut head = Head::new();
/// head.status = Status::new(204, "Deleted")?;
/// head.headers.append("ETag", "\"7\"")?;
/// let framing = Framing::decide(&mut head, Rules::default(), Some(0))?;
///
/// let mut out = Vec::new();
/// write_uwsgi_head(&mut out, &head, framing);
/// assert_eq!(out, b"HTTP/1.1 204 Deleted\r\nETag: \"7\"\r\n\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_uwsgi_head(out: &mut Vec<u8>, head: &Head, framing: Framing) {
    out.extend_from_slice(b"HTTP/1.1 ");
    write_code(out, &head.status);
    if let Some(length) = framing.content_length {
        write_content_length(out, length);
    }
    write_fields(out, &head.headers);
    out.extend_from_slice(b"\r\n");
}

/// Writes the fields of the application, without one that a front server would mistake for the
/// status.
fn write_fields(out: &mut Vec<u8>, headers: &Headers) {
    for (name, value) in headers {
        if !name.eq_ignore_ascii_case("Status") {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
    }
}

fn write_status(out: &mut Vec<u8>, status: &Status) {
    out.extend_from_slice(b"Status: ");
    write_code(out, status);
}

/// Writes a code, a reason and the end of a line.
fn write_code(out: &mut Vec<u8>, status: &Status) {
    let (code, reason) = (status.code(), status.reason().as_bytes());
    match (code, reason) {
        // Mutant: the other arm writes the same line, in more instructions.
        (200, b"OK") => out.extend_from_slice(b"200 OK\r\n"),
        _ => {
            let digits = [code / 100, code / 10, code].map(|digit| b'0' + (digit % 10) as u8);
            out.extend_from_slice(&digits);
            out.push(b' ');
            out.extend_from_slice(reason);
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// Formats the field from its end, so that it is copied in one piece.
fn write_content_length(out: &mut Vec<u8>, mut length: u64) {
    const NAME: &[u8; 16] = b"Content-Length: ";
    let mut line = *b"Content-Length: 18446744073709551615\r\n"; // the longest one
    let mut start = line.len() - 2;
    loop {
        start -= 1;
        line[start] = b'0' + (length % 10) as u8;
        length /= 10;
        if length == 0 {
            break;
        }
    }
    start -= NAME.len();
    line[start..][..NAME.len()].copy_from_slice(NAME);
    out.extend_from_slice(&line[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framing::Delimiter;

    #[track_caller]
    fn check(status: Status, fields: &[(&str, &str)], length: Option<u64>, expected: &str) {
        let mut head = Head::new();
        head.status = status;
        for (name, value) in fields {
            head.headers.append(*name, *value).unwrap();
        }
        let framing = Framing {
            content_length: length,
            delimiter: Delimiter::Close,
        };
        let mut out = Vec::new();
        write_cgi_head(&mut out, &head, framing);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn a_head_is_a_status_field_and_the_other_fields() {
        check(Status::OK, &[], None, "Status: 200 OK\r\n\r\n");
        let seen = Status::new(203, "Seen").unwrap();
        check(seen, &[], None, "Status: 203 Seen\r\n\r\n");
        check(
            Status::new(599, "").unwrap(),
            &[("A", "1"), ("A", "2")],
            Some(7),
            "Status: 599 \r\nContent-Length: 7\r\nA: 1\r\nA: 2\r\n\r\n",
        );
        for length in [0, 9, 10, u64::MAX] {
            let expected = format!("Status: 200 OK\r\nContent-Length: {length}\r\n\r\n");
            check(Status::OK, &[], Some(length), &expected);
        }
    }

    #[test]
    fn a_reason_is_sent_in_latin1() {
        let mut out = Vec::new();
        write_status(&mut out, &Status::new(203, "Grün").unwrap());
        assert_eq!(out, b"Status: 203 Gr\xfcn\r\n");
    }

    #[test]
    fn status_fields_of_the_application_are_left_out() {
        check(
            Status::OK,
            &[("A", "1"), ("status", "500"), ("B", "2"), ("STATUS", "")],
            None,
            "Status: 200 OK\r\nA: 1\r\nB: 2\r\n\r\n",
        );
    }

    #[test]
    fn the_status_follows_a_location() {
        check(
            Status::SEE_OTHER,
            &[("location", "/a"), ("B", "2")],
            Some(0),
            "Content-Length: 0\r\nlocation: /a\r\nB: 2\r\nStatus: 303 See Other\r\n\r\n",
        );
    }

    #[test]
    fn a_uwsgi_head_has_a_status_line_and_no_status_field() {
        let mut head = Head::new();
        head.status = Status::new(303, "Grün").unwrap();
        for (name, value) in [("Location", "/a"), ("status", "500"), ("B", "2")] {
            head.headers.append(name, value).unwrap();
        }
        let mut framing = Framing {
            content_length: Some(7),
            delimiter: Delimiter::Length(7),
        };
        let mut out = Vec::new();
        write_uwsgi_head(&mut out, &head, framing);
        let expected = b"HTTP/1.1 303 Gr\xfcn\r\nContent-Length: 7\r\nLocation: /a\r\nB: 2\r\n\r\n";
        assert_eq!(out, expected);
        out.clear();
        framing.content_length = None;
        write_uwsgi_head(&mut out, &Head::new(), framing);
        assert_eq!(out, b"HTTP/1.1 200 OK\r\n\r\n");
    }
}
