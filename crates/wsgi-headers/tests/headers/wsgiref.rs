//! Behaviour that `Headers` share with `wsgiref.headers` of CPython.

use wsgi_headers::Headers;

#[test]
fn mapping_operations_agree_with_cpython() {
    let mut headers = Headers::new();
    assert_eq!(headers.len(), 0);

    headers.set("Foo", "bar").unwrap();
    assert_eq!(headers.get("foo").unwrap(), "bar");
    assert!(headers.contains("FOO"));
    assert!(headers.get_all("foo").eq(["bar"]));
    assert!(headers.get_all("zoo").next().is_none());

    // A default is added once. Afterwards the value that is set is returned.
    assert_eq!(headers.set_default("zoo", "whee").unwrap(), "whee");
    assert_eq!(headers.set_default("zoo", "yes").unwrap(), "whee");

    // Removing an absent field is not an error.
    assert_eq!(headers.remove("nada"), 0);
    assert_eq!(headers.remove("FOO"), 1);
    assert!(!headers.contains("foo"));

    // A field that is set again moves to the end.
    let mut headers = Headers::from_fields([("A", "1"), ("B", "2"), ("a", "3")]).unwrap();
    headers.set("A", "4").unwrap();
    assert!(headers.keys().eq(["B", "A"]));
    assert!(headers.values().eq(["2", "4"]));
}

#[test]
fn wire_form_agrees_with_cpython() {
    assert_eq!(Headers::new().to_string(), "\r\n");
    let headers = Headers::from_fields([("a", "b"), ("c", "")]).unwrap();
    assert_eq!(headers.to_string(), "a: b\r\nc: \r\n\r\n");
    assert_eq!(headers.to_bytes(), b"a: b\r\nc: \r\n\r\n");
}

#[test]
fn add_header_agrees_with_cpython_except_for_underscores() {
    #[track_caller]
    fn check(value: Option<&str>, parameters: &[(&str, Option<&str>)], expected: &str) {
        let mut headers = Headers::new();
        headers
            .add_header("foo", value, parameters.iter().copied())
            .unwrap();
        assert_eq!(headers.to_string(), format!("foo: {expected}\r\n\r\n"));
    }

    check(Some("bar"), &[], "bar");
    check(Some("bar"), &[("baz", Some("biz"))], r#"bar; baz="biz""#);
    check(
        Some("bar"),
        &[("baz", None), ("cheese", Some("x"))],
        r#"bar; baz; cheese="x""#,
    );
    check(Some("bar"), &[("baz", Some(""))], "bar; baz");
    check(
        Some("bar"),
        &[("q", Some(r#"a"b\c"#))],
        r#"bar; q="a\"b\\c""#,
    );
    check(
        None,
        &[("baz", None), ("cheese", Some("x"))],
        r#"baz; cheese="x""#,
    );
    check(Some(""), &[("a", Some("1"))], r#"; a="1""#);
    check(Some("bar"), &[("a_b", Some("1"))], r#"bar; a_b="1""#);
    check(None, &[], "");
}
