//! The answer of an adaptor to a request: from a handler, a page, or an error.

use std::{cell::Cell, sync::Arc, thread};

use wsgi_application::{Application, Environ, ErrorPage, Result, StartResponse, Status};
use wsgi_middleware::{prefers_json, with_session};

use crate::{
    adaptor::Adaptor,
    http_error::HttpError,
    parts::{Mount, Parts},
    request::Request,
    response::Response,
    scope::{Reached, Scope, failure_page},
};

impl Application for Adaptor {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let answer = |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
            send(&self.parts, environ, start_response)
        };
        match &self.sessions {
            Some(sessions) => with_session(sessions, &answer, environ, start_response),
            None => answer(environ, start_response),
        }
    }
}

/// Sends the answer of an adaptor that no other one is around.
fn send(
    parts: &Arc<Parts>,
    environ: &mut Environ,
    start_response: &mut StartResponse<'_>,
) -> Result {
    let reached = Cell::default();
    let panicking = Panicking {
        parts,
        environ,
        reached: &reached,
    };
    let scope = Scope::outermost(parts, &reached);
    let mut response = match parts.handle(&scope, panicking.environ) {
        Ok(response) if response.is_whole() && parts.after.is_empty() => response,
        result => match parts.finish(&scope, panicking.environ, result) {
            Ok(response) => response,
            Err(error) => {
                if !error.is_disconnected() {
                    leave_page(parts, panicking.environ, reached.get());
                }
                return Err(error);
            }
        },
    };
    response.select(panicking.environ)?;
    response.send(start_response)
}

impl Parts {
    /// The response after all hooks, in place of one that may be bare or failed, or of an error.
    fn finish(
        &self,
        scope: &Scope<'_>,
        environ: &mut Environ,
        result: Result<Response>,
    ) -> Result<Response> {
        let response = scope.settled(environ, result)?;
        scope.pass(environ, response, self.after.len())
    }

    /// Calls the hooks and the handler. The request borrows the input meanwhile.
    fn handle(&self, scope: &Scope<'_>, environ: &mut Environ) -> Result<Response> {
        if let Some(policy) = &self.cross_origin
            && !policy.allows(environ)
        {
            let text = "the request was made by a page of another site";
            return Err(HttpError::new(Status::FORBIDDEN, text).into());
        }
        if !self.mounts.is_empty()
            && let Some(mount) = self.mounts.at(environ.path_info().as_bytes())
        {
            return self.handle_mounted(mount, scope, environ);
        }
        let input = environ.take_input();
        let (methods, parameters) = self.routes.at(environ.path_info().as_bytes());
        let method = environ.request_method().as_bytes();
        let request = Request::new(environ, input, scope, parameters);
        let result = if let Some(answer) = self.hooked(&request) {
            answer
        } else if let Some(methods) = methods {
            match methods.get(method) {
                Some(handler) => handler(&request),
                None => Ok(methods.refuse(method, scope.knows_method(method))),
            }
        } else if let Some(redirect) = self.redirect_to_page(&request) {
            Ok(redirect)
        } else {
            (self.fallback)(&request)
        };
        let input = request.into_input();
        environ.set_input(input);
        result
    }

    /// Calls the hooks and a mounted adaptor.
    fn handle_mounted(
        &self,
        mount: &Mount,
        scope: &Scope<'_>,
        environ: &mut Environ,
    ) -> Result<Response> {
        let input = environ.take_input();
        let request = Request::new(environ, input, scope, matchit::Params::new());
        let answer = self.hooked(&request);
        let input = request.into_input();
        environ.set_input(input);
        match answer {
            Some(answer) => answer,
            None => scope.enter(mount, environ, |inner, environ| {
                let result = mount.parts.handle(inner, environ);
                mount.parts.finish(inner, environ, result)
            }),
        }
    }

    /// The answer of a hook before the handlers, if one answers.
    fn hooked(&self, request: &Request<'_>) -> Option<Result<Response>> {
        if self.before.is_empty() {
            return None;
        }
        self.before.iter().find_map(|hook| hook(request))
    }
}

/// Leaves the page of a failure to the gateway, unless the gateway's own page looks the same.
fn leave_page(parts: &Arc<Parts>, environ: &mut Environ, failed: Reached) {
    if !parts.has_failure_page() && !prefers_json(environ) {
        return;
    }
    let parts = Arc::clone(parts);
    let page = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
        let reached = Cell::default();
        let scope = Scope::outermost(&parts, &reached);
        let response = failure_page(&scope, environ, failed)?;
        response.send(start_response)
    };
    environ.insert_extension(ErrorPage::new(page));
}

/// A guard around the call of a handler, which leaves a page to the gateway if the handler panics.
struct Panicking<'a> {
    parts: &'a Arc<Parts>,
    environ: &'a mut Environ,
    reached: &'a Cell<Reached>,
}

impl Drop for Panicking<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            leave_page(self.parts, self.environ, self.reached.get());
        }
    }
}
