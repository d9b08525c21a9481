//! The variables of a front server, compared with a model that makes a map of them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use wsgi_environ::{Environ, Field, InvalidVariable, Value};

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
    assert_eq!(InvalidVariable::ContentLengthTooLarge.status_code(), 413);
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
        environ.receive(&wsgi_environ::Received {
            head: b"GET / HTTP/1.1\r\nA: http\r\n\r\n",
            method: (0, 3),
            target: (4, 5),
            path: (4, 5),
            query: (5, 5),
            authority: None,
            protocol: "HTTP/1.1",
            fields: &[Field {
                name: (16, 17),
                value: (19, 23),
            }],
        });
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

#[track_caller]
fn check_path(script_name: &str, uri: &str, expected: Option<(&str, &[u8])>) {
    let mut environ = with("REQUEST_URI", uri);
    environ.set("SCRIPT_NAME", "as");
    environ.set("PATH_INFO", "was");
    assert_eq!(environ.derive_path(script_name), Ok(expected.is_some()));
    let (script_name, path_info) = expected.unwrap_or(("as", b"was"));
    assert_eq!(environ.script_name(), script_name, "{uri}");
    assert_eq!(environ.path_info(), path_info, "{uri}");
}

#[test]
fn the_path_below_a_script_name_is_exact() {
    for script_name in ["/app", "/app/", "/app//"] {
        check_path(script_name, "/app", Some(("/app", b"")));
        check_path(script_name, "/app/", Some(("/app", b"/")));
        check_path(script_name, "/app/x?y=/z", Some(("/app", b"/x")));
        check_path(script_name, "/app//x/../y", Some(("/app", b"//x/../y")));
        check_path(script_name, "http://host/app/x", Some(("/app", b"/x")));
        for other in ["/", "/ap", "/apple", "/x/app", "//app", "*", "host:443", ""] {
            check_path(script_name, other, None);
        }
    }
    for script_name in ["", "/"] {
        check_path(script_name, "/", Some(("", b"/")));
        check_path(script_name, "//x", Some(("", b"//x")));
        check_path(script_name, "http://host", Some(("", b"/")));
        check_path(script_name, "*", Some(("", b"")));
    }
    check_path("/a/b", "/a/b/c", Some(("/a/b", b"/c")));
}

#[test]
fn a_derived_path_is_decoded_once() {
    check_path("/app", "/app/a%2Fb%20c", Some(("/app", b"/a/b c")));
    check_path("/app", "/app%2Fa", Some(("/app", b"/a")));
    check_path(
        "/caf\u{e9}",
        "/caf%c3%A9/%e9",
        Some(("/caf\u{e9}", b"/\xe9")),
    );
    check_path("/", "/%2500", Some(("", b"/%00")));
    check_path("/", "/?%00", Some(("", b"/")));
}

#[test]
fn a_path_that_cannot_be_decoded_is_refused() {
    for uri in ["/%", "/a%2", "/%zz", "/%0g", "/%00", "/app/%00x", "/%%41"] {
        let mut environ = with("REQUEST_URI", uri);
        assert_eq!(
            environ.derive_path("/app"),
            Err(InvalidVariable::RequestUri),
            "{uri}"
        );
        assert_eq!(environ.path_info(), "", "{uri}");
    }
}

#[test]
fn without_a_request_uri_the_path_stays() {
    let mut environ = with("PATH_INFO", "/x");
    assert_eq!(environ.derive_path("/"), Ok(false));
    assert_eq!(environ.path_info(), "/x");
}

/// The variables as documented, made without regard to speed.
fn expected(pairs: &[(String, Vec<u8>)]) -> BTreeMap<String, Vec<u8>> {
    let mut variables: BTreeMap<_, _> = [
        ("SCRIPT_NAME", ""),
        ("PATH_INFO", ""),
        ("QUERY_STRING", ""),
        ("SERVER_PROTOCOL", "HTTP/1.0"),
    ]
    .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))
    .into();
    for (name, value) in pairs {
        let joins = name.starts_with("HTTP_") && name != "HTTP_HOST";
        match variables.get_mut(name).filter(|_| joins) {
            Some(lines) => {
                let separator = if name == "HTTP_COOKIE" { "; " } else { ", " };
                lines.extend_from_slice(separator.as_bytes());
                lines.extend_from_slice(value);
            }
            None => drop(variables.insert(name.clone(), value.clone())),
        }
    }
    variables.retain(|name, value| {
        let is_withheld = [
            "HTTP_PROXY",
            "HTTP_CONTENT_TYPE",
            "HTTP_CONTENT_LENGTH",
            "HTTP_TRANSFER_ENCODING",
        ]
        .contains(&name.as_str());
        let is_empty = value.is_empty() && NEVER_EMPTY.contains(&&**name);
        let is_name = !name.is_empty() && !name.contains([' ', '=', '\u{e9}']);
        is_name && !is_withheld && !is_empty
    });
    variables
}

/// Variables whose names are mostly known or repeated.
fn pair() -> impl Strategy<Value = (String, Vec<u8>)> {
    let name = prop_oneof![
        "[aA]?[ =\u{e9}_]?[bB]?",
        prop::sample::select(vec![
            "SCRIPT_NAME",
            "PATH_INFO",
            "SERVER_PROTOCOL",
            "HTTP_A",
            "HTTP_COOKIE",
            "HTTP_HOST",
            "HTTP_PROXY",
            "HTTP_TRANSFER_ENCODING",
            "CONTENT_TYPE",
            "REMOTE_USER",
        ])
        .prop_map(str::to_owned),
    ];
    let value = prop::collection::vec(0x20..0x7f_u8, 0..4);
    let length = ("CONTENT_LENGTH", "[0-9]{0,3}")
        .prop_map(|(name, length)| (name.to_owned(), length.into_bytes()));
    prop_oneof![8 => (name, value), 1 => length]
}

proptest! {
    #[test]
    fn a_reused_environ_has_the_variables_of_the_model(
        requests in prop::collection::vec(prop::collection::vec(pair(), 0..12), 1..4),
    ) {
        let mut environ = Environ::new();
        for mut pairs in requests {
            pairs.push(("REQUEST_METHOD".to_owned(), b"GET".to_vec()));
            environ.clear();
            receive(&mut environ, &pairs).unwrap();
            let expected = expected(&pairs);
            for (name, _) in &pairs {
                let value = expected.get(name).map(|value| &**value);
                prop_assert_eq!(environ.get(name).map(Value::as_bytes), value);
            }
            prop_assert_eq!(environ.iter().count(), expected.len());
            let listed: BTreeMap<_, _> = environ
                .to_map()
                .into_iter()
                .map(|(name, value)| (name, value.into_bytes()))
                .collect();
            prop_assert_eq!(listed, expected);
        }
    }

    #[test]
    fn a_path_is_derived_as_http_has_it(
        path in "/([a-c/.]|%[1-9a-fA-F][0-9a-fA-F]){0,8}",
        query in "(\\?[a-c/%]{0,4})?",
    ) {
        let uri = format!("{path}{query}");
        let end = path.len() as u32;
        let mut http = Environ::new();
        http.receive(&wsgi_environ::Received {
            head: uri.as_bytes(),
            method: (0, 0),
            target: (0, uri.len() as u32),
            path: (0, end),
            query: (end, end),
            authority: None,
            protocol: "HTTP/1.1",
            fields: &[],
        });
        let mut environ = with("REQUEST_URI", &uri);
        prop_assert_eq!(environ.derive_path(""), Ok(true));
        prop_assert_eq!(environ.path_info(), http.path_info());
        prop_assert_eq!(environ.script_name(), http.script_name());
    }
}
