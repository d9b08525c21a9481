//! The changes of a response.

use wsgi_application::{Body, Error, Headers, Status};
use wsgi_cookies::SetCookie;
use wsgi_headers::Value;
use wsgi_middleware::{add_earlier_cookies, replace_cookie};

use super::{Payload, Response, attachment::attachment};

/// Changes.
impl Response {
    /// Sets the status: a number, or a [`Status`] with a reason of its own.
    ///
    /// ```
    /// use wsgi_adaptor::Response;
    ///
    /// let response = Response::text("We brew no coffee.").with_status(418);
    /// assert_eq!(response.status().code(), 418);
    /// ```
    pub fn with_status(mut self, status: impl TryInto<Status, Error: Into<Error>>) -> Self {
        match status.try_into() {
            Ok(status) => self.status = status,
            Err(error) => return self.check(Err(error)),
        }
        self
    }

    /// Sets a header field. It replaces all fields of this name.
    pub fn with_header(mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        let result = self.headers.set(name, value);
        self.check(result)
    }

    /// Adds a header field. It keeps other fields of this name.
    ///
    /// ```
    /// use wsgi_adaptor::Response;
    ///
    /// let response = Response::text("")
    ///     .with_added_header("Link", "</a>")
    ///     .with_added_header("Link", "</b>");
    /// assert!(response.headers().get_all("Link").eq(["</a>", "</b>"]));
    /// ```
    pub fn with_added_header(mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        let result = self.headers.append(name, value);
        self.check(result)
    }

    /// Adds a cookie. It replaces those that are [the same](wsgi_middleware::is_same_cookie).
    ///
    /// ```
    /// use wsgi_adaptor::Response;
    /// use wsgi_cookies::SetCookie;
    ///
    /// let response = Response::text("").with_cookie(&SetCookie::new("theme", "dark").path("/"));
    /// assert_eq!(response.headers().get("Set-Cookie").unwrap(), "theme=dark; Path=/");
    ///
    /// let response = response.with_cookie(&SetCookie::new("theme", "light").path("/"));
    /// assert!(response.headers().get_all("Set-Cookie").eq(["theme=light; Path=/"]));
    /// ```
    pub fn with_cookie(mut self, cookie: &SetCookie) -> Self {
        match cookie.to_header_value() {
            Ok(value) => {
                let result = replace_cookie(&mut self.headers, value.as_bytes());
                self.check(result)
            }
            Err(error) => self.check(Err(error)),
        }
    }

    /// Has browsers save the response under a name, instead of showing it (RFC 6266). They take the
    /// last component of a path, and replace characters that their system does not allow. Control
    /// characters become `_` here, since a field cannot have them.
    ///
    /// Programs that know simple names only, such as `curl -OJ`, get a name with `_` in place of
    /// quotes, backslashes and all characters outside ASCII.
    ///
    /// ```
    /// use wsgi_adaptor::Response;
    ///
    /// let response = Response::content("text/csv", "tea,2\n").download_as("orders 2026.csv");
    /// let disposition = response.headers().get("Content-Disposition").unwrap();
    /// assert_eq!(disposition, "attachment; filename=\"orders 2026.csv\"");
    /// let response = response.download_as("menü.csv");
    /// let disposition = response.headers().get("Content-Disposition").unwrap();
    /// assert_eq!(
    ///     disposition,
    ///     "attachment; filename=\"men_.csv\"; filename*=UTF-8''men%C3%BC.csv"
    /// );
    /// ```
    pub fn download_as(mut self, name: &str) -> Self {
        let name = name.replace(char::is_control, "_");
        let result = self.headers.set("Content-Disposition", attachment(&name));
        self.check(result)
    }

    /// Sets the body.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request, Response};
    ///
    /// let teapot = |_: &Request<'_>| Response::of_status(418).with_body("Tea?\n");
    /// let app = Adaptor::new().get("/", teapot);
    /// assert_eq!(wsgi_testing::Request::get("/").call(&app).text(), "Tea?\n");
    /// ```
    pub fn with_body(self, body: impl Into<Body>) -> Self {
        self.with_payload(Payload::Own(body.into().into_content()))
    }

    pub(super) fn with_payload(mut self, payload: Payload) -> Self {
        if !matches!(self.payload, Payload::Failed(_)) {
            self.payload = payload;
        }
        self
    }

    /// Adds the header fields that this response lacks. `Vary` is always added, since every one of
    /// them counts, and so is each cookie that this response does not set.
    pub(crate) fn with_missing(mut self, fields: &Headers) -> Self {
        let cookies = fields.get_all("Set-Cookie");
        let result = add_earlier_cookies(&mut self.headers, cookies.map(Value::as_bytes));
        self = self.check(result);
        let own: Vec<_> = self.headers.keys().map(str::to_ascii_lowercase).collect();
        for (name, value) in fields {
            let lower = name.to_ascii_lowercase();
            if lower == "vary" || !own.contains(&lower) {
                self = self.with_added_header(name, value);
            }
        }
        self
    }

    /// Keeps the first error.
    fn check(self, result: Result<(), impl Into<Error>>) -> Self {
        match result {
            Ok(()) => self,
            Err(error) => self.with_payload(Payload::Failed(error.into())),
        }
    }
}
