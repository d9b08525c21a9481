//! Parsers of the values of options. Each refuses a value by naming what the option takes.

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

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
    size(value).ok_or("a number of bytes, such as 65536 or 10MiB")
}

/// A number of bytes, or of one of these units, as in `10MiB` or `10 MiB`.
fn size(value: &str) -> Option<u64> {
    let end = value.find(|character: char| !character.is_ascii_digit());
    let (digits, unit) = value.split_at(end.unwrap_or(value.len()));
    let unit: u64 = match unit.trim_matches(' ') {
        "" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
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

/// A time after which something fails that takes time: with none, it would always fail.
pub(crate) fn timeout(value: &str) -> Result<Duration, &'static str> {
    let time = seconds(value).ok().filter(|time| !time.is_zero());
    time.ok_or("a number of seconds above 0 and up to 31536000, such as 30 or 0.5")
}

pub(crate) fn target_bytes(value: &str) -> Result<usize, &'static str> {
    let bytes = size(value).and_then(|bytes| usize::try_from(bytes).ok());
    let bytes = bytes.filter(|&bytes| bytes > 0);
    bytes.ok_or("a number of bytes of at least 1, such as 8192 or 8KiB")
}

// The limits of the limits themselves, which the server would keep without a word.

pub(crate) fn head_bytes(value: &str) -> Result<usize, &'static str> {
    let bytes = size(value).and_then(|bytes| u32::try_from(bytes).ok());
    let bytes = bytes.filter(|&bytes| bytes > 0);
    let bytes = bytes.and_then(|bytes| usize::try_from(bytes).ok());
    bytes.ok_or("a number of bytes from 1 to 4294967295, such as 32768 or 32KiB")
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

#[cfg(test)]
mod tests {
    use super::{bytes, head_bytes, target_bytes};

    #[test]
    fn a_size_is_a_number_of_bytes_or_of_a_unit() {
        for (text, size) in [
            ("0", 0),
            ("65536", 65536),
            ("3KiB", 3 << 10),
            ("10MiB", 10 << 20),
            ("10 MiB", 10 << 20),
            ("1GiB", 1 << 30),
            ("17179869183GiB", 17179869183 << 30),
        ] {
            assert_eq!(bytes(text), Ok(size), "{text}");
        }
        assert_eq!(head_bytes("64KiB"), Ok(65536));
        assert_eq!(target_bytes("8KiB"), Ok(8192));
    }

    #[test]
    fn other_sizes_are_refused() {
        for text in [
            "",
            " ",
            "-1",
            "+1",
            "KiB",
            "1K",
            "1kib",
            "1KB",
            "1Ki",
            "1.5MiB",
            "1KiBKiB",
            "1MiB1",
            "0x10",
            "17179869184GiB",
            "99999999999999999999",
        ] {
            assert!(bytes(text).is_err(), "{text}");
            assert!(head_bytes(text).is_err(), "{text}");
            assert!(target_bytes(text).is_err(), "{text}");
        }
        for text in ["0", "0GiB"] {
            assert!(head_bytes(text).is_err() && target_bytes(text).is_err());
        }
        assert!(head_bytes("4GiB").is_err(), "4294967296 bytes");
    }
}
