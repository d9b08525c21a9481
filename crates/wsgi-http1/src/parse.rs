//! Parsing a head, line by line.
//!
//! The result does not depend on how the bytes of a head are cut, for three reasons. A line that is
//! refused stays refused, whatever follows the wrong byte. Limits on length are judged by a prefix
//! alone. Rules about several lines are judged once the head is complete.

use std::mem;

use crate::{
    head::{Field, Progress, RequestHead},
    known_fields::KnownFields,
    limits::Limits,
    line::{self, CRLF, FieldLine, MAX_METHOD_BYTES, Part, Stop, TargetPart, length_while},
    rejection::Rejection,
    span::Span,
    target::Target,
    token::is_token_byte,
    version::Version,
};

/// The result of parsing a request line.
struct RequestLine<'a> {
    /// Whether the target is a path that needs no further check.
    has_plain_path: bool,
    /// The bytes after the line.
    rest: &'a [u8],
}

/// The longest sequence of empty lines that may precede a request line.
const EMPTY_LINES: &[u8] = b"\r\n\r\n";

impl RequestHead {
    /// Parses the head at the start of `bytes`. Returns its length, or `None` if its end has not
    /// come yet.
    ///
    /// After `None`, call it again with the same bytes followed by more. The result does not
    /// depend on how the bytes are cut. Bytes are only parsed again when another line has ended,
    /// so a peer that sends byte by byte gains nothing. To parse other bytes instead, call
    /// [`reset`](RequestHead::reset) first. That is not necessary after `Some` or an error.
    ///
    /// Up to two empty lines before the request line are skipped, and count towards the length:
    /// old clients send them after a body (RFC 9112 section 2.2).
    ///
    /// # Errors
    ///
    /// The head is malformed or above a limit: see [`Rejection`]. It may be refused before its end
    /// has come, but never after it was accepted.
    #[inline(always)] // a thin frame of the parser proper
    pub fn parse(&mut self, bytes: &[u8], limits: &Limits) -> Result<Option<usize>, Rejection> {
        self.parse_next(b"", bytes, limits)
    }

    /// Does the same as [`parse`](RequestHead::parse), for a request that was sent together with
    /// the one before it. `previous` are the bytes of the head of that one, the last that this
    /// parsed, within the same limits.
    ///
    /// A client that sends several requests at once seldom changes more than their targets. Field
    /// lines that are the same as those in `previous` are not parsed again.
    ///
    /// ```
    /// use wsgi_http1::{Limits, RequestHead};
    ///
    /// let first = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
    /// let second = b"GET /bc HTTP/1.1\r\nHost: h\r\n\r\n";
    /// let mut head = RequestHead::new();
    /// head.parse(first, &Limits::new())?.expect("a complete head");
    /// head.parse_next(first, second, &Limits::new())?.expect("another one");
    /// assert_eq!((head.path(second), head.host(second)), (&b"/bc"[..], Some(&b"h"[..])));
    /// # Ok::<(), wsgi_http1::Rejection>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`parse`](RequestHead::parse).
    #[inline(always)] // as above
    pub fn parse_next(
        &mut self,
        previous: &[u8],
        bytes: &[u8],
        limits: &Limits,
    ) -> Result<Option<usize>, Rejection> {
        // Bytes beyond the limit are never read, so they cannot change the result.
        let window = &bytes[..bytes.len().min(limits.head)];
        if self.progress.scanned != 0 && self.is_idle(window, limits) {
            return self.wait(window, limits);
        }
        let length = match previous {
            b"" => self.parse_window(window, limits),
            previous => self.parse_after(previous, window, limits),
        };
        match length {
            Ok(length) => {
                self.reset();
                Ok(Some(length))
            }
            Err(stop) => {
                self.fields.clear(); // they are not those of a complete head
                match stop {
                    Stop::Incomplete => self.wait(window, limits),
                    Stop::Refused(rejection) => {
                        self.reset();
                        Err(rejection)
                    }
                }
            }
        }
    }

    /// Forgets an incomplete head, so that [`parse`](RequestHead::parse) can be called with other
    /// bytes.
    ///
    /// ```
    /// use wsgi_http1::{Limits, RequestHead};
    ///
    /// let mut head = RequestHead::new();
    /// assert_eq!(head.parse(b"GET /half", &Limits::new())?, None);
    /// head.reset(); // the connection is gone, and the memory is used for another one
    /// let bytes = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    /// assert_eq!(head.parse(bytes, &Limits::new())?, Some(bytes.len()));
    /// # Ok::<(), wsgi_http1::Rejection>(())
    /// ```
    #[inline]
    pub fn reset(&mut self) {
        self.progress = Progress::START;
    }

    /// Whether parsing again is pointless: no further line has ended, and more bytes are allowed.
    #[cold]
    fn is_idle(&self, window: &[u8], limits: &Limits) -> bool {
        let new = window.get(self.progress.scanned..);
        window.len() < limits.head && new.is_some_and(|new| !new.contains(&b'\n'))
    }

    /// Records the progress. Refuses a request line or a head that is already too long.
    #[cold]
    fn wait(&mut self, window: &[u8], limits: &Limits) -> Result<Option<usize>, Rejection> {
        let Progress { target_fits, .. } = mem::replace(&mut self.progress, Progress::START);
        // Mutant: at its limit, a target is not too long. A method that is already too long may be
        // refused now or later.
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

    // Not inlined, so that all registers are free for it.
    #[inline(never)]
    fn parse_window(&mut self, window: &[u8], limits: &Limits) -> Result<usize, Stop> {
        let line = match window {
            [b'\r' | b'\n', ..] => after_empty_lines(window)?,
            _ => window,
        };
        let RequestLine {
            has_plain_path,
            rest: mut line,
        } = self.request_line(window, line, limits)?;
        let mut known = KnownFields::default();
        self.fields.clear();
        while let Some(field) = line::field(window, line)? {
            line = field.rest;
            self.add(window, &field, &mut known, limits)?;
        }
        self.has_escapes = !has_plain_path;
        if !has_plain_path {
            self.parts = Target::parse(window, self.method, self.target)?;
        }
        self.conclude(&known, limits)?;
        Ok(window.len() - line.len() + CRLF.len())
    }

    /// Does the same after another request.
    #[inline(never)] // as above
    fn parse_after(
        &mut self,
        previous: &[u8],
        window: &[u8],
        limits: &Limits,
    ) -> Result<usize, Stop> {
        let version = self.version;
        let line = match window {
            [b'\r' | b'\n', ..] => after_empty_lines(window)?,
            _ => window,
        };
        let RequestLine {
            has_plain_path,
            rest,
        } = self.request_line(window, line, limits)?;
        let old = self.fields.first().map_or(0, |first| first.name.0);
        let lines = previous.get(old as usize..).unwrap_or_default();
        // The version has a say in what the fields mean.
        if old == 0 || lines.is_empty() || !rest.starts_with(lines) || version != self.version {
            return self.parse_window(window, limits);
        }
        let start = window.len() - rest.len();
        self.move_fields((start as u32).wrapping_sub(old));
        self.has_escapes = !has_plain_path;
        if !has_plain_path {
            self.parts = Target::parse(window, self.method, self.target)?;
        }
        Ok(start + lines.len())
    }

    /// Moves the fields, which are the same lines at another place.
    #[inline]
    fn move_fields(&mut self, distance: u32) {
        if distance == 0 {
            return; // as often as the targets have the same length
        }
        let move_span =
            |(start, end): Span| (start.wrapping_add(distance), end.wrapping_add(distance));
        for field in &mut self.fields {
            field.name = move_span(field.name);
            field.value = move_span(field.value);
        }
        self.host = self.host.map(move_span);
    }

    /// Parses the request line at the start of `line`.
    #[inline(always)] // in the two places that call it
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

    /// Adds the next field.
    #[inline(always)] // in the one place that calls it
    fn add(
        &mut self,
        window: &[u8],
        line: &FieldLine<'_>,
        known: &mut KnownFields,
        limits: &Limits,
    ) -> Result<(), Rejection> {
        if self.fields.len() == limits.fields {
            return Err(Rejection::TooManyFields);
        }
        let field = Field {
            name: span(window, line.name),
            value: span(window, line.value),
        };
        self.fields.push(field);
        known.note(window, line.name, line.value, field.value);
        Ok(())
    }

    /// Applies the rules about all fields together.
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

/// The request line after empty lines.
#[cold]
fn after_empty_lines(window: &[u8]) -> Result<&[u8], Stop> {
    match without_empty_lines(window) {
        b"\r" => Err(Stop::Incomplete),
        line => Ok(line),
    }
}

/// `window` without the empty lines that may precede a request line.
fn without_empty_lines(window: &[u8]) -> &[u8] {
    window
        .strip_prefix(EMPTY_LINES)
        .or_else(|| window.strip_prefix(CRLF))
        .unwrap_or(window)
}

/// Refuses a method or a target whose received part is already too long. Returns whether the target
/// has ended.
fn check_lengths(line: &[u8], limits: &Limits) -> Result<bool, Rejection> {
    let method = length_while(line, is_token_byte);
    if method > MAX_METHOD_BYTES {
        return Err(Rejection::MethodTooLong);
    }
    if method == 0 || line.get(method) != Some(&b' ') {
        return Ok(false);
    }
    let target = &line[method + 1..];
    let length = length_while(target, |byte| byte > b' ' && byte != 0x7f);
    if length > limits.target {
        return Err(Rejection::TargetTooLong);
    }
    // Mutant: a target that has ended within its limit could be measured again.
    Ok(length < target.len())
}

/// The place of `part` in `window`, of which it is a slice.
#[inline]
fn span(window: &[u8], part: &[u8]) -> Span {
    let start = (part.as_ptr().addr() - window.as_ptr().addr()) as u32;
    (start, start + part.len() as u32)
}
