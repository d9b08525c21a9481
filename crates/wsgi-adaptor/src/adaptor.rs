//! The application that handlers are put together to.

use std::{fmt, sync::Arc, thread};

use wsgi_application::{
    Application, Environ, Error, ErrorPage, Headers, Result, StartResponse, Status,
};
use wsgi_cookies::Keyring;
use wsgi_forms::Limits;
use wsgi_middleware::{log_failure, with_session};
use wsgi_sessions::Sessions;

use crate::{
    HttpError, IntoResponse, Request, Response,
    debug_page::debug_page,
    early::early,
    fault::{fault, is_meant_for_the_client, status_of},
    handler::{Handler, handler},
    pages::{error_page, has_look},
    routes::Routes,
    settings::Settings,
};

/// An application made of handlers, each for a path and a method.
///
/// A handler is a function of a [`Request`] that returns a [`Response`], text, or a result of
/// them ([`IntoResponse`]). It may block, and is called by several threads at once.
///
/// A path is compared with `PATH_INFO`, decoded. `{name}` stands for a segment, or with text
/// around it for a part of one, and `{*name}` for all of the rest; `{{` and `}}` stand for braces. A path
/// without parameters is preferred to one with. Nothing is normalized: `/menu/` is another path than `/menu`.
///
/// ```
/// use wsgi_adaptor::{Adaptor, Request};
/// use wsgi_application::Status;
///
/// fn dish(request: &Request<'_>) -> String {
///     format!("One {}, please!", request.parameter_str("dish"))
/// }
///
/// let app = Adaptor::new()
///     .get("/", |_| "Welcome!")
///     .get("/menu/{dish}", dish)
///     .post("/order", |_| "Thank you!");
///
/// let call = |method, path| wsgi_testing::Request::new(method, path).call(&app);
/// assert_eq!(call("GET", "/menu/caf%C3%A9").text(), "One café, please!");
/// assert_eq!(call("HEAD", "/menu/tea").status(), &Status::OK);
/// assert_eq!(call("GET", "/nothing").status(), &Status::NOT_FOUND);
///
/// let response = call("GET", "/order");
/// assert_eq!(response.status(), &Status::METHOD_NOT_ALLOWED);
/// assert_eq!(response.headers().get("Allow").unwrap(), "POST, OPTIONS");
/// ```
#[must_use]
pub struct Adaptor {
    routes: Routes,
    fallback: Handler,
    sessions: Option<Sessions>,
    /// Shared with the error pages of requests, and with nothing before the first of them.
    settings: Arc<Settings>,
}

/// Who answers.
impl Adaptor {
    /// An adaptor without handlers: everything is 404.
    pub fn new() -> Self {
        Self {
            routes: Routes::default(),
            fallback: handler(|_| Response::of_status(Status::NOT_FOUND)),
            sessions: None,
            settings: Arc::default(),
        }
    }

    /// Adds a handler for a path and a method, in place of the one that was there.
    ///
    /// A method that a path has no handler for gets 405 with `Allow`; HEAD falls back to GET,
    /// and OPTIONS is answered with `Allow`. Methods have a case: `GET`, not `get`.
    ///
    /// ```
    /// use wsgi_adaptor::Adaptor;
    ///
    /// let app = Adaptor::new().route("PROPFIND", "/dav/{*path}", |_| "found");
    /// let request = wsgi_testing::Request::new("PROPFIND", "/dav/a/b");
    /// assert_eq!(request.call(&app).text(), "found");
    /// ```
    ///
    /// # Panics
    ///
    /// The path does not begin with a slash, has braces that are no parameter, has two parameters of
    /// one name, or matches exactly what another does, as `/{a}` and `/{b}` do.
    #[track_caller]
    pub fn route<R: IntoResponse>(
        mut self,
        method: &str,
        path: &str,
        function: impl Fn(&Request<'_>) -> R + Send + Sync + 'static,
    ) -> Self {
        self.routes.add(path, method, handler(function));
        self
    }

    /// Sets what answers where no path matches; default: 404.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Response};
    ///
    /// let app = Adaptor::new().fallback(|request| Response::file("src", request.relative_path()));
    /// assert_eq!(wsgi_testing::Request::get("/lib.rs").call(&app).status().code(), 200);
    /// ```
    pub fn fallback<R: IntoResponse>(
        mut self,
        function: impl Fn(&Request<'_>) -> R + Send + Sync + 'static,
    ) -> Self {
        self.fallback = handler(function);
        self
    }

    /// Sets the page of a status, 400 or above; default: the status as text.
    ///
    /// It is shown where the adaptor answers an error, with the text of that error: where there is
    /// no handler, where the client is at fault, where a handler fails or panics, and in place of a
    /// [`Response::of_status`]. A response with a body of its own stays as it is. The page has the
    /// status, whatever it says, and the fields of what it replaces. It is not told the parameters of the
    /// path. A page that fails itself is answered with the gateway's 500.
    ///
    /// Clients that [prefer JSON](Request::prefers_json) get `application/problem+json` (RFC 9457)
    /// instead. Errors of sessions look as [`with_session`] makes them.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, HttpError, Request, Response, escape};
    ///
    /// fn sorry(request: &Request<'_>, error: &HttpError) -> Response {
    ///     let (path, text) = (request.path().to_string(), error.text());
    ///     Response::html(format!("<h1>Sorry</h1><p>{}: {}</p>", escape(&path), escape(text)))
    /// }
    ///
    /// let app = Adaptor::new().on_status(404, sorry).on_status(500, sorry);
    /// let response = wsgi_testing::Request::get("/tea").call(&app);
    /// assert_eq!(response.status().code(), 404);
    /// assert_eq!(response.text(), "<h1>Sorry</h1><p>/tea: </p>");
    ///
    /// let request = wsgi_testing::Request::get("/tea").header("Accept", "application/json");
    /// assert_eq!(request.call(&app).text(), "{\"title\":\"Not Found\",\"status\":404}\n");
    /// ```
    ///
    /// # Panics
    ///
    /// The status is not one of an error.
    #[track_caller]
    pub fn on_status<R: IntoResponse>(
        mut self,
        status: impl TryInto<Status>,
        page: impl Fn(&Request<'_>, &HttpError) -> R + Send + Sync + 'static,
    ) -> Self {
        self.settings().pages.set(status.try_into().ok(), page);
        self
    }
}

/// What handlers are given.
impl Adaptor {
    /// Gives every visitor a session, which [`Request::session`] finds: see
    /// [`with_session`]. An adaptor below a
    /// [`SessionMiddleware`](wsgi_middleware::SessionMiddleware) has sessions without this.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request, Response};
    /// use wsgi_application::Result;
    /// use wsgi_sessions::{MemoryStore, Sessions};
    ///
    /// fn visits(request: &Request<'_>) -> Result<Response> {
    ///     let visits = request.session()?.update("visits", |n: Option<u64>| n.unwrap_or(0) + 1)?;
    ///     Ok(Response::html(format!("<p>Visits: {visits}</p>")))
    /// }
    ///
    /// let sessions = Sessions::new(MemoryStore::new());
    /// let app = Adaptor::new().get("/", visits).sessions(sessions);
    /// let response = wsgi_testing::Request::get("/").call(&app);
    /// assert_eq!(response.text(), "<p>Visits: 1</p>");
    /// assert!(response.headers().contains("Set-Cookie"));
    /// ```
    pub fn sessions(mut self, sessions: Sessions) -> Self {
        self.sessions = Some(sessions);
        self
    }

    /// Sets the keys of [`Request::signed_cookie`] and [`Request::sign_cookie`]; default: none.
    pub fn keyring(mut self, keyring: Keyring) -> Self {
        self.settings().keyring = Some(keyring);
        self
    }

    /// Sets the limits of [`Request::form`]; default: those of [`Limits`]. What exceeds them is
    /// answered with 413.
    ///
    /// ```
    /// use wsgi_adaptor::Adaptor;
    /// use wsgi_forms::Limits;
    ///
    /// let app = Adaptor::new()
    ///     .post("/", |request| request.form().map(|_| "fine"))
    ///     .form_limits(Limits::new().max_body_bytes(10));
    /// let request = wsgi_testing::Request::post("/").body("message=much+too+long");
    /// let request = request.header("Content-Type", "application/x-www-form-urlencoded");
    /// assert_eq!(request.call(&app).status().code(), 413);
    /// ```
    pub fn form_limits(mut self, limits: Limits) -> Self {
        self.settings().form_limits = limits;
        self
    }

    /// Sets how many bytes [`Request::body`] holds in memory; default: 1 MiB. What is longer is
    /// answered with 413.
    pub fn max_body_bytes(mut self, bytes: u64) -> Self {
        self.settings().max_body_bytes = bytes;
        self
    }

    /// Says whether a failure is shown to the client, as a page with the error, its causes and
    /// every variable of the environ; default: no.
    ///
    /// For development alone: strangers would see files, data, and cookies that are
    /// keys. Without it an error of a handler goes to the gateway, which logs it and answers
    /// 500 with nothing about the reason. A panic always does.
    ///
    /// An [`HttpError`] below 500 is an answer that the application means to give, and looks as it
    /// does without this.
    ///
    /// A page that shows an error is a response: what a handler changed in the session before it failed
    /// is saved, which it is not otherwise.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Response};
    ///
    /// let app = || Adaptor::new().get("/", |_| Err::<Response, _>("out of tea"));
    /// let call = |app| wsgi_testing::Request::get("/").call(&app);
    /// assert_eq!(call(app()).text(), "500 Internal Server Error\n");
    /// assert!(call(app().debug(true)).text().contains("out of tea"));
    /// ```
    pub fn debug(mut self, debug: bool) -> Self {
        self.settings().debug = debug;
        self
    }

    fn settings(&mut self) -> &mut Settings {
        Arc::get_mut(&mut self.settings).expect("nobody shares them while they are set")
    }
}

macro_rules! methods {
    ($($name:ident $method:literal)*) => {
        /// The usual methods, QUERY among them: a GET with a body (RFC 10008).
        impl Adaptor {
            $(
                #[doc = concat!("Adds a handler for ", $method, ": see [`route`](Self::route).")]
                ///
                /// # Panics
                ///
                /// As [`route`](Self::route).
                #[track_caller]
                pub fn $name<R: IntoResponse>(
                    self,
                    path: &str,
                    function: impl Fn(&Request<'_>) -> R + Send + Sync + 'static,
                ) -> Self {
                    self.route($method, path, function)
                }
            )*
        }
    };
}

methods! {
    get "GET"
    post "POST"
    put "PUT"
    patch "PATCH"
    delete "DELETE"
    query "QUERY"
}

impl Application for Adaptor {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let answer = |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
            self.answer(environ, start_response)
        };
        match &self.sessions {
            Some(sessions) => with_session(sessions, &answer, environ, start_response),
            None => answer(environ, start_response),
        }
    }
}

impl Adaptor {
    fn answer(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let panicking = Panicking {
            settings: &self.settings,
            environ,
        };
        let response = match self.handle(panicking.environ) {
            Ok(response) if response.is_bare() => self.dressed(panicking.environ, &response)?,
            Ok(response) => response,
            Err(error) => self.failed(panicking.environ, error)?,
        };
        response.send(start_response)
    }

    /// Calls the handler, with the input lent to the request.
    fn handle(&self, environ: &mut Environ) -> Result<Response> {
        let input = environ.take_input();
        let method = environ.request_method().as_bytes();
        let (handler, parameters) = match self.routes.at(environ.path_info().as_bytes()) {
            Some((methods, parameters)) => match methods.get(method) {
                Some(handler) => (handler, parameters),
                None => {
                    let response = methods.refuse(method);
                    environ.set_input(input);
                    return response.checked();
                }
            },
            None => (&self.fallback, matchit::Params::new()),
        };
        let request = Request::new(environ, input, &self.settings, parameters);
        let result = handler(&request).and_then(Response::checked);
        let input = request.into_input();
        environ.set_input(input);
        result
    }

    /// The page of a status, in place of a response that has no content of its own.
    fn dressed(&self, environ: &mut Environ, bare: &Response) -> Result<Response> {
        let error = HttpError::new(bare.status().clone(), "");
        let mut fields = bare.headers().clone();
        fields.remove("Content-Type");
        error_page(environ, &self.settings, &error, &fields)
    }

    /// Answers an error: with the response that it carries, with the developer's page, or with the
    /// text meant for the client. The session middleware answers errors of sessions, and the
    /// gateway all others.
    fn failed(&self, environ: &mut Environ, error: Error) -> Result<Response> {
        if error.is_disconnected() {
            return Err(error);
        }
        if let Some(response) = early(&error) {
            return match response.is_bare() {
                true => self.dressed(environ, &response),
                false => response.checked(),
            };
        }
        if self.settings.debug && !is_meant_for_the_client(&error) {
            log_failure(environ, &error);
            return Ok(debug_page(environ, &error, status_of(&error)));
        }
        let Some(told) = fault(&error) else {
            leave_page(environ, &self.settings);
            return Err(error);
        };
        if told.status().code() >= 500 {
            log_failure(environ, &error);
        }
        error_page(environ, &self.settings, &told, &Headers::new())
    }
}

/// A call of a handler: should it panic, its request has a page for that.
struct Panicking<'a> {
    settings: &'a Arc<Settings>,
    environ: &'a mut Environ,
}

impl Drop for Panicking<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            leave_page(self.environ, self.settings);
        }
    }
}

/// Leaves the page of a failure to the gateway, where it is another than the gateway's own.
fn leave_page(environ: &mut Environ, settings: &Arc<Settings>) {
    const FAILURE: Status = Status::INTERNAL_SERVER_ERROR;
    if !has_look(environ, settings, FAILURE.code()) {
        return;
    }
    let settings = Arc::clone(settings);
    let page = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
        let error = HttpError::new(FAILURE, "");
        error_page(environ, &settings, &error, &Headers::new())?.send(start_response)
    };
    environ.insert_extension(ErrorPage::new(page));
}

impl Default for Adaptor {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Adaptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Adaptor ")?;
        f.debug_list().entries(self.routes.patterns()).finish()
    }
}
