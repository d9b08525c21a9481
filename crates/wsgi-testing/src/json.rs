//! Bodies of JSON, in requests and responses.

use serde::{Serialize, de::DeserializeOwned};
use wsgi_headers::{ParameterizedValue, Value};

use crate::{request::Request, response::Response};

impl Request {
    /// Sets a value as JSON as the body, and its `Content-Type`.
    ///
    /// Needs the feature `json`.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request, Response, Result};
    /// use wsgi_testing::Request as Test;
    ///
    /// fn sum(request: &Request<'_>) -> Result<Response> {
    ///     let numbers: Vec<i64> = request.json()?;
    ///     Ok(Response::json(&numbers.iter().sum::<i64>()))
    /// }
    ///
    /// let app = Adaptor::new().post("/sum", sum);
    /// let response = Test::post("/sum").json(&[1, 2]).call(&app);
    /// assert_eq!(response.json::<i64>(), 3);
    /// ```
    ///
    /// # Panics
    ///
    /// The value cannot be JSON, such as a map with keys that are not text.
    #[track_caller]
    pub fn json(self, value: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(value) {
            Ok(json) => self.content("application/json", json),
            Err(error) => panic!("the value cannot be JSON: {error}"),
        }
    }
}

impl Response {
    /// The body, parsed as JSON: into a type of yours, or into a `serde_json::Value`.
    ///
    /// Needs the feature `json`.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Response};
    ///
    /// let app = Adaptor::new().get("/menu", |_| Response::json(&["tea", "cake"]));
    /// let response = wsgi_testing::Request::get("/menu").call(&app);
    /// assert_eq!(response.json::<Vec<String>>(), ["tea", "cake"]);
    /// assert_eq!(response.json::<serde_json::Value>()[1], "cake");
    /// ```
    ///
    /// # Panics
    ///
    /// The body does not fit the type, or the `Content-Type` is not that of JSON: it is neither
    /// `application/json` nor ends in `+json`. The message has the status, the body and the log. If
    /// nothing was sent, as [`status`](Self::status).
    #[must_use]
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        let content_type = self.headers().get("Content-Type");
        let value = match content_type {
            Some(content_type) if is_json(content_type) => serde_json::from_slice(self.body()),
            _ => panic!("the Content-Type is not that of JSON: {}", self.summary()),
        };
        match value {
            Ok(value) => value,
            Err(error) => panic!("the JSON does not fit: {error}: {}", self.summary()),
        }
    }

    /// The status, the type, the body and the log, for a message.
    fn summary(&self) -> String {
        let content_type = self.headers().get("Content-Type");
        let content_type = content_type.map_or_else(String::new, |value| value.to_string());
        let body = String::from_utf8_lossy(self.body());
        let mut summary = format!("{}, {content_type:?}, {body:?}", self.status());
        if !self.errors().is_empty() {
            summary += &format!(". The errors stream has:\n{}", self.errors());
        }
        summary
    }
}

/// Whether a `Content-Type` is that of JSON (RFC 6839 section 3.1).
fn is_json(content_type: Value<'_>) -> bool {
    ParameterizedValue::parse(content_type).is_ok_and(|media_type| {
        let media_type = media_type.value().to_ascii_lowercase();
        media_type == "application/json" || media_type.ends_with("+json")
    })
}
