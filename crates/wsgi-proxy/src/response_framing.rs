//! The end of a response's body (RFC 9112 section 6.3).

use wsgi_headers::Value;

use crate::response_head::{Malformed, ResponseHead, ResponseKind};

/// The end of a response's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResponseFraming {
    /// There is none.
    Empty,
    /// There must be none, but the fields declare one, which the server may send.
    Forbidden,
    /// After this number of bytes.
    Known(u64),
    /// With the chunk of size zero.
    Chunked,
    /// With the connection.
    UntilClose,
}

impl ResponseFraming {
    pub(crate) fn of(head: &ResponseHead, is_head_request: bool) -> Result<Self, Malformed> {
        let framed = Self::declared(head)?;
        let code = match &head.kind {
            ResponseKind::Informational(code) => *code,
            ResponseKind::Final(status) => status.code(),
        };
        // The fields of the others may be those of another response (RFC 9110 section 8.6).
        Ok(match (code, framed) {
            _ if is_head_request => Self::Empty,
            (204, Self::Chunked | Self::Known(1..)) => Self::Forbidden,
            (100..200 | 204 | 304, _) => Self::Empty,
            _ => framed,
        })
    }

    /// The framing of the fields alone. If they could be read in two ways, they are refused.
    fn declared(head: &ResponseHead) -> Result<Self, Malformed> {
        let mut lengths = head.fields.get_all("Content-Length").map(Value::as_bytes);
        let length = lengths.next();
        if lengths.next().is_some() {
            return Err(Malformed("two fields Content-Length"));
        }
        let mut codings = head
            .fields
            .get_all("Transfer-Encoding")
            .map(Value::as_bytes);
        match (codings.next(), length) {
            (Some(_), Some(_)) => Err(Malformed("both Content-Length and Transfer-Encoding")),
            (Some(_), _) if !head.is_http_1_1 => Err(Malformed("Transfer-Encoding in HTTP/1.0")),
            (Some(coding), None) => {
                let is_chunked = coding.eq_ignore_ascii_case(b"chunked");
                match is_chunked && codings.next().is_none() {
                    true => Ok(Self::Chunked),
                    false => Err(Malformed("a Transfer-Encoding other than chunked")),
                }
            }
            (None, Some(length)) => number(length)
                .map(Self::Known)
                .ok_or(Malformed("an invalid Content-Length")),
            (None, None) => Ok(Self::UntilClose),
        }
    }
}

/// `1*DIGIT`, below 2^64.
fn number(digits: &[u8]) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| str::from_utf8(digits).ok()?.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::ResponseFraming::{self, Chunked, Empty, Forbidden, Known, UntilClose};
    use crate::response_head::ResponseHead;

    fn framing(line: &str, fields: &[&str], is_head: bool) -> Option<ResponseFraming> {
        let head = format!("{line}\r\n{}\r\n\r\n", fields.join("\r\n"));
        let head = ResponseHead::parse(head.as_bytes()).unwrap();
        ResponseFraming::of(&head, is_head).ok()
    }

    #[test]
    fn a_body_ends_after_its_length_its_chunks_or_with_the_connection() {
        for (fields, expected) in [
            (&["Content-Length: 0"][..], Some(Known(0))),
            (&["Content-Length: 00012"], Some(Known(12))),
            (
                &["Content-Length: 18446744073709551615"],
                Some(Known(u64::MAX)),
            ),
            (&["Transfer-Encoding: Chunked"], Some(Chunked)),
            (&["A: b"], Some(UntilClose)),
            (&["Content-Length: 18446744073709551616"], None),
            (&["Content-Length: 1", "content-length: 1"], None),
            (&["Content-Length: 1, 1"], None),
            (&["Content-Length: +1"], None),
            (&["Content-Length: 0x1"], None),
            (&["Content-Length:"], None),
            (&["Content-Length: 1", "Transfer-Encoding: chunked"], None),
            (&["Transfer-Encoding: gzip, chunked"], None),
            (&["Transfer-Encoding: chunked, chunked"], None),
            (&["Transfer-Encoding: identity"], None),
            (
                &["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
                None,
            ),
            (&["Transfer-Encoding:"], None),
        ] {
            assert_eq!(
                framing("HTTP/1.1 200 OK", fields, false),
                expected,
                "{fields:?}"
            );
        }
        let chunked = ["Transfer-Encoding: chunked"];
        assert_eq!(framing("HTTP/1.0 200 OK", &chunked, false), None);
    }

    #[test]
    fn some_responses_have_no_body_whatever_they_declare() {
        let (length, chunked) = ("Content-Length: 5", "Transfer-Encoding: chunked");
        for (line, field, expected) in [
            ("HTTP/1.1 204 No Content", length, Forbidden),
            ("HTTP/1.1 204 No Content", chunked, Forbidden),
            ("HTTP/1.1 204 No Content", "Content-Length: 0", Empty),
            ("HTTP/1.1 204 No Content", "A: b", Empty),
            ("HTTP/1.1 304 Not Modified", length, Empty),
            ("HTTP/1.1 304 Not Modified", chunked, Empty),
            ("HTTP/1.1 103 Early Hints", "A: b", Empty),
        ] {
            let found = framing(line, &[field], false);
            assert_eq!(found, Some(expected), "{line}, {field}");
        }
        assert_eq!(framing("HTTP/1.1 200 OK", &[length], true), Some(Empty));
        assert_eq!(
            framing("HTTP/1.1 204 No Content", &[length], true),
            Some(Empty)
        );
        let fields = ["Content-Length: x"];
        assert_eq!(framing("HTTP/1.1 200 OK", &fields, true), None);
    }
}
