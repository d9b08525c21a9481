//! The functions that are called before and after the handlers.

use wsgi_application::{Environ, Result};

use crate::{into_response::IntoResponse, request::Request, response::Response, scope::Scope};

/// A function that may answer a request in place of its handler.
pub(crate) type Before = Box<dyn Fn(&Request<'_>) -> Option<Result<Response>> + Send + Sync>;

/// A function that may change a response.
type After = Box<dyn Fn(&Request<'_>, Response) -> Result<Response> + Send + Sync>;

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

    /// Passes a response through the first `hooks`, the last one first. If one fails, the answer to
    /// its error goes on in place of the response.
    pub(crate) fn pass(
        &self,
        scope: &Scope<'_>,
        environ: &mut Environ,
        mut response: Response,
        hooks: usize,
    ) -> Result<Response> {
        for (following, hook) in self.0[..hooks].iter().enumerate().rev() {
            scope.reach(Some(following));
            let input = environ.take_input();
            let request = Request::new(environ, input, scope, matchit::Params::new());
            let result = hook(&request, response);
            let input = request.into_input();
            environ.set_input(input);
            response = scope.settled(environ, result)?;
        }
        Ok(response)
    }
}
