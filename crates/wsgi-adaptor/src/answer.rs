//! The answer of an adaptor to a request: from a handler, a page, or an error.

use std::{
    cell::Cell,
    mem,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use wsgi_application::{Application, Environ, ErrorPage, Result, StartResponse, Status};
use wsgi_middleware::{CrossOriginPolicy, prefers_json, with_session};

use crate::{
    adaptor::Adaptor,
    content::Content,
    extensions::Extensions,
    fault::status_of_gateway,
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
    let mut call = Call {
        parts,
        content: Content::new(environ.take_input()),
        extensions: Extensions::new(),
        environ,
        reached: Cell::default(),
        failed: None,
    };
    let scope = Scope::outermost(parts, &call.reached, &call.content, &call.extensions);
    let result = match parts.handle(&scope, call.environ) {
        Ok(response) if response.is_plain() && parts.after.is_empty() => Ok(response),
        result => {
            let response = parts.finish(&scope, call.environ, result);
            response.and_then(|response| scope.judged(call.environ, response))
        }
    };
    let sent = result.and_then(|response| response.send(start_response));
    if let Err(error) = &sent
        && !error.is_disconnected()
    {
        call.failed = Some(status_of_gateway(error));
    }
    sent
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

    /// Calls the hooks and the handler.
    fn handle(&self, scope: &Scope<'_>, environ: &mut Environ) -> Result<Response> {
        if let Some(policy) = &self.cross_origin
            && (self.has_own_cross_origin || !scope.is_origin_checked())
            && !policy.allows(environ)
        {
            let reason = CrossOriginPolicy::reason(environ);
            return Err(HttpError::new(Status::FORBIDDEN, reason).into());
        }
        if !self.mounts.is_empty()
            && let Some(mount) = self.mounts.at(environ.path_info().as_bytes())
        {
            return self.handle_mounted(mount, scope, environ);
        }
        let (methods, parameters) = self.routes.at(environ.path_info().as_bytes());
        let method = environ.request_method().as_bytes();
        let request = Request::new(environ, scope.content(), scope, parameters);
        if let Some(answer) = self.hooked(&request) {
            answer
        } else if method == b"OPTIONS" && is_about_the_server(environ) {
            Ok(Response::empty(Status::NO_CONTENT))
        } else if let Some(methods) = methods {
            match methods.get(method) {
                Some(handler) => handler(&request),
                None => Ok(methods.refuse(method, scope.knows_method(method))),
            }
        } else if let Some(redirect) = self.redirect_to_page(&request) {
            Ok(redirect)
        } else {
            (self.fallback)(&request)
        }
    }

    /// Calls the hooks and a mounted adaptor.
    fn handle_mounted(
        &self,
        mount: &Mount,
        scope: &Scope<'_>,
        environ: &mut Environ,
    ) -> Result<Response> {
        let request = Request::new(environ, scope.content(), scope, matchit::Params::new());
        match self.hooked(&request) {
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

/// Whether a request with OPTIONS is for `*`, which is no page (RFC 9110 section 9.3.7).
fn is_about_the_server(environ: &Environ) -> bool {
    environ.path_info().is_empty() && environ.script_name().is_empty()
}

/// The call of an adaptor that no other one is around. When it ends, also by a panic, the gateway
/// gets the rest of the body back, and after a failure a page for it.
struct Call<'a> {
    parts: &'a Arc<Parts>,
    environ: &'a mut Environ,
    reached: Cell<Reached>,
    content: Content,
    extensions: Extensions,
    /// The status with which the gateway answers, if no deadline has passed.
    failed: Option<Status>,
}

impl Call<'_> {
    /// Leaves the page of a failure to the gateway, unless the gateway's own page looks the same.
    #[cold]
    fn leave_page(&mut self, status: Status) {
        let has_page = |status: &Status| self.parts.has_page_of(status.code());
        // The gateway has not decided yet whether the deadline has passed.
        let may_be_late = self.environ.deadline().is_some();
        let has_page = has_page(&status) || may_be_late && has_page(&Status::GATEWAY_TIMEOUT);
        if !has_page && !prefers_json(self.environ) {
            return;
        }
        let (parts, failed) = (Arc::clone(self.parts), self.reached.get());
        let shared = Mutex::new((
            mem::take(&mut self.content),
            mem::take(&mut self.extensions),
        ));
        let page = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
            let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let (content, extensions) = &mut *shared;
            content.set_rest(environ.take_input());
            let reached = Cell::default();
            let scope = Scope::outermost(&parts, &reached, content, extensions);
            let status = match is_late(environ) {
                true => &Status::GATEWAY_TIMEOUT,
                false => &status,
            };
            let response = failure_page(&scope, environ, failed, status);
            environ.set_input(content.take_rest());
            response?.send(start_response)
        };
        self.environ.insert_extension(ErrorPage::new(page));
    }
}

/// Whether the gateway answers for a deadline that has passed. It has decided that before it calls
/// a page.
fn is_late(environ: &Environ) -> bool {
    let deadline = environ.shared_deadline();
    deadline.is_some_and(|deadline| deadline.check().is_err())
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.environ.set_input(self.content.take_rest());
        if thread::panicking() {
            self.failed = Some(Status::INTERNAL_SERVER_ERROR);
        }
        if let Some(status) = self.failed.take() {
            self.leave_page(status);
        }
    }
}
