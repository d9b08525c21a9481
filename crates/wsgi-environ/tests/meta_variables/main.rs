//! The variables of a front server.

mod encoded;
mod model;
mod path;

use wsgi_environ::{Environ, Field, InvalidVariable};

/// The text of names and values in a row, as in FastCGI and SCGI, and their offsets.
fn variables<N: AsRef<[u8]>, V: AsRef<[u8]>>(pairs: &[(N, V)]) -> (Vec<u8>, Vec<Field>) {
    let mut text = Vec::new();
    let mut push = |part: &[u8]| {
        let start = text.len() as u32;
        text.extend_from_slice(part);
        (start, text.len() as u32)
    };
    let fields = pairs
        .iter()
        .map(|(name, value)| Field {
            name: push(name.as_ref()),
            value: push(value.as_ref()),
        })
        .collect();
    (text, fields)
}

fn receive<N: AsRef<[u8]>, V: AsRef<[u8]>>(
    environ: &mut Environ,
    pairs: &[(N, V)],
) -> Result<(), InvalidVariable> {
    let (text, fields) = variables(pairs);
    environ.receive_variables(&text, fields)
}

/// The environ of a GET request with this additional variable.
#[track_caller]
fn with(name: &str, value: impl AsRef<[u8]>) -> Environ {
    let mut environ = Environ::new();
    let pairs = [
        ("REQUEST_METHOD", b"GET".as_slice()),
        (name, value.as_ref()),
    ];
    receive(&mut environ, &pairs).unwrap();
    environ
}

#[track_caller]
fn check_refused(pairs: &[(&str, &str)], expected: &InvalidVariable) {
    let mut environ = Environ::new();
    receive(&mut environ, &[("REQUEST_METHOD", "OLD")]).unwrap();
    assert_eq!(receive(&mut environ, pairs).as_ref(), Err(expected));
    assert_eq!(environ.iter().count(), 0, "no variable is left");
}

#[test]
fn variables_are_kept_unchanged() {
    let pairs: [(&str, &[u8]); 4] = [
        ("REQUEST_METHOD", b"POST"),
        ("PATH_INFO", b"/caf\xe9\n"),
        ("HTTP_X.Y", b"a\tb"),
        ("lower", b""),
    ];
    let mut environ = Environ::new();
    receive(&mut environ, &pairs).unwrap();
    for (name, value) in pairs {
        assert_eq!(environ.get(name).unwrap(), value, "{name}");
    }
    assert!(environ.get("LOWER").is_none());
    assert!(environ.get("").is_none());
}

#[test]
fn the_last_variable_of_a_name_counts() {
    let mut environ = Environ::new();
    let pairs = [
        ("REQUEST_METHOD", "GET"),
        ("CONTENT_LENGTH", "5"),
        ("REQUEST_METHOD", "PUT"),
        ("CONTENT_LENGTH", ""),
    ];
    receive(&mut environ, &pairs).unwrap();
    assert_eq!(environ.request_method(), "PUT");
    assert!(!environ.contains("CONTENT_LENGTH"));
    assert_eq!(
        environ
            .iter()
            .filter(|(name, _)| name == "REQUEST_METHOD")
            .count(),
        1
    );
}

#[test]
fn lines_of_a_field_are_joined() {
    let mut environ = Environ::new();
    let pairs = [
        ("HTTP_ACCEPT", "text/html"),
        ("HTTP_COOKIE", "a=1"),
        ("REQUEST_METHOD", "GET"),
        ("HTTP_COOKIE", "b=2"),
        ("HTTP_ACCEPT", "text/plain"),
        ("HTTP_ACCEPT", ""),
        ("HTTP_PROXY", "a"),
        ("HTTP_PROXY", "b"),
    ];
    for _ in 0..2 {
        receive(&mut environ, &pairs).unwrap();
        assert_eq!(
            environ.get("HTTP_ACCEPT").unwrap(),
            "text/html, text/plain, "
        );
        assert_eq!(environ.get("HTTP_COOKIE").unwrap(), "a=1; b=2");
        assert!(!environ.contains("HTTP_PROXY"));
        let accepted = environ.iter().filter(|(name, _)| name == "HTTP_ACCEPT");
        let accepted: Vec<_> = accepted.map(|(_, value)| value).collect();
        assert_eq!(accepted, ["text/html, text/plain, "]);
    }
    receive(&mut environ, &pairs[..3]).unwrap();
    assert_eq!(environ.get("HTTP_ACCEPT").unwrap(), "text/html");
}

#[test]
fn a_field_that_is_not_a_list_has_its_last_value() {
    let mut environ = Environ::new();
    for name in [
        "HTTP_HOST",
        "HTTP_USER_AGENT",
        "HTTP_REFERER",
        "HTTP_ORIGIN",
    ] {
        let pairs = [
            ("REQUEST_METHOD", "GET"),
            (name, "first"),
            ("HTTP_ACCEPT", "a"),
            (name, "a:8206"),
            ("HTTP_ACCEPT", "b"),
        ];
        receive(&mut environ, &pairs).unwrap();
        assert_eq!(environ.get(name).unwrap(), "a:8206", "{name}");
        assert_eq!(environ.get("HTTP_ACCEPT").unwrap(), "a, b", "{name}");
        let named = environ.iter().filter(|(found, _)| found == name);
        assert_eq!(named.count(), 1, "{name}");
    }
}

#[test]
fn the_variables_that_pep_3333_requires_have_defaults() {
    let environ = with("SERVER_NAME", "localhost");
    for name in ["SCRIPT_NAME", "PATH_INFO", "QUERY_STRING"] {
        assert_eq!(environ.get(name).unwrap(), "", "{name}");
    }
    assert_eq!(environ.server_protocol(), "HTTP/1.0");
    assert_eq!(with("SERVER_PROTOCOL", "").server_protocol(), "");
    assert_eq!(
        with("SERVER_PROTOCOL", "HTTP/2.0").server_protocol(),
        "HTTP/2.0"
    );
}

/// Variables that are absent if they are empty.
const NEVER_EMPTY: [&str; 7] = [
    "CONTENT_TYPE",
    "CONTENT_LENGTH",
    "AUTH_TYPE",
    "REMOTE_USER",
    "REMOTE_IDENT",
    "SERVER_NAME",
    "SERVER_PORT",
];

#[test]
fn some_variables_are_absent_if_they_are_empty() {
    for name in NEVER_EMPTY {
        let environ = with(name, "");
        assert!(!environ.contains(name), "{name}");
        assert!(environ.iter().all(|(listed, _)| listed != name), "{name}");
    }
    assert_eq!(with("REMOTE_HOST", "").get("REMOTE_HOST").unwrap(), "");
    assert_eq!(with("CONTENT_LENGTH", "007").content_length(), Some(7));
    assert_eq!(with("CONTENT_TYPE", "a/b").content_type().unwrap(), "a/b");
}

#[test]
fn variables_an_application_must_not_see_are_dropped() {
    for name in [
        "HTTP_PROXY",
        "HTTP_CONTENT_TYPE",
        "HTTP_CONTENT_LENGTH",
        "HTTP_TRANSFER_ENCODING",
        "A B",
        "A=",
        "\u{e9}",
        "A\0",
    ] {
        let environ = with(name, "7");
        assert!(!environ.contains(name), "{name}");
        assert!(environ.iter().all(|(_, value)| value != "7"), "{name}");
    }
}

#[test]
fn a_request_must_have_a_method() {
    check_refused(&[], &InvalidVariable::NoRequestMethod);
    check_refused(
        &[("request_method", "GET")],
        &InvalidVariable::NoRequestMethod,
    );
    for method in ["", "GET ", "G\nT", "G\0T", "\u{e9}"] {
        check_refused(
            &[("REQUEST_METHOD", "GET"), ("REQUEST_METHOD", method)],
            &InvalidVariable::RequestMethod,
        );
    }
}

#[test]
fn a_length_must_be_a_number() {
    assert_eq!(
        with("CONTENT_LENGTH", "18446744073709551615").content_length(),
        Some(u64::MAX)
    );
    for length in [
        "-1",
        "+1",
        " 1",
        "1 ",
        "1,1",
        "0x1",
        "18446744073709551616x",
    ] {
        check_refused(
            &[("REQUEST_METHOD", "PUT"), ("CONTENT_LENGTH", length)],
            &InvalidVariable::ContentLength,
        );
    }
    check_refused(
        &[
            ("REQUEST_METHOD", "PUT"),
            ("CONTENT_LENGTH", "18446744073709551616"),
        ],
        &InvalidVariable::ContentLengthTooLarge,
    );
}

#[track_caller]
fn check_error(error: InvalidVariable, status_code: u16, text: &str) {
    assert_eq!(error.status_code(), status_code, "{error:?}");
    assert_eq!(error.to_string(), text, "{error:?}");
}

#[test]
fn a_refusal_says_which_variable_is_wrong_and_whose_mistake_it_is() {
    use InvalidVariable::{
        ContentLength, ContentLengthTooLarge, NoRequestMethod, RequestMethod, RequestUri,
    };
    check_error(NoRequestMethod, 500, "there is no REQUEST_METHOD");
    check_error(RequestMethod, 400, "REQUEST_METHOD is not a token");
    check_error(ContentLength, 400, "CONTENT_LENGTH is not a number");
    check_error(ContentLengthTooLarge, 413, "CONTENT_LENGTH is too large");
    let text = "the path of REQUEST_URI has an invalid escape";
    check_error(RequestUri, 400, text);
}

#[track_caller]
fn check_byte(name: &str, byte: u8, is_kept: bool) {
    let value = [b'a', byte, b'b'];
    let environ = with(name, value);
    let is_listed = environ.iter().any(|(_, listed)| listed == value);
    let is_found = environ.get(name).is_some_and(|found| found == value);
    assert_eq!((is_listed, is_found), (is_kept, is_kept), "{name} {byte}");
}

#[test]
fn values_with_control_characters_are_dropped_unless_they_may_have_them() {
    for byte in 0..=0x7f {
        let is_control = byte != b'\t' && byte.is_ascii_control();
        for name in [
            "HTTP_COOKIE",
            "CONTENT_TYPE",
            "QUERY_STRING",
            "REQUEST_URI",
            "SERVER_PROTOCOL",
        ] {
            check_byte(name, byte, !is_control);
        }
        for name in ["SSL_CLIENT_CERT", "SERVER_NAME"] {
            check_byte(name, byte, byte != 0);
        }
        for name in ["SCRIPT_NAME", "PATH_INFO"] {
            check_byte(name, byte, true);
        }
    }
    assert_eq!(
        with("SERVER_PROTOCOL", "HTTP/1.1\n").server_protocol(),
        "HTTP/1.0"
    );
    let poisoned = with("PATH_INFO", "/\0");
    assert_eq!(
        poisoned.path_info(),
        "/\0",
        "and not that of the front page"
    );
    let lines = [
        ("REQUEST_METHOD", "GET"),
        ("HTTP_A", "good"),
        ("HTTP_A", "b\r\nd"),
    ];
    let mut environ = Environ::new();
    receive(&mut environ, &lines).unwrap();
    assert!(
        !environ.contains("HTTP_A"),
        "a field of which a line is bad"
    );
}

#[test]
fn the_scheme_is_guessed_from_https() {
    for (https, scheme) in [
        ("on", "https"),
        ("1", "https"),
        ("off", "http"),
        ("", "http"),
    ] {
        assert_eq!(with("HTTPS", https).url_scheme(), scheme, "{https}");
    }
}

#[test]
fn offsets_outside_the_text_read_as_empty() {
    let (text, mut fields) = variables(&[("REQUEST_METHOD", "GET")]);
    for span in [(0, 500), (9, 7), (u32::MAX, u32::MAX), (u32::MAX, 0)] {
        fields.truncate(1);
        for (name, value) in [(span, (0, 3)), ((0, 3), span), (span, span)] {
            fields.push(Field { name, value });
        }
        let mut environ = Environ::new();
        environ
            .receive_variables(&text, fields.iter().copied())
            .unwrap();
        assert_eq!(environ.get("REQ").unwrap(), "", "{span:?}");
        assert!(environ.get("").is_none(), "{span:?}");
    }
}

#[test]
fn one_environ_serves_both_forms_of_request() {
    let mut environ = Environ::new();
    for _ in 0..2 {
        let received = wsgi_environ::Received {
            head: b"GET / HTTP/1.1\r\nA: http\r\n\r\n",
            method: (0, 3),
            target: (4, 5),
            path: (4, 5),
            has_escapes: false,
            query: (5, 5),
            authority: None,
            protocol: "HTTP/1.1",
        };
        let field = Field {
            name: (16, 17),
            value: (19, 23),
        };
        environ.receive(&received, [field]);
        assert_eq!(environ.get("HTTP_A").unwrap(), "http");
        assert!(!environ.contains("HTTP_B"));
        receive(
            &mut environ,
            &[("REQUEST_METHOD", "PUT"), ("HTTP_B", "cgi")],
        )
        .unwrap();
        assert_eq!(environ.get("HTTP_B").unwrap(), "cgi");
        assert!(!environ.contains("HTTP_A"));
    }
    environ.clear();
    assert_eq!(environ.iter().count(), 0);
}
