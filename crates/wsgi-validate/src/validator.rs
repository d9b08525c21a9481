//! The validator.

use std::{fmt, sync::Arc};

use wsgi_application::{Application, Environ, Error, Result, StartResponse};

use crate::{
    checks::{body, calls::Calls, ending, errors, input, start, variables},
    gate::Gate,
    reaction::Reaction,
    rule::Rule,
    watch::{Stage, Watch},
};

/// Wraps an application in a [`Validator`], which checks whether it and its gateway keep the
/// contract.
///
/// ```
/// use wsgi_application::{Environ, Result, StartResponse, Status};
/// use wsgi_testing::Request;
/// use wsgi_validate::validator;
///
/// fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok("Hello world!\n".into())
/// }
///
/// let response = Request::get("/").call(&validator(hello));
/// assert_eq!(response.text(), "Hello world!\n");
/// assert_eq!(response.errors(), "");
/// ```
pub fn validator<A: Application>(application: A) -> Validator<A> {
    Validator::new(application)
}

/// An application around another one, which checks whether that one and its gateway keep the
/// contract; see [`validator`].
///
/// A response that keeps the rules does not change: bytes, files, chunks, lengths, flushes and
/// errors pass as they come. Middleware around the validator counts as the gateway, and middleware
/// inside counts as the application. There may be a validator between any two of them.
pub struct Validator<A> {
    application: A,
    reaction: Reaction,
    allowed: Arc<[Rule]>,
    calls: Calls,
}

impl<A: Application> Validator<A> {
    /// A validator of an application.
    #[must_use]
    pub fn new(application: A) -> Self {
        Self {
            application,
            reaction: Reaction::default(),
            allowed: Arc::new([]),
            calls: Calls::default(),
        }
    }

    /// Sets the reaction to findings; default: [`Reaction::Fail`].
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Request;
    /// use wsgi_validate::{Reaction, Validator};
    ///
    /// let app = Validator::new(application(|_environ, start_response| {
    ///     start_response.start(Status::METHOD_NOT_ALLOWED, ())?;
    ///     Ok(().into())
    /// }))
    /// .reaction(Reaction::Log);
    /// let response = Request::get("/").call(&app);
    /// assert_eq!(response.status(), &Status::METHOD_NOT_ALLOWED);
    /// assert!(response.errors().contains("ALLOW"));
    /// ```
    #[must_use]
    pub fn reaction(mut self, reaction: Reaction) -> Self {
        self.reaction = reaction;
        self
    }

    /// Turns off a rule, in addition to others.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Request;
    /// use wsgi_validate::{rules, validator};
    ///
    /// let app = validator(application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("of what type?".into())
    /// }))
    /// .allow(rules::CONTENT_TYPE);
    /// assert_eq!(Request::get("/").call(&app).status(), &Status::OK);
    /// ```
    #[must_use]
    pub fn allow(mut self, rule: Rule) -> Self {
        self.allowed = self.allowed.iter().copied().chain([rule]).collect();
        self
    }
}

impl<A: Application> Application for Validator<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let watch = Arc::new(Watch::new(&self.reaction, &self.allowed, environ));
        let _call = self.calls.enter(environ, &watch)?;
        variables::check(environ, &watch)?;
        input::watch(environ, &watch)?;
        let (exchange, outlet) = start_response.parts();
        start::fresh(exchange, &watch)?;

        ending::watch(environ, &watch);
        errors::watch(environ, &watch);
        let mut gate = Gate::new(&watch, outlet);
        let start_response = &mut StartResponse::new(exchange, &mut gate);
        let watched = WatchedErrors(environ, &watch);
        let result = self.application.call(watched.0, start_response);
        drop(watched);
        let result = watch.failure().map_err(Error::from).and(result);
        let result = result.and_then(|body| match gate.close(exchange)? {
            Some(promise) => body::watched(body, promise, &watch),
            None => Ok(body),
        });
        result.inspect_err(|_| watch.reach(Stage::Answered))
    }
}

/// An environ whose errors stream is watched until this is dropped, also by a panic of the
/// application: entries of the gateway are not checked.
struct WatchedErrors<'a>(&'a mut Environ, &'a Watch);

impl Drop for WatchedErrors<'_> {
    fn drop(&mut self) {
        self.0.set_errors(self.1.errors().clone());
    }
}

impl<A: fmt::Debug> fmt::Debug for Validator<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validator")
            .field("application", &self.application)
            .field("reaction", &self.reaction)
            .field("allowed", &self.allowed)
            .finish_non_exhaustive()
    }
}
