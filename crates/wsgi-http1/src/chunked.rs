//! The chunked transfer coding, read byte by byte (RFC 9112 section 7.1).

use crate::token::{is_token_byte, is_value_byte};
use crate::{Decoded, Limits, Rejection};

/// The longest line with a chunk's size and its extensions, in bytes.
const LONGEST_LINE: u32 = 1024;

/// How many bytes of chunk extensions a body may have in all.
const MOST_EXTENSIONS: u32 = 16 << 10;

/// The most digits of a chunk size: what a `u64` can hold.
const MOST_DIGITS: u32 = 16;

/// Where in a chunked body the next byte belongs.
#[derive(Clone, Debug)]
pub(crate) struct Chunked {
    state: State,
    /// Of the chunk, what has not come yet.
    remaining: u64,
    /// Of the body, what is still allowed.
    allowed: u64,
    /// Of this line, or of the trailer section, what has come.
    length: u32,
    /// Of chunk extensions, what has come.
    extensions: u32,
    trailers: u32,
    most_trailers: u32,
    longest_trailers: u32,
}

/// What the next byte has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The first digit of a chunk size.
    Size,
    /// Another digit, or what may follow a size.
    Digits,
    /// Whitespace before a semicolon, which has to follow.
    BeforeExtension,
    /// Whitespace before an extension's name, or its first byte.
    NameStart,
    /// An extension's name, or what may follow it.
    Name,
    /// Whitespace behind an extension's name, before an equals sign or a semicolon.
    AfterName,
    /// Whitespace before an extension's value, or its first byte.
    ValueStart,
    /// An extension's value that is a token, or what may follow it.
    Value,
    /// The inside of a quoted value.
    Quoted,
    /// The byte behind a backslash in a quoted value.
    Escaped,
    /// What may follow a quoted value.
    AfterQuoted,
    /// The LF that ends the line of a chunk's size.
    SizeLf,
    /// The data of a chunk.
    Data,
    /// The CR behind the data of a chunk.
    DataCr,
    /// The LF behind the data of a chunk.
    DataLf,
    /// The start of a trailer field, or of the empty line behind all.
    Trailer,
    /// A trailer field's name, or its colon.
    TrailerName,
    /// A trailer field's value, or its end.
    TrailerValue,
    /// The LF that ends a trailer field.
    TrailerLf,
    /// The LF of the empty line.
    LastLf,
    /// Nothing: the body has ended.
    Finished,
    /// Nothing: it was refused.
    Refused(Rejection),
}

impl Chunked {
    pub(crate) fn new(limits: &Limits) -> Chunked {
        Chunked {
            state: State::Size,
            remaining: 0,
            allowed: limits.body,
            length: 0,
            extensions: 0,
            trailers: 0,
            most_trailers: limits.fields as u32,
            longest_trailers: limits.head as u32,
        }
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.state == State::Finished
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
            let length = usize::try_from(self.remaining).map_or(here, |most| most.min(here));
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

    /// Takes one byte that is not data.
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
            State::Data | State::Finished | State::Refused(_) => Ok(self.state),
            _ => self.extension(byte),
        }
    }

    /// `chunk-size = 1*HEXDIG`
    fn size(&mut self, byte: u8) -> Result<State, Rejection> {
        if let Some(digit) = char::from(byte).to_digit(16) {
            if self.length == MOST_DIGITS {
                return Err(Rejection::ChunkSize);
            }
            self.length += 1;
            self.remaining = self.remaining << 4 | u64::from(digit);
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

    /// Counts a byte of an extension.
    fn extend(&mut self, next: State) -> Result<State, Rejection> {
        self.length += 1;
        self.extensions += 1;
        if self.length > LONGEST_LINE || self.extensions > MOST_EXTENSIONS {
            return Err(Rejection::ChunkExtension);
        }
        Ok(next)
    }

    /// The line with a chunk's size has ended.
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

    /// `trailer-section = *( field-line CRLF )`, and the empty line behind it.
    fn trailer(&mut self, byte: u8) -> Result<State, Rejection> {
        use State::*;
        self.length += 1;
        if self.length > self.longest_trailers {
            return Err(Rejection::TrailersTooLarge);
        }
        match (self.state, byte) {
            (Trailer, b'\r') => Ok(LastLf),
            (LastLf, b'\n') => Ok(Finished),
            (Trailer, _) if is_token_byte(byte) => {
                self.trailers += 1;
                match self.trailers > self.most_trailers {
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
