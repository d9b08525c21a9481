//! The chunked transfer coding, read byte by byte (RFC 9112 section 7.1).
//!
//! Chunks follow each other until one of size zero, and then trailer fields until an empty line:
//!
//! ```text
//!   ┌─────────────────────────────────────────────────────────────┐
//!   ▼                                                             │
//!  Size ─▶ Digits ─▶ extensions ─▶ SizeLf ─▶ Data ─▶ DataCr ─▶ DataLf
//!                                    │
//!                ┌───────────────────┘ a size of zero
//!                ▼
//!             Trailer ─▶ TrailerName ─▶ TrailerValue ─▶ TrailerLf
//!              │  ▲                                        │
//!              │  └────────────────────────────────────────┘
//!              └─▶ LastLf ─▶ Finished
//! ```
//!
//! The states of extensions, from `BeforeExtension` to `AfterQuoted`, follow the grammar beside
//! [`Chunked::extension`].

use crate::{
    decoded::Decoded,
    limits::Limits,
    rejection::Rejection,
    token::{is_token_byte, is_value_byte},
};

/// The longest line with the size of a chunk and its extensions, in bytes.
const MAX_LINE_BYTES: u32 = 1024;

/// The longest extensions of all chunks of a body together, in bytes.
const MAX_EXTENSION_BYTES: u32 = 16 << 10;

/// The most digits of a chunk size, which fit in a `u64`.
const MAX_SIZE_DIGITS: u32 = u64::BITS / 4;

/// Decoder of a chunked body.
#[derive(Clone, Debug)]
pub(crate) struct Chunked {
    state: State,
    /// The bytes of the chunk that are still to come.
    remaining: u64,
    /// The bytes of the body that are still allowed.
    allowed: u64,
    /// The bytes of this line, or of the trailer section, that have come.
    length: u32,
    /// The bytes of chunk extensions that have come.
    extensions: u32,
    /// The trailer fields that have come.
    trailers: u32,
    max_trailers: u32,
    max_trailer_bytes: u32,
}

/// The meaning of the next byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The first digit of a chunk size.
    Size,
    /// Another digit, or the end of the size.
    Digits,
    /// Whitespace before a mandatory semicolon, or that semicolon.
    BeforeExtension,
    /// Whitespace before the name of an extension, or its first byte.
    NameStart,
    /// The name of an extension, or its end.
    Name,
    /// Whitespace after the name of an extension, or the equals sign or semicolon after that.
    AfterName,
    /// Whitespace before the value of an extension, or its first byte.
    ValueStart,
    /// The value of an extension as a token, or its end.
    Value,
    /// The inside of a quoted value.
    Quoted,
    /// The byte after a backslash in a quoted value.
    Escaped,
    /// The byte after a quoted value.
    AfterQuoted,
    /// The LF that ends the line with the size of a chunk.
    SizeLf,
    /// The data of a chunk.
    Data,
    /// The CR after the data of a chunk.
    DataCr,
    /// The LF after the data of a chunk.
    DataLf,
    /// The start of a trailer field, or of the empty line at the end.
    Trailer,
    /// The name of a trailer field, or its colon.
    TrailerName,
    /// The value of a trailer field, or its end.
    TrailerValue,
    /// The LF that ends a trailer field.
    TrailerLf,
    /// The LF of the empty line.
    LastLf,
    /// None: the body has ended.
    Finished,
    /// None: the body was refused.
    Refused(Rejection),
}

impl Chunked {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            state: State::Size,
            remaining: 0,
            allowed: limits.body,
            length: 0,
            extensions: 0,
            trailers: 0,
            max_trailers: limits.fields as u32,
            max_trailer_bytes: limits.head as u32,
        }
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.state == State::Finished
    }

    pub(crate) fn data_ahead(&self) -> u64 {
        match self.state {
            State::Data => self.remaining,
            _ => 0,
        }
    }

    pub(crate) fn decode(&mut self, input: &[u8]) -> Result<Decoded, Rejection> {
        let mut consumed = 0;
        loop {
            match self.state {
                State::Refused(rejection) => return Err(rejection),
                State::Data | State::Finished => break,
                _ => {}
            }
            let Some(&byte) = input.get(consumed) else {
                break;
            };
            self.state = self.step(byte).unwrap_or_else(State::Refused);
            consumed += 1;
        }
        let start = consumed;
        if self.state == State::Data {
            let here = input.len() - start;
            let length = usize::try_from(self.remaining).map_or(here, |left| left.min(here));
            self.remaining -= length as u64;
            consumed += length;
            if self.remaining == 0 {
                self.state = State::DataCr;
            }
        }
        Ok(Decoded {
            consumed,
            data: start..consumed,
            finished: self.is_finished(),
        })
    }

    /// Consumes one byte that is not data. The body has not ended and was not refused.
    fn step(&mut self, byte: u8) -> Result<State, Rejection> {
        match self.state {
            State::Size | State::Digits => self.size(byte),
            State::SizeLf if byte == b'\n' => self.chunk(),
            State::SizeLf => Err(Rejection::ChunkSize),
            State::DataCr if byte == b'\r' => Ok(State::DataLf),
            State::DataLf if byte == b'\n' => Ok(State::Size),
            State::DataCr | State::DataLf => Err(Rejection::ChunkEnd),
            State::Trailer
            | State::TrailerName
            | State::TrailerValue
            | State::TrailerLf
            | State::LastLf => self.trailer(byte),
            _ => self.extension(byte),
        }
    }

    /// `chunk-size = 1*HEXDIG`
    fn size(&mut self, byte: u8) -> Result<State, Rejection> {
        if let Some(digit) = char::from(byte).to_digit(16) {
            if self.length == MAX_SIZE_DIGITS {
                return Err(Rejection::ChunkSize);
            }
            self.length += 1;
            self.remaining = self.remaining * 16 + u64::from(digit);
            return Ok(State::Digits);
        }
        match byte {
            _ if self.state == State::Size => Err(Rejection::ChunkSize),
            b'\r' => Ok(State::SizeLf),
            b' ' | b'\t' => self.extend(State::BeforeExtension),
            b';' => self.extend(State::NameStart),
            _ => Err(Rejection::ChunkSize),
        }
    }

    /// `chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )`
    fn extension(&mut self, byte: u8) -> Result<State, Rejection> {
        use State::*;
        let next = match (self.state, byte) {
            (BeforeExtension | NameStart | AfterName | ValueStart, b' ' | b'\t') => self.state,
            (BeforeExtension | Name | AfterName | Value | AfterQuoted, b';') => NameStart,
            (NameStart | Name, _) if is_token_byte(byte) => Name,
            (Name, b' ' | b'\t') => AfterName,
            (Name | AfterName, b'=') => ValueStart,
            (ValueStart, b'"') => Quoted,
            (ValueStart | Value, _) if is_token_byte(byte) => Value,
            (Value | AfterQuoted, b' ' | b'\t') => BeforeExtension,
            (Quoted, b'"') => AfterQuoted,
            (Quoted, b'\\') => Escaped,
            (Quoted | Escaped, _) if is_value_byte(byte) => Quoted,
            (Name | Value | AfterQuoted, b'\r') => return Ok(SizeLf),
            _ => return Err(Rejection::ChunkExtension),
        };
        self.extend(next)
    }

    /// Counts a byte of an extension and goes on to `next`.
    fn extend(&mut self, next: State) -> Result<State, Rejection> {
        self.length += 1;
        self.extensions += 1;
        if self.length > MAX_LINE_BYTES || self.extensions > MAX_EXTENSION_BYTES {
            return Err(Rejection::ChunkExtension);
        }
        Ok(next)
    }

    /// Goes on from the end of the line with the size of a chunk.
    fn chunk(&mut self) -> Result<State, Rejection> {
        self.length = 0;
        if self.remaining == 0 {
            return Ok(State::Trailer);
        }
        self.allowed = self
            .allowed
            .checked_sub(self.remaining)
            .ok_or(Rejection::BodyTooLarge)?;
        Ok(State::Data)
    }

    /// `trailer-section = *( field-line CRLF )`, and the empty line after it.
    fn trailer(&mut self, byte: u8) -> Result<State, Rejection> {
        use State::*;
        self.length += 1;
        if self.length > self.max_trailer_bytes {
            return Err(Rejection::TrailersTooLarge);
        }
        match (self.state, byte) {
            (Trailer, b'\r') => Ok(LastLf),
            (LastLf, b'\n') => Ok(Finished),
            (Trailer, _) if is_token_byte(byte) => {
                self.trailers += 1;
                match self.trailers > self.max_trailers {
                    true => Err(Rejection::TooManyFields),
                    false => Ok(TrailerName),
                }
            }
            (TrailerName, b':') => Ok(TrailerValue),
            (TrailerName, _) if is_token_byte(byte) => Ok(TrailerName),
            (TrailerValue, b'\r') => Ok(TrailerLf),
            (TrailerValue, _) if is_value_byte(byte) => Ok(TrailerValue),
            (TrailerLf, b'\n') => Ok(Trailer),
            _ => Err(Rejection::Trailer),
        }
    }
}
