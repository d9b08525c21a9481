//! The live request, compared with a model that makes every variable at once.

use std::collections::BTreeMap;

use proptest::prelude::*;
use wsgi_environ::{Environ, Field, Received, Value};

/// A builder of request heads.
#[derive(Clone, Debug, Default)]
struct Head {
    method: String,
    path: String,
    query: String,
    authority: Option<String>,
    fields: Vec<(String, Vec<u8>)>,
}

impl Head {
    fn get(path: &str) -> Self {
        Self {
            method: "GET".to_owned(),
            path: path.to_owned(),
            ..Self::default()
        }
    }

    fn field(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.fields
            .push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    fn target(&self) -> String {
        format!("{}?{}", self.path, self.query)
    }

    /// Receives the head as a server does.
    fn receive(&self, environ: &mut Environ) {
        let mut head = Vec::new();
        let mut push = |text: &[u8]| {
            let start = head.len() as u32;
            head.extend_from_slice(text);
            (start, head.len() as u32)
        };
        let method = push(self.method.as_bytes());
        let target = push(self.target().as_bytes());
        let path = (target.0, target.0 + self.path.len() as u32);
        let query = (path.1 + 1, target.1);
        let authority = self
            .authority
            .as_ref()
            .map(|authority| push(authority.as_bytes()));
        let fields: Vec<_> = self
            .fields
            .iter()
            .map(|(name, value)| Field {
                name: push(name.as_bytes()),
                value: push(value),
            })
            .collect();
        let received = Received {
            head: &head,
            method,
            target,
            path,
            has_escapes: self.path.contains('%'),
            query,
            authority,
            protocol: "HTTP/1.1",
        };
        environ.receive(&received, fields);
    }

    /// The variables as documented, made without regard to speed.
    fn variables(&self) -> BTreeMap<String, Vec<u8>> {
        let mut variables = BTreeMap::new();
        for (name, value) in &self.fields {
            if name.contains('_') || name.is_empty() {
                continue;
            }
            let name = name.to_ascii_uppercase().replace('-', "_");
            match name.as_str() {
                "PROXY" | "TRANSFER_ENCODING" => {}
                "CONTENT_TYPE" | "CONTENT_LENGTH" => {
                    variables.entry(name).or_insert_with(|| value.clone());
                }
                _ => {
                    let separator = if name == "COOKIE" { "; " } else { ", " };
                    variables
                        .entry(format!("HTTP_{name}"))
                        .and_modify(|joined: &mut Vec<u8>| {
                            joined.extend_from_slice(separator.as_bytes());
                            joined.extend_from_slice(value);
                        })
                        .or_insert_with(|| value.clone());
                }
            }
        }
        if let Some(authority) = &self.authority {
            variables.insert("HTTP_HOST".to_owned(), authority.clone().into_bytes());
        }
        for (name, value) in [
            ("REQUEST_METHOD", self.method.clone().into_bytes()),
            ("SCRIPT_NAME", Vec::new()),
            ("PATH_INFO", decoded(self.path.as_bytes())),
            ("QUERY_STRING", self.query.clone().into_bytes()),
            ("REQUEST_URI", self.target().into_bytes()),
            ("SERVER_PROTOCOL", b"HTTP/1.1".to_vec()),
        ] {
            variables.insert(name.to_owned(), value);
        }
        variables
    }
}

fn decoded(path: &[u8]) -> Vec<u8> {
    let hex = |digits: &[u8]| u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok();
    let mut bytes = Vec::new();
    let mut rest = path;
    while let [first, after @ ..] = rest {
        let escape = match (first, after) {
            (b'%', [a, b, ..]) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => hex(&[*a, *b]),
            _ => None,
        };
        bytes.push(escape.unwrap_or(*first));
        rest = &after[if escape.is_some() { 2 } else { 0 }..];
    }
    bytes
}

fn received(head: &Head) -> Environ {
    let mut environ = Environ::new();
    head.receive(&mut environ);
    environ
}

#[track_caller]
fn check_path(path: &str, path_info: impl AsRef<[u8]>) {
    let environ = received(&Head::get(path));
    assert_eq!(environ.path_info().as_bytes(), path_info.as_ref());
    assert_eq!(environ.get("REQUEST_URI").unwrap(), format!("{path}?"));
}

#[test]
fn a_path_is_decoded_once() {
    check_path("/a", "/a");
    check_path("", "");
    check_path("/a%20b", "/a b");
    check_path("/a%2Fb", "/a/b");
    check_path("/%2541", "/%41");
    check_path("/%e9%C3%A9", b"/\xe9\xc3\xa9");
}

#[test]
fn an_invalid_escape_stays_as_it_is() {
    check_path("/%", "/%");
    check_path("/%4", "/%4");
    check_path("/%zz%41", "/%zzA");
}

#[test]
fn fields_are_found_in_any_case() {
    let environ = received(&Head::get("/").field("uSER-aGENT", "x").field("X.!-1", "y"));
    assert_eq!(environ.get("HTTP_USER_AGENT").unwrap(), "x");
    assert_eq!(environ.get("HTTP_X.!_1").unwrap(), "y");
    assert!(environ.get("HTTP_USER-AGENT").is_none());
    assert!(environ.get("HTTP_user_agent").is_none());
    assert!(environ.get("USER_AGENT").is_none());
    assert!(environ.get("HTTP_").is_none());
}

#[test]
fn a_field_with_an_underscore_is_never_mistaken_for_another() {
    let environ = received(
        &Head::get("/")
            .field("X_Forwarded_For", "evil")
            .field("X-Forwarded-For", "good"),
    );
    assert_eq!(environ.get("HTTP_X_FORWARDED_FOR").unwrap(), "good");
    let environ = received(&Head::get("/").field("X_Forwarded_For", "evil"));
    assert!(environ.get("HTTP_X_FORWARDED_FOR").is_none());
    assert!(environ.iter().all(|(_, value)| value != "evil"));
}

#[test]
fn fields_an_application_must_not_see_have_no_variable() {
    let head = [
        "Proxy",
        "Content-Type",
        "Content-Length",
        "Transfer-Encoding",
    ]
    .iter()
    .fold(Head::get("/"), |head, name| head.field(name, "7"));
    let environ = received(&head);
    for name in [
        "PROXY",
        "CONTENT_TYPE",
        "CONTENT_LENGTH",
        "TRANSFER_ENCODING",
    ] {
        assert!(environ.get(&format!("HTTP_{name}")).is_none(), "{name}");
    }
    assert_eq!(environ.content_type().unwrap(), "7");
    assert_eq!(environ.content_length(), Some(7));
}

#[test]
fn repeated_fields_are_joined() {
    let environ = received(
        &Head::get("/")
            .field("Accept", "a")
            .field("Cookie", "x=1")
            .field("ACCEPT", "")
            .field("cookie", "y=2")
            .field("Accept", b"\xe9")
            .field("Acc_ept", "no"),
    );
    assert_eq!(environ.get("HTTP_ACCEPT").unwrap(), b"a, , \xe9");
    assert_eq!(environ.get("HTTP_COOKIE").unwrap(), "x=1; y=2");
}

#[test]
fn an_authority_replaces_the_host_field() {
    let mut head = Head::get("/").field("Host", "field");
    assert_eq!(received(&head).get("HTTP_HOST").unwrap(), "field");
    head.authority = Some("authority".to_owned());
    let environ = received(&head);
    assert_eq!(environ.get("HTTP_HOST").unwrap(), "authority");
    assert_eq!(
        environ
            .iter()
            .filter(|(name, _)| name == "HTTP_HOST")
            .count(),
        1
    );
}

#[test]
fn a_request_line_is_that_of_the_variables_or_absent() {
    let whole = Received {
        head: b"GET /a%20b?c HTTP/1.1\r\n\r\n",
        method: (0, 3),
        target: (4, 12),
        path: (4, 10),
        has_escapes: true,
        query: (11, 12),
        authority: None,
        protocol: "HTTP/1.1",
    };
    let line = |received: &Received<'_>| {
        let mut environ = Environ::new();
        environ.receive(received, []);
        environ.request_line().map(|line| line.to_string())
    };
    assert_eq!(line(&whole).as_deref(), Some("GET /a%20b?c HTTP/1.1"));
    type Change = fn(&mut Received<'_>);
    let changes: [(&str, Change); 14] = [
        ("no method", |line| line.method = (3, 3)),
        ("no target", |line| {
            line.head = b"GET  HTTP/1.1\r\n\r\n";
            line.target = (4, 4);
        }),
        ("another protocol", |line| line.protocol = "HTTP/1.0"),
        ("two spaces", |line| {
            line.head = b"GET  /a%20b?c HTTP/1.1\r\n\r\n";
            line.target = (5, 13);
        }),
        ("a tab", |line| {
            line.head = b"GET\t/a%20b?c HTTP/1.1\r\n\r\n";
        }),
        ("a tab after it", |line| {
            line.head = b"GET /a%20b?c\tHTTP/1.1\r\n\r\n";
        }),
        ("a space in it", |line| {
            line.head = b"GET /a b0b?c HTTP/1.1\r\n\r\n";
        }),
        ("a space in the method", |line| {
            line.head = b"G T /a%20b?c HTTP/1.1\r\n\r\n";
        }),
        ("a space in the protocol", |line| {
            line.head = b"GET /a%20b?c HTTP 1.1\r\n\r\n";
            line.protocol = "HTTP 1.1";
        }),
        ("a protocol that goes on", |line| line.protocol = "HTTP/1."),
        ("no line end", |line| line.head = b"GET /a%20b?c HTTP/1.1"),
        ("words apart", |line| line.target = (5, 12)),
        ("a method that ends before it starts", |line| {
            line.method = (9, 3);
        }),
        ("a head that ends", |line| {
            line.head = b"GET /a%20b?c HTTP/1.";
        }),
    ];
    for (name, change) in changes {
        let mut received = whole;
        change(&mut received);
        assert_eq!(line(&received), None, "{name}");
    }

    let mut environ = Environ::new();
    assert!(environ.request_line().is_none());
    environ.receive(&whole, []);
    environ.set("REMOTE_USER", "ada");
    assert!(environ.request_line().is_some());
    for name in ["REQUEST_METHOD", "REQUEST_URI", "SERVER_PROTOCOL"] {
        environ.clear();
        environ.receive(&whole, []);
        environ.set(name, "x");
        assert!(environ.request_line().is_none(), "{name}");
        environ.remove(name);
        assert!(environ.request_line().is_none(), "{name}");
    }
    environ.clear();
    let text = b"REQUEST_METHODGETREQUEST_URI/";
    let fields = [((0, 14), (14, 17)), ((17, 28), (28, 29))];
    let fields = fields.map(|(name, value)| Field { name, value });
    environ.receive_variables(text, fields).unwrap();
    assert!(environ.request_line().is_none(), "a front server");
}

#[test]
fn offsets_outside_the_head_read_as_empty() {
    let outside = [(0, 5), (9, 10), (3, 1), (u32::MAX, u32::MAX), (u32::MAX, 0)];
    for span in outside {
        let mut environ = Environ::new();
        let received = Received {
            head: b"/%41",
            method: span,
            target: span,
            path: span,
            has_escapes: true,
            query: span,
            authority: Some(span),
            protocol: "HTTP/1.1",
        };
        let fields = [((0, 1), span), (span, (0, 1))];
        environ.receive(&received, fields.map(|(name, value)| Field { name, value }));
        for (name, value) in environ.iter() {
            assert!(
                value.is_empty() || name == "SERVER_PROTOCOL",
                "{span:?} {name}"
            );
        }
    }
}

/// Names that mostly collide, differ in case, or have no variable.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[aA][-_b]?[cC]?",
        prop::sample::select(vec![
            "Host",
            "Cookie",
            "cookie",
            "Proxy",
            "Content-Type",
            "CONTENT-LENGTH",
            "Content_Length",
            "Transfer-Encoding",
            "Connection",
        ])
        .prop_map(str::to_owned),
    ]
}

fn head() -> impl Strategy<Value = Head> {
    let value = prop::collection::vec(any::<u8>(), 0..6);
    let path = "/([a-c/]|%[0-9a-fA-F]{2}|%[0-9A-Z]?){0,6}";
    let authority = prop::option::of("[a-z]{1,3}");
    let fields = prop::collection::vec((name(), value), 0..12);
    ("[A-Z]{3}", path, "[a-z%=]{0,4}", authority, fields).prop_map(
        |(method, path, query, authority, fields)| Head {
            method,
            path,
            query,
            authority,
            fields,
        },
    )
}

proptest! {
    #[test]
    fn a_reused_environ_has_the_variables_of_the_model(
        heads in prop::collection::vec(head(), 1..4),
    ) {
        let mut environ = Environ::new();
        for head in heads {
            environ.clear();
            head.receive(&mut environ);
            let expected = head.variables();
            // Single lookups come first, since they must not depend on an earlier listing.
            for (name, value) in &expected {
                prop_assert_eq!(environ.get(name).map(Value::as_bytes), Some(&**value));
            }
            prop_assert_eq!(environ.iter().count(), expected.len());
            let listed: BTreeMap<_, _> = environ
                .to_map()
                .into_iter()
                .map(|(name, value)| (name, value.into_bytes()))
                .collect();
            let mut visited = BTreeMap::new();
            environ.visit(|name, value| {
                let former = visited.insert(name.to_owned(), value.as_bytes().to_vec());
                assert!(former.is_none(), "{name} is visited once");
            });
            prop_assert_eq!(&visited, &expected);
            prop_assert_eq!(listed, expected);
        }
    }
}
