//! `multipart/form-data` without input or output: slices in, events out.

use std::ops::ControlFlow;

use wsgi_headers::{Headers, Value};

use crate::delimiter::{Delimiter, Found, Line};
use crate::{Boundary, FormError, Limits, PartHead};

/// Takes `multipart/form-data` apart (RFC 7578, RFC 2046 section 5.1): bytes in, events out.
///
/// It reads nothing, copies no data, and keeps no bytes but the headers of the part it is in. The
/// bytes of the form are the caller's: hand in what there is, drop what was
/// [consumed](Decoded::consumed), and go on with the rest, after [`Event::NeedMore`] with more bytes
/// after it. However the bytes are cut, the events are the same, but that data may come in
/// other pieces.
///
/// After an error the same call gives the same error again.
///
/// ```
/// use wsgi_forms::{Boundary, Event, Limits, MultipartDecoder};
///
/// let mut body = &b"--xyz\r\n\
///     Content-Disposition: form-data; name=\"greeting\"\r\n\
///     \r\n\
///     hello\r\n\
///     --xyz--\r\n"[..];
/// let mut decoder = MultipartDecoder::new(&Boundary::new("xyz")?, &Limits::new());
/// let (mut name, mut value) = (None, Vec::new());
/// loop {
///     let decoded = decoder.decode(body, true)?;
///     let (consumed, rest) = body.split_at(decoded.consumed);
///     body = rest;
///     match decoded.event {
///         Event::Part(head) => name = Some(head.name().to_owned()),
///         Event::Data => value.extend_from_slice(consumed),
///         Event::Skipped | Event::PartEnd => {}
///         Event::End => break,
///         _ => unreachable!("all of the body is there"),
///     }
/// }
/// assert_eq!(name.as_deref(), Some("greeting"));
/// assert_eq!(value, b"hello");
/// # Ok::<(), wsgi_forms::FormError>(())
/// ```
#[derive(Clone, Debug)]
pub struct MultipartDecoder {
    delimiter: Delimiter,
    limits: Limits,
    state: State,
    parts: usize,
    headers: HeaderLines,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Before the first boundary, at the start of the body or after it.
    Preamble { is_start: bool },
    /// In the headers of a part.
    Head,
    /// In the data of a part, of which `left` more bytes are within its limit.
    Data { line_start: bool, left: u64 },
    /// After the last boundary.
    Epilogue,
}

/// What [`MultipartDecoder::decode`] found.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// How many bytes, from the first on, are done with.
    pub consumed: usize,
    /// What they were.
    pub event: Event,
}

/// What happens in a form: for each part `Part`, then `Data` any number of times, then `PartEnd`;
/// in the end `End`, again and again.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// Nothing is known of the bytes not consumed before there are more after them.
    NeedMore,
    /// The bytes consumed, at least one, are between the data and tell nothing yet.
    Skipped,
    /// A part begins.
    Part(PartHead),
    /// All the bytes consumed, at least one, are data of the part.
    Data,
    /// The part has ended.
    PartEnd,
    /// The form has ended; what follows is to be ignored (RFC 2046 section 5.1.1).
    End,
}

impl MultipartDecoder {
    /// A decoder at the start of a body. Of the limits those of a part and its headers, and of
    /// the number of parts, are kept here.
    #[must_use]
    pub fn new(boundary: &Boundary, limits: &Limits) -> Self {
        Self {
            delimiter: Delimiter::new(boundary),
            limits: *limits,
            state: State::Preamble { is_start: true },
            parts: 0,
            headers: HeaderLines::default(),
        }
    }

    /// Looks at the bytes not consumed so far, up to the next event. With `ended` there will be no
    /// more than these, and [`Event::NeedMore`] is not given.
    ///
    /// Bytes are left over only where a boundary or a line of the headers is not all there: so
    /// never more than [`Limits::max_header_bytes`] or about 470, whichever is larger.
    pub fn decode(&mut self, input: &[u8], ended: bool) -> Result<Decoded, FormError> {
        match self.state {
            State::Preamble { is_start } => self.preamble(is_start, input, ended),
            State::Head => self.head(input, ended),
            State::Data { line_start, left } => self.data(line_start, left, input, ended),
            State::Epilogue => Ok(Decoded::new(0, Event::End)),
        }
    }

    /// The first boundary decides, wherever in a line it is: what another reader could take for
    /// one must not be passed over.
    fn preamble(
        &mut self,
        is_start: bool,
        input: &[u8],
        ended: bool,
    ) -> Result<Decoded, FormError> {
        let (at, is_whole) = match self.delimiter.first(input) {
            ControlFlow::Break(at) => (at, true),
            ControlFlow::Continue(at) => (at, false),
        };
        let before = &input[..at];
        if is_whole {
            // It needs no line end before it where the body starts.
            if !(before.ends_with(b"\r\n") || is_start && at == 0) {
                return Err(match before.ends_with(b"\n") {
                    true => FormError::LineEnd,
                    false => FormError::Preamble,
                });
            }
            let end = at + self.delimiter.dashed().len();
            let (state, length) = match Line::of(&input[end..], ended)? {
                Line::Next(rest) => (State::Head, end + rest),
                Line::Final => (State::Epilogue, end),
                Line::Other if Line::of(&input[end..], false)? == Line::Unfinished => {
                    return Err(FormError::Truncated);
                }
                Line::Other => return Err(FormError::Preamble),
                Line::Unfinished => return Ok(self.skip(before)),
            };
            self.state = state;
            return Ok(Decoded::new(length, Event::Skipped));
        }
        if ended {
            return Err(FormError::BoundaryNotFound);
        }
        Ok(self.skip(before))
    }

    /// Passes over bytes of the preamble, but for a line end that may come before a boundary.
    fn skip(&mut self, before: &[u8]) -> Decoded {
        let line = before.strip_suffix(b"\n").unwrap_or(before);
        match line.strip_suffix(b"\r").unwrap_or(line).len() {
            0 => Decoded::new(0, Event::NeedMore),
            length => {
                self.state = State::Preamble { is_start: false };
                Decoded::new(length, Event::Skipped)
            }
        }
    }

    fn head(&mut self, input: &[u8], ended: bool) -> Result<Decoded, FormError> {
        if self.parts == self.limits.max_fields {
            return Err(FormError::TooManyFields);
        }
        let line = match self.headers.line(input, &self.limits)? {
            Some(line) => line,
            None if ended => return Err(FormError::Truncated),
            None => return Ok(Decoded::new(0, Event::NeedMore)),
        };
        let consumed = line.len() + 2;
        if !line.is_empty() {
            self.headers.append(line, &self.limits)?;
            return Ok(Decoded::new(consumed, Event::Skipped));
        }
        let head = PartHead::new(&self.headers.headers)?;
        if head.name().len() > self.limits.max_name_bytes {
            return Err(FormError::NameTooLong);
        }
        self.headers = HeaderLines::default();
        self.parts += 1;
        let left = match head.file_name() {
            None => self.limits.max_field_bytes as u64,
            Some(_) => u64::MAX,
        };
        // The empty line may be the one that belongs to the boundary, if there is no data (the
        // grammar of `body-part` in RFC 2046 section 5.1.1).
        let line_start = true;
        self.state = State::Data { line_start, left };
        Ok(Decoded::new(consumed, Event::Part(head)))
    }

    fn data(
        &mut self,
        line_start: bool,
        left: u64,
        input: &[u8],
        ended: bool,
    ) -> Result<Decoded, FormError> {
        let (state, length) = match self.content(line_start, input, ended)? {
            Content::Data(_) if left == 0 => return Err(FormError::FieldTooLarge),
            Content::Data(length) => {
                // What is within the limit is given first, however the data is cut.
                let length = usize::try_from(left).map_or(length, |left| length.min(left));
                let left = left - length as u64;
                self.state = State::Data {
                    line_start: false,
                    left,
                };
                return Ok(Decoded::new(length, Event::Data));
            }
            Content::Next(length) => (State::Head, length),
            Content::Final(length) => (State::Epilogue, length),
            Content::Unfinished => return Ok(Decoded::new(0, Event::NeedMore)),
            Content::Ended => return Err(FormError::Truncated),
        };
        self.state = state;
        Ok(Decoded::new(length, Event::PartEnd))
    }

    /// What is at the start of `input`, where a boundary may be.
    fn content(&self, line_start: bool, input: &[u8], ended: bool) -> Result<Content, FormError> {
        Ok(match self.delimiter.look(line_start, input) {
            Found::Delimiter(length) => match Line::of(&input[length..], ended)? {
                Line::Next(rest) => Content::Next(length + rest),
                // What follows it is ignored, and so may be the rest of its line.
                Line::Final => Content::Final(length),
                Line::Unfinished => Content::Unfinished,
                // No boundary starts within another one.
                Line::Other => Content::Data(length),
            },
            Found::Other(length) => Content::Data(length),
            Found::Perhaps if !ended => Content::Unfinished,
            Found::Perhaps if input.is_empty() => Content::Ended,
            Found::Perhaps => Content::Data(input.len()),
        })
    }
}

impl Decoded {
    fn new(consumed: usize, event: Event) -> Self {
        Self { consumed, event }
    }
}

/// What is at a place where a boundary may be, and how long it is.
enum Content {
    Data(usize),
    Next(usize),
    Final(usize),
    Unfinished,
    /// There is nothing, and will be nothing.
    Ended,
}

/// The headers of a part, as they come in.
#[derive(Clone, Debug, Default)]
struct HeaderLines {
    headers: Headers,
    /// The bytes of the lines in `headers`, line ends included.
    bytes: usize,
    /// How much of the line that is coming in was searched for its end.
    searched: usize,
}

impl HeaderLines {
    /// The line at the start of `input` without its end, if it is all there.
    fn line<'a>(
        &mut self,
        input: &'a [u8],
        limits: &Limits,
    ) -> Result<Option<&'a [u8]>, FormError> {
        let new = input.get(self.searched..).unwrap_or_default();
        let end = new.iter().position(|&byte| byte == b'\n');
        let length = end.map_or(input.len(), |end| self.searched + end + 1);
        if self.bytes.saturating_add(length) > limits.max_header_bytes {
            return Err(FormError::HeadersTooLarge);
        }
        if end.is_none() {
            self.searched = input.len();
            return Ok(None);
        }
        match &input[..length] {
            [line @ .., b'\r', b'\n'] => Ok(Some(line)),
            _ => Err(FormError::LineEnd),
        }
    }

    /// Takes a line that is not empty, after which the next one comes in.
    fn append(&mut self, line: &[u8], limits: &Limits) -> Result<(), FormError> {
        if self.headers.len() == limits.max_headers {
            return Err(FormError::HeadersTooLarge);
        }
        let colon = line.iter().position(|&byte| byte == b':');
        let (name, value) = line.split_at(colon.ok_or(FormError::Header)?);
        let name = str::from_utf8(name).map_err(|_| FormError::Header)?;
        self.headers
            .append(name, Value::new(&value[1..]))
            .map_err(|_| FormError::Header)?;
        self.bytes += line.len() + 2;
        self.searched = 0;
        Ok(())
    }
}
