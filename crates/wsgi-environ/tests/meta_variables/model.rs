//! The variables of a front server, compared with a model that makes a map of them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use wsgi_environ::{Environ, Value};

use super::{NEVER_EMPTY, receive};

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
    if variables["SCRIPT_NAME"] == b"/" {
        variables.insert("SCRIPT_NAME".to_owned(), Vec::new());
        if variables["PATH_INFO"].is_empty() {
            variables.insert("PATH_INFO".to_owned(), b"/".to_vec());
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
pub(crate) fn pair() -> impl Strategy<Value = (String, Vec<u8>)> {
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
    let value = prop_oneof![
        4 => prop::collection::vec(0x20..0x7f_u8, 0..4),
        1 => Just(b"/".to_vec()),
    ];
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
}
