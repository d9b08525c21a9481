//! Parsing a head, line by line.
//!
//! A head gives the same result however its bytes are cut. That rests on three things: a line
//! that is refused stays refused, whatever follows the byte that is wrong; the limits of length
//! are judged from a prefix alone; and all that takes more than one line to judge is judged once
//! the head is complete.

use crate::known_fields::KnownFields;
use crate::line::{self, CRLF, MAX_METHOD_BYTES, Part, Stop, TargetPart, length_while};
use crate::target::Target;
use crate::token::is_token_byte;
use crate::{Field, Limits, Rejection, RequestHead, Span, Version};

/// How far an incomplete head was looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    scanned: usize,
    target_fits: bool,
}

impl Progress {
    pub(crate) const START: Progress = Progress {
        scanned: 0,
        target_fits: false,
    };
}

/// A request line that was found.
struct RequestLine<'a> {
    /// Whether the target is a path that needs no further check.
    has_plain_path: bool,
    /// The bytes after the line.
    rest: &'a [u8],
}

/// The most that may precede a request line.
const EMPTY_LINES: &[u8] = b"\r\n\r\n";

impl RequestHead {
    /// Parses the head at the start of `bytes`: `Some(length)` when it is `bytes[..length]`,
    /// `None` when its end has not come yet.
    ///
    /// After `None`, call again with the same bytes and more behind them; the result does not
    /// depend on how they were cut. What was looked at already is only looked at again when
    /// another line has ended, so that a peer that sends byte by byte gains nothing. To parse
    /// other bytes instead, [`reset`](RequestHead::reset) first; after `Some` and after an error
    /// that is done already.
    ///
    /// Up to two empty lines before the request line are skipped, and counted into the length:
    /// old clients send them behind a body (RFC 9112 section 2.2).
    ///
    /// # Errors
    ///
    /// What is wrong with the request; see [`Rejection`]. A malformed head may be refused before
    /// its end has come, and is never refused later.
    pub fn parse(&mut self, bytes: &[u8], limits: &Limits) -> Result<Option<usize>, Rejection> {
        // What lies beyond the limit is never looked at, so it cannot matter whether it is there.
        let window = &bytes[..bytes.len().min(limits.head)];
        if self.progress.scanned != 0 && self.is_idle(window, limits) {
            return self.wait(window, limits);
        }
        match self.parse_window(window, limits) {
            Ok(length) => {
                self.reset();
                Ok(Some(length))
            }
            Err(Stop::Incomplete) => self.wait(window, limits),
            Err(Stop::Refused(rejection)) => {
                self.reset();
                Err(rejection)
            }
        }
    }

    /// Forgets an incomplete head, so that [`parse`](RequestHead::parse) can be given other
    /// bytes.
    #[inline]
    pub fn reset(&mut self) {
        self.progress = Progress::START;
    }

    /// Whether parsing again is of no use: no line has ended since, and there is room for more.
    #[cold]
    fn is_idle(&self, window: &[u8], limits: &Limits) -> bool {
        let new = window.get(self.progress.scanned..);
        window.len() < limits.head && new.is_some_and(|new| !new.contains(&b'\n'))
    }

    /// Notes how much was seen, and refuses a request line or a head that is too long already.
    #[cold]
    fn wait(&mut self, window: &[u8], limits: &Limits) -> Result<Option<usize>, Rejection> {
        let Progress { target_fits, .. } = std::mem::replace(&mut self.progress, Progress::START);
        let target_fits = target_fits
            || window.len() > limits.target && check_lengths(without_empty_lines(window), limits)?;
        if window.len() == limits.head {
            return Err(Rejection::HeadTooLarge);
        }
        self.progress = Progress {
            scanned: window.len(),
            target_fits,
        };
        Ok(None)
    }

    // Apart, so that it has all registers to itself wherever it is called from.
    #[inline(never)]
    fn parse_window(&mut self, window: &[u8], limits: &Limits) -> Result<usize, Stop> {
        let line = match window {
            [b'\r' | b'\n', ..] => behind_empty_lines(window)?,
            _ => window,
        };
        let RequestLine {
            has_plain_path,
            rest: mut line,
        } = self.request_line(window, line, limits)?;
        let mut known = KnownFields::default();
        self.fields.clear();
        while !line.starts_with(CRLF) {
            line = self.field_line(window, line, &mut known, limits)?;
        }
        if !has_plain_path {
            self.parts = Target::parse(window, self.method, self.target)?;
        }
        self.conclude(&known, limits)?;
        Ok(window.len() - line.len() + CRLF.len())
    }

    /// Takes the request line at the start of `line`.
    #[inline]
    fn request_line<'a>(
        &mut self,
        window: &[u8],
        line: &'a [u8],
        limits: &Limits,
    ) -> Result<RequestLine<'a>, Stop> {
        let Part { text: method, rest } = line::method(line)?;
        let TargetPart {
            text: target,
            rest,
            is_plain,
        } = line::target(rest, limits.target)?;
        let (version, rest) = line::version(rest)?;
        self.method = span(window, method);
        self.target = span(window, target);
        self.parts = Target::of_path(self.target);
        self.version = version;
        Ok(RequestLine {
            has_plain_path: is_plain && target.starts_with(b"/") && method != b"CONNECT",
            rest,
        })
    }

    /// Takes the field line at the start of `line`; gives the next one.
    #[inline]
    fn field_line<'a>(
        &mut self,
        window: &[u8],
        line: &'a [u8],
        known: &mut KnownFields,
        limits: &Limits,
    ) -> Result<&'a [u8], Stop> {
        let Part { text: name, rest } = line::name(line)?;
        let Part { text: value, rest } = line::value(rest)?;
        if self.fields.len() == limits.fields {
            return Err(Rejection::TooManyFields.into());
        }
        let field = Field {
            name: span(window, name),
            value: span(window, value),
        };
        self.fields.push(field);
        known.note(window, name, value, field.value);
        Ok(rest)
    }

    /// Decides what all fields together mean.
    #[inline]
    fn conclude(&mut self, known: &KnownFields, limits: &Limits) -> Result<(), Rejection> {
        if let Some(rejection) = known.rejection {
            return Err(rejection);
        }
        if known.host.is_none() && self.version == Version::Http11 {
            return Err(Rejection::HostMissing);
        }
        self.host = known.host;
        self.body_length = known.framing.body_length(self.version, limits)?;
        self.keep_alive = known.connection.is_kept_alive(self.version);
        self.expects_continue = known.expect.is_continue(self.version, self.body_length);
        Ok(())
    }
}

/// The request line behind empty lines.
#[cold]
fn behind_empty_lines(window: &[u8]) -> Result<&[u8], Stop> {
    let line = without_empty_lines(window);
    let skipped = window.len() - line.len();
    match line {
        b"\r" if skipped < EMPTY_LINES.len() => Err(Stop::Incomplete),
        [b'\r' | b'\n', ..] => Err(Rejection::RequestLine.into()),
        _ => Ok(line),
    }
}

/// `window` without the empty lines that may precede a request line.
fn without_empty_lines(window: &[u8]) -> &[u8] {
    window
        .strip_prefix(EMPTY_LINES)
        .or_else(|| window.strip_prefix(CRLF))
        .unwrap_or(window)
}

/// Refuses a method or a target that is too long as far as it has come, and says whether the
/// target has ended.
fn check_lengths(line: &[u8], limits: &Limits) -> Result<bool, Rejection> {
    let method = length_while(line, is_token_byte);
    if method > MAX_METHOD_BYTES {
        return Err(Rejection::MethodTooLong);
    }
    if method == 0 || line.get(method) != Some(&b' ') {
        return Ok(method < line.len());
    }
    let target = &line[method + 1..];
    let length = length_while(target, |byte| byte > b' ' && byte != 0x7f);
    if length > limits.target {
        return Err(Rejection::TargetTooLong);
    }
    Ok(length < target.len())
}

/// Where `part`, a slice of `window`, is in it.
#[inline]
fn span(window: &[u8], part: &[u8]) -> Span {
    let start = (part.as_ptr().addr() - window.as_ptr().addr()) as u32;
    (start, start + part.len() as u32)
}
