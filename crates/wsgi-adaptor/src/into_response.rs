//! The values that a handler may return.

use std::{borrow::Cow, convert::Infallible, io};

use wsgi_application::{Error, Result, Status};
use wsgi_environ::InputError;
use wsgi_forms::FormError;
use wsgi_sessions::Error as SessionError;

use crate::{
    http_error::HttpError, request_error::RequestError, response::Response, url_error::UrlError,
};

/// A value that a handler may return: a [`Response`], text, a status with one of them, or a result.
///
/// Both sides of a result become responses. The adaptor makes the response for an error: an
/// [`HttpError`] has its status, and other errors are answered as the [crate's
/// documentation](crate) says.
///
/// ```
/// use wsgi_adaptor::{Adaptor, Request, Response};
///
/// fn account(request: &Request<'_>) -> Result<String, Response> {
///     let user = request.cookie("user").ok_or(Response::redirect("/login"))?;
///     Ok(format!("Hello {user}!"))
/// }
///
/// let app = Adaptor::new()
///     .get("/account", account)
///     .get("/teapot", |_| (418, "I am a teapot."));
/// let get = |path| wsgi_testing::Request::get(path).call(&app);
/// assert_eq!(get("/account").status().code(), 303);
/// assert_eq!(get("/teapot").status().code(), 418);
/// ```
///
/// An error type of your own decides its answer itself:
///
/// ```
/// use wsgi_adaptor::{Adaptor, HttpError, IntoResponse, Response, Result};
///
/// enum Order {
///     SoldOut(&'static str),
///     Closed,
/// }
///
/// impl IntoResponse for Order {
///     fn into_response(self) -> Result<Response> {
///         match self {
///             Order::SoldOut(dish) => (410, format!("There is no {dish} left.")).into_response(),
///             Order::Closed => HttpError::new(503, "come back at noon").into_response(),
///         }
///     }
/// }
///
/// let app = Adaptor::new()
///     .post("/soup", |_| Err::<Response, _>(Order::SoldOut("soup")))
///     .post("/salad", |_| Err::<Response, _>(Order::Closed));
/// let post = |path| wsgi_testing::Request::post(path).call(&app);
/// assert_eq!(post("/soup").status().code(), 410);
/// assert_eq!(post("/salad").text(), "503 Service Unavailable: come back at noon\n");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a response",
    label = "a handler returns this",
    note = "a response is text, a `Response` such as `Response::html(text)` or \
            `Response::empty(204)`, or a status with one of them",
    note = "a number becomes text by `to_string()`, and an `Option` by \
            `.ok_or(HttpError::new(404, \"not there\"))?`",
    note = "for an error, return `wsgi_adaptor::Result` and use `?`, or implement `IntoResponse` \
            for it"
)]
pub trait IntoResponse {
    /// Converts the value into a response, or into an error that the adaptor answers.
    ///
    /// # Errors
    ///
    /// The value is an error that is not a response yet.
    fn into_response(self) -> Result<Response>;

    /// Converts the value if it is the error of a result. By default this is the same as
    /// [`into_response`](Self::into_response). Text, which has no status, is a failure here: it
    /// goes to the log, and the client gets 500.
    ///
    /// ```
    /// use wsgi_adaptor::{IntoResponse, Response};
    ///
    /// assert!("out of tea".into_response().is_ok());
    /// assert!("out of tea".into_error_response().is_err());
    /// assert!(Err::<Response, _>("out of tea").into_response().is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`into_response`](Self::into_response).
    fn into_error_response(self) -> Result<Response>
    where
        Self: Sized,
    {
        self.into_response()
    }
}

impl IntoResponse for Response {
    fn into_response(self) -> Result<Response> {
        Ok(self)
    }
}

/// The same as [`Response::of_status`].
impl IntoResponse for Status {
    fn into_response(self) -> Result<Response> {
        Ok(Response::of_status(self))
    }
}

/// A status, for example as a number, and the rest of the response.
impl<S, R> IntoResponse for (S, R)
where
    S: TryInto<Status, Error: Into<Error>>,
    R: IntoResponse,
{
    fn into_response(self) -> Result<Response> {
        let (status, response) = self;
        Ok(response.into_response()?.with_status(status))
    }
}

impl<R: IntoResponse, E: IntoResponse> IntoResponse for Result<R, E> {
    fn into_response(self) -> Result<Response> {
        match self {
            Ok(response) => response.into_response(),
            Err(error) => error.into_error_response(),
        }
    }
}

macro_rules! text {
    ($($text:ty)*) => {
        $(
            /// The same as [`Response::text`], but a failure if it is the error of a result.
            impl IntoResponse for $text {
                fn into_response(self) -> Result<Response> {
                    Ok(Response::text(self))
                }

                fn into_error_response(self) -> Result<Response> {
                    Err(self.into())
                }
            }
        )*
    };
}

text! {
    &'static str
    String
    Cow<'static, str>
}

macro_rules! errors {
    ($($error:ty)*) => {
        $(
            /// An error that the adaptor answers.
            impl IntoResponse for $error {
                fn into_response(self) -> Result<Response> {
                    Err(self.into())
                }
            }
        )*
    };
}

errors! {
    Error
    FormError
    HttpError
    InputError
    RequestError
    SessionError
    UrlError
    io::Error
}

/// An error that cannot occur.
impl IntoResponse for Infallible {
    fn into_response(self) -> Result<Response> {
        match self {}
    }
}
