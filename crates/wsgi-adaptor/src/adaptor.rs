//! An application made of handlers.

mod composition;

use std::{error::Error as StdError, fmt, sync::Arc};

use wsgi_application::Status;
use wsgi_cookies::Keyring;
use wsgi_forms::Limits;
use wsgi_middleware::CrossOriginPolicy;
use wsgi_sessions::Sessions;

use crate::{
    handler::handler, http_error::HttpError, into_response::IntoResponse, parts::Parts,
    request::Request,
};

/// An application made of handlers, each for a path and a method.
///
/// A handler is a function that takes a [`Request`] and returns a [`Response`], text, or a result
/// of them ([`IntoResponse`]). It may block. Several threads call it at once.
///
/// A path is compared with the decoded `PATH_INFO`. In a path, `{name}` stands for a segment, or
/// for a part of one if there is text around it; `{*name}` stands for the whole rest; `{{` and `}}`
/// stand for braces. A path without parameters takes precedence over one with parameters. If
/// several match, the first segment in which they differ decides: text comes before a part of a
/// segment, that before a whole segment, and that before the rest. Nothing is normalized: `/menu/`
/// and `/menu` are different paths. [`redirect_slashes`](Self::redirect_slashes) leads from one
/// without a page to the other.
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
///
/// [`Response`]: crate::Response
#[must_use]
pub struct Adaptor {
    pub(crate) sessions: Option<Sessions>,
    /// Not shared before the first request, and afterwards with the error pages of requests.
    pub(crate) parts: Arc<Parts>,
}

/// Handlers and pages.
impl Adaptor {
    /// Creates an adaptor without handlers, which answers every request with 404.
    pub fn new() -> Self {
        Self {
            sessions: None,
            parts: Arc::default(),
        }
    }

    /// Adds a handler for a path and a method. It replaces an earlier one for the same pair.
    ///
    /// A method without a handler at the path is answered with 405 and `Allow`, or with 501 if it
    /// is neither a [standard one](wsgi_environ::is_standard_method) nor has a handler elsewhere in
    /// this adaptor, one that is [mounted](Self::mount) in it, or one around it. HEAD falls back to
    /// GET, and OPTIONS is answered with `Allow`. Methods are case-sensitive: `GET`, not `get`.
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
    /// The path does not begin with a slash, has malformed braces, has a brace in the name of a
    /// parameter, as `/{a}}}` has, has two parameters of the same name, or matches exactly the same
    /// paths as another, as `/{a}` and `/{b}` do. It has a query such as `?a=b`, percent-encoding,
    /// or a segment that is a [parameter](wsgi_environ::PathMistake) in another framework: `:id`,
    /// `<id>`, `{id:int}`, `*`. For a path that really has such a segment, use `/{name}` and
    /// compare the parameter. The method is not a token (RFC 9110 section 9.1), or is a standard
    /// one that is not in capitals.
    #[track_caller]
    pub fn route<R: IntoResponse>(
        mut self,
        method: &str,
        path: &str,
        function: impl Fn(&Request<'_>) -> R + Send + Sync + 'static,
    ) -> Self {
        self.parts().routes.add(path, method, handler(function));
        self
    }

    /// Names a path, for [`Request::url_for`].
    ///
    /// ```
    /// use wsgi_adaptor::Adaptor;
    ///
    /// let app = Adaptor::new()
    ///     .get("/", |request| request.url_for("dish", &[("dish", &"soup")]))
    ///     .get("/menu/{dish}", |_| "Enjoy!")
    ///     .name("dish", "/menu/{dish}");
    /// assert_eq!(wsgi_testing::Request::get("/").call(&app).text(), "/menu/soup");
    /// ```
    ///
    /// # Panics
    ///
    /// No handler or [mount](Self::mount) was added at the path before, or another path has the
    /// name.
    #[track_caller]
    pub fn name(mut self, name: &str, path: &str) -> Self {
        let parts = self.parts();
        let is_known = parts.routes.contains(path) || parts.mounts.of(path).is_some();
        assert!(is_known, "{path:?} has no handler yet, so it gets no name");
        parts.names.add(name, path);
        parts.mounts.name(name, path);
        self
    }

    /// Sets the handler for requests whose path matches no other. By default they are answered with
    /// 404.
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
        self.parts().fallback = handler(function);
        self
    }

    /// Sets whether a request is redirected if its path matches nothing, but would do so with a
    /// slash more or less at its end. By default it is not.
    ///
    /// The status is 308: clients send the same request again, with its method, body and query.
    /// Nothing else changes: `/menu` and `/menu/` stay different paths, which may have different
    /// pages, and the [fallback](Self::fallback) handler answers all other requests. An adaptor
    /// that is [mounted](Self::mount) has its own setting.
    ///
    /// ```
    /// use wsgi_adaptor::Adaptor;
    ///
    /// let app = Adaptor::new()
    ///     .get("/menu", |_| "Tea and cake")
    ///     .get("/tables/", |_| "All tables")
    ///     .redirect_slashes(true);
    /// let location = |target| {
    ///     let response = wsgi_testing::Request::get(target).call(&app);
    ///     response.headers().get("Location").map(|location| location.to_string())
    /// };
    /// assert_eq!(location("/menu/?page=2").as_deref(), Some("/menu?page=2"));
    /// assert_eq!(location("/tables").as_deref(), Some("/tables/"));
    /// assert_eq!(location("/menu"), None);
    /// ```
    pub fn redirect_slashes(mut self, redirects: bool) -> Self {
        self.parts().redirects_slashes = redirects;
        self
    }

    /// Sets the page of an error status, 400 or above. By default the status is sent as text.
    ///
    /// The adaptor shows the page where it answers an error: if there is no handler, if the client
    /// is at fault, if a handler fails or panics, and in place of a [`Response::of_status`]. These
    /// include 412 and 416 for a file, and 504 if anything fails after the deadline of the request
    /// has passed. A response with a body of its own stays as it is. One that is late is replaced
    /// by the server's own 504.
    ///
    /// The page function is given the error. The page always has the status it was set for, and
    /// the header fields of the response it replaces. Its request has no path parameters.
    ///
    /// A page can read the form or the body that was read before. If it returns the error of a body
    /// that cannot be read (too large, too slow, malformed, of another type, or taken), the status
    /// is sent as text, and that error is not logged. If the page fails for another reason, the
    /// request does: the page of 500 answers, and if that one fails, too, the server's own. Other
    /// reasons include a value that does not parse, and the form of a GET or HEAD, which has none.
    ///
    /// Clients that [prefer JSON](Request::prefers_json) get `application/problem+json` (RFC 9457)
    /// instead. [`with_session`](wsgi_middleware::with_session) makes the pages for session errors.
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
    /// The status is not an error status.
    ///
    /// [`Response::of_status`]: crate::Response::of_status
    #[track_caller]
    pub fn on_status<R: IntoResponse>(
        mut self,
        status: impl TryInto<Status>,
        page: impl Fn(&Request<'_>, &HttpError) -> R + Send + Sync + 'static,
    ) -> Self {
        self.parts().pages.set(status.try_into().ok(), page);
        self
    }

    /// Sets the page of every error status that has no page of its own by
    /// [`on_status`](Self::on_status). It replaces an earlier one. Everything else is as for
    /// `on_status`.
    ///
    /// In a [mounted](Self::mount) adaptor, it takes precedence over all pages of the outer one.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, HttpError, Request, Response, escape};
    ///
    /// fn sorry(_request: &Request<'_>, error: &HttpError) -> Response {
    ///     let status = error.status().to_string();
    ///     Response::html(format!("<h1>{}</h1><p>{}", escape(&status), escape(error.text())))
    /// }
    ///
    /// let app = Adaptor::new()
    ///     .get("/menu/{dish}", |_| Err::<Response, _>(HttpError::new(410, "it is sold out")))
    ///     .on_status(404, |_, _| "There is nothing here.")
    ///     .on_any_status(sorry);
    /// let get = |path| wsgi_testing::Request::get(path).call(&app);
    /// assert_eq!(get("/menu/soup").text(), "<h1>410 Gone</h1><p>it is sold out");
    /// assert_eq!(get("/nothing").text(), "There is nothing here.");
    /// ```
    pub fn on_any_status<R: IntoResponse>(
        mut self,
        page: impl Fn(&Request<'_>, &HttpError) -> R + Send + Sync + 'static,
    ) -> Self {
        self.parts().pages.set_other(page);
        self
    }

    /// Sets the answer to errors of a type, in place of the one that they have by default, which is
    /// 500 for those of other crates. It replaces an earlier one for the same type.
    ///
    /// The adaptor finds the error anywhere in a chain of causes, whether a handler, a hook or a
    /// mounted adaptor without an answer of its own returned it. The answer becomes the page of its
    /// status, or a problem in JSON, as any [`HttpError`] does. From 500 on, the error is logged.
    ///
    /// An `HttpError` and a [`Response`] that a handler returns as errors stay as they are. If the
    /// chain has errors of several types, the answer that was added first counts.
    ///
    /// Errors that the adaptor answers by itself keep their answers, unless `E` is the type of such
    /// an error, as [`RequestError`](crate::RequestError) is, or a type of yours that wraps one. So
    /// an answer to [`std::io::Error`] is not given to a client whose upload breaks off.
    ///
    /// ```
    /// use std::num::ParseIntError;
    /// use wsgi_adaptor::{Adaptor, HttpError, Request, Result};
    ///
    /// fn double(request: &Request<'_>) -> Result<String> {
    ///     let number: u32 = request.parameter_str("number").parse()?;
    ///     Ok(format!("{}", 2 * number))
    /// }
    ///
    /// let app = Adaptor::new()
    ///     .get("/double/{number}", double)
    ///     .on_error(|error: &ParseIntError| HttpError::new(422, error.to_string()));
    /// let get = |path| wsgi_testing::Request::get(path).call(&app);
    /// assert_eq!(get("/double/21").text(), "42");
    /// let error = "422 Unprocessable Content: invalid digit found in string\n";
    /// assert_eq!(get("/double/two").text(), error);
    /// ```
    ///
    /// [`Response`]: crate::Response
    pub fn on_error<E: StdError + 'static>(
        mut self,
        answer: impl Fn(&E) -> HttpError + Send + Sync + 'static,
    ) -> Self {
        self.parts().error_answers.set(answer);
        self
    }
}

/// Settings.
impl Adaptor {
    /// Gives every visitor a session, which [`Request::session`] returns: see
    /// [`with_session`](wsgi_middleware::with_session). An adaptor inside a
    /// [`SessionMiddleware`](wsgi_middleware::SessionMiddleware) does not need this. If it has the
    /// same sessions all the same, it uses the session of the middleware.
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

    /// Sets which requests of pages of other origins are answered. By default it is those with a
    /// safe method, such as GET: see [`CrossOriginPolicy`]. Others could act in the name of a user
    /// (cross-site request forgery), and are answered with 403 before a handler is called.
    ///
    /// With `None`, all are answered. Then each handler that changes something must make sure by
    /// itself that the user wants it, for example by a token in the form.
    ///
    /// The policy also holds for adaptors that are [mounted](Self::mount) in this one. One that has
    /// a policy of its own applies that as well, to the path without its prefix. `None` turns off
    /// only the policy of this adaptor: a mounted one still has its own, or the default one,
    /// whatever is around both.
    ///
    /// ```
    /// use wsgi_adaptor::Adaptor;
    /// use wsgi_middleware::CrossOriginPolicy;
    ///
    /// let policy = CrossOriginPolicy::new()
    ///     .trust("https://admin.example".parse()?)
    ///     .exempt("POST /saml/acs");
    /// let app = Adaptor::new()
    ///     .post("/order", |_| "Thank you!")
    ///     .post("/saml/acs", |_| "Welcome!")
    ///     .cross_origin(policy);
    ///
    /// let post = |path, origin| {
    ///     let request = wsgi_testing::Request::post(path).header("Sec-Fetch-Site", "cross-site");
    ///     request.header("Origin", origin).call(&app).status().code()
    /// };
    /// assert_eq!(post("/order", "https://evil.example"), 403);
    /// assert_eq!(post("/order", "https://admin.example"), 200);
    /// assert_eq!(post("/saml/acs", "https://login.example"), 200);
    /// # Ok::<(), wsgi_middleware::InvalidOrigin>(())
    /// ```
    pub fn cross_origin(mut self, policy: impl Into<Option<CrossOriginPolicy>>) -> Self {
        let parts = self.parts();
        parts.cross_origin = policy.into();
        parts.has_own_cross_origin = true;
        self
    }

    /// Sets the keys for [`Request::signed_cookie`] and [`Request::sign_cookie`], and with the
    /// feature `encrypted` also for encrypted cookies. By default there are none.
    pub fn keyring(mut self, keyring: Keyring) -> Self {
        self.parts().keyring = Some(keyring);
        self
    }

    /// Sets the limits for [`Request::form`]. By default they are those of [`Limits::new`]. A form
    /// that exceeds them is answered with 413. The form that a hook of an outer adaptor has read
    /// was read within the limits of that adaptor.
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
        self.parts().form_limits = limits;
        self
    }

    /// Sets the largest body in bytes that [`Request::body`] gives in memory, 1 MiB by default. A
    /// longer one is answered with 413, also if a hook of an outer adaptor has read it already.
    pub fn max_body_bytes(mut self, bytes: u64) -> Self {
        self.parts().max_body_bytes = bytes;
        self
    }

    /// Sets whether the client sees failures, as a page with the error, its causes and every
    /// variable of the environ. By default it does not.
    ///
    /// Only use this for development: strangers would see paths of files and data. Variables
    /// are shown [without secrets](wsgi_environ::Redacted), such as cookies, but other variables
    /// and the error itself may have secrets, too. Without it, the error of a handler goes to the
    /// gateway, which logs it and answers 500 without the reason. A panic always goes to the
    /// gateway.
    ///
    /// An [`HttpError`] below 500 is an intended answer, so it looks the same with and without
    /// this.
    ///
    /// A page that shows an error is a response. So changes that a handler made in the session
    /// before it failed are saved, which they are not without this.
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
        self.parts().debug = debug;
        self
    }

    fn parts(&mut self) -> &mut Parts {
        Arc::get_mut(&mut self.parts).expect("the parts are not shared before the first request")
    }
}

macro_rules! methods {
    ($($name:ident $method:literal)*) => {
        /// The usual methods, including QUERY, which is a GET with a body (RFC 10008).
        impl Adaptor {
            $(
                #[doc = concat!("Adds a handler for ", $method, ": see [`route`](Self::route).")]
                ///
                /// # Panics
                ///
                /// As for [`route`](Self::route).
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

impl Default for Adaptor {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Adaptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Adaptor ")?;
        let mounts = self.parts.mounts.iter().map(|mount| &*mount.prefix);
        let paths = self.parts.routes.patterns().chain(mounts);
        f.debug_list().entries(paths).finish()
    }
}
