//! An application made of handlers.

mod composition;
mod settings;

use std::{error::Error as StdError, fmt, sync::Arc};

use wsgi_application::Status;
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

impl Adaptor {
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
