//! The body of a request, which is read once.

use std::io::{self, Read};

use wsgi_application::Result;
use wsgi_environ::Input;

use crate::Error;

/// The body of a request, and whether somebody began to read it.
pub(crate) struct Content {
    input: Input,
    is_taken: bool,
}

impl Content {
    pub(crate) fn new(input: Input) -> Self {
        Self {
            input,
            is_taken: false,
        }
    }

    pub(crate) fn take(&mut self) -> Input {
        self.is_taken = true;
        std::mem::take(&mut self.input)
    }

    /// All of it, if that is not more than so many bytes; memory grows with what arrives, not
    /// with what was declared.
    pub(crate) fn read_whole(&mut self, limit: u64) -> Result<Vec<u8>> {
        if self.is_taken {
            return Err(Error::BodyTaken.into());
        }
        if self.input.remaining().is_some_and(|length| length > limit) {
            return Err(Error::BodyTooLarge.into());
        }
        let mut body = Vec::new();
        let limited = &mut Read::take(&mut *self, limit.saturating_add(1));
        limited.read_to_end(&mut body)?;
        match body.len() as u64 > limit {
            true => Err(Error::BodyTooLarge.into()),
            false => Ok(body),
        }
    }

    pub(crate) fn into_input(self) -> Input {
        self.input
    }
}

impl Read for Content {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.is_taken = true;
        self.input.read(buf)
    }
}
