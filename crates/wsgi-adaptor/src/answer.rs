//! The answer of an adaptor to a request: from a handler, a page, or an error.

use std::{sync::Arc, thread};

use wsgi_application::{
    Application, Environ, Error, ErrorPage, Headers, Result, StartResponse, Status,
};
use wsgi_middleware::{log_failure, with_session};

use crate::{
    adaptor::Adaptor,
    debug_page::debug_page,
    early::early,
    fault::{fault, is_meant_for_the_client, status_of},
    http_error::HttpError,
    request::Request,
    response::Response,
};

impl Application for Adaptor {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let answer = |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
            self.answer(environ, start_response)
        };
        match &self.sessions {
            Some(sessions) => with_session(sessions, &answer, environ, start_response),
            None => answer(environ, start_response),
        }
    }
}

impl Adaptor {
    fn answer(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let panicking = Panicking {
            adaptor: self,
            environ,
        };
        let response = match self.handle(panicking.environ) {
            Ok(response) if response.is_bare() => self.dressed(panicking.environ, &response)?,
            Ok(response) => response.selected(panicking.environ)?,
            Err(error) => self.failed(panicking.environ, error)?,
        };
        response.send(start_response)
    }

    /// Calls the handler. The request borrows the input meanwhile.
    fn handle(&self, environ: &mut Environ) -> Result<Response> {
        if let Some(policy) = &self.cross_origin
            && !policy.allows(environ)
        {
            let text = "the request was made by a page of another site";
            return Err(HttpError::new(Status::FORBIDDEN, text).into());
        }
        let input = environ.take_input();
        let method = environ.request_method().as_bytes();
        let (handler, parameters) = match self.routes.at(environ.path_info().as_bytes()) {
            Some((methods, parameters)) => match methods.get(method) {
                Some(handler) => (handler, parameters),
                None => {
                    let response = methods.refuse(method);
                    environ.set_input(input);
                    return response.checked();
                }
            },
            None => (&self.fallback, matchit::Params::new()),
        };
        let request = Request::new(environ, input, &self.settings, parameters);
        let result = handler(&request).and_then(Response::checked);
        let input = request.into_input();
        environ.set_input(input);
        result
    }

    /// The page of a status, in place of a response without content of its own.
    fn dressed(&self, environ: &mut Environ, bare: &Response) -> Result<Response> {
        let error = HttpError::new(bare.status().clone(), "");
        let mut fields = bare.headers().clone();
        fields.remove("Content-Type");
        self.pages.answer(environ, &self.settings, &error, &fields)
    }

    /// Answers an error with the response that it carries, with the debug page, or with the text
    /// that is meant for the client. It returns session errors for the session middleware to
    /// answer, and all other errors for the gateway.
    fn failed(&self, environ: &mut Environ, error: Error) -> Result<Response> {
        if error.is_disconnected() {
            return Err(error);
        }
        if let Some(response) = early(&error) {
            return match response.is_bare() {
                true => self.dressed(environ, &response),
                false => response.checked(),
            };
        }
        if self.settings.debug && !is_meant_for_the_client(&error) {
            log_failure(environ, &error);
            return Ok(debug_page(environ, &error, status_of(&error)));
        }
        let Some(shown) = fault(&error) else {
            self.leave_page(environ);
            return Err(error);
        };
        if shown.status().code() >= 500 {
            log_failure(environ, &error);
        }
        self.pages
            .answer(environ, &self.settings, &shown, &Headers::new())
    }

    /// Leaves the page of a failure to the gateway, unless the gateway's own page looks the same.
    fn leave_page(&self, environ: &mut Environ) {
        const FAILURE: Status = Status::INTERNAL_SERVER_ERROR;
        if !self.pages.has_own_look(environ, FAILURE.code()) {
            return;
        }
        let (pages, settings) = (Arc::clone(&self.pages), Arc::clone(&self.settings));
        let page = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
            let error = HttpError::new(FAILURE, "");
            let response = pages.answer(environ, &settings, &error, &Headers::new())?;
            response.send(start_response)
        };
        environ.insert_extension(ErrorPage::new(page));
    }
}

/// A guard around the call of a handler, which leaves a page to the gateway if the handler panics.
struct Panicking<'a> {
    adaptor: &'a Adaptor,
    environ: &'a mut Environ,
}

impl Drop for Panicking<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.adaptor.leave_page(self.environ);
        }
    }
}
