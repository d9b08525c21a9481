//! Reactions to broken rules.

use crate::report::Report;

/// The reaction of a [`Validator`](crate::Validator) to its findings.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_testing::Request;
/// use wsgi_validate::{Reaction, validator};
///
/// let of_what_type = application(|_environ, start_response| {
///     start_response.start(Status::OK, ())?;
///     Ok("four".into())
/// });
/// let app = validator(of_what_type).reaction(Reaction::Log);
/// let response = Request::get("/").call(&app);
/// assert_eq!(response.status(), &Status::OK);
/// assert!(response.errors().contains("CONTENT_TYPE"));
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Reaction {
    /// Violations fail the response, even if the application ignores them. The gateway logs them
    /// and answers 500, or cuts the connection if the head is sent. Warnings, and violations found
    /// too late to fail the response, go to the errors stream.
    #[default]
    Fail,
    /// All findings go to the errors stream. The response does not change.
    Log,
    /// All findings go to a report. The response does not change.
    Collect(Report),
}
