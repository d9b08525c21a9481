//! Several applications, of which the first that has the page answers.

use std::fmt;

use wsgi_application::{Application, Environ, ErrorFields, ErrorPage, Head, Result, StartResponse};
use wsgi_environ::Checkpoint;

use crate::{
    calls::Calls,
    dispatch::mounts::not_found,
    subrequests::{
        carried::call_again,
        check_code,
        gate::{Gate, discard},
        replay::Replay,
    },
};

/// The number of bytes of a request's body that are copied for the next application.
const MAX_REPLAYED_BYTES: usize = 64 * 1024;

/// Applications that are tried in turn: the next one, if the response of one has a certain status.
///
/// That status is 404, unless [`pass_on`](Self::pass_on) sets others. The last application always
/// has the last word. So files can lie over an application, or a new site over an old one, without
/// a table of paths.
///
/// A response that is passed over is dropped, and its body is closed. None of its bytes were sent,
/// and no filter around the cascade has seen it. If the application still writes, its writer fails
/// as if the client had gone. If it fails after that for a reason of its own, that is logged. Any
/// other response is streamed as without a cascade. An application
/// that fails has the last word, too: the error goes to the gateway.
///
/// Each application sees the same variables and the same body:
///
/// - The variables are those that the cascade got, whatever the applications before it have
///   changed. Only the id of the request, `UNIQUE_ID`, stays once an application has set it: a
///   request has one id. Extensions and hooks stay. Fields that middleware wants on error pages are
///   gone with the response, except `Set-Cookie`, `Vary` and `Cache-Control`. A hook runs once,
///   after the response of the application that has the last word.
/// - What an application reads of the body is copied, up to 64 KiB
///   ([`max_replayed_bytes`](Self::max_replayed_bytes)), and the next one reads the copy and then
///   the rest. An application that reads more has the last word, as nobody can read the same body
///   after it. Applications that answer 404 without reading cost no copy.
/// - An application gives the body back when its response is dropped. If another thread of it still
///   reads, as for a CGI program or a proxy, its next read fails ([`InputError::Closed`]), and the
///   next application is called then. If an application keeps the body for a second more without
///   reading it, the request fails.
///
/// [`InputError::Closed`]: wsgi_environ::InputError::Closed
///
/// The response that is sent also depends on the fields of the request by which the applications
/// before it chose not to answer. So its `Vary` also names what the responses named that are passed
/// over, and a cache gives it to nobody else (RFC 9110 section 12.5.5). What they say in
/// `Cache-Control` is about their own content, and is dropped with them.
///
/// An application must change nothing before it answers 404, since the next one is called for the
/// same request. Sessions are an exception: the next application finds one as it was left, and its
/// response has the cookie.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::{Cascade, Mounts};
/// use wsgi_testing::Request;
///
/// let old = application(|environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok(format!("the old page {}", environ.path_info()).into())
/// });
/// let new = application(|_environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok("a new page".into())
/// });
///
/// let site = Cascade::new().then(Mounts::new().mount("/new", new)).then(old);
/// assert_eq!(Request::get("/new").call(&site).text(), "a new page");
/// assert_eq!(Request::get("/menu").call(&site).text(), "the old page /menu");
/// ```
pub struct Cascade {
    applications: Vec<Box<dyn Application>>,
    passed_on: Vec<u16>,
    max_replayed_bytes: usize,
}

impl Cascade {
    /// Makes a cascade without applications, which answers 404.
    #[must_use]
    pub fn new() -> Self {
        Self {
            applications: Vec::new(),
            passed_on: vec![404],
            max_replayed_bytes: MAX_REPLAYED_BYTES,
        }
    }

    /// Adds an application, which is tried after those before it.
    #[must_use]
    pub fn then(mut self, application: impl Application + 'static) -> Self {
        self.applications.push(Box::new(application));
        self
    }

    /// Sets the status codes at which the next application is tried; 404 by default.
    ///
    /// With 405, an application may have a page for some methods, and the next one for others. An
    /// application answers 501 to a method that none of its pages has and that is not a
    /// [standard one](wsgi_environ::is_standard_method), such as PURGE. Pass that on as well if the
    /// next application has such methods.
    ///
    /// ```
    /// use wsgi_application::{Body, Status, application};
    /// use wsgi_middleware::Cascade;
    /// use wsgi_testing::Request;
    ///
    /// let only_get = application(|environ, start_response| {
    ///     let status = match environ.request_method().as_bytes() {
    ///         b"GET" => Status::OK,
    ///         b"POST" => Status::METHOD_NOT_ALLOWED,
    ///         _ => Status::NOT_IMPLEMENTED,
    ///     };
    ///     start_response.start(status, ())?;
    ///     Ok(Body::empty())
    /// });
    /// let others = application(|_environ, start_response| {
    ///     start_response.start(Status::ACCEPTED, ())?;
    ///     Ok(Body::empty())
    /// });
    /// let site = Cascade::new().then(only_get).then(others).pass_on([404, 405, 501]);
    /// assert_eq!(Request::get("/").call(&site).status(), &Status::OK);
    /// assert_eq!(Request::post("/").call(&site).status(), &Status::ACCEPTED);
    /// assert_eq!(Request::new("PURGE", "/").call(&site).status(), &Status::ACCEPTED);
    /// ```
    ///
    /// # Panics
    ///
    /// A code is not that of a [`Status`](wsgi_application::Status), from 200 to 999.
    #[must_use]
    #[track_caller]
    pub fn pass_on(mut self, codes: impl IntoIterator<Item = u16>) -> Self {
        self.passed_on.clear();
        for code in codes {
            check_code(code);
            self.passed_on.push(code);
        }
        self
    }

    /// Sets the number of bytes of a request's body that are copied for the next application; 64
    /// KiB by default. An application that reads more has the last word. With 0, every application
    /// that reads has it.
    ///
    /// ```
    /// use std::io::Read;
    /// use wsgi_application::{Body, Status, application};
    /// use wsgi_middleware::Cascade;
    /// use wsgi_testing::Request;
    ///
    /// let reader = application(|environ, start_response| {
    ///     let read = environ.input().read_to_end(&mut Vec::new())?;
    ///     start_response.start(Status::NOT_FOUND, ())?;
    ///     Ok(format!("read {read} bytes").into())
    /// });
    /// let site = || Cascade::new().then(reader).then(wsgi_middleware::not_found);
    /// let call = |site| Request::post("/").body("a form").call(&site).text().to_owned();
    /// assert_eq!(call(site()), "404 Not Found\n");
    /// assert_eq!(call(site().max_replayed_bytes(5)), "read 6 bytes");
    /// ```
    #[must_use]
    pub fn max_replayed_bytes(mut self, bytes: usize) -> Self {
        self.max_replayed_bytes = bytes;
        self
    }
}

impl Default for Cascade {
    fn default() -> Self {
        Self::new()
    }
}

impl Application for Cascade {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let Some((last, others)) = self.applications.split_last() else {
            return not_found(environ, start_response);
        };
        if others.is_empty() {
            return last.call(environ, start_response);
        }
        Calls::make(environ, |environ| {
            self.try_in_turn(others, last, environ, start_response)
        })
    }
}

impl Cascade {
    fn try_in_turn(
        &self,
        others: &[Box<dyn Application>],
        last: &dyn Application,
        environ: &mut Environ,
        start_response: &mut StartResponse<'_>,
    ) -> Result {
        let variables = environ.checkpoint();
        let error_fields = ErrorFields::checkpoint(environ);
        let replay = Replay::of(environ, self.max_replayed_bytes);
        for application in others {
            give(replay.as_ref(), environ)?;
            let is_passed_on = |head: &Head| {
                let can_pass = replay.as_ref().is_none_or(Replay::is_possible);
                can_pass && self.passed_on.contains(&head.status.code())
            };
            let (exchange, outlet) = start_response.parts();
            let mut gate = Gate::new(outlet, is_passed_on);
            let mut start_response = StartResponse::new(exchange, &mut gate);
            let result = call_again(application, environ, &mut start_response);
            let has_refused = gate.has_refused();
            if !has_refused && (result.is_err() || !gate.holds_back(&exchange.head)) {
                return result;
            }
            // Another thread of the application may go on reading until then.
            let is_given_back = replay.as_ref().is_none_or(Replay::demand);
            if !has_refused && !is_given_back {
                return result;
            }
            discard(result, environ); // it may have the request's body
            Calls::leave_vary(environ, &exchange.head.headers);
            exchange.clear();
            environ.remove_extension::<ErrorPage>();
            ErrorFields::restore(environ, &error_fields);
            restore(environ, &variables);
        }
        give(replay.as_ref(), environ)?;
        call_again(last, environ, start_response)
    }
}

/// Restores the variables. An id that the request got meanwhile stays.
fn restore(environ: &mut Environ, variables: &Checkpoint) {
    let id = environ.request_id().map(|id| id.as_bytes().to_vec());
    environ.restore(variables);
    if let Some(id) = id
        && environ.request_id().is_none()
    {
        environ.set_request_id(id);
    }
}

fn give(replay: Option<&Replay>, environ: &mut Environ) -> Result<()> {
    match replay {
        Some(replay) if !replay.give(environ) => Err(
            "an application passed a request on, but kept the request's body or went on reading it"
                .into(),
        ),
        _ => Ok(()),
    }
}

impl fmt::Debug for Cascade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cascade")
            .field("applications", &self.applications.len())
            .field("passed_on", &self.passed_on)
            .field("max_replayed_bytes", &self.max_replayed_bytes)
            .finish()
    }
}
