//! Names with brackets for types that serde reads before it knows their fields.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;

use crate::form::{Item, One, check, check_error, form};

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "they are only shown")]
struct Beside<T> {
    a: T,
    optional: Option<Box<Beside<T>>>,
    #[serde(flatten)]
    rest: BTreeMap<String, Tree>,
}

/// A field whose own name has brackets.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "they are only shown")]
struct Literal {
    #[serde(rename = "a[b]")]
    whole: String,
    #[serde(flatten)]
    rest: BTreeMap<String, Tree>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
#[expect(dead_code, reason = "they are only shown")]
enum Tagged {
    Open { city: String },
    Both { tree: Tree },
    Deep { inner: Item },
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", content = "is")]
#[expect(dead_code, reason = "they are only shown")]
enum Adjacent {
    Open(Item),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "they are only shown")]
enum Untagged {
    Open { a: BTreeMap<String, String> },
    List { a: Vec<String> },
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "they are only shown")]
struct Flat {
    #[serde(flatten)]
    item: Item,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "they are only shown")]
enum Tree {
    Text(String),
    List(Vec<Tree>),
    Map(BTreeMap<String, Tree>),
}

#[test]
fn a_type_that_tells_no_fields_takes_the_names_with_brackets() {
    let shown = r#"Beside { a: Item { name: "x", price: Some(3) }, optional: None, rest: {} }"#;
    check::<Beside<Item>>("a[name]=x a[price]=3", shown);
    let shown = r#"Beside { a: 1, optional: Some(Beside { a: 2, optional: None, rest: {} }), rest: {"b": Map({"c": Text("x")}), "d": List([Text("y")])} }"#;
    check::<Beside<u8>>("b[c]=x a=1 d[]=y optional[a]=2", shown);
    check::<Tagged>("type=open city=x", r#"Open { city: "x" }"#);
    let shown = r#"Both { tree: Map({"b": Text("x")}) }"#;
    check::<Tagged>("type=both tree[b]=x", shown);
    let shown = r#"Open(Item { name: "x", price: None })"#;
    check::<Adjacent>("type=Open is[name]=x", shown);
    check::<Untagged>("a[b]=x", r#"Open { a: {"b": "x"} }"#);
    check::<Untagged>("a[]=x", r#"List { a: ["x"] }"#);
    check_error::<Beside<Item>>("a[price]=1", r#"the value of "a[name]" is missing"#);
    check_error::<Beside<Item>>("b=1", r#"the value of "a" is missing"#);
    check_error::<Tagged>("type=open", r#"the value of "city" is missing"#);
    check_error::<Literal>("a[b]=1", r#"the value of "a[b]" is missing"#);
    let deep = format!("a{}", "[b]".repeat(17));
    let reason = format!("the value of {deep:?} is nested too deeply");
    check_error::<Beside<Tree>>(&format!("{deep}=1"), &reason);
}

#[test]
fn a_flattened_type_is_read_within_a_field() {
    let shown = r#"One { a: Flat { item: Item { name: "x", price: None } } }"#;
    check::<One<Flat>>("a[name]=x", shown);
}

#[test]
fn an_error_of_a_type_that_serde_reads_ahead_has_the_name_of_its_field() {
    let missing = |name: &str| format!("the value of {name:?} is missing");
    check_error::<One<Tagged>>("a[type]=open", &missing("a[city]"));
    check_error::<One<Tagged>>("a[city]=x", &missing("a[type]"));
    check_error::<One<One<Tagged>>>("a[a][type]=open", &missing("a[a][city]"));
    let text = "a[0][type]=open a[0][city]=x a[1][type]=open";
    check_error::<One<Vec<Tagged>>>(text, &missing("a[1][city]"));
    let reason = r#"the name "a[zip]" is not expected"#;
    check_error::<One<Tagged>>("a[type]=open a[city]=x a[zip]=1", reason);
    check_error::<One<Flat>>("a[other]=1", &missing("a[name]"));
    check_error::<One<Tagged>>("a[type]=deep a[inner][b]=1", &missing("a[name]"));
}

#[test]
fn in_a_type_that_serde_reads_ahead_keys_of_numbers_are_those_of_a_list() {
    check::<One<Untagged>>("a[a][k]=x", r#"One { a: Open { a: {"k": "x"} } }"#);
    check::<One<Untagged>>("a[a][7]=x", r#"One { a: List { a: ["x"] } }"#);
    check_error::<One<Beside<Item>>>("a[a][7]=x", r#"the value of "a[a][name]" is missing"#);
}

proptest! {
    #[test]
    fn every_form_is_read_or_refused(
        pairs in prop::collection::vec(("(a|a?[]\\[ab0]{0,12})", "[01]{0,2}"), 0..6),
    ) {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
        let responses = [
            form::<Beside<Tree>>(&pairs),
            form::<Untagged>(&pairs),
            form::<One<Tagged>>(&pairs),
        ];
        for response in responses {
            prop_assert!(matches!(response.status().code(), 200 | 422));
            prop_assert_eq!(response.errors(), "");
        }
    }
}
