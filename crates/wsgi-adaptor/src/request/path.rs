//! The path of a request: its prefix, its parameters, and links beside it.

use std::{fmt::Display, str::FromStr};

use percent_encoding::percent_encode;
use wsgi_environ::{Value, ValueBuf, application_uri};

use crate::{
    pattern::NOT_IN_PATHS, request::Request, request_error::RequestError, url_error::UrlError,
};

/// The path, its parameters, and links to other pages.
impl<'a> Request<'a> {
    /// The whole path, decoded: the [URL prefix](Self::url_prefix) and the
    /// [relative path](Self::relative_path).
    ///
    /// ```
    /// use wsgi_adaptor::Adaptor;
    /// use wsgi_middleware::Mounts;
    ///
    /// let shop = Adaptor::new().get("/menu", |request| {
    ///     assert_eq!(request.path(), "/shop/menu");
    ///     assert_eq!(request.url_prefix(), "/shop");
    ///     assert_eq!(request.relative_path(), "/menu");
    ///     "fine"
    /// });
    /// let site = Mounts::new().mount("/shop", shop);
    /// assert_eq!(wsgi_testing::Request::get("/shop/menu").call(&site).text(), "fine");
    /// ```
    #[must_use]
    pub fn path(&self) -> ValueBuf {
        let mut path = self.url_prefix().as_bytes().to_vec();
        path.extend_from_slice(self.relative_path().as_bytes());
        ValueBuf::from(path)
    }

    /// The path below the place where the application is mounted, decoded: `PATH_INFO`.
    #[must_use]
    pub fn relative_path(&self) -> Value<'a> {
        self.environ.path_info()
    }

    /// The path at which the application is mounted, decoded: `SCRIPT_NAME`. It is empty at the
    /// root. To link to another page, use [`link`](Self::link).
    #[must_use]
    pub fn url_prefix(&self) -> Value<'a> {
        self.environ.script_name()
    }

    /// Returns the URL of another page of the application, without a host: the
    /// [prefix](Self::url_prefix), percent-encoded, and then `target`.
    ///
    /// The target is a path that begins with a slash, with a query if need be. Percent-encode it
    /// where necessary. Whatever it holds, the link never leads to another host. If it would not
    /// begin with a slash, it gets one.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Response};
    /// use wsgi_middleware::Mounts;
    ///
    /// let shop = Adaptor::new().post("/order", |request| {
    ///     Response::redirect(&request.link("/menu?new=1"))
    /// });
    /// let site = Mounts::new().mount("/café", shop);
    /// let response = wsgi_testing::Request::post("/caf%C3%A9/order").call(&site);
    /// assert_eq!(response.headers().get("Location").unwrap(), "/caf%C3%A9/menu?new=1");
    /// ```
    #[must_use]
    pub fn link(&self, target: &str) -> String {
        link(self.url_prefix(), target)
    }

    /// Returns the URL of a page by the [name](crate::Adaptor::name) of its path, without a host.
    /// In a [mounted](crate::Adaptor::mount) adaptor, the names of the outer ones are known too.
    ///
    /// Like a [`link`](Self::link), it begins with the [prefix](Self::url_prefix) and never leads
    /// to another host.
    ///
    /// The values of parameters are percent-encoded. Those that are not in the path become the
    /// query.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Response};
    /// use wsgi_middleware::Mounts;
    ///
    /// let shop = Adaptor::new()
    ///     .get("/menu/{dish}", |request| request.parameter_str("dish").to_owned())
    ///     .name("dish", "/menu/{dish}")
    ///     .post("/order", |request| {
    ///         let url = request.url_for("dish", &[("dish", &"caf\u{e9} au lait"), ("cups", &2)])?;
    ///         Ok::<_, wsgi_adaptor::UrlError>(Response::redirect(&url))
    ///     });
    /// let site = Mounts::new().mount("/shop", shop);
    /// let response = wsgi_testing::Request::post("/shop/order").call(&site);
    /// let location = response.headers().get("Location").unwrap();
    /// assert_eq!(location, "/shop/menu/caf%C3%A9%20au%20lait?cups=2");
    /// ```
    ///
    /// # Errors
    ///
    /// The name is unknown, a parameter of the path has no value, the router would not find the
    /// page with this value, or another adaptor is mounted at the path.
    pub fn url_for(
        &self,
        name: &str,
        parameters: &[(&str, &dyn Display)],
    ) -> Result<String, UrlError> {
        let (mut around, mut prefix) = (self.surroundings, self.url_prefix());
        loop {
            match (around.url(name, parameters), around.outer()) {
                (Err(UrlError::UnknownName { .. }), Some(outer)) => (around, prefix) = outer,
                (url, _) => return url.map(|target| link(prefix, &target)),
            }
        }
    }

    /// Returns the URL of a page with scheme and host, as [`url_for`](Self::url_for) does without.
    ///
    /// The host is the request's `Host`, which the client chooses. Before such a URL is stored or
    /// sent to others, for example in a mail, the host must be known to be your own.
    ///
    /// ```
    /// use wsgi_adaptor::Adaptor;
    ///
    /// let app = Adaptor::new()
    ///     .get("/feed", |request| request.absolute_url_for("entry", &[("id", &7)]))
    ///     .get("/entries/{id}", |_| "entry")
    ///     .name("entry", "/entries/{id}");
    /// let response = wsgi_testing::Request::get("https://blog.example/feed").call(&app);
    /// assert_eq!(response.text(), "https://blog.example/entries/7");
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`url_for`](Self::url_for), and [`UrlError::NoHost`].
    pub fn absolute_url_for(
        &self,
        name: &str,
        parameters: &[(&str, &dyn Display)],
    ) -> Result<String, UrlError> {
        let url = self.url_for(name, parameters)?;
        let mut base = application_uri(self.environ).map_err(|_| UrlError::NoHost)?;
        let host = base.find("://").map_or(0, |at| at + "://".len());
        let end = base[host..].find('/').map_or(base.len(), |at| host + at);
        base.truncate(end);
        Ok(base + &url)
    }

    /// Parses the parameter of this name from its decoded text in the path.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request, Result};
    ///
    /// fn page(request: &Request<'_>) -> Result<String> {
    ///     let id: u32 = request.parameter("id")?;
    ///     Ok(format!("article {id}"))
    /// }
    ///
    /// let app = Adaptor::new().get("/articles/{id}", page);
    /// let get = |path| wsgi_testing::Request::get(path).call(&app);
    /// assert_eq!(get("/articles/7").text(), "article 7");
    /// assert_eq!(get("/articles/seven").status().code(), 404);
    /// ```
    ///
    /// # Errors
    ///
    /// [`RequestError::Parameter`] if the text does not parse. The adaptor answers it with 404,
    /// since no such page exists.
    ///
    /// # Panics
    ///
    /// The handler's path has no such parameter.
    #[track_caller]
    pub fn parameter<T: FromStr>(&self, name: &str) -> Result<T, RequestError> {
        let parsed = self.parameter_str(name).parse();
        parsed.map_err(|_| RequestError::Parameter {
            name: name.to_owned(),
        })
    }

    /// The decoded text of the parameter of this name in the path.
    ///
    /// # Panics
    ///
    /// The handler's path has no such parameter. A handler that serves several paths can ask
    /// [`parameters`](Self::parameters).
    #[must_use]
    #[track_caller]
    pub fn parameter_str(&self, name: &str) -> &'a str {
        let Some(text) = self.parameters.get(name) else {
            let known: Vec<_> = self.parameters().map(|(known, _)| known).collect();
            panic!("the path has no parameter {name:?}, only {known:?}");
        };
        text
    }

    /// The path of the route, as it was added: with `{name}` in place of what a parameter matches.
    /// `None` if no route has the path of the request.
    ///
    /// Hooks see it, too. A log or a metric by routes has few values, however many pages there are.
    /// An adaptor around a mounted one sees the prefix before the route, as it does in the
    /// [relative path](Self::relative_path).
    ///
    /// ```
    /// use wsgi_adaptor::Adaptor;
    ///
    /// let app = Adaptor::new()
    ///     .get("/menu/{dish}", |request| request.parameter_str("dish").to_owned())
    ///     .after(|request, response| {
    ///         let route = request.route().unwrap_or_default();
    ///         response.with_header("X-Route", route)
    ///     });
    /// let response = wsgi_testing::Request::get("/menu/tea").call(&app);
    /// assert_eq!(response.headers().get("X-Route").unwrap(), "/menu/{dish}");
    /// ```
    #[must_use]
    pub fn route(&self) -> Option<String> {
        self.surroundings.route(self.relative_path().to_str().ok()?)
    }

    /// The names of all parameters in the path, each with its decoded text.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request};
    ///
    /// fn show(request: &Request<'_>) -> String {
    ///     let parameters = request.parameters().map(|(name, text)| format!("{name}={text} "));
    ///     parameters.collect()
    /// }
    ///
    /// let app = Adaptor::new().get("/{year}/{title}", show);
    /// let response = wsgi_testing::Request::get("/2026/Tea%20at%20four").call(&app);
    /// assert_eq!(response.text(), "year=2026 title=Tea at four ");
    /// ```
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.parameters.iter()
    }
}

/// The URL of a page below a prefix, which never leads to another host.
fn link(prefix: Value<'_>, target: &str) -> String {
    let prefix = percent_encode(prefix.as_bytes(), NOT_IN_PATHS);
    let link = format!("{prefix}{target}");
    // Two slashes begin a host (RFC 3986 section 4.2). Without a slash, the target could begin with
    // a scheme. Browsers take a backslash for a slash, drop tabs and line ends, and strip spaces
    // and control characters from the start (URL Standard section 4.4).
    let mut read = link.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r'));
    match [read.next(), read.next()] {
        [Some('/' | '\\'), Some('/' | '\\')] => format!("/.{link}"),
        [Some('/' | '\\'), _] => link,
        _ => format!("/{link}"),
    }
}
