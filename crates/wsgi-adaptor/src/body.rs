//! The body of a request, which is read once.

use std::io::{self, ErrorKind, Read};

use wsgi_environ::{Input, Value};
use wsgi_forms::{Form, FormError, Limits};

use crate::RequestError;

/// The body of a request, and whether somebody began to read it.
pub(crate) struct Content {
    input: Input,
    is_taken: bool,
    /// Why it could not be read: what is left of it must never be taken for another body.
    failure: Option<ErrorKind>,
}

impl Content {
    pub(crate) fn new(input: Input) -> Self {
        Self {
            input,
            is_taken: false,
            failure: None,
        }
    }

    pub(crate) fn take(&mut self) -> Input {
        self.is_taken = true;
        std::mem::take(&mut self.input)
    }

    /// All of it, if that is not more than `limit` bytes; memory grows with what arrives, not
    /// with what was declared.
    pub(crate) fn read_whole(&mut self, limit: u64) -> wsgi_application::Result<Vec<u8>> {
        match self.failure {
            Some(ErrorKind::FileTooLarge) => return Err(RequestError::BodyTooLarge.into()),
            Some(kind) => return Err(FormError::Read(kind.into()).into()),
            None if self.is_taken => return Err(RequestError::BodyTaken.into()),
            None => {}
        }
        if self.input.remaining().is_some_and(|length| length > limit) {
            return Err(RequestError::BodyTooLarge.into());
        }
        let mut body = Vec::new();
        let limited = &mut Read::take(&mut *self, limit.saturating_add(1));
        if let Err(error) = limited.read_to_end(&mut body) {
            self.failure = Some(error.kind());
            return Err(error.into());
        }
        if body.len() as u64 > limit {
            self.failure = Some(ErrorKind::FileTooLarge);
            return Err(RequestError::BodyTooLarge.into());
        }
        Ok(body)
    }

    /// The form in it.
    pub(crate) fn read_form(
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

    /// What is left for the gateway. Of a body that failed nobody reads the rest.
    pub(crate) fn into_input(self) -> Input {
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

/// The kind of I/O error that has the same status; none where nothing was read.
fn kind_of(error: &FormError) -> Option<ErrorKind> {
    Some(match error {
        FormError::ContentType | FormError::NotMultipart | FormError::Boundary => return None,
        FormError::Read(error) | FormError::Spool(error) => error.kind(),
        _ if error.status_code() == 413 => ErrorKind::FileTooLarge,
        _ => ErrorKind::InvalidData,
    })
}
