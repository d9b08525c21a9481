//! The mistake in a JSON text, as serde tells it.

use std::borrow::Cow;

use crate::reasons;

/// A mistake in a value. serde tells it in its message alone, which ends with what was expected.
/// Before that, the message can have a text of the client.
pub(crate) enum Mistake {
    /// The field of this name is missing.
    MissingField(String),
    UnknownField,
    /// The value is the name of no variant. These are all.
    UnknownVariant(Vec<String>),
    /// The value is not what these words of serde, or of the application, say.
    Unfit(String),
}

impl Mistake {
    /// Reads the message of an error. `None` if the text is malformed, or if the message is one of
    /// the application.
    pub(crate) fn of(error: &serde_json::Error) -> Option<Self> {
        let message = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let message = message.strip_suffix(&place)?;
        let (kind, rest) = message.split_once([':', '`'])?;
        let expected = || {
            rest.rsplit_once(", expected ")
                .map(|(_, expected)| expected)
        };
        match kind {
            "missing field " => {
                let (name, _) = rest.split_once('`')?;
                Some(Self::MissingField(name.to_owned()))
            }
            "unknown field " => Some(Self::UnknownField),
            "unknown variant " => {
                let names = expected()?.split('`').skip(1).step_by(2);
                Some(Self::UnknownVariant(names.map(str::to_owned).collect()))
            }
            "invalid type" | "invalid value" => Some(Self::Unfit(expected()?.to_owned())),
            _ => None,
        }
    }

    /// The end of a sentence for the client. `None` if the words are those of the application,
    /// which could name its types.
    pub(crate) fn reason(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::MissingField(_) => Some(reasons::MISSING.into()),
            Self::UnknownField => Some(reasons::UNEXPECTED.into()),
            Self::UnknownVariant(names) => {
                let names: Vec<_> = names.iter().map(String::as_str).collect();
                Some(reasons::none_of(&names).into())
            }
            Self::Unfit(expected) => must_be(expected),
        }
    }
}

/// Our words for those of serde.
fn must_be(expected: &str) -> Option<Cow<'static, str>> {
    macro_rules! whole_numbers {
        ($($number:ident)*) => {
            match expected {
                $(stringify!($number) => {
                    let reason = reasons::no_whole_number($number::MIN, $number::MAX);
                    return Some(reason.into());
                })*
                _ => {}
            }
        };
    }
    whole_numbers! { i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize }
    let text = match expected {
        "a boolean" => reasons::NO_BOOLEAN,
        "a character" => reasons::NO_CHARACTER,
        "a map" => "must be an object",
        "a sequence" => "must be an array",
        "a string" => "must be a string",
        "f32" | "f64" => reasons::NO_NUMBER,
        _ if expected.starts_with("struct ") => "must be an object",
        _ => return None,
    };
    Some(text.into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, de::Error};

    use super::Mistake;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Order {
        dish: Dish,
        table: Option<u8>,
        #[serde(default)]
        note: String,
        #[serde(default)]
        extras: Vec<char>,
        #[serde(default)]
        prices: BTreeMap<String, f64>,
        #[serde(default)]
        is_hot: bool,
        #[serde(default)]
        at: Time,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Dish {
        Soup,
        Salad,
        Tea,
    }

    #[derive(Debug, Default)]
    struct Time;

    impl<'de> Deserialize<'de> for Time {
        fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            Err(D::Error::custom("a Time is not a crate::Clock"))
        }
    }

    #[track_caller]
    fn check(json: &str, expected: Option<&str>) {
        let error = serde_json::from_str::<Order>(json).unwrap_err();
        let reason = Mistake::of(&error).and_then(|mistake| mistake.reason());
        assert_eq!(reason.as_deref(), expected, "{error}");
    }

    #[test]
    fn a_client_hears_what_a_value_must_be() {
        let number = Some("must be a whole number from 0 to 255");
        check(r#"{"dish": "tea", "table": "two"}"#, number);
        check(r#"{"dish": "tea", "table": 256}"#, number);
        check(r#"{"dish": "tea", "table": 1.5}"#, number);
        check(
            r#"{"dish": "tea", "table": ", expected a boolean at line 1 column 2"}"#,
            number,
        );
        check(r#"{"table": 7}"#, Some("is missing"));
        check(r#"{"`, expected u8": 7}"#, Some("is not expected"));
        let dishes = Some("must be one of soup, salad, tea");
        check(r#"{"dish": "cake"}"#, dishes);
        check(r#"{"dish": "`, expected `"}"#, dishes);
        check(r#"{"dish": "tea", "note": 7}"#, Some("must be a string"));
        check(r#"{"dish": "tea", "extras": 7}"#, Some("must be an array"));
        check(
            r#"{"dish": "tea", "extras": ["ab"]}"#,
            Some("must be one character"),
        );
        check(
            r#"{"dish": "tea", "prices": []}"#,
            Some("must be an object"),
        );
        check(
            r#"{"dish": "tea", "prices": {"a": "b"}}"#,
            Some("must be a number"),
        );
        check(
            r#"{"dish": "tea", "is_hot": "on"}"#,
            Some("must be true or false"),
        );
        check("7", Some("must be an object"));
    }

    #[test]
    fn a_client_hears_no_names_of_types_and_nothing_about_malformed_json() {
        check(r#"{"dish": "tea", "at": 7}"#, None);
        check(r#"{"dish": 7}"#, None);
        check(r#"{"dish": "tea", "dish": "tea"}"#, None);
        check(r#"{"dish": "tea""#, None);
        check("", None);
    }
}
