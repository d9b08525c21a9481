//! `Headers` behave like a list of pairs.

use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::{prelude::*, sample::select};
use wsgi_headers::{Headers, IntoFields, InvalidHeader, Value};

type Pairs = Vec<(String, Vec<u8>)>;

/// An operation on a list of fields.
#[derive(Clone, Debug)]
enum Step {
    Append(String, Vec<u8>),
    Set(String, Vec<u8>),
    SetDefault(String, Vec<u8>),
    SetDefaults(Pairs),
    Remove(String),
    RetainShorterThan(usize),
    Extend(Pairs),
    Clear,
    /// Clears, and appends this number of the first fields again.
    Again(usize),
    /// The same, all at once.
    Together(usize),
}

/// A few names in several cases, so that they often match.
fn name() -> impl Strategy<Value = String> {
    select(vec![
        "A",
        "a",
        "Set-Cookie",
        "set-cookie",
        "SET-COOKIE",
        "X-Custom1",
        "x-custom1",
    ])
    .prop_map(String::from)
}

/// Values without whitespace around them, which would be removed.
fn value() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(select(vec![b'a', b'~', b',', 0x80, 0xff]), 0..20)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (name(), value()).prop_map(|(name, value)| Step::Append(name, value)),
        3 => (name(), value()).prop_map(|(name, value)| Step::Set(name, value)),
        2 => (name(), value()).prop_map(|(name, value)| Step::SetDefault(name, value)),
        2 => prop::collection::vec((name(), value()), 0..4).prop_map(Step::SetDefaults),
        2 => name().prop_map(Step::Remove),
        1 => (0..20_usize).prop_map(Step::RetainShorterThan),
        1 => prop::collection::vec((name(), value()), 0..4).prop_map(Step::Extend),
        1 => Just(Step::Clear),
        2 => (0..6_usize).prop_map(Step::Again),
        2 => (0..6_usize).prop_map(Step::Together),
    ]
}

fn take(model: &mut Pairs, step: Step) {
    let is = |name: &str| {
        let name = name.to_owned();
        move |pair: &(String, Vec<u8>)| pair.0.eq_ignore_ascii_case(&name)
    };
    match step {
        Step::Append(name, value) => model.push((name, value)),
        Step::Set(name, value) => {
            model.retain(|pair| !is(&name)(pair));
            model.push((name, value));
        }
        Step::SetDefault(name, value) => {
            if !model.iter().any(is(&name)) {
                model.push((name, value));
            }
        }
        Step::SetDefaults(mut pairs) => {
            pairs.retain(|(name, _)| !model.iter().any(is(name)));
            model.extend(pairs);
        }
        Step::Remove(name) => model.retain(|pair| !is(&name)(pair)),
        Step::RetainShorterThan(len) => model.retain(|pair| pair.1.len() < len),
        Step::Extend(pairs) => model.extend(pairs),
        Step::Clear => model.clear(),
        Step::Again(len) | Step::Together(len) => model.truncate(len),
    }
}

fn do_it(headers: &mut Headers, step: Step) -> Result<(), InvalidHeader> {
    match step {
        Step::Append(name, value) => headers.append(name, value)?,
        Step::Set(name, value) => headers.set(name, value)?,
        Step::SetDefault(name, value) => {
            let before = headers.get(&name).map(Value::to_value_buf);
            let now = headers.set_default(name, &value)?;
            assert_eq!(now, before.unwrap_or(value.into()));
        }
        Step::SetDefaults(pairs) => headers.set_defaults(&Headers::from_fields(pairs)?)?,
        Step::Remove(name) => {
            let before = headers.get_all(&name).count();
            assert_eq!(headers.remove(&name), before);
        }
        Step::RetainShorterThan(len) => headers.retain(|_, value| value.len() < len),
        Step::Extend(pairs) => headers.extend_from(pairs)?,
        Step::Clear => headers.clear(),
        Step::Together(len) => {
            let first: Vec<_> = headers.iter().take(len).collect();
            let first = Headers::from_fields(first)?;
            headers.clear();
            headers.set_defaults(&first)?;
        }
        Step::Again(len) => {
            let pairs = headers.iter().take(len);
            let pairs: Pairs = pairs
                .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))
                .collect();
            headers.clear();
            for (name, value) in pairs {
                headers.append(name, value).unwrap();
            }
        }
    }
    Ok(())
}

fn assert_same(headers: &Headers, model: &Pairs) {
    assert_eq!(headers.len(), model.len());
    assert_eq!(headers.is_empty(), model.is_empty());
    assert_eq!(headers.iter().len(), model.len());
    assert!(
        headers
            .iter()
            .eq(model.iter().map(|(n, v)| (n.as_str(), Value::from(v))))
    );
    assert!(
        headers.iter().rev().eq(model
            .iter()
            .rev()
            .map(|(n, v)| (n.as_str(), Value::from(v))))
    );
    assert!(headers.keys().eq(model.iter().map(|pair| &pair.0)));
    assert!(
        headers
            .values()
            .eq(model.iter().map(|pair| pair.1.as_slice()))
    );
    for name in ["a", "Set-Cookie", "X-CUSTOM1", "absent"] {
        let mut all = model
            .iter()
            .filter(|pair| pair.0.eq_ignore_ascii_case(name));
        assert!(
            headers
                .get_all(name)
                .eq(all.clone().map(|pair| pair.1.as_slice()))
        );
        let first = all.next().map(|pair| Value::from(&pair.1));
        assert_eq!(headers.get(name), first);
        assert_eq!(headers.contains(name), first.is_some());
    }
    let mut wire = Vec::new();
    for (name, value) in model {
        wire.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    assert_eq!(headers.as_bytes(), wire);
    wire.extend(b"\r\n");
    assert_eq!(headers.to_bytes(), wire);
    assert_eq!(headers.to_string(), String::from_utf8_lossy(&wire));
}

proptest! {
    #[test]
    fn headers_are_a_list_of_pairs(steps in prop::collection::vec(step(), 0..30)) {
        let (mut headers, mut model) = (Headers::new(), Pairs::new());
        for step in steps {
            do_it(&mut headers, step.clone()).unwrap();
            take(&mut model, step);
            assert_same(&headers, &model);
            prop_assert_eq!(&Headers::from_fields(model.as_slice()).unwrap(), &headers);
        }
    }

    #[test]
    fn a_call_that_fails_changes_nothing(
        steps in prop::collection::vec(step(), 0..10),
        name in name(),
        value in value(),
    ) {
        let mut headers = Headers::new();
        for step in steps {
            do_it(&mut headers, step).unwrap();
        }
        let before = headers.to_bytes();
        let bad_value = [&value[..], b"\n", &value].concat();
        headers.append(&name, &bad_value).unwrap_err();
        headers.set(&name, &bad_value).unwrap_err();
        headers.set("", &value).unwrap_err();
        headers.set_default(format!("{name} "), &value).unwrap_err();
        headers.extend_from([(&name, &value), (&name, &bad_value)]).unwrap_err();
        headers.add_header(&name, "a", [("b", "c"), ("d", "\0")]).unwrap_err();
        prop_assert_eq!(headers.to_bytes(), before);
    }
}

#[test]
#[expect(
    clippy::needless_borrows_for_generic_args,
    reason = "borrowed lists are lists too"
)]
fn every_form_of_a_list_gives_the_same_fields() {
    #[track_caller]
    fn check(fields: impl IntoFields) {
        let headers = Headers::from_fields(fields).unwrap();
        assert_eq!(headers.as_bytes(), b"A: 1\r\nB: 2\r\n");
    }

    let array = [("A", "1"), ("B", "2")];
    let headers = Headers::from_fields(array).unwrap();
    check(array);
    check(&array);
    check(array.as_slice());
    check(array.to_vec());
    check(&array.to_vec());
    check(array.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())));
    check(array.map(|(name, value)| (name, Value::from(value))));
    check(&headers);
    check(headers);
    assert!(Headers::from_fields(()).unwrap().is_empty());
}

#[test]
fn headers_appended_to_headers_come_after_them() {
    let mut headers = Headers::from_fields([("A", "1")]).unwrap();
    headers
        .extend_from(Headers::from_fields([("B", "2"), ("C", "3")]).unwrap())
        .unwrap();
    assert_eq!(headers.as_bytes(), b"A: 1\r\nB: 2\r\nC: 3\r\n");
    assert!(headers.keys().eq(["A", "B", "C"]));
    assert!(headers.values().eq(["1", "2", "3"]));
}

#[test]
fn fields_within_the_capacity_are_added_without_a_new_allocation() {
    let mut headers = Headers::with_capacity(100, 300);
    let place = headers.as_bytes().as_ptr();
    for _ in 0..100 {
        headers.append("A", "12").unwrap();
    }
    assert_eq!(headers.as_bytes().as_ptr(), place);
}

#[test]
fn a_list_that_removes_fields_cannot_corrupt_the_others() {
    struct Meddler;
    impl IntoFields for Meddler {
        fn append_to(self, headers: &mut Headers) -> Result<(), InvalidHeader> {
            headers.remove("A");
            headers.append("C", "\0")
        }
    }

    let mut headers = Headers::from_fields([("A", "1"), ("B", "2")]).unwrap();
    headers.extend_from(Meddler).unwrap_err();
    assert_eq!(headers.as_bytes(), b"B: 2\r\n");
}

#[test]
fn a_panic_of_the_caller_leaves_no_partial_field() {
    let mut headers = Headers::from_fields([("A", "1"), ("B", "2"), ("C", "3")]).unwrap();
    let parameters = ["ok", "panic"].into_iter().map(|name| {
        assert_eq!(name, "ok");
        (name, "d")
    });
    let add = AssertUnwindSafe(|| headers.add_header("D", "4", parameters));
    assert!(catch_unwind(add).is_err());
    assert_eq!(headers.as_bytes(), b"A: 1\r\nB: 2\r\nC: 3\r\n");

    let retain = AssertUnwindSafe(|| {
        headers.retain(|name, _| {
            assert_ne!(name, "C");
            name == "B"
        });
    });
    assert!(catch_unwind(retain).is_err());
    assert!(headers.is_empty() && headers.as_bytes().is_empty());
}

#[test]
fn equality_depends_on_order_and_ignores_only_the_case_of_names() {
    #[track_caller]
    fn check(a: &[(&str, &str)], b: &[(&str, &str)], equal: bool) {
        assert_eq!(
            Headers::from_fields(a).unwrap() == Headers::from_fields(b).unwrap(),
            equal
        );
    }

    check(&[("A", "x"), ("B", "y")], &[("a", "x"), ("b", "y")], true);
    check(&[("A", "x"), ("B", "y")], &[("B", "y"), ("A", "x")], false);
    check(&[("A", "x")], &[("A", "X")], false);
    check(&[("A", "x")], &[("A", "x"), ("B", "y")], false);
}

#[test]
fn names_that_differ_in_more_than_case_are_different() {
    // At every place of names of every length, each character against each.
    let tokens = || {
        (0..128_u8)
            .filter(|&byte| wsgi_headers::is_token(&[byte]))
            .map(char::from)
    };
    for (length, place) in [
        (1, 0),
        (3, 2),
        (4, 1),
        (5, 0),
        (5, 4),
        (6, 1),
        (7, 0),
        (7, 3),
        (8, 0),
        (9, 8),
        (15, 7),
        (17, 9),
    ] {
        for stored in tokens() {
            let mut name = ["n"; 17][..length].concat();
            name.replace_range(place..=place, stored.encode_utf8(&mut [0; 4]));
            let headers = Headers::from_fields([(&name, "1")]).unwrap();
            for asked in (0..128_u8).map(char::from) {
                name.replace_range(place..=place, asked.encode_utf8(&mut [0; 4]));
                assert_eq!(
                    headers.contains(&name),
                    stored.eq_ignore_ascii_case(&asked),
                    "{name}"
                );
            }
            assert!(!headers.contains(&name[1..]));
        }
    }
}

#[test]
fn setting_a_field_repeatedly_does_not_grow_the_headers() {
    let mut headers = Headers::from_fields([("A", "1"), ("B", "2")]).unwrap();
    for _ in 0..1000 {
        headers.set("A", "3").unwrap();
    }
    assert_eq!(headers.as_bytes(), b"B: 2\r\nA: 3\r\n");
}

#[test]
fn debug_output_shows_only_the_length_of_a_secret() {
    let fields = [
        ("authorization", "Basic YTpi"),
        ("Proxy-Authorization", "x"),
        ("Cookie", "id=7"),
        ("Set-Cookie", "id=7; Path=/"),
        ("X-Auth-Token", "oats"),
    ];
    let headers = Headers::from_fields(fields).unwrap();
    let shown = "{\"authorization\": \"Basic (4 bytes)\", \"Proxy-Authorization\": (1 bytes), \
        \"Cookie\": \"id=(1 bytes)\", \"Set-Cookie\": \"id=(1 bytes); Path=/\", \
        \"X-Auth-Token\": (4 bytes)}";
    assert_eq!(format!("{headers:?}"), shown);
    assert_eq!(format!("{:?}", headers.iter()), shown);
}

#[test]
fn debug_output_shows_the_fields() {
    let headers = Headers::from_fields([("A", b"caf\xe9")]).unwrap();
    assert_eq!(format!("{headers:?}"), r#"{"A": "caf\xe9"}"#);
    assert_eq!(format!("{:?}", headers.iter()), r#"{"A": "caf\xe9"}"#);
}
