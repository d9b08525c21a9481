//! The parts of the lines of a head, each with what is behind it.
//!
//! Each is looked for in the shape nearly all requests have. What is of another shape, or not
//! there, is left to a cold function, which has the whole grammar and says what is wrong. The two
//! agree: whatever is found the short way, the long one would find as well.
//!
//! What is refused stays refused whatever follows it, and what is found is found again whatever
//! follows.

use crate::scan::{name_length, path_length, value_length};
use crate::token::{is_token_byte, is_value_byte, trim};
use crate::version::Received;
use crate::{Rejection, Version};

/// Why there is no result.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stop {
    /// What there is can still become one.
    Incomplete,
    Refused(Rejection),
}

impl From<Rejection> for Stop {
    #[inline]
    fn from(rejection: Rejection) -> Stop {
        Stop::Refused(rejection)
    }
}

/// A part of a line that was found.
pub(crate) struct Part<'a> {
    pub(crate) text: &'a [u8],
    /// The bytes after the part and its delimiter.
    pub(crate) rest: &'a [u8],
}

/// A request-target that was found.
pub(crate) struct TargetPart<'a> {
    pub(crate) text: &'a [u8],
    /// The bytes after the target and its delimiter.
    pub(crate) rest: &'a [u8],
    /// Whether the target is known to be visible ASCII without `%`, `?` and `#`.
    pub(crate) is_plain: bool,
}

pub(crate) const CRLF: &[u8] = b"\r\n";

/// The longest method that is looked at; every registered one is shorter.
pub(crate) const MAX_METHOD_BYTES: usize = 32;

/// The method at the start of a request line.
#[inline]
pub(crate) fn method(line: &[u8]) -> Result<Part<'_>, Stop> {
    match part(line, name_length(line), b" ") {
        Some(part) if (1..=MAX_METHOD_BYTES).contains(&part.text.len()) => Ok(part),
        _ => rare_method(line),
    }
}

#[cold]
fn rare_method(line: &[u8]) -> Result<Part<'_>, Stop> {
    let length = length_while(line, is_token_byte);
    if length > MAX_METHOD_BYTES {
        return Err(Rejection::MethodTooLong.into());
    }
    token(line, length, b" ", Rejection::RequestLine)
}

/// The target after a method.
#[inline]
pub(crate) fn target(line: &[u8], limit: usize) -> Result<TargetPart<'_>, Stop> {
    let (part, is_plain) = match part(line, path_length(line), b" ") {
        Some(part) if (1..=limit).contains(&part.text.len()) => (part, true),
        _ => (rare_target(line, limit)?, false),
    };
    let Part { text, rest } = part;
    Ok(TargetPart {
        text,
        rest,
        is_plain,
    })
}

#[cold]
fn rare_target(line: &[u8], limit: usize) -> Result<Part<'_>, Stop> {
    let length = length_while(line, |byte| byte > b' ' && byte != 0x7f);
    if length > limit {
        return Err(Rejection::TargetTooLong.into());
    }
    token(line, length, b" ", Rejection::RequestLine)
}

/// The version behind a target, to the end of the line.
#[inline]
pub(crate) fn version(line: &[u8]) -> Result<(Version, &[u8]), Stop> {
    match line.strip_prefix(b"HTTP/1.1\r\n") {
        Some(rest) => Ok((Version::Http11, rest)),
        None => rare_version(line),
    }
}

#[cold]
fn rare_version(line: &[u8]) -> Result<(Version, &[u8]), Stop> {
    let version = match Received::at_start_of(line) {
        Received::Spoken(version) => version,
        Received::Unsupported => return Err(Rejection::UnsupportedVersion.into()),
        Received::Missing => return Err(Rejection::VersionMissing.into()),
        Received::Malformed => return Err(Rejection::Version.into()),
        Received::Incomplete => return Err(Stop::Incomplete),
    };
    let rest = &line[Version::LENGTH..];
    match rest.strip_prefix(CRLF) {
        Some(rest) => Ok((version, rest)),
        // A version with more to it, as `HTTP/1.10`, rather than a line that does not end.
        None if rest.first().is_some_and(|&byte| byte > b' ') => Err(Rejection::Version.into()),
        None => Err(no_line_end(rest, Rejection::LineEnd)),
    }
}

/// The name at the start of a field line.
#[inline]
pub(crate) fn name(line: &[u8]) -> Result<Part<'_>, Stop> {
    match part(line, name_length(line), b": ") {
        Some(part) if !part.text.is_empty() => Ok(part),
        _ => rare_name(line),
    }
}

#[cold]
fn rare_name(line: &[u8]) -> Result<Part<'_>, Stop> {
    match line {
        b"\r" => Err(Stop::Incomplete),
        [b'\r' | b'\n', ..] => Err(Rejection::LineEnd.into()),
        _ => {
            let length = length_while(line, is_token_byte);
            token(line, length, b":", Rejection::FieldName)
        }
    }
}

/// The value behind a name, without the whitespace around it, to the end of the line.
#[inline]
pub(crate) fn value(line: &[u8]) -> Result<Part<'_>, Stop> {
    let Part { text, rest } = match part(line, value_length(line), CRLF) {
        Some(part) => part,
        None => rare_value(line)?,
    };
    // All whitespace is at most a space, and nothing else in a value is.
    let is_trimmed = text.first() > Some(&b' ') && text.last() > Some(&b' ');
    let text = if is_trimmed { text } else { trim(text) };
    Ok(Part { text, rest })
}

#[cold]
fn rare_value(line: &[u8]) -> Result<Part<'_>, Stop> {
    let length = length_while(line, is_value_byte);
    part(line, length, CRLF).ok_or_else(|| no_line_end(&line[length..], Rejection::FieldValue))
}

/// The first `length` bytes, if `delimiter` is behind them.
#[inline]
fn part<'a>(bytes: &'a [u8], length: usize, delimiter: &[u8]) -> Option<Part<'a>> {
    let (text, rest) = bytes.split_at_checked(length)?;
    let rest = rest.strip_prefix(delimiter)?;
    Some(Part { text, rest })
}

/// As [`part`], for a part that cannot be empty, where `length` is as long as it can be.
fn token<'a>(
    bytes: &'a [u8],
    length: usize,
    delimiter: &[u8],
    otherwise: Rejection,
) -> Result<Part<'a>, Stop> {
    match part(bytes, length, delimiter) {
        Some(part) if !part.text.is_empty() => Ok(part),
        None if length == bytes.len() => Err(Stop::Incomplete),
        _ => Err(otherwise.into()),
    }
}

/// Why the line does not end at the start of `bytes`.
#[cold]
fn no_line_end(bytes: &[u8], otherwise: Rejection) -> Stop {
    match bytes {
        b"" | b"\r" => Stop::Incomplete,
        [b'\n', ..] => Rejection::LineEnd.into(),
        _ => otherwise.into(),
    }
}

/// How many bytes come before the first that is not accepted.
pub(crate) fn length_while(bytes: &[u8], accept: impl Fn(u8) -> bool) -> usize {
    bytes
        .iter()
        .position(|&byte| !accept(byte))
        .unwrap_or(bytes.len())
}
