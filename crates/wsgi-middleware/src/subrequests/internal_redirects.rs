//! Redirects inside a site, of which the client does not learn.

use std::{error::Error, fmt};

use wsgi_application::{Application, Environ, ErrorFields, ErrorPage, Result, StartResponse};

use crate::{
    calls::Calls,
    subrequests::{
        carried::call_again, internal_request::Original, internal_target::InternalTarget,
    },
};

/// The number of redirects that are followed for one request.
const MAX_REDIRECTS: u32 = 10;

/// An error by which an application asks to have another page of the site answer.
///
/// [`InternalRedirects`] around the site follows it. Without it, the error is a failure like any
/// other.
///
/// It is not a failure for the session of the request: changes are saved, also if nothing follows
/// the redirect. The page finds them, and the client gets the cookie.
///
/// The page is asked for by `GET`, or by `HEAD` if the client did so, and without the body and the
/// conditions of the request, unless [`keep_request`](Self::keep_request) keeps them.
///
/// ```
/// use wsgi_application::{Environ, Result, StartResponse};
/// use wsgi_middleware::InternalRedirect;
///
/// fn shop(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
///     Err(InternalRedirect::to("/closed?until=nine".parse()?).into())
/// }
/// # let response = wsgi_testing::Request::get("/").call(&shop);
/// # assert_eq!(response.status().code(), 500, "nobody follows it");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InternalRedirect {
    target: InternalTarget,
    keeps_request: bool,
}

impl InternalRedirect {
    /// Makes a redirect to a path of the site.
    #[must_use]
    pub fn to(target: InternalTarget) -> Self {
        Self {
            target,
            keeps_request: false,
        }
    }

    /// Keeps the method, the header fields and the body of the request. The page reads what the
    /// application has not read of the body.
    ///
    /// ```
    /// use std::io::Read;
    /// use wsgi_application::{Status, application};
    /// use wsgi_middleware::{InternalRedirect, InternalRedirects, Mounts};
    /// use wsgi_testing::Request;
    ///
    /// let old = application(|_environ, _start_response| {
    ///     Err(InternalRedirect::to("/new".parse()?).keep_request().into())
    /// });
    /// let new = application(|environ, start_response| {
    ///     let mut form = String::new();
    ///     environ.input().read_to_string(&mut form)?;
    ///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    ///     Ok(format!("{} {form}", environ.request_method()).into())
    /// });
    /// let site = InternalRedirects::new(Mounts::new().mount("/old", old).mount("/new", new));
    /// assert_eq!(Request::post("/old").body("a=b").call(&site).text(), "POST a=b");
    /// ```
    #[must_use]
    pub fn keep_request(mut self) -> Self {
        self.keeps_request = true;
        self
    }
}

impl fmt::Display for InternalRedirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "nothing follows the internal redirect to {}",
            self.target
        )
    }
}

impl Error for InternalRedirect {}

/// Middleware that follows an [`InternalRedirect`]: the application is called again for another
/// path, and the client gets that page for the URL that it asked for (as after a local redirect of
/// CGI, RFC 3875 section 6.2.2).
///
/// An application asks for it by an error, before the head of its response is settled. If it has
/// started a response, only the `Vary` of that is kept. An application that chooses the page by a
/// field of the request, such as `Accept-Language`, names the field there. At most 10 redirects are
/// followed for a request ([`max_redirects`](Self::max_redirects)), so that a loop ends, by an
/// error.
///
/// The path is that below this middleware: `SCRIPT_NAME` is what it was here. `REQUEST_URI` stays
/// that of the client. During the call, these variables tell of the client's request, as in Apache:
///
/// | variable | value |
/// |---|---|
/// | `REDIRECT_URL` | the decoded path |
/// | `REDIRECT_QUERY_STRING` | the query |
/// | `REDIRECT_REQUEST_METHOD` | the method |
///
/// Afterwards, the variables of the request are those of the client again. Hooks and logs see them.
/// Other variables that the application set, such as `REMOTE_USER`, stay.
///
/// Middleware inside this one is called for each redirect, so authentication there holds for the
/// new path, too. What is around it sees one request for the first path: an application must not
/// redirect to a path that only middleware around this one protects.
///
/// Put [`TrustedProxies`](crate::TrustedProxies) around this middleware. Inside, it would find that
/// the second call comes from the client and not from a proxy, so that `SCRIPT_NAME` would lose the
/// proxy's prefix.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::{InternalRedirect, InternalRedirects, Mounts};
/// use wsgi_testing::Request;
///
/// let shop = application(|_environ, _start_response| {
///     Err(InternalRedirect::to("/closed?until=nine".parse()?).into())
/// });
/// let closed = application(|environ, start_response| {
///     start_response.start(Status::SERVICE_UNAVAILABLE, [("Content-Type", "text/plain")])?;
///     let (asked, query) = (environ.get("REDIRECT_URL").unwrap(), environ.query_string());
///     Ok(format!("{asked} is closed: {query}").into())
/// });
///
/// let site = InternalRedirects::new(Mounts::new().mount("/shop", shop).mount("/closed", closed));
/// assert_eq!(Request::get("/shop/tea").call(&site).text(), "/shop/tea is closed: until=nine");
/// ```
#[derive(Clone, Debug)]
pub struct InternalRedirects<A> {
    application: A,
    max_redirects: u32,
}

impl<A: Application> InternalRedirects<A> {
    /// Wraps an application: a whole site.
    #[must_use]
    pub fn new(application: A) -> Self {
        Self {
            application,
            max_redirects: MAX_REDIRECTS,
        }
    }

    /// Sets the number of redirects that are followed for one request; 10 by default. The next one
    /// is an error.
    ///
    /// ```
    /// use wsgi_application::application;
    /// use wsgi_middleware::{InternalRedirect, InternalRedirects};
    /// use wsgi_testing::Request;
    ///
    /// let circle = application(|_environ, _start_response| {
    ///     Err(InternalRedirect::to("/".parse()?).into())
    /// });
    /// let response = Request::get("/").call(&InternalRedirects::new(circle).max_redirects(2));
    /// assert_eq!(response.status().code(), 500);
    /// assert!(response.errors().contains("more than 2 internal redirects, the last one to /"));
    /// ```
    #[must_use]
    pub fn max_redirects(mut self, redirects: u32) -> Self {
        self.max_redirects = redirects;
        self
    }
}

impl<A: Application> Application for InternalRedirects<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        Calls::make(environ, |environ| self.answer(environ, start_response))
    }
}

impl<A: Application> InternalRedirects<A> {
    fn answer(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let mut original = Original::of(environ);
        let error_fields = ErrorFields::checkpoint(environ);
        let mut redirects = 0;
        let mut result = self.application.call(environ, start_response);
        let result = loop {
            let Err(error) = &result else {
                break result;
            };
            let Some(redirect) = error.find::<InternalRedirect>() else {
                break result;
            };
            let (exchange, _) = start_response.parts();
            if exchange.head.is_committed() {
                break result;
            }
            let (target, most) = (&redirect.target, self.max_redirects);
            if redirects == most {
                let text = format!("more than {most} internal redirects, the last one to {target}");
                break Err(text.into());
            }
            redirects += 1;
            Calls::leave_vary(environ, &exchange.head.headers);
            exchange.clear();
            environ.remove_extension::<ErrorPage>();
            ErrorFields::restore(environ, &error_fields);
            match redirect.keeps_request {
                true => original.go(environ, target),
                false => original.get(environ, target),
            }
            result = call_again(&self.application, environ, start_response);
        };
        original.restore(environ);
        result
    }
}
