//! A decoder of `multipart/form-data` without input or output.

use std::ops::ControlFlow;

use wsgi_headers::{Headers, Value};

use crate::{
    boundary::Boundary,
    delimiter::{Delimiter, Found, Line},
    form_error::FormError,
    limits::Limits,
    part_head::PartHead,
};

/// A decoder of `multipart/form-data` that takes bytes and gives events (RFC 7578, RFC 2046 section
/// 5.1).
///
/// It does no input or output, copies no data, and keeps only the headers of the current part. The
/// caller holds the bytes of the form: give the decoder those at hand, drop the
/// [consumed](Decoded::consumed) ones, and call it again with the rest. After
/// [`Event::NeedMore`], append more bytes first. The events do not depend on how the bytes are cut,
/// except that data may come in other pieces.
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
///         _ => unreachable!("the body is complete"),
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
    files: usize,
    headers: HeaderLines,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Before the first boundary. `is_start` is set at the start of the body.
    Preamble { is_start: bool },
    /// In the headers of a part.
    Head,
    /// In the data of a part. Its limit allows `left` more bytes.
    Data {
        line_start: bool,
        left: u64,
        kind: Kind,
    },
    /// After the last boundary.
    Epilogue,
}

/// The kind of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Field,
    File,
    /// A file without a name. It counts as a file from its first byte on, since browsers send an
    /// empty one for a control in which no file was chosen.
    Unnamed,
}

impl Kind {
    /// The kind of the part once it has data.
    fn with_data(self) -> Self {
        match self {
            Self::Field => Self::Field,
            Self::File | Self::Unnamed => Self::File,
        }
    }

    /// The error if the part has more data than its limit allows.
    fn too_large(self) -> FormError {
        match self {
            Self::Field => FormError::FieldTooLarge,
            Self::File | Self::Unnamed => FormError::FileTooLarge,
        }
    }
}

/// The result of [`MultipartDecoder::decode`].
///
/// ```
/// use wsgi_forms::{Boundary, Event, Limits, MultipartDecoder};
///
/// let mut decoder = MultipartDecoder::new(&Boundary::new("xyz")?, &Limits::new());
/// let decoded = decoder.decode(b"--xy", false)?;
/// assert_eq!(decoded.consumed, 0);
/// assert!(matches!(decoded.event, Event::NeedMore));
/// # Ok::<(), wsgi_forms::FormError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoded {
    /// The number of bytes to drop from the start of the input.
    pub consumed: usize,
    /// The meaning of these bytes.
    pub event: Event,
}

/// An event in a form.
///
/// Each part gives `Part`, then any number of `Data`, then `PartEnd`. The last event is `End`; it
/// is repeated.
///
/// ```
/// use wsgi_forms::{Boundary, Event, Limits, MultipartDecoder};
///
/// let mut body = &b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--"[..];
/// let mut decoder = MultipartDecoder::new(&Boundary::new("x")?, &Limits::new());
/// let mut events = Vec::new();
/// loop {
///     let decoded = decoder.decode(body, true)?;
///     body = &body[decoded.consumed..];
///     match decoded.event {
///         Event::Skipped => {}
///         Event::Part(head) => events.push(format!("Part {}", head.name())),
///         Event::End => break,
///         event => events.push(format!("{event:?}")),
///     }
/// }
/// assert_eq!(events, ["Part a", "Data", "PartEnd"]);
/// # Ok::<(), wsgi_forms::FormError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The decoder needs more bytes after those that are not consumed.
    NeedMore,
    /// The consumed bytes are outside the data and make no event yet. There is at least one.
    Skipped,
    /// A part begins.
    Part(PartHead),
    /// The consumed bytes are data of the part. There is at least one.
    Data,
    /// The part ends.
    PartEnd,
    /// The form ends. Bytes after it must be ignored (RFC 2046 section 5.1.1).
    End,
}

impl MultipartDecoder {
    /// Creates a decoder at the start of a body. It applies the limits on a part and its headers,
    /// and on the number of parts and files.
    #[must_use]
    pub fn new(boundary: &Boundary, limits: &Limits) -> Self {
        Self {
            delimiter: Delimiter::new(boundary),
            limits: *limits,
            state: State::Preamble { is_start: true },
            parts: 0,
            files: 0,
            headers: HeaderLines::default(),
        }
    }

    /// Decodes the bytes not consumed so far, up to the next event. If `ended` is set, no bytes
    /// follow them, and the event is never [`Event::NeedMore`].
    ///
    /// Only an incomplete boundary or header is left over. So these are never more bytes than
    /// [`Limits::max_header_bytes`] or about 470, whichever is larger.
    ///
    /// # Errors
    ///
    /// The form is malformed, exceeds a limit, or has ended before its final boundary.
    pub fn decode(&mut self, input: &[u8], ended: bool) -> Result<Decoded, FormError> {
        match self.state {
            State::Preamble { is_start } => self.preamble(is_start, input, ended),
            State::Head => self.head(input, ended),
            State::Data {
                line_start,
                left,
                kind,
            } => self.data(line_start, left, kind, input, ended),
            State::Epilogue => Ok(Decoded::new(0, Event::End)),
        }
    }

    /// Decodes bytes before the first part. The first occurrence of the boundary must be a whole
    /// line, since another reader could accept it where it is.
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
            // At the start of the body, no line end precedes it.
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

    /// Skips bytes of the preamble, except for a line end that may precede a boundary.
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

    /// Decodes a line of the headers of a part.
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
        let (kind, left) = match head.file_name() {
            None => (Kind::Field, self.limits.max_field_bytes as u64),
            Some("") => (Kind::Unnamed, self.limits.max_file_bytes),
            Some(_) => (Kind::File, self.limits.max_file_bytes),
        };
        if kind == Kind::File {
            self.count_file()?;
        }
        self.headers = HeaderLines::default();
        self.parts += 1;
        // If there is no data, the empty line may belong to the boundary (`body-part` in RFC 2046
        // section 5.1.1).
        let line_start = true;
        self.state = State::Data {
            line_start,
            left,
            kind,
        };
        Ok(Decoded::new(consumed, Event::Part(head)))
    }

    fn count_file(&mut self) -> Result<(), FormError> {
        if self.files == self.limits.max_files {
            return Err(FormError::TooManyFiles);
        }
        self.files += 1;
        Ok(())
    }

    /// Decodes data of a part, or its end.
    fn data(
        &mut self,
        line_start: bool,
        left: u64,
        kind: Kind,
        input: &[u8],
        ended: bool,
    ) -> Result<Decoded, FormError> {
        let (state, length) = match self.content(line_start, input, ended)? {
            Content::Data(_) if left == 0 => return Err(kind.too_large()),
            Content::Data(length) => {
                if kind == Kind::Unnamed {
                    self.count_file()?;
                }
                // The data within the limit comes first, so that the cuts make no difference.
                let length = usize::try_from(left).map_or(length, |left| length.min(left));
                let left = left - length as u64;
                self.state = State::Data {
                    line_start: false,
                    left,
                    kind: kind.with_data(),
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

    /// Classifies the start of `input`, which is data or the end of a part.
    fn content(&self, line_start: bool, input: &[u8], ended: bool) -> Result<Content, FormError> {
        Ok(match self.delimiter.look(line_start, input) {
            Found::Delimiter(length) => match Line::of(&input[length..], ended)? {
                Line::Next(rest) => Content::Next(length + rest),
                // Padding and a line end may be left. They are ignored with all that follows.
                Line::Final => Content::Final(length),
                Line::Unfinished => Content::Unfinished,
                // No delimiter starts within another one.
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

/// The content at the start of an input in a part, with its length.
enum Content {
    Data(usize),
    Next(usize),
    Final(usize),
    Unfinished,
    /// No bytes are left, and none follow.
    Ended,
}

/// The headers of a part as they arrive.
#[derive(Clone, Debug, Default)]
struct HeaderLines {
    headers: Headers,
    /// The bytes of the lines in `headers`, line ends included.
    bytes: usize,
    /// The number of bytes of the current line that were searched for its end.
    searched: usize,
}

impl HeaderLines {
    /// The line at the start of `input` without its line end, or `None` if it is incomplete.
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

    /// Adds a header from a line that is not empty.
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
