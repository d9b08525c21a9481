//! The unread body of a request.

use std::io::{self, ErrorKind, Read};

use wsgi_environ::{Input, Value};
use wsgi_forms::{Form, FormError, Limits};

use crate::request_error::RequestError;

/// The unread body of a request, with a note of whether anyone has begun to read it.
pub(super) struct Content {
    input: Input,
    is_taken: bool,
    /// The reason for which reading failed. The rest must never pass for another body.
    failure: Option<ErrorKind>,
}

impl Content {
    pub(super) fn new(input: Input) -> Self {
        Self {
            input,
            is_taken: false,
            failure: None,
        }
    }

    pub(super) fn take(&mut self) -> Input {
        self.is_taken = true;
        std::mem::take(&mut self.input)
    }

    /// Reads the whole body, up to `max_bytes`. Memory grows with the bytes that arrive, not with
    /// the length that was declared.
    pub(super) fn read_whole(&mut self, max_bytes: u64) -> wsgi_application::Result<Vec<u8>> {
        match self.failure {
            Some(ErrorKind::FileTooLarge) => return Err(RequestError::BodyTooLarge.into()),
            Some(kind) => return Err(FormError::Read(kind.into()).into()),
            None if self.is_taken => return Err(RequestError::BodyTaken.into()),
            None => {}
        }
        if (self.input.remaining()).is_some_and(|length| length > max_bytes) {
            return Err(RequestError::BodyTooLarge.into());
        }
        let mut body = Vec::new();
        let limited = &mut Read::take(&mut *self, max_bytes.saturating_add(1));
        if let Err(error) = limited.read_to_end(&mut body) {
            self.failure = Some(error.kind());
            return Err(error.into());
        }
        if body.len() as u64 > max_bytes {
            self.failure = Some(ErrorKind::FileTooLarge);
            return Err(RequestError::BodyTooLarge.into());
        }
        Ok(body)
    }

    /// Reads the body as a form.
    pub(super) fn read_form(
        &mut self,
        content_type: Value<'_>,
        limits: &Limits,
    ) -> Result<Form, FormError> {
        if let Some(kind) = self.failure {
            return Err(FormError::Read(kind.into()));
        }
        let form = Form::read(content_type, &mut *self, limits);
        form.inspect_err(|error| self.failure = kind_of(error))
    }

    /// Returns the rest for the gateway. After a failure nobody may read the rest.
    pub(super) fn into_input(self) -> Input {
        match self.failure {
            Some(_) => Input::default(),
            None => self.input,
        }
    }
}

impl Read for Content {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.is_taken = true;
        self.input.read(buf)
    }
}

/// The kind of I/O error that is answered with the same status. `None` if nothing was read.
fn kind_of(error: &FormError) -> Option<ErrorKind> {
    Some(match error {
        FormError::ContentType | FormError::NotMultipart | FormError::Boundary => return None,
        FormError::Read(error) | FormError::Spool(error) => error.kind(),
        _ if error.status_code() == 413 => ErrorKind::FileTooLarge,
        _ => ErrorKind::InvalidData,
    })
}
