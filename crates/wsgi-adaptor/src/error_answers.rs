//! The answers to errors by their types.

use std::{any::TypeId, error::Error as StdError, io};

use wsgi_application::Error;
use wsgi_environ::{DeadlinePassed, InputError};
use wsgi_forms::FormError;
use wsgi_sessions::{Error as SessionError, StoreError};

use crate::{
    fault::{has_usual_answer, is_usually_answered},
    http_error::HttpError,
    request_error::RequestError,
};

/// A function that answers an error that has a type in its chain of causes.
type Answer = Box<dyn Fn(&Error) -> Option<HttpError> + Send + Sync>;

/// The answers to errors by their types, each of which is there once.
#[derive(Default)]
pub(crate) struct ErrorAnswers(Vec<(TypeId, Answer)>);

impl ErrorAnswers {
    /// Sets the answer to errors of a type. It takes the place of an earlier one.
    pub(crate) fn set<E: StdError + 'static>(
        &mut self,
        answer: impl Fn(&E) -> HttpError + Send + Sync + 'static,
    ) {
        let id = TypeId::of::<E>();
        let answer: Answer = Box::new(move |error| find::<E>(error).map(&answer));
        match self.0.iter_mut().find(|(known, _)| *known == id) {
            Some((_, earlier)) => *earlier = answer,
            None => self.0.push((id, answer)),
        }
    }

    /// The answer to an error: of several that fit, the one that was added first.
    pub(crate) fn get(&self, error: &Error) -> Option<HttpError> {
        self.0.iter().find_map(|(_, answer)| answer(error))
    }
}

/// The error of a type among the causes of an error.
///
/// An error with a usual answer keeps it, unless its own type is asked for, or one that the
/// application has wrapped it in. The causes inside of it do not count, nor do the I/O errors that
/// carry it: an upload that breaks off is not a failure of a disk.
fn find<E: StdError + 'static>(error: &Error) -> Option<&E> {
    if is_of_these_crates::<E>() || !has_usual_answer(error) {
        return error.find();
    }
    let is_carrier = |cause: &(dyn StdError + 'static)| cause.is::<io::Error>();
    let mut wrappers = error
        .chain()
        .take_while(|cause| !is_carrier(*cause) && !is_usually_answered(*cause));
    wrappers.find_map(|cause| cause.downcast_ref())
}

/// Whether a type is one of those that have a usual answer, or the reason for one.
fn is_of_these_crates<E: 'static>() -> bool {
    [
        TypeId::of::<DeadlinePassed>(),
        TypeId::of::<RequestError>(),
        TypeId::of::<FormError>(),
        TypeId::of::<InputError>(),
        TypeId::of::<SessionError>(),
        TypeId::of::<StoreError>(),
    ]
    .contains(&TypeId::of::<E>())
}
