//! Hooks around the handlers, and adaptors in adaptors.

use crate::{
    adaptor::Adaptor, hooks::before, into_response::IntoResponse, request::Request,
    response::Response,
};

/// Hooks and mounted adaptors.
impl Adaptor {
    /// Adds a function that is called before the handlers. With `Ok` the request goes on. The error
    /// of `Err` is the answer, as that of a handler is: no further hook and no handler is called.
    ///
    /// The hooks are called in the order they were added, for every request that the
    /// [cross-origin policy](Self::cross_origin) lets through, also if no handler or
    /// [mounted](Self::mount) adaptor is found for it. The request is the one that the handler
    /// gets, with its path parameters. A form or a body in memory is read once, and is also there
    /// for a mounted adaptor.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request, Response};
    ///
    /// fn members_only(request: &Request<'_>) -> Result<(), Response> {
    ///     match request.relative_path() == "/login" || request.cookie("user").is_some() {
    ///         true => Ok(()),
    ///         false => Err(Response::redirect(&request.link("/login"))),
    ///     }
    /// }
    ///
    /// let app = Adaptor::new()
    ///     .before(members_only)
    ///     .get("/login", |_| "Who are you?")
    ///     .get("/account", |_| "Welcome!");
    /// let get = |path| wsgi_testing::Request::get(path);
    /// assert_eq!(get("/account").call(&app).status().code(), 303);
    /// assert_eq!(get("/nothing").call(&app).status().code(), 303);
    /// assert_eq!(get("/login").call(&app).text(), "Who are you?");
    /// assert_eq!(get("/account").header("Cookie", "user=ada").call(&app).text(), "Welcome!");
    /// ```
    pub fn before<E: IntoResponse>(
        mut self,
        hook: impl Fn(&Request<'_>) -> Result<(), E> + Send + Sync + 'static,
    ) -> Self {
        self.parts().before.push(before(hook));
        self
    }

    /// Adds a function that is called with every response, and may change or replace it.
    ///
    /// The hooks are called in the reverse order in which they were added, so that the first one
    /// sees the response last. They see the responses of handlers and of hooks before them, and the
    /// answers to errors: 403, 404, 405, 501 and OPTIONS, pages of [`on_status`](Self::on_status),
    /// and the page of a failure or a panic. If a hook fails, the next one sees the answer to its
    /// error. Not seen are the answers of session middleware to the errors of a session (409 and
    /// 503), which are made later.
    ///
    /// A file is seen whole, with the status 200. The conditions and ranges of the request are
    /// compared with the `ETag`, `Last-Modified` and `Accept-Ranges` that the last hook leaves, so
    /// a hook may set or remove these. What comes of it (206, 304, 412 and 416, and the pages of
    /// the last two) no hook sees. Those pages do not have what the hooks said of the file, such as
    /// `Cache-Control`, so the page function has to set it.
    ///
    /// Their request has no path parameters, but the form or body in memory that the handler has
    /// read. After [`take_input`](Request::take_input) there is neither: a hook that asks for one
    /// fails, and so does the request.
    ///
    /// ```
    /// use wsgi_adaptor::Adaptor;
    ///
    /// let app = Adaptor::new()
    ///     .get("/", |_| "Hello!")
    ///     .get("/broken", |_| -> &'static str { panic!("out of tea") })
    ///     .after(|_request, response| response.with_header("X-Kitchen", "open"));
    /// for (path, status) in [("/", 200), ("/nothing", 404), ("/broken", 500)] {
    ///     let response = wsgi_testing::Request::get(path).call(&app);
    ///     assert_eq!(response.status().code(), status);
    ///     assert_eq!(response.headers().get("X-Kitchen").unwrap(), "open");
    /// }
    /// ```
    pub fn after<R: IntoResponse>(
        mut self,
        hook: impl Fn(&Request<'_>, Response) -> R + Send + Sync + 'static,
    ) -> Self {
        self.parts().after.add(hook);
        self
    }

    /// Mounts another adaptor at a prefix of the path, which takes precedence over handlers. The
    /// adaptor sees the rest of the path, and its [links](Request::link) begin with the prefix.
    ///
    /// The mounted adaptor answers with its own handlers, fallback, limits and `Allow`. What it
    /// lacks, the outer one gives: sessions, the keyring, the page of a status, and names of paths.
    /// The outer one checks the origin of a request. So does the mounted one if it has a
    /// [policy](Self::cross_origin) of its own, or if the outer one has turned its policy off. The
    /// hooks of the outer one are around those of the mounted one.
    ///
    /// A name that is given to the mount leads to the names in it, after a colon.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request, UrlError};
    ///
    /// fn soup(request: &Request<'_>) -> Result<String, UrlError> {
    ///     let (soup, home) = (("dish", &"soup" as _), request.url_for("home", &[])?);
    ///     Ok(format!("{} or {home}", request.url_for("dish", &[soup])?))
    /// }
    ///
    /// let shop = Adaptor::new().get("/menu/{dish}", soup).name("dish", "/menu/{dish}");
    /// let site = Adaptor::new()
    ///     .get("/", |request| request.url_for("shop:dish", &[("dish", &"tea")]))
    ///     .name("home", "/")
    ///     .mount("/shop", shop)
    ///     .name("shop", "/shop");
    /// let get = |path| wsgi_testing::Request::get(path).call(&site);
    /// assert_eq!(get("/").text(), "/shop/menu/tea");
    /// assert_eq!(get("/shop/menu/x").text(), "/shop/menu/soup or /");
    /// assert_eq!(get("/shop/nothing").status().code(), 404);
    /// ```
    ///
    /// # Panics
    ///
    /// The prefix does not begin with a slash, or ends with one; it has a parameter, also in the
    /// syntax of another framework, such as `{id}`, `:id`, `<id>` or `*`; it has another brace, a
    /// query or percent-encoding; another adaptor is mounted there; or the adaptor has
    /// [sessions](Self::sessions) of its own: mount such a one with
    /// [`Mounts`](wsgi_middleware::Mounts).
    #[track_caller]
    pub fn mount(mut self, prefix: &str, adaptor: Self) -> Self {
        assert!(
            adaptor.sessions.is_none(),
            "the adaptor for {prefix:?} has sessions of its own: give them to the outer one"
        );
        self.parts().mounts.add(prefix, adaptor.parts);
        self
    }
}
