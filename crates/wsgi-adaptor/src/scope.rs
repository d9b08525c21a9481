//! The adaptors around a call, their hooks after it, and their answers to errors.

use std::{cell::Cell, fmt::Display, sync::Arc};

use wsgi_application::{Environ, Error, Headers, Result, Status};
use wsgi_cookies::Keyring;
use wsgi_environ::{Value, ValueBuf, is_standard_method};
use wsgi_forms::Limits;
use wsgi_middleware::{log_failure, prefers_json};

use crate::{
    content::Content,
    debug_page::debug_page,
    early::early,
    extensions::Extensions,
    fault::{
        accepted_types, fault, is_meant_for_the_client, is_of_the_body, is_of_the_client, status_of,
    },
    http_error::HttpError,
    parts::{Mount, Parts},
    problem::problem,
    request::Request,
    response::Response,
    surroundings::Surroundings,
    url_error::UrlError,
};

/// An adaptor that handles a request, and those in which it is mounted.
pub(crate) struct Scope<'a> {
    parts: &'a Arc<Parts>,
    outer: Option<Outer<'a>>,
    reached: &'a Cell<Reached>,
    content: &'a Content,
    extensions: &'a Extensions,
}

/// The place that a call has reached, which is where it failed if it fails.
#[derive(Clone, Copy, Default)]
pub(crate) struct Reached {
    /// The number of adaptors around the one that was entered last.
    depth: usize,
    /// The greatest number so far: that of the adaptor which has handled the request.
    greatest_depth: usize,
    /// The number of its hooks that follow the one that was called last. `None` before the first.
    hooks: Option<usize>,
    /// Whether all hooks of all adaptors were called.
    is_after_hooks: bool,
}

/// The adaptor around another one.
#[derive(Clone, Copy)]
struct Outer<'a> {
    scope: &'a Scope<'a>,
    /// The place of the inner adaptor in the outer one.
    mount: &'a Mount,
    /// The paths of the request as the outer adaptor sees them.
    paths: &'a Paths,
}

/// The two paths of a request, decoded. Where an adaptor is mounted, they are other ones.
struct Paths {
    script_name: ValueBuf,
    path_info: ValueBuf,
}

impl Paths {
    fn of(environ: &Environ) -> Self {
        Self {
            script_name: environ.script_name().to_value_buf(),
            path_info: environ.path_info().to_value_buf(),
        }
    }

    fn restore(&self, environ: &mut Environ) {
        environ.set("SCRIPT_NAME", &self.script_name);
        environ.set("PATH_INFO", &self.path_info);
    }
}

/// An environ whose paths are those of a mounted adaptor until this is dropped, also by a panic.
struct Moved<'a> {
    environ: &'a mut Environ,
    paths: &'a Paths,
}

impl Drop for Moved<'_> {
    fn drop(&mut self) {
        self.paths.restore(self.environ);
    }
}

impl<'a> Scope<'a> {
    /// The scope of an adaptor that no other one is around.
    pub(crate) fn outermost(
        parts: &'a Arc<Parts>,
        reached: &'a Cell<Reached>,
        content: &'a Content,
        extensions: &'a Extensions,
    ) -> Self {
        Self {
            parts,
            outer: None,
            reached,
            content,
            extensions,
        }
    }

    /// The body of the request.
    pub(crate) fn content(&self) -> &'a Content {
        self.content
    }

    /// The number of adaptors around this one.
    fn depth(&self) -> usize {
        self.outer.map_or(0, |outer| outer.scope.depth() + 1)
    }

    /// Whether a request for a decoded path, without the prefix of this adaptor, gets here.
    fn is_reached_by(&self, path: &str) -> bool {
        self.outer.is_none_or(|Outer { scope, mount, .. }| {
            let whole = format!("{}{path}", mount.prefix);
            scope.parts.mounts.lead_to(mount, path) && scope.is_reached_by(&whole)
        })
    }

    /// Whether the adaptor around this one has checked the origin of the request, or the one around
    /// that has done it in its place. Once one has turned its policy off, nothing that was allowed
    /// around it is allowed in it.
    pub(crate) fn is_origin_checked(&self) -> bool {
        let outer = self.outer.map(|outer| outer.scope);
        outer.is_some_and(|scope| scope.parts.cross_origin.is_some())
    }

    /// Whether a method is a standard one, or has a handler in any adaptor around or in this one.
    pub(crate) fn knows_method(&self, method: &[u8]) -> bool {
        match self.outer {
            Some(outer) => outer.scope.knows_method(method),
            None => is_standard_method(method) || self.parts.has_method(method),
        }
    }

    /// Notes that the call is at this adaptor, and how many of its hooks follow.
    pub(crate) fn reach(&self, hooks: Option<usize>) {
        let (depth, reached) = (self.depth(), self.reached.get());
        self.reached.set(Reached {
            depth,
            greatest_depth: reached.greatest_depth.max(depth),
            hooks,
            ..reached
        });
    }

    /// Calls a function in the scope of a mounted adaptor. After an error, the place that was
    /// reached is still there.
    pub(crate) fn enter(
        &self,
        mount: &Mount,
        environ: &mut Environ,
        call: impl FnOnce(&Scope<'_>, &mut Environ) -> Result<Response>,
    ) -> Result<Response> {
        let paths = Paths::of(environ);
        let outer = Outer {
            scope: self,
            mount,
            paths: &paths,
        };
        let inner = Scope {
            parts: &mount.parts,
            outer: Some(outer),
            reached: self.reached,
            content: self.content,
            extensions: self.extensions,
        };
        inner.reach(None);
        let moved = Moved {
            environ,
            paths: &paths,
        };
        moved.environ.shift_path(mount.prefix.len());
        let response = call(&inner, moved.environ)?;
        self.reach(None);
        Ok(response)
    }
}

impl Surroundings for Scope<'_> {
    fn form_limits(&self) -> &Limits {
        &self.parts.form_limits
    }

    fn max_body_bytes(&self) -> u64 {
        self.parts.max_body_bytes
    }

    fn keyring(&self) -> Option<&Keyring> {
        let own = self.parts.keyring.as_ref();
        own.or_else(|| self.outer?.scope.keyring())
    }

    fn extensions(&self) -> &Extensions {
        self.extensions
    }

    fn url(
        &self,
        name: &str,
        values: &[(&str, &dyn Display)],
    ) -> std::result::Result<String, UrlError> {
        self.parts
            .url(name, values, &|path| self.is_reached_by(path))
    }

    fn route(&self, path: &str) -> Option<String> {
        self.parts.route(path)
    }

    fn outer(&self) -> Option<(&dyn Surroundings, Value<'_>)> {
        let Outer { scope, paths, .. } = self.outer?;
        Some((scope, paths.script_name.as_value()))
    }
}

/// The hooks after a handler.
impl Scope<'_> {
    /// Passes a response through the first `hooks`, the last one first. If one fails, the answer to
    /// its error goes on in place of the response.
    pub(crate) fn pass(
        &self,
        environ: &mut Environ,
        mut response: Response,
        hooks: usize,
    ) -> Result<Response> {
        let hooks = self.parts.after.first(hooks).iter().enumerate();
        for (following, hook) in hooks.rev() {
            self.reach(Some(following));
            let request = Request::new(environ, self.content, self, matchit::Params::new());
            let result = hook(&request, response);
            response = self.settled(environ, result)?;
        }
        Ok(response)
    }
}

/// Answers to errors.
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
        if let Some(types) = accepted_types(&error) {
            fields.append("Accept", types)?;
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
            && let Some(types) = accepted_types(error)
        {
            fields.append("Accept", types)?;
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
    is_of_the_body(failure) && (has_form || accepted_types(failure).is_none())
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
