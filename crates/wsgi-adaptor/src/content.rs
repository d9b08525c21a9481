//! The body of a request, read or not.

use std::{
    cell::{Cell, OnceCell, RefCell},
    io::{self, ErrorKind, Read},
    mem,
};

use wsgi_environ::{Input, InputError, Value};
use wsgi_forms::{Form, FormError, Limits};

use crate::request_error::RequestError;

/// The body of a request, which all hooks, handlers and pages of the request share. What one of
/// them has read of it is there for the others, and never passes for the whole body.
#[derive(Default)]
pub(crate) struct Content {
    input: RefCell<Input>,
    /// Whether anyone has begun to read it.
    is_taken: Cell<bool>,
    /// The reason for which reading failed. The rest must never pass for another body.
    failure: Cell<Option<Failure>>,
    body: OnceCell<Vec<u8>>,
    form: OnceCell<Form>,
}

/// The reason for which a body cannot be read, by which it is answered alike each time.
#[derive(Clone, Copy)]
enum Failure {
    TooLarge,
    Input(InputError),
    Read(ErrorKind),
    Spool(ErrorKind),
}

impl Content {
    #[inline]
    pub(crate) const fn new(input: Input) -> Self {
        Self {
            input: RefCell::new(input),
            is_taken: Cell::new(false),
            failure: Cell::new(None),
            body: OnceCell::new(),
            form: OnceCell::new(),
        }
    }

    /// Takes the body out, to be read as it arrives. If it is in memory, it stays there, too. If it
    /// was begun to be read, the input fails.
    pub(crate) fn take(&self) -> Input {
        if let Some(body) = self.body.get() {
            return Input::from_bytes(&body[..]);
        }
        if let Err(error) = self.check() {
            return Input::from_reader(Gone(Some(error)), None);
        }
        self.begin();
        self.input.take()
    }

    /// The whole body, up to `max_bytes`, also if it is in memory already. Memory grows with the
    /// bytes that arrive, not with the length that was declared.
    pub(crate) fn whole(&self, max_bytes: u64) -> wsgi_application::Result<&[u8]> {
        if let Some(body) = self.body.get() {
            return match body.len() as u64 > max_bytes {
                true => Err(RequestError::BodyTooLarge.into()),
                false => Ok(body),
            };
        }
        match self.failure.get() {
            Some(Failure::TooLarge) => return Err(RequestError::BodyTooLarge.into()),
            Some(failure) => return Err(FormError::from(failure).into()),
            None if self.is_taken.get() => return Err(RequestError::BodyTaken.into()),
            None => {}
        }
        let length = self.input.borrow().remaining();
        if length.is_some_and(|length| length > max_bytes) {
            return Err(RequestError::BodyTooLarge.into());
        }
        let mut body = Vec::new();
        let limited = &mut Read::take(Reader(self), max_bytes.saturating_add(1));
        if let Err(error) = limited.read_to_end(&mut body) {
            self.failure.set(Some(Failure::of_reading(&error)));
            return Err(error.into());
        }
        if body.len() as u64 > max_bytes {
            self.failure.set(Some(Failure::TooLarge));
            return Err(RequestError::BodyTooLarge.into());
        }
        Ok(self.body.get_or_init(|| body))
    }

    /// The form in the body. One with a content coding is refused, unless it is declared empty:
    /// some clients name a coding in each request.
    pub(crate) fn form(
        &self,
        content_type: Value<'_>,
        is_coded: bool,
        limits: &Limits,
    ) -> Result<&Form, FormError> {
        if let Some(form) = self.form.get() {
            return Ok(form);
        }
        if is_coded && (self.is_taken.get() || self.input.borrow().remaining() != Some(0)) {
            // Without its coding, a body of another type would be refused again.
            return Err(match Form::read(content_type, io::empty(), limits) {
                Err(FormError::ContentType) => FormError::ContentType,
                _ => FormError::ContentCoding,
            });
        }
        let form = match self.body.get() {
            Some(body) => Form::read(content_type, &body[..], limits)?,
            None => {
                self.check()?;
                let form = Form::read(content_type, Reader(self), limits);
                form.inspect_err(|error| self.failure.set(Failure::of_form(error)))?
            }
        };
        Ok(self.form.get_or_init(|| form))
    }

    /// Takes out the unread rest, for the gateway. After a failure nobody may read the rest.
    pub(crate) fn take_rest(&mut self) -> Input {
        match self.failure.get() {
            Some(_) => Input::default(),
            None => mem::take(self.input.get_mut()),
        }
    }

    /// Puts the unread rest back.
    pub(crate) fn set_rest(&mut self, rest: Input) {
        *self.input.get_mut() = rest;
    }

    /// Checks that the body can be read from its start.
    fn check(&self) -> Result<(), FormError> {
        match self.failure.get() {
            Some(failure) => Err(failure.into()),
            None if self.is_taken.get() => {
                Err(FormError::Read(io::Error::other(RequestError::BodyTaken)))
            }
            None => Ok(()),
        }
    }

    /// Notes that the body is read from now on. Of one that is declared empty, nothing can be lost.
    fn begin(&self) {
        if self.input.borrow().remaining() != Some(0) {
            self.is_taken.set(true);
        }
    }
}

/// A reader of the body.
struct Reader<'a>(&'a Content);

impl Read for Reader<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.begin();
        self.0.input.borrow_mut().read(buf)
    }
}

/// A body that cannot be read any more. Its error is returned once, as that of any reader is.
struct Gone(Option<FormError>);

impl Read for Gone {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        let taken = || FormError::Read(io::Error::other(RequestError::BodyTaken));
        Err(self.0.take().unwrap_or_else(taken).into())
    }
}

impl Failure {
    fn of_reading(error: &io::Error) -> Self {
        match InputError::of(error) {
            Some(&error) => Self::Input(error),
            None => Self::Read(error.kind()),
        }
    }

    /// The reason for which the form cannot be read. `None` if nothing was read.
    fn of_form(error: &FormError) -> Option<Self> {
        Some(match error {
            FormError::ContentType | FormError::NotMultipart | FormError::Boundary => return None,
            FormError::Read(error) => Self::of_reading(error),
            FormError::Spool(error) => Self::Spool(error.kind()),
            _ if error.status_code() == 413 => Self::TooLarge,
            _ => Self::Input(InputError::Malformed),
        })
    }
}

impl From<Failure> for FormError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::TooLarge => Self::Read(InputError::TooLarge.into()),
            Failure::Input(error) => Self::Read(error.into()),
            Failure::Read(kind) => Self::Read(kind.into()),
            Failure::Spool(kind) => Self::Spool(kind.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_fails_is_never_the_clients_fault() {
        for (kind, status) in [
            (ErrorKind::FileTooLarge, 507),
            (ErrorKind::StorageFull, 507),
            (ErrorKind::TimedOut, 500),
        ] {
            let content = Content::new(Input::empty());
            let error = FormError::Spool(kind.into());
            content.failure.set(Failure::of_form(&error));
            let content_type = "multipart/form-data; boundary=x".into();
            let form = content.form(content_type, false, &Limits::new());
            let again = form.expect_err("it is told again");
            assert_eq!(again.status_code(), status, "{kind:?}");
        }
    }
}
