//! Parsing a head: httparse finds the tokens, and what it tolerates is refused here.
//!
//! A head gives the same result however its bytes are cut. That rests on three things: httparse
//! fails at the first byte that is wrong, whatever follows; the length limits are judged from a
//! prefix alone, and before an error of httparse is; and all else is judged once the head is
//! complete.

use std::mem::MaybeUninit;

use crate::framing::Framing;
use crate::limits::MOST_FIELDS;
use crate::target::Target;
use crate::token::is_token_byte;
use crate::version::Unusual;
use crate::{Field, Limits, Rejection, RequestHead, Version};

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

/// The most that may precede a request line.
const EMPTY_LINES: &[u8] = b"\r\n\r\n";

/// The longest method that is looked at; every registered one is shorter.
const LONGEST_METHOD: usize = 32;

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
        let full = window.len() == limits.head;
        let idle = self.progress.scanned != 0 && !full && !self.line_ended_in(window);
        let parsed = if idle {
            Ok(None)
        } else {
            self.parse_window(window, limits)
        };
        let result = match parsed {
            Ok(None) => match self.wait(window, limits) {
                Ok(None) if full => Err(Rejection::HeadTooLarge),
                waiting => waiting,
            },
            result => result,
        };
        if !matches!(result, Ok(None)) {
            self.reset();
        }
        result
    }

    /// Forgets an incomplete head, so that [`parse`](RequestHead::parse) can be given other
    /// bytes.
    #[inline]
    pub fn reset(&mut self) {
        self.progress = Progress::START;
    }

    /// Whether a line ended in what came since the last call.
    fn line_ended_in(&self, window: &[u8]) -> bool {
        window
            .get(self.progress.scanned..)
            .is_none_or(|new| new.contains(&b'\n'))
    }

    /// Notes how much was seen, and refuses a request line that is too long already.
    #[cold]
    fn wait(&mut self, window: &[u8], limits: &Limits) -> Result<Option<usize>, Rejection> {
        self.progress.scanned = window.len();
        if !self.progress.target_fits && window.len() > limits.target {
            self.progress.target_fits = check_lengths(without_empty_lines(window), limits)?;
        }
        Ok(None)
    }

    fn parse_window(&mut self, window: &[u8], limits: &Limits) -> Result<Option<usize>, Rejection> {
        let line = without_empty_lines(window);
        let start = window.len() - line.len();
        match line {
            b"\r" if start < EMPTY_LINES.len() => return Ok(None),
            [b'\r' | b'\n', ..] => return Err(Rejection::RequestLine),
            _ => {}
        }
        let mut fields = [const { MaybeUninit::uninit() }; MOST_FIELDS];
        let mut request = httparse::Request::new(&mut []);
        match request.parse_with_uninit_headers(line, &mut fields[..limits.fields]) {
            Ok(httparse::Status::Complete(length)) => {
                let end = start + length;
                self.take(&window[..end], start, &request, limits)?;
                Ok(Some(end))
            }
            Ok(httparse::Status::Partial) => Ok(None),
            Err(error) => self.explain(error, window, limits),
        }
    }

    /// Takes over what httparse found in `head`, once it is checked.
    fn take(
        &mut self,
        head: &[u8],
        start: usize,
        request: &httparse::Request<'_, '_>,
        limits: &Limits,
    ) -> Result<(), Rejection> {
        let (Some(method), Some(target), Some(minor)) =
            (request.method, request.path, request.version)
        else {
            return Err(Rejection::RequestLine);
        };
        if method.len() > LONGEST_METHOD {
            return Err(Rejection::MethodTooLong);
        }
        if target.len() > limits.target {
            return Err(Rejection::TargetTooLong);
        }
        if !head.ends_with(b"\r\n\r\n") {
            return Err(Rejection::LineEnd);
        }
        let method_end = start + method.len();
        let target_start = method_end + 1;
        let target_end = target_start + target.len();
        self.method = (start as u32, method_end as u32);
        self.target = (target_start as u32, target_end as u32);
        self.parts = Target::parse(head, target_start, target_end, method.as_bytes())?;
        self.version = if minor == 0 {
            Version::Http10
        } else {
            Version::Http11
        };

        let mut framing = Framing::default();
        self.fields.clear();
        self.fields.reserve(request.headers.len());
        for field in request.headers.iter() {
            let name = offset(head, field.name.as_bytes());
            let value = offset(head, field.value);
            // httparse takes LF for the end of a line, but no CR elsewhere: a line ended properly
            // where the two bytes before the next one start with CR.
            if head[name - 2] != b'\r' {
                return Err(Rejection::LineEnd);
            }
            let spans = Field {
                name: (name as u32, (name + field.name.len()) as u32),
                value: (value as u32, (value + field.value.len()) as u32),
            };
            framing.note(field.name.as_bytes(), field.value, spans.value)?;
            self.fields.push(spans);
        }
        if framing.host.is_none() && self.version == Version::Http11 {
            return Err(Rejection::HostMissing);
        }
        self.host = framing.host;
        self.body = framing.body(self.version, limits)?;
        self.keep_alive = framing.keep_alive(self.version);
        self.expects_continue = framing.expects_continue(self.version, self.body);
        Ok(())
    }

    /// What an error of httparse means.
    #[cold]
    fn explain(
        &mut self,
        error: httparse::Error,
        window: &[u8],
        limits: &Limits,
    ) -> Result<Option<usize>, Rejection> {
        check_lengths(without_empty_lines(window), limits)?;
        Err(match error {
            httparse::Error::HeaderName => Rejection::FieldName,
            httparse::Error::HeaderValue => Rejection::FieldValue,
            httparse::Error::NewLine => Rejection::LineEnd,
            httparse::Error::TooManyHeaders => Rejection::TooManyFields,
            httparse::Error::Version => return self.parse_other_version(window, limits),
            httparse::Error::Status | httparse::Error::Token => Rejection::RequestLine,
        })
    }

    /// Parses a head whose version httparse does not know.
    fn parse_other_version(
        &mut self,
        window: &[u8],
        limits: &Limits,
    ) -> Result<Option<usize>, Rejection> {
        // The version follows the second space: httparse would have failed elsewhere otherwise.
        let spaces = window.iter().enumerate().filter(|(_, byte)| **byte == b' ');
        let Some((space, _)) = spaces.take(2).last() else {
            return Err(Rejection::RequestLine);
        };
        match Unusual::of(&window[space + 1..]) {
            Unusual::Incomplete => Ok(None),
            Unusual::Malformed => Err(Rejection::Version),
            Unusual::Major => Err(Rejection::UnsupportedVersion),
            Unusual::Minor => {
                let mut as_http11 = window.to_vec();
                as_http11[space + "HTTP/1.1".len()] = b'1';
                self.parse_window(&as_http11, limits)
            }
        }
    }
}

/// `window` without the empty lines that may precede a request line.
#[inline]
fn without_empty_lines(window: &[u8]) -> &[u8] {
    window
        .strip_prefix(EMPTY_LINES)
        .or_else(|| window.strip_prefix(b"\r\n"))
        .unwrap_or(window)
}

/// Refuses a method or a target that is too long as far as it has come, and says whether the
/// target has ended.
fn check_lengths(line: &[u8], limits: &Limits) -> Result<bool, Rejection> {
    let method = length_while(line, is_token_byte);
    if method > LONGEST_METHOD {
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

fn length_while(bytes: &[u8], accept: impl Fn(u8) -> bool) -> usize {
    bytes
        .iter()
        .position(|&byte| !accept(byte))
        .unwrap_or(bytes.len())
}

/// Where `part`, a slice of `head`, starts in it.
#[inline]
fn offset(head: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr() - head.as_ptr().addr()
}
