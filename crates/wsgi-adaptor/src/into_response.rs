//! What a handler may return.

use std::borrow::Cow;

use wsgi_application::{Error, Result};

use crate::Response;

/// What a handler may return: a [`Response`], text, or a result of them.
///
/// ```
/// use wsgi_adaptor::{IntoResponse, Response};
/// use wsgi_application::Status;
///
/// assert_eq!("hello".into_response()?.status(), &Status::OK);
/// assert!(Err::<Response, _>("out of tea").into_response().is_err());
/// # Ok::<(), wsgi_application::Error>(())
/// ```
pub trait IntoResponse {
    /// The response, or why there is none.
    ///
    /// # Errors
    ///
    /// The error of a result.
    fn into_response(self) -> Result<Response>;
}

impl IntoResponse for Response {
    fn into_response(self) -> Result<Response> {
        Ok(self)
    }
}

/// As [`Response::text`].
impl IntoResponse for &'static str {
    fn into_response(self) -> Result<Response> {
        Ok(Response::text(self))
    }
}

/// As [`Response::text`].
impl IntoResponse for String {
    fn into_response(self) -> Result<Response> {
        Ok(Response::text(self))
    }
}

/// As [`Response::text`].
impl IntoResponse for Cow<'static, str> {
    fn into_response(self) -> Result<Response> {
        Ok(Response::text(self))
    }
}

impl<R: IntoResponse, E: Into<Error>> IntoResponse for Result<R, E> {
    fn into_response(self) -> Result<Response> {
        self.map_err(Into::into)?.into_response()
    }
}
