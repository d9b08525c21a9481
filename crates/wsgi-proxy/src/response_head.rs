//! The head of the upstream server's response (RFC 9112 sections 4 and 5).

use wsgi_application::{Headers, Status};
use wsgi_headers::Value;

use crate::connection_options::ConnectionOptions;

/// The longest head.
pub(crate) const MAX_HEAD_BYTES: usize = 64 * 1024;

/// The most fields of a head.
const MAX_FIELDS: usize = 200;

/// The head of a response.
#[derive(Clone, Debug)]
pub(crate) struct ResponseHead {
    /// Whether it is of HTTP/1.1 and not of HTTP/1.0.
    pub(crate) is_http_1_1: bool,
    pub(crate) kind: ResponseKind,
    pub(crate) fields: Headers,
}

/// Whether another response follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ResponseKind {
    /// Informational: another one follows (RFC 9110 section 15.2).
    Informational(u16),
    Final(Status),
}

/// The fault of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

/// The position after the empty line that ends a head, if all of it has come. `from` is a position
/// before which there is no fault and no end. What cannot become a head is refused at once, so that
/// nobody waits for its end.
pub(crate) fn end(bytes: &[u8], from: usize) -> Result<Option<usize>, Malformed> {
    const START: &[u8] = b"HTTP/1.";
    let here = bytes.len().min(START.len());
    if bytes[..here] != START[..here] {
        return Err(Malformed("not a response of HTTP/1.0 or HTTP/1.1"));
    }
    for at in from.saturating_sub(1)..bytes.len() {
        match bytes[at] {
            b'\n' if !bytes[..at].ends_with(b"\r") => {
                return Err(Malformed("a line that ends with LF alone"));
            }
            b'\n' if bytes[..at].ends_with(b"\n\r") => return check_length(at + 1).map(Some),
            b'\r' if bytes.get(at + 1).is_some_and(|&next| next != b'\n') => {
                return Err(Malformed("CR alone"));
            }
            0 => return Err(Malformed("a NUL")),
            _ => {}
        }
    }
    check_length(bytes.len()).map(|_| None)
}

fn check_length(length: usize) -> Result<usize, Malformed> {
    match length > MAX_HEAD_BYTES {
        true => Err(Malformed("a head of more than 64 KiB")),
        false => Ok(length),
    }
}

impl ResponseHead {
    /// Parses a head with its empty line, which [`end`] has found.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut lines = bytes.split(|&byte| byte == b'\n').map(|line| {
            let without_cr = line.strip_suffix(b"\r");
            without_cr.unwrap_or(line)
        });
        let (is_http_1_1, kind) = status_line(lines.next().unwrap_or_default())?;
        let mut fields = Headers::with_capacity(32, bytes.len());
        for line in lines.filter(|line| !line.is_empty()) {
            if fields.len() == MAX_FIELDS {
                return Err(Malformed("more than 200 fields"));
            }
            field(&mut fields, line)?;
        }
        Ok(Self {
            is_http_1_1,
            kind,
            fields,
        })
    }

    /// Whether it is final, and its status has this code.
    pub(crate) fn has_code(&self, code: u16) -> bool {
        matches!(&self.kind, ResponseKind::Final(status) if status.code() == code)
    }

    /// Whether the server keeps the connection after it, as far as the head tells (RFC 9112 section
    /// 9.3). That of HTTP/1.0 is never kept.
    pub(crate) fn stays_open(&self) -> bool {
        self.is_http_1_1 && !ConnectionOptions::new(self.list("Connection")).has("close")
    }

    /// The values of a field as one list (RFC 9110 section 5.3).
    pub(crate) fn list(&self, name: &str) -> Vec<u8> {
        let values: Vec<&[u8]> = self.fields.get_all(name).map(Value::as_bytes).collect();
        values.join(&b", "[..])
    }
}

/// `HTTP-version SP status-code SP [ reason-phrase ]`. Many servers leave out the second space if
/// they have no reason.
fn status_line(line: &[u8]) -> Result<(bool, ResponseKind), Malformed> {
    let (version, rest) = line
        .split_first_chunk::<9>()
        .ok_or(Malformed("a short status line"))?;
    let is_http_1_1 = match version {
        b"HTTP/1.1 " => true,
        b"HTTP/1.0 " => false,
        _ => return Err(Malformed("not a response of HTTP/1.0 or HTTP/1.1")),
    };
    let invalid = Malformed("an invalid status");
    let kind = match *rest {
        [b'1', tens @ b'0'..=b'9', ones @ b'0'..=b'9']
        | [b'1', tens @ b'0'..=b'9', ones @ b'0'..=b'9', b' ', ..] => {
            let [tens, ones] = [tens, ones].map(|digit| u16::from(digit - b'0'));
            ResponseKind::Informational(100 + 10 * tens + ones)
        }
        [_, _, _] => {
            let status = Status::from_bytes(&[rest, b" "].concat());
            ResponseKind::Final(status.map_err(|_| invalid)?)
        }
        _ => ResponseKind::Final(Status::from_bytes(rest).map_err(|_| invalid)?),
    };
    Ok((is_http_1_1, kind))
}

/// `field-name ":" OWS field-value OWS`. Whitespace before the colon is removed (RFC 9112 section
/// 5.1). A folded line begins with whitespace, which no name has.
fn field(fields: &mut Headers, line: &[u8]) -> Result<(), Malformed> {
    if matches!(line.first(), Some(b' ' | b'\t')) {
        return Err(Malformed("a folded line"));
    }
    let colon = line.iter().position(|&byte| byte == b':');
    let colon = colon.ok_or(Malformed("a line without a colon"))?;
    let invalid = Malformed("an invalid field");
    let name = str::from_utf8(&line[..colon]).map_err(|_| invalid)?;
    let name = name.trim_end_matches([' ', '\t']);
    let value = &line[colon + 1..];
    fields.append(name, value).map_err(|_| invalid)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{MAX_HEAD_BYTES, Malformed, ResponseHead, ResponseKind, end};

    fn parse(bytes: &[u8]) -> Result<ResponseHead, Malformed> {
        let end = end(bytes, 0)?.ok_or(Malformed("no end"))?;
        ResponseHead::parse(&bytes[..end])
    }

    #[track_caller]
    fn check(line: &str, is_http_1_1: bool, code: u16, reason: &str) {
        let head = parse(format!("{line}\r\nA: b\r\n\r\n").as_bytes()).unwrap();
        assert_eq!(head.is_http_1_1, is_http_1_1, "{line}");
        match head.kind {
            ResponseKind::Informational(found) => assert_eq!(found, code, "{line}"),
            ResponseKind::Final(status) => {
                assert_eq!(status.code(), code, "{line}");
                assert_eq!(status.reason().to_string(), reason, "{line}");
            }
        }
        assert_eq!(head.fields.get("a").unwrap(), "b");
    }

    #[test]
    fn a_status_line_has_a_version_a_code_and_maybe_a_reason() {
        check("HTTP/1.1 200 OK", true, 200, "OK");
        check("HTTP/1.0 404 Not here", false, 404, "Not here");
        check("HTTP/1.1 200 ", true, 200, "");
        check("HTTP/1.1 204", true, 204, "");
        check("HTTP/1.1 599 x", true, 599, "x");
        check("HTTP/1.1 100 Continue", true, 100, "");
        check("HTTP/1.1 103", true, 103, "");
    }

    #[test]
    fn fields_keep_their_order_and_lose_whitespace_around_them() {
        let head =
            parse(b"HTTP/1.1 200 OK\r\nB:1\r\nA :\t2 \r\nB: \r\nC: a:b\xe9\r\n\r\n").unwrap();
        let fields = head
            .fields
            .iter()
            .map(|(name, value)| (name, value.as_bytes()));
        let expected: [(&str, &[u8]); 4] =
            [("B", b"1"), ("A", b"2"), ("B", b""), ("C", b"a:b\xe9")];
        assert!(fields.eq(expected), "{:?}", head.fields);
        assert_eq!(head.list("b"), b"1, ");
    }

    #[test]
    fn malformed_heads_are_refused() {
        for head in [
            "\r\n\r\n",
            "\r\nHTTP/1.1 200 OK\r\n\r\n",
            "hello\r\n\r\n",
            "HTTP/2 200\r\n\r\n",
            "HTTP/1.2 200 OK\r\n\r\n",
            "http/1.1 200 OK\r\n\r\n",
            "HTTP/1.1  200 OK\r\n\r\n",
            "HTTP/1.1\t200 OK\r\n\r\n",
            "HTTP/1.1 20 OK\r\n\r\n",
            "HTTP/1.1 2000 OK\r\n\r\n",
            "HTTP/1.1 099 OK\r\n\r\n",
            "HTTP/1.1 1xx\r\n\r\n",
            "HTTP/1.1 +20\r\n\r\n",
            "HTTP/1.1 200OK\r\n\r\n",
            "HTTP/1.1 200 O\u{1}K\r\n\r\n",
            "HTTP/1.1 200 OK\n\n",
            "HTTP/1.1 200 OK\r\nA: b\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\r\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\u{1}c\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
            "HTTP/1.1 200 OK\r\n A: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA\r\n\r\n",
            "HTTP/1.1 200 OK\r\n: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA b: c\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA\u{c}: c\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\u{e9}: c\r\n\r\n",
        ] {
            assert!(parse(head.as_bytes()).is_err(), "{head:?}");
        }
    }

    #[test]
    fn heads_are_bounded() {
        let fields = |count| format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(count));
        assert!(parse(fields(200).as_bytes()).is_ok());
        assert!(parse(fields(201).as_bytes()).is_err());
        let start = "HTTP/1.1 200 OK\r\nA: ";
        let long = |length: usize| {
            let value = "b".repeat(length - start.len() - "\r\n\r\n".len());
            format!("{start}{value}\r\n\r\n")
        };
        assert!(parse(long(MAX_HEAD_BYTES).as_bytes()).is_ok());
        assert!(parse(long(MAX_HEAD_BYTES + 1).as_bytes()).is_err());
        let endless = long(MAX_HEAD_BYTES + 100);
        assert!(end(&endless.as_bytes()[..=MAX_HEAD_BYTES], 0).is_err());
    }

    #[test]
    fn the_end_is_the_same_at_every_split() {
        for text in [
            "HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\n\r\n",
            "HTTP/1.1 200 OK\r\nA: \rb\r\n\r\n",
            "XTTP/1.1 200 OK\r\n\r\n",
        ] {
            let bytes = text.as_bytes();
            let whole = end(bytes, 0);
            for split in 0..bytes.len() {
                let found = match end(&bytes[..split], 0) {
                    Ok(None) => end(bytes, split),
                    found => found,
                };
                assert_eq!(found, whole, "{text:?} after {split}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let bytes = [b"HTTP/1.1 200 OK\r\n", &bytes[..], b"\r\n\r\n"].concat();
            let _ = parse(&bytes);
            let _ = end(&bytes, bytes.len() / 2);
        }
    }
}
