//! Values that belong to a request.

use std::any::Any;

use crate::request::Request;

/// Values that belong to the request: one of each type, which middleware, a hook or a handler has
/// added.
impl<'a> Request<'a> {
    /// Adds a value for those who see the request later: further hooks, the handler, and pages of
    /// errors, also of other adaptors around or inside this one. It is dropped at the end of the
    /// call.
    ///
    /// A function that finds its own value again does its work once for each request:
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request, Response, Result};
    ///
    /// struct User(String);
    ///
    /// /// The user, whose password is checked at the first call. That takes time.
    /// fn user<'a>(request: &Request<'a>) -> Result<&'a User, Response> {
    ///     if let Some(user) = request.extension() {
    ///         return Ok(user);
    ///     }
    ///     let credentials = request.basic_auth().filter(|it| it.password() == "open sesame");
    ///     let credentials = credentials.ok_or_else(|| Response::unauthorized("Cave"))?;
    ///     Ok(request.insert_extension(User(credentials.user().to_owned())))
    /// }
    ///
    /// fn greet(request: &Request<'_>) -> Result<String, Response> {
    ///     Ok(format!("Hello {}!", user(request)?.0))
    /// }
    ///
    /// let app = Adaptor::new()
    ///     .before(|request| user(request).map(drop))
    ///     .get("/", greet);
    /// let request = wsgi_testing::Request::get("/");
    /// assert_eq!(request.call(&app).status().code(), 401);
    /// let request = wsgi_testing::Request::get("/").basic_auth("ada", "open sesame");
    /// assert_eq!(request.call(&app).text(), "Hello ada!");
    /// ```
    ///
    /// A further value of the same type is the one that is found from then on. What was found
    /// before stays as it was.
    pub fn insert_extension<T: Any + Send>(&self, value: T) -> &'a T {
        self.surroundings.extensions().add(value)
    }

    /// The value of this type that a hook or a handler has [added](Self::insert_extension), or else
    /// the one that middleware has put into the environ.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request};
    ///
    /// struct Tenant(&'static str);
    ///
    /// fn shop(request: &Request<'_>) -> &'static str {
    ///     request.extension().map_or("nobody's shop", |Tenant(name)| name)
    /// }
    ///
    /// let app = Adaptor::new().get("/", shop);
    /// let request = wsgi_testing::Request::get("/").extension(Tenant("Ada's shop"));
    /// assert_eq!(request.call(&app).text(), "Ada's shop");
    /// ```
    #[must_use]
    pub fn extension<T: Any + Send>(&self) -> Option<&'a T> {
        let own = self.surroundings.extensions().last();
        own.or_else(|| self.environ.extension())
    }
}
