//! The answers to errors by their types.

use std::{any::TypeId, error::Error as StdError};

use wsgi_application::Error;

use crate::http_error::HttpError;

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
        let answer: Answer = Box::new(move |error| error.find::<E>().map(&answer));
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
