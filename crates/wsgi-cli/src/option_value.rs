//! Parsers of the values of options. Each refuses a value by naming what the option takes.

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, PossibleValuesParser, TypedValueParser};

use crate::address::Address;

pub(crate) fn address(value: &str) -> Result<Address, &'static str> {
    let takes = "a host and a port, such as 127.0.0.1:8000, or unix:PATH";
    value.parse().map_err(|_| takes)
}

pub(crate) fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().try_map(|path| match path.is_empty() {
        true => Err("a path"),
        false => Ok(PathBuf::from(path)),
    })
}

/// The value of a variable for an option that takes no value.
pub(crate) fn switch(value: &str) -> Result<bool, &'static str> {
    match &*value.to_ascii_lowercase() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => Err("true or false"),
    }
}

pub(crate) fn yes_or_no() -> impl TypedValueParser<Value = bool> {
    PossibleValuesParser::new(["yes", "no"]).map(|answer| answer == "yes")
}
