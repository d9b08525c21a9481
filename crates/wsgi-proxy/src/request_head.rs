//! The head of the request to the upstream server.

use wsgi_environ::{Environ, Value};
use wsgi_headers::{is_field_value, is_token};
use wsgi_http1::encode;

use crate::{
    connection_options::ConnectionOptions, forwarded, max_forwards::MaxForwards, refusal::Refusal,
    target::Target, via::Pseudonym,
};

/// The body of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestBody {
    Empty,
    /// This number of bytes, which may be zero.
    Known(u64),
    /// As many bytes as come, in chunks.
    Chunked,
}

impl RequestBody {
    /// The body of the input. Where there is none, a length of zero is sent if the client has sent
    /// it, and for methods that usually have a body (RFC 9110 section 8.6).
    pub(crate) fn of(environ: &mut Environ) -> Self {
        match environ.input().remaining() {
            None => Self::Chunked,
            Some(0) if environ.content_length().is_none() && !usually_has_body(environ) => {
                Self::Empty
            }
            Some(length) => Self::Known(length),
        }
    }
}

fn usually_has_body(environ: &Environ) -> bool {
    let method = environ.request_method();
    ["POST", "PUT", "PATCH"].iter().any(|name| method == *name)
}

/// The parts of a head that do not come from the environ.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestHead<'a> {
    pub(crate) target: &'a Target,
    pub(crate) host: &'a [u8],
    pub(crate) pseudonym: &'a Pseudonym,
    pub(crate) body: RequestBody,
    /// Whether the upstream server is told the path of the mount.
    pub(crate) tells_mount: bool,
    /// Whether the connection is for this request alone.
    pub(crate) closes: bool,
}

impl RequestHead<'_> {
    pub(crate) fn write(&self, environ: &Environ) -> Result<Vec<u8>, Refusal> {
        let method = environ.request_method();
        if !is_token(method.as_bytes()) {
            return Err(Refusal::Malformed);
        }
        let mut out = Vec::with_capacity(1024);
        for part in [method.as_bytes(), b" ", self.target.text.as_bytes()] {
            out.extend_from_slice(part);
        }
        out.extend_from_slice(b" HTTP/1.1\r\n");
        encode::field(&mut out, b"Host", self.host);
        write_fields(&mut out, environ)?;
        let mount = self.tells_mount.then_some(&*self.target.mount);
        forwarded::write(&mut out, environ, mount);
        let via = self.pseudonym.added_to(environ);
        if !is_field_value(&via) {
            return Err(Refusal::Malformed);
        }
        encode::field(&mut out, b"Via", &via);
        if let MaxForwards::Left(left) = MaxForwards::of(environ) {
            encode::field(&mut out, b"Max-Forwards", left.to_string().as_bytes());
        }
        match self.body {
            RequestBody::Empty => {}
            RequestBody::Known(length) => encode::content_length(&mut out, length),
            RequestBody::Chunked => encode::field(&mut out, b"Transfer-Encoding", b"chunked"),
        }
        if self.closes {
            encode::field(&mut out, b"Connection", b"close");
        }
        encode::end_of_head(&mut out);
        Ok(out)
    }
}

/// Writes the fields of the client that are passed on.
fn write_fields(out: &mut Vec<u8>, environ: &Environ) -> Result<(), Refusal> {
    let connection = environ.get("HTTP_CONNECTION").map(Value::as_bytes);
    let options = ConnectionOptions::new(connection.unwrap_or_default());
    let mut is_sound = true;
    let mut write = |name: &str, value: Value<'_>| {
        if options.ends(name) || is_ours(name) {
            return;
        }
        match is_token(name.as_bytes()) && is_field_value(value.as_bytes()) {
            true => encode::field(out, name.as_bytes(), value.as_bytes()),
            false => is_sound = false,
        }
    };
    if let Some(media_type) = environ.content_type() {
        write("Content-Type", media_type);
    }
    let mut name = String::new();
    environ.visit(|variable, value| {
        if let Some(field) = variable.strip_prefix("HTTP_") {
            field_name(&mut name, field);
            if !name.eq_ignore_ascii_case("Content-Type") {
                write(&name, value);
            }
        }
    });
    match is_sound {
        true => Ok(()),
        false => Err(Refusal::Malformed),
    }
}

/// Whether a field is written by this proxy, or means something to it alone.
fn is_ours(name: &str) -> bool {
    const NAMES: [&str; 10] = [
        "Content-Length",
        "Expect",
        "Host",
        "HTTP2-Settings",
        "Max-Forwards",
        "Proxy",        // CVE-2016-5385
        "Proxy-Status", // of responses
        "Via",
        "X-Original-URL", // the path for some servers, so one outside of the base
        "X-Rewrite-URL",
    ];
    NAMES.iter().any(|ours| name.eq_ignore_ascii_case(ours)) || forwarded::is_about_client(name)
}

/// The name of the field of a variable, such as `User-Agent` for `USER_AGENT`.
fn field_name(name: &mut String, variable: &str) {
    name.clear();
    let mut is_first = true;
    for character in variable.chars() {
        name.push(match character {
            '_' => '-',
            _ if is_first => character,
            _ => character.to_ascii_lowercase(),
        });
        is_first = character == '_';
    }
}

#[cfg(test)]
mod tests {
    use wsgi_environ::{Environ, Input};

    use super::{RequestBody, RequestHead};
    use crate::{refusal::Refusal, target::Target, via::Pseudonym};

    fn written(variables: &[(&str, &str)]) -> Result<String, Refusal> {
        let mut environ = Environ::new();
        environ.set("REQUEST_METHOD", "GET");
        for (name, value) in variables {
            environ.set(name, value);
        }
        let target = Target {
            text: "/x".into(),
            mount: "/app".into(),
        };
        let head = RequestHead {
            target: &target,
            host: b"up",
            pseudonym: &Pseudonym::random(),
            body: RequestBody::Empty,
            tells_mount: false,
            closes: false,
        };
        head.write(&environ)
            .map(|head| String::from_utf8(head).unwrap())
    }

    #[test]
    fn fields_of_the_client_are_passed_on() {
        let head = written(&[
            ("HTTP_USER_AGENT", "browser"),
            ("CONTENT_TYPE", "text/plain"),
            ("HTTP_ACCEPT", "*/*"),
            ("HTTP_X_A", "caf\u{e9}"),
            ("PATH", "/bin"),
        ]);
        let head = head.unwrap();
        assert!(
            head.starts_with("GET /x HTTP/1.1\r\nHost: up\r\n"),
            "{head}"
        );
        for line in [
            "User-Agent: browser",
            "Content-Type: text/plain",
            "Accept: */*",
            "X-A: caf\u{e9}",
        ] {
            assert_eq!(
                head.matches(&format!("\r\n{line}\r\n")).count(),
                1,
                "{line}"
            );
        }
        assert!(!head.contains("/bin"));
        assert!(head.ends_with("\r\n\r\n"));
    }

    #[test]
    fn fields_of_the_connection_and_of_other_proxies_are_not() {
        let names = [
            "CONNECTION",
            "KEEP_ALIVE",
            "TE",
            "TRAILER",
            "TRANSFER_ENCODING",
            "UPGRADE",
            "EXPECT",
            "PROXY_AUTHORIZATION",
            "PROXY_CONNECTION",
            "HTTP2_SETTINGS",
            "CONTENT_LENGTH",
            "MAX_FORWARDS",
            "FORWARDED",
            "X_FORWARDED_FOR",
            "X_FORWARDED_PREFIX",
            "X_REAL_IP",
            "X_ORIGINAL_URL",
            "X_REWRITE_URL",
            "PROXY_STATUS",
            "X_NAMED",
        ];
        for name in names {
            let name = format!("HTTP_{name}");
            let variables = [("HTTP_CONNECTION", "x-named, close"), (&*name, "forged")];
            let head = written(&variables).unwrap();
            assert!(!head.contains("forged"), "{name}: {head}");
            assert!(!head.contains("close"), "{name}: {head}");
        }
    }

    #[test]
    fn the_client_is_named_as_the_environ_knows_it() {
        let head = written(&[
            ("REMOTE_ADDR", "192.0.2.7"),
            ("HTTP_HOST", "example.org:8000"),
            ("HTTPS", "on"),
            ("HTTP_X_FORWARDED_FOR", "198.51.100.1"),
            ("HTTP_CONNECTION", "X-Forwarded-For, X-Forwarded-Proto"),
        ]);
        let head = head.unwrap();
        for line in [
            "X-Forwarded-For: 192.0.2.7",
            "X-Forwarded-Proto: https",
            "X-Forwarded-Host: example.org:8000",
        ] {
            assert!(head.contains(&format!("\r\n{line}\r\n")), "{head}");
        }
        assert!(
            !head.contains("198.51") && !head.contains("Prefix"),
            "{head}"
        );
        let head = written(&[("REMOTE_ADDR", "unix"), ("HTTP_HOST", "a b")]).unwrap();
        assert!(
            !head.contains("-For:") && !head.contains("-Host:"),
            "{head}"
        );
    }

    #[test]
    fn nothing_breaks_out_of_its_line() {
        for variable in [
            ("REQUEST_METHOD", "GET /\r\nX: y"),
            ("REQUEST_METHOD", ""),
            ("HTTP_X_A", "b\r\nX: y"),
            ("HTTP_X_A", "b\0"),
            ("HTTP_X A", "b"),
            ("HTTP_", "b"),
            ("HTTP_VIA", "1.1 a\r\nX: y"),
            ("CONTENT_TYPE", "a\nb"),
        ] {
            assert_eq!(
                written(&[variable]),
                Err(Refusal::Malformed),
                "{variable:?}"
            );
        }
    }

    #[test]
    fn a_body_has_a_length_or_comes_in_chunks() {
        use RequestBody::{Chunked, Empty, Known};
        let unknown = || Input::from_reader(&b"ab"[..], None);
        for (method, length, input, expected) in [
            ("GET", None, Input::empty(), Empty),
            ("GET", Some("0"), Input::empty(), Known(0)),
            ("POST", None, Input::empty(), Known(0)),
            ("POST", Some("2"), Input::from_bytes("ab"), Known(2)),
            ("POST", None, unknown(), Chunked),
            ("GET", None, unknown(), Chunked),
        ] {
            let mut environ = Environ::new();
            environ.set("REQUEST_METHOD", method);
            if let Some(length) = length {
                environ.set("CONTENT_LENGTH", length);
            }
            environ.set_input(input);
            let body = RequestBody::of(&mut environ);
            assert_eq!(body, expected, "{method} {length:?}");
        }
    }
}
