//! The body of a request, decoded within limits.

use std::io::{self, BufRead, ErrorKind, Read};

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
    failure: Option<InputError>,
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
        if let Some(failure) = self.failure {
            return Err(failure.into());
        }
        if buf.is_empty() {
            return Ok(0); // which is not the end
        }
        let result = self.decoder.read(buf).map_err(|error| input_error(&error));
        let result = result.and_then(|read| {
            self.produced += read as u64;
            self.check().map(|()| read)
        });
        result.map_err(|error| self.failure.insert(error).to_owned().into())
    }
}

/// The error of the request's body behind an error of a decoder.
fn input_error(error: &io::Error) -> InputError {
    match InputError::of(error) {
        Some(error) => *error,
        None if error.kind() == ErrorKind::UnexpectedEof => InputError::Truncated,
        None => InputError::Malformed,
    }
}

/// The coded body, of which the bytes taken are counted.
pub(crate) struct Counted {
    input: Input,
    taken: u64,
}

impl Read for Counted {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buf)?;
        self.taken += read as u64;
        Ok(read)
    }
}

impl BufRead for Counted {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.input.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.input.consume(amount);
        self.taken += amount as u64;
    }
}
