//! The place of an error in a JSON text.

use crate::json_mistake::Mistake;

/// An open object or array, and the current place in it.
enum Level {
    /// The name of the current field, if one has begun.
    Object(Option<String>),
    /// The index of the current element.
    Array(usize),
}

/// The longest pointer in bytes. The client chooses the names in it, which may be long.
const MAX_BYTES: usize = 1000;

/// The JSON Pointer (RFC 6901) of the value at which an error of serde_json is. For a missing
/// field, it is the pointer that the field would have. The text is well formed up to the error. If
/// the pointer would be too long, it is that of an object or array around the value.
pub(crate) fn pointer(json: &[u8], error: &serde_json::Error) -> String {
    let lines = json.split_inclusive(|&byte| byte == b'\n');
    let before: usize = lines
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    let end = (before + error.column()).min(json.len());
    let text = &json[..end];
    let mut levels = walk(text);
    // Where a variant should be, the error is of the array itself. A value of another type is only
    // looked at, so that there the text ends before it.
    let is_first = matches!(levels.last(), Some(Level::Array(0)));
    if error.is_syntax() && is_first && text.ends_with(b"[") {
        levels.pop();
    }
    if let Some(Mistake::MissingField(name)) = Mistake::of(error) {
        levels.push(Level::Object(Some(name)));
    }
    let mut pointer = String::new();
    for level in &levels {
        let token = match level {
            Level::Object(None) => break,
            Level::Object(Some(name)) => name.replace('~', "~0").replace('/', "~1"),
            Level::Array(index) => index.to_string(),
        };
        if pointer.len() + 1 + token.len() > MAX_BYTES {
            break;
        }
        pointer.push('/');
        pointer.push_str(&token);
    }
    pointer
}

/// The objects and arrays that are open at the end of the text.
fn walk(json: &[u8]) -> Vec<Level> {
    let mut levels = Vec::new();
    let mut is_name = false;
    let mut at = 0;
    while let Some(&byte) = json.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'{' => {
                levels.push(Level::Object(None));
                is_name = true;
            }
            b'[' => levels.push(Level::Array(0)),
            b'}' | b']' => {
                levels.pop();
                is_name = false;
            }
            b',' => match levels.last_mut() {
                Some(Level::Array(index)) => *index += 1,
                _ => is_name = true,
            },
            b'"' => {
                at = string_end(json, at);
                if let (true, Some(Level::Object(name))) = (is_name, levels.last_mut()) {
                    *name = serde_json::from_slice(&json[start..at]).ok();
                    is_name = false;
                }
            }
            _ => {}
        }
    }
    levels
}

/// The end of the string that begins just before `at`.
fn string_end(json: &[u8], mut at: usize) -> usize {
    while let Some(&byte) = json.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    json.len()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::pointer;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Order {
        table: u8,
        #[serde(default)]
        items: Vec<Item>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only parsed")]
    struct Item {
        #[serde(rename = "a/b~c")]
        price: Option<u32>,
        name: String,
    }

    #[track_caller]
    fn check(json: &str, expected: &str) {
        let error = serde_json::from_str::<Order>(json).expect_err("an error");
        assert_eq!(pointer(json.as_bytes(), &error), expected, "{error}");
    }

    #[test]
    fn a_value_of_another_type_is_named() {
        check(r#"["one"]"#, "/0");
        check("7", "");
        check(r#"{"table": "one"}"#, "/table");
        check("{\n  \"table\":\n  -1}", "/table");
        check(r#"{"table": 1, "items": {}}"#, "/items");
        check(r#"{"table": 1, "items": [{"name": "a"}, 7]}"#, "/items/1");
        check(
            r#"{"table": 1, "items": [{"name": "\"]}"}, {"a/b~c": "x"}]}"#,
            "/items/1/a~1b~0c",
        );
    }

    #[test]
    fn a_field_that_is_missing_or_unknown_is_named() {
        check("{}", "/table");
        check(
            r#"{"table": 1, "items": [{"name": "a"}, {"a/b~c": 1}]}"#,
            "/items/1/name",
        );
        check(r#"{"table": 1, "chair": 2}"#, "/chair");
    }

    #[test]
    fn an_array_in_place_of_something_else_is_named() {
        #[derive(Debug, Deserialize)]
        enum Size {
            Small,
        }
        for json in [r#"{"size": []}"#, r#"{"size": ["Small"]}"#] {
            let error = serde_json::from_str::<BTreeMap<String, Size>>(json).expect_err("an error");
            assert_eq!(pointer(json.as_bytes(), &error), "/size", "{error}");
        }
        check(r#"{"table": []}"#, "/table");
    }

    #[test]
    fn the_first_element_of_an_array_is_named() {
        for json in ["[[{}]]", "[[[1]]]", "[[-1]]", "[[x]]", "[["] {
            let error = serde_json::from_str::<Vec<Vec<u8>>>(json).expect_err("an error");
            assert_eq!(pointer(json.as_bytes(), &error), "/0/0", "{error}");
        }
    }

    #[test]
    fn a_pointer_that_would_be_too_long_ends_at_an_outer_level() {
        let long = "a".repeat(super::MAX_BYTES);
        let error = serde_json::from_str::<Vec<BTreeMap<String, u8>>>;
        let json = format!("[{{\"{long}\": -1}}]");
        let error = error(&json).expect_err("an error");
        assert_eq!(pointer(json.as_bytes(), &error), "/0");
    }

    #[test]
    fn in_a_text_that_ends_early_the_last_place_is_named() {
        check("", "");
        check(r#"{"table": "#, "/table");
        check(r#"{"table": 1, "items": [{"na"#, "/items/0");
    }
}
