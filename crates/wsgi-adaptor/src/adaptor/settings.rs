//! The settings of an adaptor.

use wsgi_cookies::Keyring;
use wsgi_forms::Limits;
use wsgi_middleware::CrossOriginPolicy;
use wsgi_sessions::Sessions;

use super::Adaptor;

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
    ///
    /// [`Request::session`]: crate::Request::session
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
    ///
    /// [`Request::sign_cookie`]: crate::Request::sign_cookie
    /// [`Request::signed_cookie`]: crate::Request::signed_cookie
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
    ///
    /// [`Request::form`]: crate::Request::form
    pub fn form_limits(mut self, limits: Limits) -> Self {
        self.parts().form_limits = limits;
        self
    }

    /// Sets the largest body in bytes that [`Request::body`] gives in memory, 1 MiB by default. A
    /// longer one is answered with 413, also if a hook of an outer adaptor has read it already.
    ///
    /// [`Request::body`]: crate::Request::body
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
    ///
    /// [`HttpError`]: crate::HttpError
    pub fn debug(mut self, debug: bool) -> Self {
        self.parts().debug = debug;
        self
    }
}
