//! The validator itself.

use std::{fmt, sync::Arc};

use wsgi_application::{Application, Environ, Error, Result, StartResponse};

use crate::{
    Reaction, Rule,
    checks::{body, calls::Calls, ending, errors, input, start, variables},
    gate::Gate,
    watch::{Stage, Watch},
};

/// Wraps an application so that it and what calls it are held to the contract.
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

/// An application that is held to the contract, and so is what calls it; see
/// [`validator`].
///
/// What keeps the rules is not changed: bytes, files, chunks, lengths, flushes and errors pass
/// as they come. Below other middleware that middleware is the gateway, and around other
/// middleware it is part of the application; where several are in use, there may be a validator between
/// each of them.
pub struct Validator<A> {
    application: A,
    reaction: Reaction,
    allowed: Arc<[Rule]>,
    calls: Calls,
}

impl<A: Application> Validator<A> {
    /// Holds an application to the contract.
    #[must_use]
    pub fn new(application: A) -> Self {
        Self {
            application,
            reaction: Reaction::default(),
            allowed: Arc::new([]),
            calls: Calls::default(),
        }
    }

    /// Says what becomes of findings; default: [`Reaction::Fail`].
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

    /// Overlooks where this rule is broken, beside others that are overlooked already.
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
        let result = self.application.call(environ, start_response);
        // What the gateway logs is not the application's.
        environ.set_errors(watch.errors().clone());
        let result = watch.failure().map_err(Error::from).and(result);
        let result = result.and_then(|body| match gate.close(exchange)? {
            Some(promise) => body::watched(body, promise, &watch),
            None => Ok(body),
        });
        result.inspect_err(|_| watch.reach(Stage::Answered))
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
