//! Values with parameters, read and written (RFC 9110, section 5.6; RFC 8187).

use std::borrow::Cow;

use proptest::prelude::*;
use wsgi_headers::{Headers, InvalidHeader, ParameterizedValue};

#[track_caller]
fn check(value: impl AsRef<[u8]>, main: &str, parameters: &[(&str, &str)]) {
    let parsed = ParameterizedValue::parse(&value).unwrap();
    assert_eq!(parsed.value(), main);
    let found: Vec<_> = parsed.parameters().collect();
    let found: Vec<_> = found
        .iter()
        .map(|(name, text)| (*name, text.as_ref()))
        .collect();
    assert_eq!(found, parameters);
}

#[track_caller]
fn check_refused(value: impl AsRef<[u8]>, offset: usize) {
    let error = ParameterizedValue::parse(&value).unwrap_err();
    assert_eq!(error, InvalidHeader::Parameters { offset });
}

#[test]
fn values_that_peers_send_are_read() {
    check("inline", "inline", &[]);
    check(" Text/HTML ", "Text/HTML", &[]);
    check("*/*;q=0.8", "*/*", &[("q", "0.8")]);
    check(
        "text/html; charset=utf-8",
        "text/html",
        &[("charset", "utf-8")],
    );
    check(
        "text/html \t;\tcharset=utf-8 ; a=b",
        "text/html",
        &[("charset", "utf-8"), ("a", "b")],
    );
    check(
        "attachment; filename=\"a;b=c.txt\"",
        "attachment",
        &[("filename", "a;b=c.txt")],
    );
    check(
        "attachment; filename=\"\"",
        "attachment",
        &[("filename", "")],
    );
    check(
        r#"a; b="\"\\\c";d="\\""#,
        "a",
        &[("b", "\"\\c"), ("d", "\\")],
    );
    check(
        "multipart/mixed; boundary=----=_Part_1:(2)/[3]?",
        "multipart/mixed",
        &[("boundary", "----=_Part_1:(2)/[3]?")],
    );
}

#[test]
fn empty_parameters_and_bare_names_are_accepted() {
    check("a;", "a", &[]);
    check("a; ;; ", "a", &[]);
    check("a; ; b=c;;d=e;", "a", &[("b", "c"), ("d", "e")]);
    check("a; b; c=", "a", &[("b", ""), ("c", "")]);
}

#[test]
fn spaces_after_an_equals_sign_are_accepted() {
    check("a; b= c", "a", &[("b", "c")]);
    check(
        "text/plain; charset= utf-8",
        "text/plain",
        &[("charset", "utf-8")],
    );
    check("a; b=\t \"c d\" ; e=f", "a", &[("b", "c d"), ("e", "f")]);
    check("a; b*= UTF-8''%c3%a9", "a", &[("b*", "é")]);
    check("a; b= ; c= ", "a", &[("b", ""), ("c", "")]);
}

#[test]
fn text_is_utf_8_or_else_iso_8859_1() {
    check("a; b=\"caf\u{e9}\"", "a", &[("b", "caf\u{e9}")]);
    check(b"a; b=\"caf\xe9\"", "a", &[("b", "caf\u{e9}")]);
    check(b"a; b=\"\\\"caf\xe9\"", "a", &[("b", "\"caf\u{e9}")]);
    check("a; b=\"\\\u{20ac}\"", "a", &[("b", "\u{20ac}")]);
}

#[test]
fn only_text_with_escapes_is_copied() {
    let value = ParameterizedValue::parse(r#"a; b="c d"; e="f\"g""#).unwrap();
    assert!(matches!(value.parameter("b"), Some(Cow::Borrowed("c d"))));
    assert!(matches!(value.parameter("e"), Some(Cow::Owned(text)) if text == "f\"g"));
}

#[test]
fn malformed_values_are_refused_with_their_position() {
    check_refused("", 0);
    check_refused("; a=b", 0);
    check_refused("a b; c=d", 0);
    check_refused("a=b; c=d", 0);
    check_refused("a/b/c", 0);
    check_refused("/b", 0);
    check_refused("\"a\"", 0);
    check_refused("a, b", 0);
    check_refused("a; =b", 3);
    check_refused("a; b =c", 5);
    check_refused("a; b= c d", 8);
    check_refused("a; b= \"c", 6);
    check_refused("a; b=c d", 7);
    check_refused("a; b=c, d", 6);
    check_refused("a; b=c\"d\"", 6);
    check_refused("a; b=\"c\"d", 8);
    check_refused("a; b=\"c", 5);
    check_refused("a; b=\"c\\\"", 5);
    check_refused("a; b=\"c\r\nd\"", 5);
    check_refused("a; b=\"c\\\0d\"", 5);
    check_refused("a;\r\nb=c", 2);
    check_refused("a; b@=c", 4);
    check_refused(b"a; b=caf\xe9", 8);
    check_refused(b"a; caf\xe9=b", 6);
}

#[test]
fn extended_values_are_decoded() {
    check(
        "a; b*=UTF-8''%e2%82%AC%20rates",
        "a",
        &[("b*", "\u{20ac} rates")],
    );
    check("a; b*=utf-8'en'x", "a", &[("b*", "x")]);
    check("a; b*=UTF-8''", "a", &[("b*", "")]);
    check("a; b*=iso-8859-1''%A3%82", "a", &[("b*", "\u{a3}\u{82}")]);
    check("a; b*=US-ASCII'en'c%20%2Ad", "a", &[("b*", "c *d")]);
    check("a; b*=us-ascii''%A3", "a", &[]);
    check("a; b*=UTF-8''%2541", "a", &[("b*", "%41")]);
}

#[test]
fn extended_values_that_cannot_be_decoded_are_left_out() {
    check("a; b*=ISO-8859-2''%A4; c=d", "a", &[("c", "d")]);
    check("a; b*=UTF-8''%E4; c=d", "a", &[("c", "d")]);
    check("a; b*=UTF-8''%", "a", &[]);
    check("a; b*=UTF-8''%4", "a", &[]);
    check("a; b*=UTF-8''%+f", "a", &[]);
    check("a; b*=UTF-8''a:b", "a", &[]);
    check("a; b*=UTF-8'x", "a", &[]);
    check("a; b*=''x", "a", &[]);
    check("a; b*=\"UTF-8''x\"", "a", &[]);
    check("a; b*", "a", &[]);
}

#[test]
fn lookup_prefers_the_extended_value_and_then_the_first() {
    #[track_caller]
    fn check(value: &str, name: &str, expected: Option<&str>) {
        let parsed = ParameterizedValue::parse(value).unwrap();
        assert_eq!(parsed.parameter(name).as_deref(), expected);
    }

    check("a; b=1; b*=UTF-8''2", "b", Some("2"));
    check("a; b*=UTF-8''2; b=1", "B", Some("2"));
    check("a; b=1; b*=KOI8-R''2", "b", Some("1"));
    check("a; b*=KOI8-R''2", "b", None);
    check("a; b=1; b=2", "b", Some("1"));
    check("a; b=1; b*=UTF-8''2", "b*", Some("2"));
    check("a; b*0=1; b*1=2", "b", None);
    check("a", "a", None);
}

#[test]
fn non_ascii_values_are_written_extended() {
    #[track_caller]
    fn check(value: &str, expected: &str) {
        let mut headers = Headers::new();
        headers.add_header("A", "b", [("c", value)]).unwrap();
        assert_eq!(headers.get("A").unwrap(), expected);
    }

    check("\u{20ac} rates", "b; c*=UTF-8''%E2%82%AC%20rates");
    check(
        "\u{e9}'*%\"\\/(",
        "b; c*=UTF-8''%C3%A9%27%2A%25%22%5C%2F%28",
    );
    check(
        "\u{e9}!#$&+-.^_`|~09azAZ",
        "b; c*=UTF-8''%C3%A9!#$&+-.^_`|~09azAZ",
    );
    check("\u{1f600}", "b; c*=UTF-8''%F0%9F%98%80");
    check("a\tb", "b; c=\"a\tb\"");
}

#[test]
fn parameters_that_could_add_another_are_refused() {
    #[track_caller]
    fn check(name: &str, value: &str) {
        let mut headers = Headers::new();
        let error = headers.add_header("A", "b", [(name, value)]).unwrap_err();
        assert_eq!(
            error,
            InvalidHeader::Parameter {
                parameter: name.into()
            }
        );
        assert!(headers.is_empty());
    }

    check("c", "a\r\nB: c");
    check("c", "a\0");
    check("c", "\u{e9}\n");
    check("c", "\u{7f}");
    check("", "a");
    check("c d", "a");
    check("c;d", "a");
    check("c=", "a");
    check("c*", "UTF-8''a");
    check("c\u{e9}", "a");
}

proptest! {
    #[test]
    fn written_parameters_are_read_back(
        parameters in prop::collection::vec(("[a-zA-Z0-9!#$&+.^_`|~-]{1,8}", "[\t -~¡-ÿ€😀]{0,12}"), 0..5),
    ) {
        let mut headers = Headers::new();
        let pairs = parameters.iter().map(|(name, value)| (name, value.as_str()));
        headers.add_header("A", "main/value", pairs).unwrap();
        let parsed = ParameterizedValue::parse(headers.get("A").unwrap()).unwrap();
        prop_assert_eq!(parsed.value(), "main/value");
        let read = parsed.parameters().map(|(name, text)| {
            (name.strip_suffix('*').unwrap_or(name).to_owned(), text.into_owned())
        });
        prop_assert!(read.eq(parameters));
    }

    #[test]
    fn no_bytes_make_the_parser_panic(
        bytes in prop::collection::vec(prop::sample::select(b"a/;=\"\\*'% \t,\r\n\0\x7f\xc3\xa9".to_vec()), 0..24),
        name in "[a-z*]{0,2}",
    ) {
        let value = [&b"UTF-8"[..], &bytes].concat();
        for bytes in [&bytes, &value] {
            match ParameterizedValue::parse(bytes) {
                Ok(parsed) => {
                    prop_assert!(parsed.parameters().count() <= bytes.len());
                    let _ = parsed.parameter(&name);
                }
                Err(InvalidHeader::Parameters { offset }) => prop_assert!(offset <= bytes.len()),
                Err(other) => prop_assert!(false, "{}", other),
            }
        }
    }
}
