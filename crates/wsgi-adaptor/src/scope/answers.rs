//! The answers of adaptors to errors.

use wsgi_application::{Environ, Error, Headers, Result, Status};
use wsgi_middleware::{log_failure, prefers_json};

use super::{Outer, Paths, Reached, Scope};
use crate::{
    debug_page::debug_page,
    early::early,
    fault::{
        accepted, fault, is_meant_for_the_client, is_of_the_body, is_of_the_client, status_of,
    },
    http_error::HttpError,
    problem::problem,
    request::Request,
    response::Response,
};

impl Scope<'_> {
    /// The response of a result: its page if it is bare, and the answer to an error.
    pub(crate) fn settled(
        &self,
        environ: &mut Environ,
        result: Result<Response>,
    ) -> Result<Response> {
        match result.and_then(Response::checked) {
            Ok(response) if response.is_bare() => {
                let (error, fields) = of_bare(&response);
                self.answer(environ, &error, &fields)
            }
            Ok(response) => Ok(response),
            Err(error) => self.failed(environ, error),
        }
    }

    /// The part of a file that the request asks for, once all hooks have seen the response: they
    /// may have changed what its conditions are compared with. A request that they refuse gets the
    /// page of that status, of the adaptor that has handled it.
    pub(crate) fn judged(&self, environ: &mut Environ, response: Response) -> Result<Response> {
        if !response.has_file() {
            return Ok(response);
        }
        let reached = Reached {
            is_after_hooks: true,
            ..self.reached.get()
        };
        self.reached.set(reached);
        let response = response.selected(environ)?;
        if !response.is_bare() {
            return Ok(response);
        }
        let place = Reached {
            depth: reached.greatest_depth,
            ..reached
        };
        let (error, fields) = of_bare(&response);
        page_at(self, environ, place, &error, &fields)?.selected(environ)
    }

    /// Answers an error with the response that it carries, with the debug page, or with the text
    /// that is meant for the client. It returns session errors for the session middleware to
    /// answer, and all other errors for the gateway.
    fn failed(&self, environ: &mut Environ, error: Error) -> Result<Response> {
        if error.is_disconnected() {
            return Err(error);
        }
        if let Some(response) = early(&error) {
            return self.settled(environ, Ok(response));
        }
        if let Some(answer) = self.own_answer(&error) {
            return self.answered(environ, &error, &answer);
        }
        let mut fields = Headers::new();
        if let Some((name, value)) = accepted(&error) {
            fields.append(name, value)?;
        }
        if self.parts.debug && !is_meant_for_the_client(&error) {
            log_failure(environ, &error);
            return Ok(debug_page(environ, &error, status_of(&error)).with_missing(&fields));
        }
        let Some(shown) = fault(&error) else {
            return Err(error);
        };
        if shown.status().code() >= 500 {
            log_failure(environ, &error);
        }
        self.answer(environ, &shown, &fields)
    }

    /// The answer of this adaptor, or of one around it, to an error of this type. The handler's own
    /// [`HttpError`] takes precedence.
    fn own_answer(&self, error: &Error) -> Option<HttpError> {
        match error.find::<HttpError>() {
            Some(_) => None,
            None => self.answer_to_type(error),
        }
    }

    fn answer_to_type(&self, error: &Error) -> Option<HttpError> {
        let own = self.parts.error_answers.get(error);
        own.or_else(|| self.outer?.scope.answer_to_type(error))
    }

    /// Answers an error as the application has set for its type.
    fn answered(
        &self,
        environ: &mut Environ,
        error: &Error,
        answer: &HttpError,
    ) -> Result<Response> {
        if !is_of_the_client(answer) {
            log_failure(environ, error);
            if self.parts.debug {
                return Ok(debug_page(environ, error, answer.status().clone()));
            }
        }
        let mut fields = Headers::new();
        if *answer.status() == Status::UNSUPPORTED_MEDIA_TYPE
            && let Some((name, value)) = accepted(error)
        {
            fields.append(name, value)?;
        }
        self.answer(environ, answer, &fields)
    }

    /// Answers an error: with a problem in JSON if the client prefers that, else with the page of
    /// its status, else, or if the page cannot read the body, with a line of text. Adds the
    /// `fields`: see [`Response::with_missing`].
    fn answer(
        &self,
        environ: &mut Environ,
        error: &HttpError,
        fields: &Headers,
    ) -> Result<Response> {
        let response = match prefers_json(environ) {
            true => problem(error),
            false => {
                let page = match self.page(environ, error) {
                    // The client must not turn its own fault into a failure.
                    Err(failure) if cannot_read_body(environ, &failure) => None,
                    page => page?,
                };
                let page = page.unwrap_or_else(|| Response::text(format!("{error}\n")));
                page.with_status(error.status().clone())
            }
        };
        let response = response.with_missing(fields);
        response.with_added_header("Vary", "Accept").checked()
    }

    /// The page of an error. That of an outer adaptor sees the paths of the outer adaptor.
    fn page(&self, environ: &mut Environ, error: &HttpError) -> Result<Option<Response>> {
        if let Some(page) = self.parts.pages.get(error.status().code()) {
            let request = Request::new(environ, self.content, self, matchit::Params::new());
            return page(&request, error).and_then(Response::checked).map(Some);
        }
        let Some(Outer { scope, paths, .. }) = self.outer else {
            return Ok(None);
        };
        let own = Paths::of(environ);
        paths.restore(environ);
        let page = scope.page(environ, error);
        own.restore(environ);
        page
    }
}

/// Whether a page fails since the body cannot be read. A GET has no form for any client, so a page
/// that asks for one is itself at fault.
fn cannot_read_body(environ: &Environ, failure: &Error) -> bool {
    let has_form = !matches!(environ.request_method().as_bytes(), b"GET" | b"HEAD");
    is_of_the_body(failure) && (has_form || accepted(failure).is_none())
}

/// The error and the other fields of a response without content of its own, for a page in place of
/// it.
fn of_bare(response: &Response) -> (HttpError, Headers) {
    let error = HttpError::new(response.status().clone(), "");
    let mut fields = response.headers().clone();
    fields.remove("Content-Type");
    (error, fields)
}

/// The page of a failure, made after the call, as the adaptor that failed would have made it.
pub(crate) fn failure_page(
    scope: &Scope<'_>,
    environ: &mut Environ,
    failed: Reached,
    status: &Status,
) -> Result<Response> {
    let error = HttpError::new(status.clone(), "");
    let page = page_at(scope, environ, failed, &error, &Headers::new())?;
    scope.judged(environ, page)
}

/// The page of an error that the adaptor at a place makes. It passes the hooks that have not been
/// called.
fn page_at(
    scope: &Scope<'_>,
    environ: &mut Environ,
    place: Reached,
    error: &HttpError,
    fields: &Headers,
) -> Result<Response> {
    let mount = match scope.depth() < place.depth {
        true => scope.parts.mounts.at(environ.path_info().as_bytes()),
        false => None,
    };
    let (response, hooks) = match mount {
        Some(mount) => {
            let page = scope.enter(mount, environ, |inner, environ| {
                page_at(inner, environ, place, error, fields)
            });
            (page?, None)
        }
        None => (scope.answer(environ, error, fields)?, place.hooks),
    };
    if place.is_after_hooks {
        return Ok(response);
    }
    let hooks = hooks.unwrap_or(scope.parts.after.len());
    scope.pass(environ, response, hooks)
}
