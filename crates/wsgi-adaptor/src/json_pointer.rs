//! Where in a JSON text an error is.

/// An object or an array that is open, and where in it the text stands.
enum Level {
    /// In the field of this name, if one has begun.
    Object(Option<String>),
    Array(usize),
}

/// The longest pointer in bytes: names in it are the client's, and of any length.
const LONGEST: usize = 1000;

/// The JSON Pointer (RFC 6901) of the value that ends or stands at `line` and `column`, both from 1
/// on, as serde_json counts them; of a field that is missing, where it is missed. The text is well
/// formed up to there. Where that would be too long, it is the pointer of what the value is in.
pub(crate) fn pointer(json: &[u8], error: &serde_json::Error) -> String {
    let lines = json.split_inclusive(|&byte| byte == b'\n');
    let before: usize = lines
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    let end = (before + error.column()).min(json.len());
    let mut levels = walk(&json[..end]);
    if let Some(name) = missing_field(error) {
        levels.push(Level::Object(Some(name)));
    }
    let mut pointer = String::new();
    for level in &levels {
        let token = match level {
            Level::Object(None) => break,
            Level::Object(Some(name)) => name.replace('~', "~0").replace('/', "~1"),
            Level::Array(index) => index.to_string(),
        };
        if pointer.len() + 1 + token.len() > LONGEST {
            break;
        }
        pointer.push('/');
        pointer.push_str(&token);
    }
    pointer
}

/// The levels that are open at the end of the text.
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

/// The end of a string that begins before `at`.
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

/// The name of a field that serde misses: its message alone has it.
fn missing_field(error: &serde_json::Error) -> Option<String> {
    let message = error.to_string();
    let (name, _) = message.strip_prefix("missing field `")?.split_once('`')?;
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::pointer;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "it is only read")]
    struct Order {
        table: u8,
        #[serde(default)]
        items: Vec<Item>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "it is only read")]
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
    fn a_pointer_that_would_be_long_ends_at_what_the_value_is_in() {
        let long = "a".repeat(super::LONGEST);
        let error = serde_json::from_str::<Vec<std::collections::HashMap<String, u8>>>;
        let json = format!("[{{\"{long}\": -1}}]");
        let error = error(&json).expect_err("an error");
        assert_eq!(pointer(json.as_bytes(), &error), "/0");
    }

    #[test]
    fn a_text_that_ends_early_is_named_as_far_as_it_goes() {
        check("", "");
        check(r#"{"table": "#, "/table");
        check(r#"{"table": 1, "items": [{"na"#, "/items/0");
    }
}
