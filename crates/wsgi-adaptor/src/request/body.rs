//! The body of a request: as a form, in memory, as JSON, or as it arrives.

use wsgi_environ::Input;
use wsgi_forms::{Form, FormError, Upload};

use crate::request::Request;
#[cfg(feature = "json")]
use crate::request_error::RequestError;

/// The body, which can be read once: as a [form](Request::form), [in memory](Request::body) (as
/// [JSON](Request::json) is), or as it [arrives](Request::take_input).
impl Request<'_> {
    /// The form in the body, urlencoded or multipart. It is read at the first call, within the
    /// adaptor's [limits](crate::Adaptor::form_limits).
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request};
    /// use wsgi_application::Result;
    ///
    /// fn order(request: &Request<'_>) -> Result<String> {
    ///     let dish = request.field("dish")?.unwrap_or("nothing");
    ///     let extras = request.form()?.get_all("extra").count();
    ///     Ok(format!("{dish} with {extras} extras"))
    /// }
    ///
    /// let app = Adaptor::new().post("/", order);
    /// let request = wsgi_testing::Request::post("/")
    ///     .header("Content-Type", "application/x-www-form-urlencoded")
    ///     .body("dish=soup&extra=bread&extra=salt");
    /// assert_eq!(request.call(&app).text(), "soup with 2 extras");
    /// ```
    ///
    /// # Errors
    ///
    /// The body is not a form, is malformed, exceeds the limits, or cannot be read. The adaptor
    /// answers with 415, 400, 413 or 408. After a failure every later call fails, too.
    pub fn form(&self) -> Result<&Form, FormError> {
        if let Some(form) = self.form.get() {
            return Ok(form);
        }
        let content_type = self.environ.content_type().unwrap_or_default();
        let limits = &self.settings.form_limits;
        let form = match self.body.get() {
            Some(body) => Form::read(content_type, &body[..], limits)?,
            None => (self.content.borrow_mut()).read_form(content_type, limits)?,
        };
        Ok(self.form.get_or_init(|| form))
    }

    /// The first field of this name in the [`form`](Self::form).
    ///
    /// # Errors
    ///
    /// Those of [`form`](Self::form).
    pub fn field(&self, name: &str) -> Result<Option<&str>, FormError> {
        Ok(self.form()?.get(name))
    }

    /// The first file of this name in the [`form`](Self::form).
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request};
    /// use wsgi_application::Result;
    ///
    /// fn photo(request: &Request<'_>) -> Result<String> {
    ///     let photo = request.file("photo")?.ok_or("a photo is missing")?;
    ///     Ok(format!("{} has {} bytes", photo.file_name(), photo.len()))
    /// }
    ///
    /// let app = Adaptor::new().post("/", photo);
    /// let request = wsgi_testing::Request::post("/")
    ///     .header("Content-Type", "multipart/form-data; boundary=x")
    ///     .body(
    ///         "--x\r\nContent-Disposition: form-data; name=photo; filename=cat.png\r\n\r\n\
    ///         ...\r\n--x--",
    ///     );
    /// assert_eq!(request.call(&app).text(), "cat.png has 3 bytes");
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`form`](Self::form).
    pub fn file(&self, name: &str) -> Result<Option<&Upload>, FormError> {
        Ok(self.form()?.file(name))
    }

    /// The body in memory, up to the adaptor's [limit](crate::Adaptor::max_body_bytes). It is read
    /// at the first call.
    ///
    /// ```
    /// use wsgi_adaptor::Adaptor;
    ///
    /// let app = Adaptor::new()
    ///     .put("/", |request| request.body().map(|body| format!("{} bytes", body.len())))
    ///     .max_body_bytes(8);
    /// let put = |body: &str| wsgi_testing::Request::new("PUT", "/").body(body).call(&app);
    /// assert_eq!(put("coffee").text(), "6 bytes");
    /// assert_eq!(put("black coffee").status().code(), 413);
    /// ```
    ///
    /// # Errors
    ///
    /// The body is longer than the limit, cannot be read, or was already taken or read as a form.
    pub fn body(&self) -> wsgi_application::Result<&[u8]> {
        if let Some(body) = self.body.get() {
            return Ok(body);
        }
        let max_bytes = self.settings.max_body_bytes;
        let body = self.content.borrow_mut().read_whole(max_bytes)?;
        Ok(self.body.get_or_init(|| body))
    }

    /// Parses the body as JSON. `Content-Type` must be `application/json` or end in `+json`, which
    /// no form on another site can send.
    ///
    /// Needs the feature `json`.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request, Response};
    /// use wsgi_application::Result;
    ///
    /// fn sum(request: &Request<'_>) -> Result<Response> {
    ///     let numbers: Vec<i64> = request.json()?;
    ///     Ok(Response::json(&numbers.iter().sum::<i64>()))
    /// }
    ///
    /// let app = Adaptor::new().post("/sum", sum);
    /// let request = |body: &str| {
    ///     let request = wsgi_testing::Request::post("/sum").body(body);
    ///     request.header("Content-Type", "application/json")
    /// };
    /// assert_eq!(request("[1, 2, 3]").call(&app).text(), "6");
    /// assert_eq!(request("[1, 2").call(&app).status().code(), 400);
    /// ```
    ///
    /// # Errors
    ///
    /// The body is not JSON, is not of the type asked for, or cannot be read. The adaptor answers
    /// with 415, 400, 413 or 408, and names the value in the JSON that is wrong.
    #[cfg(feature = "json")]
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> wsgi_application::Result<T> {
        let content_type = self.environ.content_type().unwrap_or_default();
        if !wsgi_middleware::is_json(content_type) {
            return Err(RequestError::NotJson.into());
        }
        let body = self.body()?;
        let json = serde_json::from_slice(body).map_err(|cause| RequestError::Json {
            pointer: crate::json_pointer::pointer(body, &cause),
            cause,
        });
        Ok(json?)
    }

    /// Takes the body, to be read as it arrives. A response's body may read it even after the
    /// handler has returned. Afterwards [`body`](Self::body) fails, and the other methods find an
    /// empty body.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request, Response};
    ///
    /// let echo = |request: &Request<'_>| Response::text(request.take_input());
    /// let app = Adaptor::new().post("/", echo);
    /// assert_eq!(wsgi_testing::Request::post("/").body("hello").call(&app).text(), "hello");
    /// ```
    #[must_use]
    pub fn take_input(&self) -> Input {
        self.content.borrow_mut().take()
    }
}
