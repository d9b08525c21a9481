//! Structs, maps and lists within a type, from names with brackets.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use serde::Deserialize;
use wsgi_adaptor::{Adaptor, Request};
use wsgi_testing::{Multipart, Request as Test};

use crate::form::{Item, One, check, check_error, form};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {}

/// A field whose own name has brackets.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "they are only shown")]
struct Literal {
    #[serde(rename = "a[b]")]
    whole: String,
    #[serde(default)]
    a: BTreeMap<String, String>,
}

/// An enum of which one variant has a field.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "they are only shown")]
enum Choice {
    None,
    Count(u8),
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "they are only shown")]
struct Point(u8, #[serde(default)] u8);

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Key(String);

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
enum Letter {
    #[serde(rename = "a[b]")]
    A,
}

#[derive(Debug, Default, Deserialize)]
#[expect(dead_code, reason = "they are only shown")]
struct Chain {
    #[serde(default)]
    a: Option<Box<Chain>>,
    #[serde(default)]
    end: bool,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(untagged)]
enum Tree {
    Text(String),
    List(Vec<Tree>),
    Map(BTreeMap<String, Tree>),
}

#[test]
fn a_struct_takes_the_names_with_a_field_in_brackets() {
    let shown = r#"One { a: Item { name: "x", price: Some(3) } }"#;
    check::<One<Item>>("a[name]=x a[price]=3", shown);
    check::<One<Item>>("a[price]=3 b[c]=d a[name]=x a[other][0]=y", shown);
    let shown = r#"One { a: One { a: Some(Item { name: "x", price: None }) } }"#;
    check::<One<One<Option<Item>>>>("a[a][name]=x", shown);
    check::<One<Option<Item>>>("a=", "One { a: None }");
}

#[test]
fn a_map_takes_what_is_in_the_brackets_as_keys() {
    let shown = r#"One { a: {"c d": "1", "é": "2"} }"#;
    let map = form::<One<BTreeMap<String, String>>>(&[("a[c d]", "1"), ("a[é]", "2")]);
    assert_eq!(map.text(), shown);
    check::<One<BTreeMap<u8, Vec<u8>>>>("a[7]=1 a[7]=2", "One { a: {7: [1, 2]} }");
    check::<One<HashMap<String, Item>>>(
        "a[b][name]=x",
        r#"One { a: {"b": Item { name: "x", price: None }} }"#,
    );
}

#[test]
fn a_list_is_written_by_repeating_by_empty_brackets_or_by_numbers() {
    for text in [
        "a=1 a=2",
        "a[]=1 a[]=2",
        "a[0]=1 a[1]=2",
        "a[9]=2 a[7]=1",
        "a[1700000000000]=1 a[18446744073709551615]=2",
    ] {
        check::<One<Vec<u8>>>(text, "One { a: [1, 2] }");
        check::<One<Option<Vec<u8>>>>(text, "One { a: Some([1, 2]) }");
    }
    check::<One<Vec<u8>>>("a[]=1", "One { a: [1] }");
    let items =
        r#"One { a: [Item { name: "x", price: Some(1) }, Item { name: "y", price: None }] }"#;
    let text = "a[2][name]=x a[10][name]=y a[2][price]=1";
    check::<One<Vec<Item>>>(text, items);
    check::<One<Vec<Vec<u8>>>>("a[0][]=1 a[0][]=2 a[1]=3", "One { a: [[1, 2], [3]] }");
}

#[test]
fn an_empty_item_of_a_list_is_an_item() {
    check::<One<Vec<String>>>("a[]=", r#"One { a: [""] }"#);
    check::<One<Vec<Option<u8>>>>("a[]=", "One { a: [None] }");
    check::<One<Vec<Option<u8>>>>("a[]= a[]=1", "One { a: [None, Some(1)] }");
    let reason = r#"the value of "a" must be a whole number from 0 to 255"#;
    check_error::<One<Vec<u8>>>("a[]=", reason);
    check_error::<One<Option<Vec<u8>>>>("a[]=", reason);
}

#[test]
fn the_numbers_of_a_tuple_are_its_places() {
    for text in ["a=1 a=2", "a[]=1 a[]=2", "a[0]=1 a[1]=2", "a[1]=2 a[0]=1"] {
        check::<One<(u8, u8)>>(text, "One { a: (1, 2) }");
        check::<One<[u8; 2]>>(text, "One { a: [1, 2] }");
        check::<One<Point>>(text, "One { a: Point(1, 2) }");
    }
    check::<One<Point>>("a[0]=1", "One { a: Point(1, 0) }");
    for (text, name) in [
        ("a[0]=1 a[5]=2", "a[1]"),
        ("a[1]=1 a[2]=2", "a[0]"),
        ("a[1]=1", "a[0]"),
    ] {
        let reason = format!("the value of {name:?} is missing");
        check_error::<One<(u8, u8)>>(text, &reason);
        check_error::<One<[u8; 2]>>(text, &reason);
        check_error::<One<Point>>(text, &reason);
    }
}

#[test]
fn empty_brackets_are_no_key() {
    let unexpected = |name: &str| format!("the name {name:?} is not expected");
    check_error::<One<HashMap<String, u8>>>("a[]=1", &unexpected("a[]"));
    check_error::<One<HashMap<String, u8>>>("a[b]=1 a[]=1", &unexpected("a[]"));
    check_error::<One<HashMap<String, Item>>>("a[][name]=1", &unexpected("a[]"));
    check_error::<One<Item>>("a[]=x", &unexpected("a[]"));
    check_error::<One<Tree>>("a[b]=1 a[]=1", r#"the name "a[]" is not expected"#);
}

#[test]
fn an_enum_with_fields_has_no_brackets() {
    check::<One<Vec<Choice>>>("a[]=None", "One { a: [None] }");
    check_error::<One<Choice>>("a[Count]=1", r#"the name "a[Count]" is not expected"#);
    check_error::<One<Choice>>("a=Count", r#"the value of "a" is malformed"#);
}

#[test]
fn a_field_of_the_whole_name_comes_first() {
    check::<Literal>("a[b]=1", r#"Literal { whole: "1", a: {} }"#);
    check::<Literal>("a[b]=1 a[c]=2", r#"Literal { whole: "1", a: {"c": "2"} }"#);
    check_error::<Literal>("a[c]=2", r#"the value of "a[b]" is missing"#);
}

#[test]
fn a_form_as_a_map_or_as_pairs_has_the_names_as_they_were_sent() {
    let text = "a[b]=1 a[]=2";
    check::<BTreeMap<String, u8>>(text, r#"{"a[]": 2, "a[b]": 1}"#);
    check::<BTreeMap<Key, u8>>(text, r#"{Key("a[]"): 2, Key("a[b]"): 1}"#);
    check::<BTreeMap<Letter, u8>>("a[b]=1", "{A: 1}");
    check::<Vec<(String, u8)>>(text, r#"[("a[b]", 1), ("a[]", 2)]"#);
    check_error::<BTreeMap<u8, u8>>("a[b]=1", r#"the name "a[b]" is not expected"#);
    check::<BTreeMap<u8, u8>>("", "{}");
}

#[cfg(feature = "json")]
#[test]
fn a_form_as_a_value_of_json_has_the_names_as_they_were_sent() {
    let shown = r#"Object {"a[b]": String("1")}"#;
    check::<serde_json::Value>("a[b]=1", shown);
}

#[test]
fn other_brackets_are_part_of_a_name() {
    for text in ["a[b=1", "a]=1", "a[b]c=1", "a[[b]]=1", "[a][b]=1", "b[a]=1"] {
        check_error::<One<BTreeMap<String, u8>>>(text, r#"the value of "a" is missing"#);
    }
}

#[test]
fn an_error_has_the_whole_name() {
    let whole = "must be a whole number from 0 to 255";
    let reason = |name: &str, end: &str| format!("the value of {name:?} {end}");
    check_error::<One<Item>>("a[price]=1", &reason("a[name]", "is missing"));
    check_error::<One<Item>>("a[name]=x a[price]=y", &reason("a[price]", whole));
    check_error::<One<Item>>("a=1", &reason("a", "is malformed"));
    check_error::<One<One<u8>>>("a[b]=1", &reason("a[a]", "is missing"));
    let twice = "is given more than once";
    check_error::<One<Item>>("a[name]=x a[name]=y", &reason("a[name]", twice));
    check_error::<One<Vec<Item>>>(
        "a[0][name]=x a[1][price]=1",
        &reason("a[1][name]", "is missing"),
    );
    check_error::<One<Vec<u8>>>("a[0]=1 a[3]=x", &reason("a[3]", whole));
    check_error::<One<Vec<u8>>>("a[]=1 a[]=x", &reason("a", whole));
    check_error::<One<Vec<u8>>>("a[0]=1 a[0]=2", &reason("a[0]", twice));
    check_error::<One<Item>>("a=1 a[name]=x", &reason("a", "is given in two ways"));
    check_error::<One<Vec<u8>>>("a=1 a[]=2", &reason("a", "is given in two ways"));
    check_error::<One<(u8, u8)>>("a[0]=1 a[1]=2 a[2]=3", &reason("a", "is given too often"));
    let unexpected = |name: &str| format!("the name {name:?} is not expected");
    check_error::<One<u8>>("a[b]=1", &unexpected("a[b]"));
    check_error::<One<u8>>("a=1 a[b][c]=1", &unexpected("a[b][c]"));
    check_error::<One<Option<u8>>>("a[b]=1", &unexpected("a[b]"));
    check_error::<One<Vec<u8>>>("a[b]=1", &unexpected("a[b]"));
    check_error::<One<Vec<u8>>>("a[01]=1", &unexpected("a[01]"));
    check_error::<One<Vec<Item>>>("a[0][name][x]=1", &unexpected("a[0][name][x]"));
    check_error::<One<HashMap<u8, u8>>>("a[b]=1", &unexpected("a[b]"));
    check_error::<One<Strict>>("a[b]=1", &unexpected("a[b]"));
    check_error::<Strict>("a[b]=1", &unexpected("a[b]"));
    let number = r#"the name "a[]" needs a number between its last brackets"#;
    check_error::<One<Vec<Item>>>("a[][name]=x a[][price]=1", number);
    check_error::<One<Vec<u8>>>("a[]=1 a[0]=2", number);
}

#[test]
fn a_problem_has_the_whole_name() {
    let show = |request: &Request<'_>| -> wsgi_adaptor::Result<String> {
        Ok(format!("{:?}", request.form_as::<One<Vec<Item>>>()?))
    };
    let app = Adaptor::new().post("/", show);
    let request = Test::post("/").form([("a[0][name]", "x"), ("a[0][price]", "y")]);
    let response = request.header("Accept", "application/json").call(&app);
    let field = r#""field":"a[0][price]""#;
    assert!(response.text().contains(field), "{}", response.text());
    let multipart = Multipart::new().field("a[0][name]", "x");
    let response = Test::post("/").multipart(&multipart).call(&app);
    let shown = r#"One { a: [Item { name: "x", price: None }] }"#;
    assert_eq!(response.text(), shown);
}

#[test]
fn a_query_is_read_alike() {
    let show = |request: &Request<'_>| -> wsgi_adaptor::Result<String> {
        Ok(format!("{:?}", request.query_as::<One<Item>>()?))
    };
    let app = Adaptor::new().get("/", show);
    let shown = r#"One { a: Item { name: "x", price: None } }"#;
    for target in ["/?a[name]=x", "/?a%5Bname%5D=x"] {
        assert_eq!(Test::get(target).call(&app).text(), shown);
    }
    assert_eq!(Test::get("/?a[nam]=x").call(&app).status().code(), 400);
}

#[test]
fn a_name_is_nested_within_a_limit() {
    let name = |depth| format!("a{}[end]", "[a]".repeat(depth));
    let shown = form::<Chain>(&[(&name(15), "1")]);
    assert!(shown.text().contains("end: true"), "{}", shown.text());
    let deep = form::<Chain>(&[(&name(16), "1")]);
    let reason = format!("the value of {:?} is nested too deeply\n", name(16));
    assert!(deep.text().ends_with(&reason), "{}", deep.text());
    assert_eq!(deep.status().code(), 422);
    let trees = form::<One<Tree>>(&[(&name(300), "1")]);
    assert_eq!(trees.status().code(), 422);
}

/// Names and values of a tree, with gaps between the numbers of a list.
fn write(name: &str, tree: &Tree, pairs: &mut Vec<(String, String)>) {
    match tree {
        Tree::Text(text) => pairs.push((name.to_owned(), text.clone())),
        Tree::List(items) => {
            for (index, item) in items.iter().enumerate() {
                write(&format!("{name}[{}]", 3 * index), item, pairs);
            }
        }
        Tree::Map(map) => {
            for (key, value) in map {
                write(&format!("{name}[{key}]"), value, pairs);
            }
        }
    }
}

fn trees() -> impl Strategy<Value = Tree> {
    let text = "[ -~é]{0,4}".prop_map(Tree::Text);
    text.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Tree::List),
            prop::collection::btree_map("[a-z&= é][a-z0-9.&= é]{0,3}", inner, 1..4)
                .prop_map(Tree::Map),
        ]
    })
}

proptest! {
    #[test]
    fn a_tree_is_read_as_it_was_written(tree in trees(), is_reversed: bool) {
        let mut pairs = Vec::new();
        write("a", &tree, &mut pairs);
        if is_reversed {
            pairs.reverse();
        }
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
        let shown = format!("{:?}", One { a: tree });
        let response = form::<One<Tree>>(&pairs);
        prop_assert_eq!(response.text(), shown);
    }

    #[test]
    fn every_form_is_read_or_refused(
        pairs in prop::collection::vec(("a?[]\\[ab0]{0,12}", "[01]{0,2}"), 0..6),
    ) {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
        let responses = [
            form::<One<Tree>>(&pairs),
            form::<One<Vec<Item>>>(&pairs),
            form::<One<BTreeMap<String, Vec<u8>>>>(&pairs),
            form::<One<Option<(u8, Box<One<u8>>)>>>(&pairs),
            form::<Chain>(&pairs),
            form::<Literal>(&pairs),
        ];
        for response in responses {
            prop_assert!(matches!(response.status().code(), 200 | 422));
            prop_assert_eq!(response.errors(), "");
        }
    }

    #[test]
    fn brackets_do_not_change_what_the_type_does_not_have(
        value in any::<u8>(),
        others in prop::collection::vec("[b-d]?[]\\[ab0]{0,12}", 0..6),
    ) {
        let value = value.to_string();
        let mut pairs = vec![("a", &*value)];
        pairs.extend(others.iter().filter(|name| !name.starts_with('a')).map(|name| (&**name, "x")));
        let response = form::<One<u8>>(&pairs);
        prop_assert_eq!(response.text(), format!("One {{ a: {value} }}"));
    }
}
