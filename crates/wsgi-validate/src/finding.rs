//! Findings: rules that were broken.

use std::{error::Error as StdError, fmt, io};

use wsgi_application::Error;

use crate::rule::Rule;

/// The maximum number of characters of an observation, whose text may come from a peer.
const MAX_SEEN_CHARS: usize = 200;

/// A rule that was broken, with an observation.
///
/// It is an error. If it failed the response, an error output can show it.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_testing::Request;
/// use wsgi_validate::{validator, rules};
///
/// let app = validator(application(|_environ, start_response| {
///     let fields = [("Content-Type", "text/plain"), ("Content-Length", "5")];
///     start_response.start(Status::OK, fields)?;
///     Ok("four".into())
/// }));
/// let response = Request::get("/").call(&app);
/// assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
/// assert!(response.errors().starts_with(
///     "GET \"/\": violation by the application, CONTENT_LENGTH: 5 bytes are declared and 4 are \
///      given. `Content-Length` is the length of the body. (PEP 3333, Handling the \
///      Content-Length Header)\n"
/// ));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    rule: Rule,
    seen: Box<str>,
}

impl Finding {
    pub(crate) fn new(rule: Rule, seen: &str) -> Self {
        Self {
            rule,
            seen: seen.chars().take(MAX_SEEN_CHARS).collect(),
        }
    }

    /// The broken rule.
    #[must_use]
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// The observation in words: at most 200 characters, without control characters.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Request;
    /// use wsgi_validate::{Reaction, Report, validator};
    ///
    /// let report = Report::new();
    /// let app = validator(application(|_environ, start_response| {
    ///     let fields = [("Content-Type", "text/plain"), ("Content-Length", "5")];
    ///     start_response.start(Status::OK, fields)?;
    ///     Ok("four".into())
    /// }))
    /// .reaction(Reaction::Collect(report.clone()));
    /// Request::get("/").call(&app);
    /// assert!(report.has_violations());
    /// assert_eq!(report.take()[0].seen(), "5 bytes are declared and 4 are given");
    /// ```
    #[must_use]
    pub fn seen(&self) -> &str {
        &self.seen
    }

    /// The finding that caused an error, also inside I/O errors.
    ///
    /// ```
    /// use wsgi_application::{Environ, Result, StartResponse, Status, application};
    /// use wsgi_gateway::{Engine, Failure};
    /// use wsgi_testing::Request;
    /// use wsgi_validate::{Finding, validator};
    ///
    /// fn explain(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    ///     let failure = environ.extension::<Failure>();
    ///     let finding = failure.and_then(|failure| Finding::of(&failure.error));
    ///     let name = finding.map_or("another error", |finding| finding.rule().name());
    ///     start_response.start(Status::INTERNAL_SERVER_ERROR, [("Content-Type", "text/plain")])?;
    ///     Ok(name.into())
    /// }
    ///
    /// let app = validator(application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("of what type?".into())
    /// }));
    /// let response = Request::get("/").engine(&Engine::new().error_output(explain)).call(&app);
    /// assert_eq!(response.text(), "CONTENT_TYPE");
    /// ```
    #[must_use]
    pub fn of(error: &Error) -> Option<&Self> {
        error.find()
    }

    pub(crate) fn into_io(self) -> io::Error {
        io::Error::other(self)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rule {
            name,
            side,
            severity,
            ..
        } = self.rule;
        write!(
            f,
            "{severity} by the {side}, {name}: {}. {}",
            self.seen, self.rule
        )
    }
}

impl StdError for Finding {}
