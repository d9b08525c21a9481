//! Variables in an encoding, which are read when one is asked for.

use std::cell::Cell;

use proptest::prelude::*;
use wsgi_environ::{Encoded, Environ, Field, InvalidVariable};

use super::{model::pair, receive};

thread_local! {
    /// The number of texts that were read.
    static READS: Cell<usize> = const { Cell::new(0) };
}

/// The text of pairs in which a byte with its length precedes each name and value, and the place of
/// the last method.
fn encoded(pairs: &[(String, Vec<u8>)]) -> (Vec<u8>, Option<(u32, u32)>) {
    let (mut text, mut method) = (Vec::new(), None);
    for (name, value) in pairs {
        for part in [name.as_bytes(), value] {
            text.push(part.len() as u8);
            text.extend_from_slice(part);
        }
        if name == "REQUEST_METHOD" {
            let end = text.len();
            method = Some(((end - value.len()) as u32, end as u32));
        }
    }
    (text, method)
}

fn read(text: &[u8], variables: &mut Vec<Field>) {
    READS.set(READS.get() + 1);
    let mut at = 0;
    let mut part = || {
        let start = at + 1;
        at = start + usize::from(*text.get(at)?);
        Some((start as u32, at as u32))
    };
    while let Some(name) = part() {
        let value = part().unwrap_or_default();
        variables.push(Field { name, value });
    }
}

fn receive_encoded(
    environ: &mut Environ,
    pairs: &[(String, Vec<u8>)],
) -> Result<(), InvalidVariable> {
    let (text, method) = encoded(pairs);
    environ.receive_encoded(&Encoded {
        text: &text,
        method,
        read,
    })
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
    let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.as_bytes().to_vec());
    pairs.iter().map(owned).collect()
}

#[test]
fn variables_are_read_once_and_only_if_one_is_asked_for() {
    let pairs = owned(&[
        ("REQUEST_METHOD", "PUT"),
        ("PATH_INFO", "/a"),
        ("HTTP_A", "b"),
    ]);
    let mut environ = Environ::new();
    for round in 0..2 {
        environ.clear();
        receive_encoded(&mut environ, &pairs).unwrap();
        assert_eq!(environ.request_method(), "PUT");
        environ.set("REMOTE_USER", "ada");
        assert_eq!(environ.remote_user().unwrap(), "ada");
        assert_eq!(READS.get(), round);
        assert_eq!(environ.path_info(), "/a");
        assert_eq!(environ.get("HTTP_A").unwrap(), "b");
        assert_eq!(environ.iter().count(), 7);
        assert_eq!(READS.get(), round + 1);
    }
}

#[test]
fn a_request_without_a_method_is_refused_before_its_variables_are_read() {
    for (pairs, expected) in [
        (owned(&[("A", "b")]), InvalidVariable::NoRequestMethod),
        (
            owned(&[("REQUEST_METHOD", "")]),
            InvalidVariable::RequestMethod,
        ),
        (
            owned(&[("REQUEST_METHOD", "G T")]),
            InvalidVariable::RequestMethod,
        ),
    ] {
        let mut environ = Environ::new();
        receive_encoded(&mut environ, &owned(&[("REQUEST_METHOD", "OLD")])).unwrap();
        assert_eq!(receive_encoded(&mut environ, &pairs), Err(expected));
        assert_eq!((environ.iter().count(), READS.get()), (0, 0));
    }
}

proptest! {
    #[test]
    fn an_environ_has_the_same_variables_in_either_form(
        requests in prop::collection::vec((any::<bool>(), prop::collection::vec(pair(), 0..12)), 1..5),
    ) {
        let mut environ = Environ::new();
        for (is_encoded, mut pairs) in requests {
            pairs.push(("REQUEST_METHOD".to_owned(), b"GET".to_vec()));
            let mut other = Environ::new();
            receive(&mut other, &pairs).unwrap();
            match is_encoded {
                true => receive_encoded(&mut environ, &pairs).unwrap(),
                false => receive(&mut environ, &pairs).unwrap(),
            }
            prop_assert_eq!(environ.to_map(), other.to_map());
        }
    }
}
