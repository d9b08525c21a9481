//! The kinds of values of settings.

use std::ffi::OsString;

use clap::ArgAction;
use toml::de::DeValue;

/// The kind of a setting's value. The declaration of its option decides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Whether an option without a value is given.
    Switch,
    /// The answer of an option that takes `yes` or `no`.
    Answer,
    Number,
    /// A number of bytes, or a text with a unit.
    Size,
    Text,
    /// A name or a number.
    Account,
    /// Texts of an option that may be repeated.
    Texts,
}

impl Kind {
    pub(super) fn of(option: &clap::Arg) -> Self {
        match (option.get_action(), value_name(option)) {
            (ArgAction::SetTrue, _) => Self::Switch,
            (ArgAction::Append, _) => Self::Texts,
            (_, "yes|no") => Self::Answer,
            (_, "N" | "SECONDS" | "PORT") => Self::Number,
            (_, "BYTES") => Self::Size,
            (_, "USER" | "GROUP") => Self::Account,
            _ => Self::Text,
        }
    }

    /// The values with which an option of this kind is on the command line: one for each time, and
    /// `None` for an option without a value.
    ///
    /// # Errors
    ///
    /// The value has another kind. The error says what the setting takes.
    pub(super) fn values(self, value: &DeValue<'_>) -> Result<Vec<Option<OsString>>, &'static str> {
        let one = |value: &str| Ok(vec![Some(value.into())]);
        match (self, value) {
            (Self::Switch, DeValue::Boolean(true)) => Ok(vec![None]),
            (Self::Switch, DeValue::Boolean(false)) => Ok(Vec::new()),
            (Self::Answer, DeValue::Boolean(true)) => one("yes"),
            (Self::Answer, DeValue::Boolean(false)) => one("no"),
            (Self::Number | Self::Size | Self::Account, DeValue::Integer(number))
                if number.radix() == 10 =>
            {
                one(number.as_str())
            }
            (Self::Number, DeValue::Float(number)) => one(number.as_str()),
            (Self::Size | Self::Text | Self::Account | Self::Texts, DeValue::String(text)) => {
                one(text)
            }
            (Self::Texts, DeValue::Array(texts)) => texts
                .iter()
                .map(|text| text.get_ref().as_str().map(|text| Some(text.into())))
                .collect::<Option<_>>()
                .ok_or(self.takes()),
            _ => Err(self.takes()),
        }
    }

    /// The values that it takes, in words.
    pub(super) fn takes(self) -> &'static str {
        match self {
            Self::Switch | Self::Answer => "true or false",
            Self::Number => "a number",
            Self::Size => "a number of bytes, or a text such as \"10MiB\"",
            Self::Text => "a text in quotes",
            Self::Account => "a number, or a name in quotes",
            Self::Texts => "a text in quotes, or several, as in [\"a\", \"b\"]",
        }
    }
}

/// The name of an option's value in the help.
pub(super) fn value_name(option: &clap::Arg) -> &str {
    let names = option.get_value_names();
    names
        .and_then(<[_]>::first)
        .map_or("", |name| name.as_str())
}

/// The form of a setting's value, with the name of its option's value.
pub(super) fn form_of(option: &clap::Arg) -> String {
    let name = value_name(option);
    match Kind::of(option) {
        Kind::Switch | Kind::Answer => "true".to_owned(),
        Kind::Number | Kind::Size => name.to_owned(),
        Kind::Texts => format!("[\"{name}\"]"),
        Kind::Text | Kind::Account => format!("\"{name}\""),
    }
}
