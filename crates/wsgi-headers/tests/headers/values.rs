//! Values: comparison with bytes and text, and bytes that are not UTF-8.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashSet},
};

use wsgi_headers::{Value, ValueBuf};

#[test]
fn values_compare_with_every_form_of_bytes_and_text() {
    #[track_caller]
    fn check<T: PartialEq<Value<'static>> + PartialEq<ValueBuf> + ?Sized>(equal: &T, other: &T)
    where
        Value<'static>: PartialEq<T>,
        ValueBuf: PartialEq<T>,
    {
        let (value, owned) = (Value::from("abc"), ValueBuf::from("abc"));
        assert!(value == *equal && owned == *equal);
        assert!(*equal == value && *equal == owned);
        assert!(value != *other && owned != *other);
        assert!(*other != value && *other != owned);
    }

    check::<str>("abc", "ABC");
    check::<&str>(&"abc", &"");
    check::<String>(&"abc".into(), &"abcd".into());
    check::<[u8]>(b"abc", b"ab");
    check::<&[u8]>(&&b"abc"[..], &&b"xbc"[..]);
    check::<Vec<u8>>(&b"abc".to_vec(), &vec![]);
    check::<ValueBuf>(&"abc".into(), &"a".into());
    assert_eq!(Value::from("abc"), *b"abc");
    assert_eq!(Value::from("abc"), b"abc");
    assert_ne!(Value::from("abc"), *b"abd");
    assert_ne!(Value::from("abc"), b"abd");
}

#[test]
fn values_are_created_from_every_form_of_bytes_and_text() {
    let string = String::from("abc");
    let owned = ValueBuf::from(string.clone());
    let values = [
        Value::from("abc"),
        Value::from(b"abc"),
        Value::from(&b"abc"[..]),
        Value::from(&string),
        Value::from(&owned),
        Value::new(b"abc"),
        owned.as_value(),
    ];
    assert!(values.iter().all(|value| *value == "abc"));
    for same in [
        ValueBuf::from("abc"),
        b"abc"[..].into(),
        b"abc".to_vec().into(),
        values[0].into(),
    ] {
        assert_eq!(same, owned);
    }
    assert_eq!(values[0].to_value_buf(), owned);
    assert_eq!(owned.into_bytes(), b"abc");
}

#[test]
fn an_empty_value_is_empty() {
    assert!(Value::default().is_empty());
    assert_eq!(Value::default().len(), 0);
    assert_eq!(Value::default(), ValueBuf::default());
    assert!(!Value::from("abc").is_empty());
    assert_eq!(Value::from("abc").len(), 3);
}

#[test]
fn text_is_borrowed_unless_bytes_are_replaced() {
    assert!(matches!(
        Value::from("abc").to_string_lossy(),
        Cow::Borrowed("abc")
    ));
    assert_eq!(Value::new(b"a\xff").to_string_lossy(), "a\u{fffd}");
    assert_eq!(Value::new(b"a\xff").to_string(), "a\u{fffd}");
    assert_eq!(ValueBuf::from("abc").to_string(), "abc");
    assert_eq!(format!("{:>5}", Value::from("abc")), "  abc");
}

#[test]
fn debug_output_is_a_quoted_string_with_escapes() {
    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        assert_eq!(format!("{:?}", Value::new(bytes)), expected);
        assert_eq!(format!("{:?}", ValueBuf::from(bytes)), expected);
    }

    check(b"", r#""""#);
    check(b"a\"b\\c", r#""a\"b\\c""#);
    check(b"a\r\n\t\0", r#""a\r\n\t\0""#);
    check("caf\u{e9} \u{20ac}".as_bytes(), "\"caf\u{e9} \u{20ac}\"");
    check(b"caf\xe9\xff!", r#""caf\xe9\xff!""#);
    check(b"\xe2\x82", r#""\xe2\x82""#);
}

#[test]
fn owned_values_are_found_in_sets_by_their_bytes() {
    let values = ["b", "a", "c"].map(ValueBuf::from);
    let hashed = HashSet::from(values.clone());
    assert!(hashed.contains(&b"a"[..]) && !hashed.contains(&b"d"[..]));
    let sorted = BTreeSet::from(values);
    assert!(sorted.contains(&b"a"[..]));
    assert!(sorted.iter().eq([&"a", &"b", &"c"]));
}
