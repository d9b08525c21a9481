//! The error of a body that ends too early.

use std::{error::Error, fmt};

/// The error of a [`ResponseBody`](crate::ResponseBody) that ends too early. The server must cut
/// the connection or reset the stream, so that the client notices. The application's own error is
/// in the errors stream.
///
/// ```
/// use http_body_util::BodyExt;
/// use tower::ServiceExt;
/// use wsgi_application::{Body, Error, Status, application};
/// use wsgi_tower::{ApplicationService, park};
///
/// let app = application(|_environ, start_response| {
///     start_response.start(Status::OK, ())?;
///     Ok(Body::chunks([Ok("half"), Err(Error::from("out of ink"))]))
/// });
/// let request = http::Request::new(axum::body::Body::empty());
/// let response = park(ApplicationService::new(app).oneshot(request)).unwrap();
/// assert!(park(response.into_body().collect()).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyError;

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the application has failed within the body of its response")
    }
}

impl Error for BodyError {}
