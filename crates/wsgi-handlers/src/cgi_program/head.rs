//! The head of a program's response (RFC 3875 section 6.3).

use wsgi_application::{Headers, Status};
use wsgi_environ::{Value, is_hop_by_hop};
use wsgi_middleware::InternalTarget;

/// The response that a program begins.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    /// A redirect inside the site (section 6.2.2), and fields beside it, which are not allowed.
    Internal(InternalTarget, Headers),
    /// A response, whose body follows.
    Response(Status, Headers),
}

/// The position after the empty line that ends a head. Lines may end with or without a carriage
/// return. `from` is a position before which there is no end.
pub(super) fn end(bytes: &[u8], from: usize) -> Option<usize> {
    let from = from.saturating_sub(2);
    let mut ends = (from..bytes.len()).filter(|&at| bytes[at] == b'\n');
    ends.find_map(|at| match &bytes[at + 1..] {
        [b'\n', ..] => Some(at + 2),
        [b'\r', b'\n', ..] => Some(at + 3),
        _ => None,
    })
}

/// Parses a head with its empty line.
pub(super) fn parse(bytes: &[u8]) -> Result<Answer, Malformed> {
    let mut status = None;
    let mut headers = Headers::new();
    for line in bytes.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        let colon = line.iter().position(|&byte| byte == b':');
        let colon = colon.ok_or(Malformed("a line without a colon"))?;
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        let name = str::from_utf8(name).map_err(|_| Malformed("a name that is not ASCII"))?;
        if name.eq_ignore_ascii_case("Status") {
            if status.is_some() {
                return Err(Malformed("two fields Status"));
            }
            status = Some(parse_status(value)?);
        } else if !is_hop_by_hop(name) {
            let added = headers.append(name, value);
            added.map_err(|_| Malformed("an invalid field"))?;
        }
    }
    for (name, what) in [
        ("Content-Type", "two fields Content-Type"),
        ("Location", "two fields Location"),
    ] {
        if headers.get_all(name).nth(1).is_some() {
            return Err(Malformed(what));
        }
    }
    let location = headers.get("Location").map(Value::to_value_buf);
    match (status, location) {
        (None, Some(location)) if location.as_ref().starts_with(b"/") => {
            let target = encoded(location.as_ref()).parse();
            let target = target.map_err(|_| Malformed("an invalid Location"))?;
            headers.remove("Location");
            Ok(Answer::Internal(target, headers))
        }
        (None, Some(_)) => Ok(Answer::Response(Status::FOUND, headers)),
        (None, None) if !headers.contains("Content-Type") => {
            Err(Malformed("no Content-Type, Location or Status"))
        }
        (status, _) => Ok(Answer::Response(status.unwrap_or(Status::OK), headers)),
    }
}

/// A location with escapes for the printable characters that a URL does not have (RFC 3986 section
/// 2). Programs often leave them as they are, such as the brackets in `?a[]=1`.
fn encoded(location: &[u8]) -> String {
    let mut encoded = String::with_capacity(location.len());
    for &byte in location {
        match b"\"<>[\\]^`{|}".contains(&byte) {
            true => encoded += &format!("%{byte:02X}"),
            // A byte beyond ASCII becomes a character that no target has either.
            false => encoded.push(char::from(byte)),
        }
    }
    encoded
}

/// A code and a reason, or a code alone.
fn parse_status(value: &[u8]) -> Result<Status, Malformed> {
    let status = match value.len() {
        3 => Status::from_bytes(&[value, b" "].concat())
            .and_then(|status| Status::from_code(status.code())),
        _ => Status::from_bytes(value),
    };
    status.map_err(|_| Malformed("an invalid Status"))
}

/// The fault of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) &'static str);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wsgi_application::{Headers, Status};
    use wsgi_headers::{is_field_value, is_token};

    use super::{Answer, end, parse};

    #[test]
    fn a_head_ends_at_an_empty_line() {
        for (text, expected) in [
            ("a: b\n\nbody", Some(6)),
            ("a: b\r\n\r\nbody", Some(8)),
            ("a: b\n\r\nbody\n\n", Some(7)),
            ("a: b\n", None),
            ("a: b\n\r", None),
            ("", None),
        ] {
            let bytes = text.as_bytes();
            assert_eq!(end(bytes, 0), expected, "{text:?}");
            for split in 0..bytes.len() {
                let found = end(&bytes[..split], 0).or_else(|| end(bytes, split));
                assert_eq!(found, expected, "{text:?} after {split}");
            }
        }
    }

    fn response(status: Status, fields: &[(&str, &str)]) -> Answer {
        let mut headers = Headers::new();
        for (name, value) in fields {
            headers.append(*name, *value).unwrap();
        }
        Answer::Response(status, headers)
    }

    #[test]
    fn heads_are_read() {
        let html = ("Content-Type", "text/html");
        let away = ("Location", "http://a/");
        let gone = Status::new(410, "Gone away").unwrap();
        let target = "/a%20b?c".parse().unwrap();
        let brackets = "/%7Ba%7D?b%5B%5D=%22".parse().unwrap();
        for (text, expected) in [
            ("Content-Type: text/html\n\n", response(Status::OK, &[html])),
            (
                "Content-Type:text/html  \r\n\r\n",
                response(Status::OK, &[html]),
            ),
            ("status: 410 Gone away\n\n", response(gone, &[])),
            ("Status: 404\n\n", response(Status::NOT_FOUND, &[])),
            ("Location: http://a/\n\n", response(Status::FOUND, &[away])),
            (
                "Location: http://a/\nStatus: 303 See Other\n\n",
                response(Status::SEE_OTHER, &[away]),
            ),
            (
                "Location: /a%20b?c\n\n",
                Answer::Internal(target, Headers::new()),
            ),
            (
                "Location: /{a}?b[]=\"\n\n",
                Answer::Internal(brackets, Headers::new()),
            ),
            (
                "Location: /a\nStatus: 303 See Other\n\n",
                response(Status::SEE_OTHER, &[("Location", "/a")]),
            ),
            (
                "Connection: close\nTransfer-Encoding: chunked\nContent-Type: text/html\n\n",
                response(Status::OK, &[html]),
            ),
            (
                "Content-Type: text/html\nSet-Cookie: a=1\nSet-Cookie: b=2\n\n",
                response(
                    Status::OK,
                    &[html, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")],
                ),
            ),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn malformed_heads_are_refused() {
        for text in [
            "\n\n",
            "Hello world\n\n",
            "X-A: b\n\n",
            "Content-Type: text/html\nno colon\n\n",
            "Content-Type: text/html\n folded: b\n\n",
            ": b\n\n",
            "Content-Type: a\rb\n\n",
            "Content-Type: a\0\n\n",
            "Caf\u{e9}: a\n\n",
            "Status: 99 Low\n\n",
            "Status: 100 Continue\n\n",
            "Status: OK\n\n",
            "Status: 200 OK\nStatus: 200 OK\n\n",
            "Content-Type: text/html\nX-A: b\ncontent-type: text/plain\n\n",
            "Content-Type: text/html\nContent-Type: text/html\n\n",
            "Location: http://a/\nLocation: http://b/\n\n",
            "Location: /a\nLocation: /b\n\n",
            "Status: 303 See Other\nLocation: /a\nLocation: /b\n\n",
            "Location: /a b\n\n",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_output_is_too_strange(
            output in "(((Status|Location|Content-Type|[a-z]{0,3}): ?)?\
                       (404|/|http://a|[ -~]{0,4}|[\\x00-\\x7f\u{e9}]{0,3})\r?\n){0,6}",
            cut in 0..80_usize,
        ) {
            let output = output.as_bytes();
            let found = end(output, 0);
            let cut = cut.min(output.len());
            prop_assert_eq!(end(&output[..cut], 0).or_else(|| end(output, cut)), found);
            let head = &output[..found.unwrap_or(output.len())];
            if let Ok(Answer::Response(status, headers)) = parse(head) {
                prop_assert!((200..=999).contains(&status.code()));
                for (name, value) in &headers {
                    prop_assert!(is_token(name.as_bytes()) && is_field_value(value.as_bytes()));
                }
            }
        }
    }
}
