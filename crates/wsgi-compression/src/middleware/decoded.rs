//! The body of a request, decoded within limits.

use std::{
    error::Error,
    fmt,
    io::{self, BufRead, ErrorKind, Read},
};

use wsgi_environ::{Input, InputError};

use super::{coding::Coding, decoder::Decoder};

/// The limits of a decoded body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The most bytes of a body.
    pub(crate) bytes: u64,
    /// The most bytes for each coded byte.
    pub(crate) ratio: u64,
}

/// The number of bytes up to which the ratio does not count. Small bodies can have any.
const ANY_RATIO: u64 = 64 * 1024;

/// The body of a request, decoded within limits.
pub(crate) struct Decoded {
    decoder: Decoder<Counted>,
    limits: Limits,
    /// The number of bytes that were decoded.
    produced: u64,
    /// The error that the body ended with, so that it never looks complete.
    failure: Option<Failure>,
}

/// An error that reading ends with.
#[derive(Clone, Debug)]
enum Failure {
    /// The body cannot be read to its end.
    Input(InputError),
    /// The coded body cannot be read, for a reason that is not the client's fault.
    Reader(ErrorKind, String),
}

impl Decoded {
    pub(crate) fn new(coding: Coding, input: Input, limits: Limits) -> Self {
        let counted = Counted { input, taken: 0 };
        Self {
            decoder: Decoder::new(coding, counted),
            limits,
            produced: 0,
            failure: None,
        }
    }

    fn check(&self) -> Result<(), InputError> {
        let by_ratio = self
            .decoder
            .get_ref()
            .taken
            .saturating_mul(self.limits.ratio);
        let most = self.limits.bytes.min(by_ratio.max(ANY_RATIO));
        match self.produced > most {
            true => Err(InputError::TooLarge),
            false => Ok(()),
        }
    }
}

impl Read for Decoded {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if let Some(failure) = &self.failure {
            return Err(failure.error());
        }
        if buf.is_empty() {
            return Ok(0); // which is not the end
        }
        let (failure, error) = match self.decoder.read(buf) {
            Ok(read) => {
                self.produced += read as u64;
                match self.check() {
                    Ok(()) => return Ok(read),
                    Err(error) => (Failure::Input(error), error.into()),
                }
            }
            Err(error) => Failure::of(error),
        };
        self.failure = Some(failure);
        Err(error)
    }
}

impl Failure {
    /// The failure that an error of a decoder comes from, and its first error.
    fn of(error: io::Error) -> (Self, io::Error) {
        let failure = match error.downcast::<OfReader>() {
            Ok(OfReader(error)) => {
                let failure = match InputError::of(&error) {
                    Some(error) => Self::Input(*error),
                    None => Self::Reader(error.kind(), error.to_string()),
                };
                return (failure, error);
            }
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => InputError::Truncated,
            Err(_) => InputError::Malformed,
        };
        (Self::Input(failure), failure.into())
    }

    fn error(&self) -> io::Error {
        match self {
            Self::Input(error) => (*error).into(),
            Self::Reader(kind, text) => io::Error::new(*kind, text.clone()),
        }
    }
}

/// An error in reading the coded body, in contrast to one in decoding it.
#[derive(Debug)]
struct OfReader(io::Error);

impl OfReader {
    fn mark(error: io::Error) -> io::Error {
        io::Error::new(error.kind(), Self(error))
    }
}

impl fmt::Display for OfReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for OfReader {}

/// The coded body, of which the bytes taken are counted. Reads that are interrupted are repeated,
/// since decoders take any error for one that lasts.
pub(crate) struct Counted {
    input: Input,
    taken: u64,
}

impl Counted {
    /// Waits until there are bytes, or the end.
    fn wait(&mut self) -> io::Result<()> {
        loop {
            match self.input.fill_buf() {
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(OfReader::mark(error)),
            }
        }
    }
}

impl Read for Counted {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.wait()?;
        let read = self.input.read(buf).map_err(OfReader::mark)?;
        self.taken += read as u64;
        Ok(read)
    }
}

impl BufRead for Counted {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.wait()?;
        self.input.fill_buf().map_err(OfReader::mark)
    }

    fn consume(&mut self, amount: usize) {
        self.input.consume(amount);
        self.taken += amount as u64;
    }
}
