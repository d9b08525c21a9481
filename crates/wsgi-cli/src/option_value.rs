//! Parsers of the values of options. Each refuses a value by naming what the option takes.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
    time::Duration,
};

use clap::builder::{OsStringValueParser, PossibleValuesParser, TypedValueParser};

use crate::address::Address;

pub(crate) fn address(value: &str) -> Result<Address, &'static str> {
    let takes = "a host and a port, such as 127.0.0.1:8000, or unix:PATH";
    value.parse().map_err(|_| takes)
}

/// An address that does not stand for every interface by leaving the host out.
pub(crate) fn address_with_host(value: &str) -> Result<Address, &'static str> {
    match value.parse() {
        Ok(Address::Tcp { host, .. }) if host.is_empty() => Err(WITH_HOST),
        address => address.map_err(|_| WITH_HOST),
    }
}

const WITH_HOST: &str = "a host and a port, such as 127.0.0.1:9100, or unix:PATH";

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

pub(crate) fn number(value: &str) -> Result<NonZeroUsize, &'static str> {
    value.parse().map_err(|_| "a number of at least 1")
}

pub(crate) fn count(value: &str) -> Result<usize, &'static str> {
    value.parse().map_err(|_| "a number of at least 0")
}

pub(crate) fn bytes(value: &str) -> Result<u64, &'static str> {
    value.parse().map_err(|_| "a number of bytes")
}

/// The longest time, in seconds: a year. The server takes it for a longer one, too.
const LONGEST: f64 = 365.0 * 24.0 * 3600.0;

pub(crate) fn seconds(value: &str) -> Result<Duration, &'static str> {
    let seconds = value.parse().ok();
    let seconds = seconds.filter(|seconds| (0.0..=LONGEST).contains(seconds));
    seconds
        .map(Duration::from_secs_f64)
        .ok_or("a number of seconds from 0 to 31536000, such as 30 or 0.5")
}

pub(crate) fn target_bytes(value: &str) -> Result<usize, &'static str> {
    let bytes = value.parse().ok().map(NonZeroUsize::get);
    bytes.ok_or("a number of bytes of at least 1")
}

// The limits of the limits themselves, which the server would keep without a word.

pub(crate) fn head_bytes(value: &str) -> Result<usize, &'static str> {
    let bytes = value.parse().ok().map(NonZeroU32::get);
    let bytes = bytes.and_then(|bytes| usize::try_from(bytes).ok());
    bytes.ok_or("a number of bytes from 1 to 4294967295")
}

pub(crate) fn fields(value: &str) -> Result<usize, &'static str> {
    let fields = value
        .parse()
        .ok()
        .filter(|fields| (1..=256).contains(fields));
    fields.ok_or("a number from 1 to 256")
}

pub(crate) fn params(value: &str) -> Result<usize, &'static str> {
    let params = value
        .parse()
        .ok()
        .filter(|params| (1..=1024).contains(params));
    params.ok_or("a number from 1 to 1024")
}
