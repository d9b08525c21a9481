//! The parts of the lines of a head.
//!
//! Each part has a fast function for the shape that nearly all requests have. Any other shape, and
//! a missing part, is left to a cold function, which knows the whole grammar and the error. Both
//! agree: the cold function finds everything that the fast one finds, which only saves time.
//!
//! A result is final: neither a part that was found nor a refusal changes when more bytes follow.

use crate::{
    rejection::Rejection,
    scan::{BLOCK, name_length, path_length, value_length},
    token::{is_token_byte, is_value_byte, trim},
    version::{Received, Version},
};

/// The reason for which a part was not found.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stop {
    /// The bytes may still become one.
    Incomplete,
    Refused(Rejection),
}

impl From<Rejection> for Stop {
    #[inline]
    fn from(rejection: Rejection) -> Self {
        Self::Refused(rejection)
    }
}

/// A part of a line that was found.
pub(crate) struct Part<'a> {
    pub(crate) text: &'a [u8],
    /// The bytes after the part and its delimiter.
    pub(crate) rest: &'a [u8],
}

/// A field line that was found.
pub(crate) struct FieldLine<'a> {
    pub(crate) name: &'a [u8],
    /// The value, without the whitespace around it.
    pub(crate) value: &'a [u8],
    /// The bytes after the line.
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

/// The longest method in bytes. Every registered one is shorter.
pub(crate) const MAX_METHOD_BYTES: usize = 32;

/// The method at the start of a request line.
#[inline]
pub(crate) fn method(line: &[u8]) -> Result<Part<'_>, Stop> {
    const GET: &[u8] = b"GET";
    // Mutant: without this, what follows gives the same result.
    if let Some(rest) = line.strip_prefix(b"GET ") {
        let text = &line[..GET.len()];
        return Ok(Part { text, rest });
    }
    match part(line, name_length(line), b" ") {
        // Mutant: without this arm, `rare_method` gives the same result.
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
        // Mutant: without this arm, `rare_target` and `Target::parse` give the same result.
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

/// The version after a target, up to the end of the line.
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
        Received::Supported(version) => version,
        Received::Unsupported => return Err(Rejection::UnsupportedVersion.into()),
        Received::Missing => return Err(Rejection::VersionMissing.into()),
        Received::Malformed => return Err(Rejection::Version.into()),
        Received::Incomplete => return Err(Stop::Incomplete),
    };
    let rest = &line[Version::LENGTH..];
    match rest.strip_prefix(CRLF) {
        Some(rest) => Ok((version, rest)),
        // A version that goes on, such as `HTTP/1.10`, and not a bad line end.
        None if rest.first().is_some_and(|&byte| byte > b' ') => Err(Rejection::Version.into()),
        None => Err(no_line_end(rest, Rejection::LineEnd)),
    }
}

/// The field line at the start of `line`, the end of `window`; `None` if the empty line at the end
/// of a head is there.
#[inline(always)] // in the one place that calls it
pub(crate) fn field<'a>(window: &[u8], line: &'a [u8]) -> Result<Option<FieldLine<'a>>, Stop> {
    // The end of a head without a body is also that of the bytes. A scan would have to copy them.
    if line.len() < BLOCK && line.starts_with(CRLF) {
        return Ok(None);
    }
    match part(line, name_length(line), b": ") {
        // Mutant: without this arm, `rare_field` gives the same result.
        Some(Part { text, rest }) if !text.is_empty() => with_value(window, text, rest).map(Some),
        _ => rare_field(window, line),
    }
}

#[cold]
#[inline(never)]
fn rare_field<'a>(window: &[u8], line: &'a [u8]) -> Result<Option<FieldLine<'a>>, Stop> {
    match line {
        [b'\r', b'\n', ..] => Ok(None),
        b"\r" => Err(Stop::Incomplete),
        [b'\r' | b'\n', ..] => Err(Rejection::LineEnd.into()),
        _ => {
            let length = length_while(line, is_token_byte);
            let Part { text, rest } = token(line, length, b":", Rejection::FieldName)?;
            with_value(window, text, rest).map(Some)
        }
    }
}

/// The field line that goes on with a value, up to its end.
#[inline(always)]
fn with_value<'a>(window: &[u8], name: &'a [u8], line: &'a [u8]) -> Result<FieldLine<'a>, Stop> {
    let Part { text, rest } = match part(line, value_length(window, line), CRLF) {
        Some(part) => part,
        None => rare_value(line)?,
    };
    // In a value, only whitespace is not above a space.
    let is_trimmed = text.first() > Some(&b' ') && text.last() > Some(&b' ');
    let value = if is_trimmed { text } else { trim(text) };
    Ok(FieldLine { name, value, rest })
}

#[cold]
fn rare_value(line: &[u8]) -> Result<Part<'_>, Stop> {
    let length = length_while(line, is_value_byte);
    part(line, length, CRLF).ok_or_else(|| no_line_end(&line[length..], Rejection::FieldValue))
}

/// The first `length` bytes, if `delimiter` follows them.
#[inline]
fn part<'a>(bytes: &'a [u8], length: usize, delimiter: &[u8]) -> Option<Part<'a>> {
    let (text, rest) = bytes.split_at_checked(length)?;
    let rest = rest.strip_prefix(delimiter)?;
    Some(Part { text, rest })
}

/// Like [`part`], for a part that must not be empty. `length` is its greatest possible length.
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

/// The reason for which the line does not end at the start of `bytes`.
#[cold]
fn no_line_end(bytes: &[u8], otherwise: Rejection) -> Stop {
    match bytes {
        b"" | b"\r" => Stop::Incomplete,
        [b'\n', ..] => Rejection::LineEnd.into(),
        _ => otherwise.into(),
    }
}

/// The number of bytes before the first that is not accepted.
pub(crate) fn length_while(bytes: &[u8], accept: impl Fn(u8) -> bool) -> usize {
    bytes
        .iter()
        .position(|&byte| !accept(byte))
        .unwrap_or(bytes.len())
}
