//! The debug forms show no secrets.

use wsgi_environ::{Base, Encoded, Environ, Received};

#[test]
fn the_debug_form_shows_variables_and_values_but_only_counts_extensions_and_hooks() {
    let mut environ = Environ::new();
    environ.set("PATH_INFO", "/x");
    environ.set_multithread(true);
    environ.insert_extension("secret");
    environ.insert_extension(7_u32);
    environ.on_finished(|_, _| ());
    let expected = "Environ { variables: {\"PATH_INFO\": \"/x\"}, wsgi.url_scheme: \"http\", \
        wsgi.input: Input { remaining: Some(0), .. }, wsgi.errors: Errors::stderr, \
        wsgi.multithread: true, wsgi.multiprocess: false, wsgi.run_once: false, extensions: 2, \
        hooks: 1 }";
    assert_eq!(format!("{environ:?}"), expected);
}

#[test]
fn the_debug_form_shows_a_query_without_secrets() {
    let mut environ = Environ::new();
    environ.set("QUERY_STRING", "page=2&access_token=opensesame");
    environ.set("HTTP_COOKIE", "id=open");
    let text = format!("{environ:?}");
    for shown in [
        r#""page=2&access_token=(10 bytes)""#,
        r#""HTTP_COOKIE": "id=(4 bytes)""#,
    ] {
        assert!(text.contains(shown), "{text}");
    }
}

#[test]
fn the_debug_form_shows_only_the_length_of_a_secret() {
    let mut environ = Environ::new();
    for (name, shown) in [
        ("HTTP_AUTHORIZATION", "(10 bytes)"),
        ("HTTP_PROXY_AUTHORIZATION", "(10 bytes)"),
        ("HTTP_COOKIE", "(10 bytes)"),
        ("HTTP_X_API_KEY", "(10 bytes)"),
        ("REDIRECT_HTTP_COOKIE", "(10 bytes)"),
        ("shop.password", "(10 bytes)"),
        ("PHP_AUTH_PW", "(10 bytes)"),
        ("HTTP_IDEMPOTENCY_KEY", "\"opensesame\""),
        ("HTTP_KEEP_ALIVE", "\"opensesame\""),
        ("REMOTE_USER", "\"opensesame\""),
    ] {
        environ.set(name, "opensesame");
        let base = Base::new().variable(name, "opensesame");
        let is_set = [
            format!("{environ:?}"),
            format!("{:?}", environ.checkpoint()),
            format!("{base:?}"),
        ];
        for text in is_set {
            assert!(text.contains(&format!("{name:?}: {shown}")), "{text}");
        }
    }
}

#[test]
fn the_debug_form_of_what_was_received_shows_no_bytes() {
    let head = b"GET / HTTP/1.1\r\nCookie: id=7\r\n\r\n";
    let received = Received {
        head,
        method: (0, 3),
        target: (4, 5),
        path: (4, 5),
        has_escapes: false,
        query: (0, 0),
        authority: None,
        protocol: "HTTP/1.1",
    };
    let shown = format!("{received:?}");
    assert!(
        shown.starts_with("Received { head: (32 bytes), method: (0, 3), "),
        "{shown}"
    );
    let encoded = Encoded {
        text: b"REQUEST_METHODGET",
        method: Some((14, 17)),
        read: |_, _| {},
    };
    let shown = "Encoded { text: (17 bytes), method: Some((14, 17)), .. }";
    assert_eq!(format!("{encoded:?}"), shown);
}
