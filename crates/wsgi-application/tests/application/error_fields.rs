//! Fields of middleware on the answer of a gateway.

use std::sync::Arc;

use wsgi_application::{Environ, ErrorFields, Head, Headers};

/// The fields of an answer, after those of middleware were put on it.
#[track_caller]
fn check(own: &[(&str, &str)], owed: &[(&str, &str)], expected: &[(&str, &str)]) {
    let mut environ = Environ::new();
    for (name, value) in owed {
        let fields = ErrorFields::of(&mut environ);
        fields.append(*name, *value).unwrap();
    }
    let mut head = Head::new();
    head.headers.extend_from(own).unwrap();
    ErrorFields::take(&mut environ).put_on(&mut head);
    let fields: Vec<_> = head
        .headers
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_string()))
        .collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    assert_eq!(fields, expected);
}

#[test]
fn fields_are_added_to_those_of_the_answer() {
    check(
        &[("Content-Type", "text/plain")],
        &[("X-Request-ID", "7f"), ("Vary", "A"), ("Vary", "B")],
        &[
            ("Content-Type", "text/plain"),
            ("X-Request-ID", "7f"),
            ("Vary", "A"),
            ("Vary", "B"),
        ],
    );
}

#[test]
fn fields_replace_those_of_the_same_name() {
    check(
        &[("Via", "A"), ("via", "B"), ("Content-Type", "text/plain")],
        &[("VIA", "C")],
        &[("Content-Type", "text/plain"), ("VIA", "C")],
    );
}

#[test]
fn a_cookie_is_added_beside_others() {
    check(
        &[("Set-Cookie", "a=1")],
        &[("set-cookie", "b=2"), ("Set-Cookie", "c=3")],
        &[
            ("Set-Cookie", "a=1"),
            ("set-cookie", "b=2"),
            ("Set-Cookie", "c=3"),
        ],
    );
}

#[test]
fn what_the_answer_depends_on_is_kept() {
    check(
        &[("Vary", "Accept")],
        &[("vary", "Origin")],
        &[("Vary", "Accept"), ("vary", "Origin")],
    );
}

#[test]
fn fields_that_do_not_fit_another_body_or_connection_are_left_out() {
    check(
        &[("Content-Length", "4"), ("A", "1")],
        &[("content-length", "7"), ("Connection", "close"), ("B", "2")],
        &[("Content-Length", "4"), ("A", "1"), ("B", "2")],
    );
}

#[test]
fn fields_that_are_put_off_are_added_in_their_order() {
    let defaults = Headers::from_fields([("A", "default"), ("B", "default")]).unwrap();
    let defaults = Arc::new(defaults);
    let mut environ = Environ::new();
    for round in 0..2 {
        ErrorFields::add_later(&mut environ, |environ, fields| {
            fields.set("A", environ.path_info()).unwrap();
        });
        ErrorFields::add_defaults(&mut environ, &defaults);
        environ.set("PATH_INFO", format!("/{round}"));
        let fields = ErrorFields::of(&mut environ);
        assert!(fields.iter().eq([
            ("A", format!("/{round}").as_str().into()),
            ("B", "default".into())
        ]));
        fields.set("B", "own").unwrap();
        ErrorFields::add_defaults(&mut environ, &defaults);

        let mut head = Head::new();
        ErrorFields::take(&mut environ).put_on(&mut head);
        let expected = format!("A: /{round}\r\nB: own\r\n");
        assert_eq!(head.headers.as_bytes(), expected.as_bytes());
        assert!(ErrorFields::of(&mut environ).is_empty());

        ErrorFields::add_defaults(&mut environ, &defaults);
        environ.clear(); // for the next request
    }
}

#[test]
fn a_panic_of_a_function_costs_only_its_own_fields() {
    let mut environ = Environ::new();
    ErrorFields::of(&mut environ).set("A", "1").unwrap();
    ErrorFields::add_later(&mut environ, |_environ, fields| {
        fields.set("B", "2").unwrap();
        panic!("out of ink");
    });
    ErrorFields::add_later(&mut environ, |_environ, fields| {
        fields.set("C", "3").unwrap();
    });
    let fields = ErrorFields::of(&mut environ);
    assert_eq!(fields.as_bytes(), b"A: 1\r\nB: 2\r\nC: 3\r\n");
}

#[test]
fn fields_that_were_put_off_stay_or_go_back_as_others_do() {
    for is_asked in [false, true] {
        let mut environ = Environ::new();
        ErrorFields::add_later(&mut environ, |_environ, fields| {
            fields.append("Set-Cookie", "id=7f").unwrap();
            fields.append("A", "outer").unwrap();
        });
        let checkpoint = ErrorFields::checkpoint(&mut environ);
        let inner = Headers::from_fields([("Vary", "Origin"), ("B", "inner")]).unwrap();
        ErrorFields::add_defaults(&mut environ, &Arc::new(inner));
        if is_asked {
            ErrorFields::of(&mut environ);
        }
        ErrorFields::restore(&mut environ, &checkpoint);
        let fields = ErrorFields::of(&mut environ);
        let expected = b"Set-Cookie: id=7f\r\nVary: Origin\r\nA: outer\r\n";
        assert_eq!(fields.as_bytes(), expected, "{is_asked}");
    }
}
