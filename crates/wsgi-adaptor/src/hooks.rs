//! The functions that are called before and after the handlers.

use wsgi_application::Result;

use crate::{into_response::IntoResponse, request::Request, response::Response};

/// A function that may answer a request in place of its handler.
pub(crate) type Before = Box<dyn Fn(&Request<'_>) -> Option<Result<Response>> + Send + Sync>;

/// A function that may change a response.
pub(crate) type After = Box<dyn Fn(&Request<'_>, Response) -> Result<Response> + Send + Sync>;

/// Makes a hook of a function whose error is the answer.
pub(crate) fn before<E: IntoResponse>(
    function: impl Fn(&Request<'_>) -> std::result::Result<(), E> + Send + Sync + 'static,
) -> Before {
    Box::new(move |request| match function(request) {
        Ok(()) => None,
        Err(answer) => Some(answer.into_error_response()),
    })
}

/// The functions that are called with each response, in the order they were added.
#[derive(Default)]
pub(crate) struct AfterHooks(Vec<After>);

impl AfterHooks {
    pub(crate) fn add<R: IntoResponse>(
        &mut self,
        function: impl Fn(&Request<'_>, Response) -> R + Send + Sync + 'static,
    ) {
        let hook =
            move |request: &Request<'_>, response| function(request, response).into_response();
        self.0.push(Box::new(hook));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The first `hooks`.
    pub(crate) fn first(&self, hooks: usize) -> &[After] {
        &self.0[..hooks]
    }
}
