//! Queries and forms as types of the application.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Debug,
};

use serde::{Deserialize, de::DeserializeOwned};
use wsgi_adaptor::{Adaptor, Request, RequestError};
use wsgi_forms::Limits;
use wsgi_testing::{Multipart, Request as Test, Response};

/// The response of a page that shows its query as a `T`.
fn query<T: DeserializeOwned + Debug + 'static>(query: &str) -> Response {
    let show = |request: &Request<'_>| -> Result<String, RequestError> {
        Ok(format!("{:?}", request.query_as::<T>()?))
    };
    let app = Adaptor::new().get("/", show);
    Test::get(format!("/?{query}")).call(&app)
}

#[track_caller]
fn check<T: DeserializeOwned + Debug + 'static>(text: &str, shown: &str) {
    assert_eq!(query::<T>(text).text(), shown, "{text}");
}

#[track_caller]
fn check_error<T: DeserializeOwned + Debug + 'static>(text: &str, reason: &str) {
    let response = query::<T>(text);
    assert_eq!(
        response.text(),
        format!("400 Bad Request: {reason}\n"),
        "{text}"
    );
    assert_eq!(response.errors(), "");
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "they are only shown")]
struct One<T> {
    a: T,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Size {
    #[default]
    Small,
    ExtraLarge,
    #[serde(skip)]
    #[expect(dead_code, reason = "no text means it")]
    Secret,
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "u8")]
#[expect(dead_code, reason = "it is only shown")]
struct Even(u8);

impl TryFrom<u8> for Even {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, &'static str> {
        if number.is_multiple_of(2) {
            Ok(Self(number))
        } else {
            Err("crate::Even wants even numbers")
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "they are only shown")]
struct Flat {
    #[serde(flatten)]
    inner: One<String>,
    #[serde(default)]
    b: Option<u8>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "they are only shown")]
struct Rest<T> {
    #[serde(flatten)]
    rest: BTreeMap<String, T>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "a", rename_all = "lowercase")]
#[expect(dead_code, reason = "they are only shown")]
enum Tagged {
    Open { file: String },
    Close {},
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "they are only shown")]
enum Either {
    Left(One<String>),
    Right { b: String },
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "they are only shown")]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[test]
fn values_of_all_kinds_are_read() {
    check::<One<String>>("a=x+y%26", r#"One { a: "x y&" }"#);
    check::<One<i8>>("a=-128", "One { a: -128 }");
    check::<One<u128>>(
        "a=340282366920938463463374607431768211455",
        &format!("One {{ a: {} }}", u128::MAX),
    );
    check::<One<f64>>("a=-1.5e3", "One { a: -1500.0 }");
    check::<One<char>>("a=%C3%A9", "One { a: 'é' }");
    for (text, is_on) in [
        ("true", true),
        ("on", true),
        ("1", true),
        ("false", false),
        ("off", false),
        ("0", false),
        ("", false),
    ] {
        check::<One<bool>>(&format!("a={text}"), &format!("One {{ a: {is_on} }}"));
    }
    check::<One<Size>>("a=extra-large", "One { a: ExtraLarge }");
    check::<One<Even>>("a=4", "One { a: Even(4) }");
    check::<One<Vec<u8>>>("a=1&b=x&a=2", "One { a: [1, 2] }");
    check::<One<(u8, String)>>("a=1&a=2", r#"One { a: (1, "2") }"#);
    check::<One<()>>("a=", "One { a: () }");
    check::<HashMap<String, u8>>("a=1", r#"{"a": 1}"#);
    check::<Flat>("a=1", r#"Flat { inner: One { a: "1" }, b: None }"#);
    check::<()>("a=1", "()");
}

#[test]
fn names_that_nothing_asks_for_may_repeat() {
    check::<One<String>>("b=1&a=2&b=3", r#"One { a: "2" }"#);
    let flat = r#"Flat { inner: One { a: "1" }, b: None }"#;
    check::<Flat>("a=1&c=2&c=3", flat);
    check::<Tagged>("a=open&file=x&b=1&b=2", r#"Open { file: "x" }"#);
    check::<Tagged>("a=close&file=x&file=y", "Close");
    check::<Either>("b=2&c=3&c=4", r#"Right { b: "2" }"#);
}

#[test]
fn a_flattened_type_gets_one_value_as_text_and_several_as_a_list() {
    check::<Rest<String>>("a=1&b=2", r#"Rest { rest: {"a": "1", "b": "2"} }"#);
    check::<Rest<Option<String>>>("a=1", r#"Rest { rest: {"a": Some("1")} }"#);
    check::<Rest<String>>("", "Rest { rest: {} }");
    check::<Rest<Vec<String>>>("a=1&a=2", r#"Rest { rest: {"a": ["1", "2"]} }"#);
    let malformed = "the input is malformed";
    check_error::<Rest<Vec<String>>>("a=1", malformed);
    check_error::<Rest<String>>("a=1&a=2", malformed);
    check_error::<Rest<Option<String>>>("a=1&a=2", malformed);
    check_error::<Rest<u8>>("a=1", malformed);
    check_error::<Rest<bool>>("a=true", malformed);
    check_error::<Flat>("a=1&a=2", malformed);
}

#[test]
fn a_type_that_takes_one_value_or_several_has_all_of_them() {
    check::<One<OneOrMany>>("a=1", r#"One { a: One("1") }"#);
    check::<One<OneOrMany>>("a=1&a=2", r#"One { a: Many(["1", "2"]) }"#);
    let rest = r#"Rest { rest: {"a": Many(["1", "2"]), "b": One("3")} }"#;
    check::<Rest<OneOrMany>>("a=1&a=2&b=3", rest);
}

#[cfg(feature = "json")]
#[test]
fn a_value_of_json_is_text_or_a_list_of_texts() {
    use serde_json::Value;
    check::<One<Value>>("a=1", r#"One { a: String("1") }"#);
    let list = r#"Array [String("1"), String("2")]"#;
    check::<One<Value>>("a=1&a=2", &format!("One {{ a: {list} }}"));
    check::<Rest<Value>>("a=1", r#"Rest { rest: {"a": String("1")} }"#);
    let rest = format!(r#"Rest {{ rest: {{"a": {list}}} }}"#);
    check::<Rest<Value>>("a=1&a=2", &rest);
}

#[test]
fn pairs_are_read_in_order() {
    let pairs = r#"[("b", 1), ("a", 2), ("b", 3)]"#;
    check::<Vec<(String, u8)>>("b=1&a=2&b=3", pairs);
    check::<Vec<(char, Size)>>("a=small", "[('a', Small)]");
    check::<Vec<(String, String)>>("", "[]");
}

#[test]
fn an_error_of_a_pair_says_which_part_of_it_is_wrong() {
    check_error::<Vec<(u32, String)>>("x=1", r#"the name "x" is not expected"#);
    let reason = r#"the value of "x" must be a whole number from 0 to 255"#;
    check_error::<Vec<(String, u8)>>("x=y", reason);
}

#[test]
fn no_value_of_a_pair_is_dropped() {
    let malformed = r#"the value of "x" is malformed"#;
    check_error::<Vec<(String,)>>("x=1", malformed);
    check_error::<Vec<[String; 1]>>("x=1", malformed);
    check_error::<Vec<[String; 3]>>("x=1", malformed);
    check::<Vec<[String; 2]>>("x=1", r#"[["x", "1"]]"#);
    check::<Vec<Vec<String>>>("x=1", r#"[["x", "1"]]"#);
}

#[test]
fn names_are_read_as_values_are() {
    check::<BTreeMap<u8, String>>("2=b&1=a", r#"{1: "a", 2: "b"}"#);
    check::<BTreeMap<char, Vec<u8>>>("a=1&a=2", "{'a': [1, 2]}");
}

#[test]
fn an_optional_value_may_be_absent_or_empty() {
    check::<One<Option<u8>>>("", "One { a: None }");
    check::<One<Option<u8>>>("a=", "One { a: None }");
    check::<One<Option<u8>>>("a=1", "One { a: Some(1) }");
    check::<One<Option<Vec<u8>>>>("a=1&a=2", "One { a: Some([1, 2]) }");
    check::<One<Option<Size>>>("a=small", "One { a: Some(Small) }");
}

#[test]
fn an_error_names_the_value_and_says_what_it_must_be() {
    check_error::<One<u8>>("", r#"the value of "a" is missing"#);
    for text in [
        "a=", "a=256", "a=-1", "a=1.0", "a=%201", "a=x", "a=1%00", "a=%D9%A1",
    ] {
        check_error::<One<u8>>(
            text,
            r#"the value of "a" must be a whole number from 0 to 255"#,
        );
    }
    for text in ["a=NaN", "a=inf", "a=1e999", "a="] {
        check_error::<One<f64>>(text, r#"the value of "a" must be a number"#);
        check_error::<One<f32>>(text, r#"the value of "a" must be a number"#);
    }
    check_error::<One<bool>>("a=yes", r#"the value of "a" must be true or false"#);
    check_error::<One<char>>("a=xy", r#"the value of "a" must be one character"#);
    check_error::<One<Size>>(
        "a=huge",
        r#"the value of "a" must be one of small, extra-large"#,
    );
    check_error::<One<String>>("a=1&a=2", r#"the value of "a" is given more than once"#);
    check_error::<One<Option<u8>>>("a=1&a=2", r#"the value of "a" is given more than once"#);
    check_error::<One<Vec<u8>>>(
        "a=1&a=x",
        r#"the value of "a" must be a whole number from 0 to 255"#,
    );
    check_error::<One<(u8, u8)>>("a=1", r#"the value of "a" is malformed"#);
    check_error::<Strict>("b=1", r#"the name "b" is not expected"#);
    check_error::<One<(u8, u8)>>("a=1&a=2&a=3", r#"the value of "a" is given too often"#);
    check_error::<HashMap<u8, u8>>("x=1", r#"the name "x" is not expected"#);
    let reason = r#"the value of "a" must be a whole number from 0 to 255"#;
    check_error::<Vec<(String, u8)>>("a=x", reason);
    let repeated = r#"the value of "a" is given more than once"#;
    check_error::<Tagged>("a=open&a=close", repeated);
    check_error::<One<HashMap<u8, u8>>>("a=1&a=2", repeated);
}

#[test]
fn an_error_names_no_type_of_the_application() {
    check_error::<One<Even>>("a=3", r#"the value of "a" is malformed"#);
    check_error::<One<One<u8>>>("a=3", r#"the value of "a" is malformed"#);
    check_error::<u8>("a=3", "the input is malformed");
    check_error::<Vec<u8>>("a=3", r#"the value of "a" is malformed"#);
}

#[test]
fn hostile_names_are_shown_in_escapes() {
    let name = "%0D%0ASet-Cookie:%20x%00%E2%80%AE";
    let shown = r#"the name "\r\nSet-Cookie: x\0\u{202e}" is not expected"#;
    check_error::<Strict>(&format!("{name}=1"), shown);
    let many = "a&".repeat(50_000);
    check_error::<One<u8>>(&many, r#"the value of "a" is given more than once"#);
    check::<One<u8>>(&format!("{}a=1", "b=&".repeat(10_000)), "One { a: 1 }");
}

fn app() -> Adaptor {
    let show = |request: &Request<'_>| -> wsgi_adaptor::Result<String> {
        Ok(format!("{:?}", request.form_as::<One<Vec<u8>>>()?))
    };
    Adaptor::new()
        .post("/", show)
        .form_limits(Limits::new().max_body_bytes(1000))
}

#[test]
fn a_form_is_read_in_both_encodings_and_without_its_files() {
    let request = Test::post("/").form([("a", "1"), ("a", "2")]);
    assert_eq!(request.call(&app()).text(), "One { a: [1, 2] }");
    let form = Multipart::new()
        .field("a", "1")
        .file("a", "x", "text/plain", "x")
        .field("b", "");
    assert_eq!(
        Test::post("/").multipart(&form).call(&app()).text(),
        "One { a: [1] }"
    );
}

#[test]
fn a_form_that_does_not_fit_is_a_problem_with_its_field() {
    let request = Test::post("/")
        .form([("a", "x")])
        .header("Accept", "application/json");
    let response = request.call(&app());
    assert_eq!(response.status().code(), 422);
    let detail = r#"the value of \"a\" must be a whole number from 0 to 255"#;
    let expected = format!(
        "{{\"title\":\"Unprocessable Content\",\"status\":422,\"detail\":\"{detail}\",\
         \"errors\":[{{\"detail\":\"{detail}\",\"field\":\"a\"}}]}}\n"
    );
    assert_eq!(response.text(), expected);
}

#[test]
fn a_form_is_read_within_its_limits() {
    let long = "1".repeat(2000);
    let request = Test::post("/").form([("a", &*long)]);
    assert_eq!(request.call(&app()).status().code(), 413);
    let request = Test::post("/")
        .body("a=1")
        .header("Content-Type", "text/plain");
    assert_eq!(request.call(&app()).status().code(), 415);
}
