//! A response's head as CGI has it, and with it FastCGI and SCGI.

use wsgi_application::Head;

use crate::Framing;

/// Writes a head as a front server reads it (RFC 3875 section 6.3): a `Status` field, a
/// `Content-Length` where the framing has one, the application's fields, and an empty line.
///
/// The application's own fields of the name `Status`, which would be taken for this one,
/// are left out (PEP 3333, The `start_response()` Callable). Nothing of the connection is
/// written: that, `Date` and `Server` are the front server's.
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
    out.extend_from_slice(b"Status: ");
    decimal(out, head.status.code().into());
    out.push(b' ');
    out.extend_from_slice(head.status.reason().as_bytes());
    out.extend_from_slice(b"\r\n");
    if let Some(length) = framing.content_length {
        out.extend_from_slice(b"Content-Length: ");
        decimal(out, length);
        out.extend_from_slice(b"\r\n");
    }
    if !head.headers.contains("Status") {
        head.headers.write_to(out);
        return;
    }
    for (name, value) in &head.headers {
        if !name.eq_ignore_ascii_case("Status") {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
    }
    out.extend_from_slice(b"\r\n");
}

/// Writes a number, without the machinery of `fmt`.
fn decimal(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20]; // those of `u64::MAX`
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Delimiter;
    use wsgi_application::Status;

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
    fn a_head_is_a_status_field_and_the_others() {
        check(Status::OK, &[], None, "Status: 200 OK\r\n\r\n");
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
    fn a_field_of_the_application_is_never_taken_for_the_status() {
        check(
            Status::OK,
            &[("A", "1"), ("status", "500"), ("B", "2"), ("STATUS", "")],
            None,
            "Status: 200 OK\r\nA: 1\r\nB: 2\r\n\r\n",
        );
    }
}
