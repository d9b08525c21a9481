//! A request.

mod body;
mod cookies;
mod extensions;
mod path;
mod visitor;

use std::{cell::OnceCell, fmt};

use wsgi_application::Environ;
use wsgi_environ::{Errors, Value};
use wsgi_headers::AcceptLanguage;

#[cfg(feature = "serde")]
use crate::request_error::RequestError;
use crate::{content::Content, query::Query, surroundings::Surroundings};

/// A request, as a handler of an [`Adaptor`](crate::Adaptor) sees it.
///
/// Every method takes `&self`, so the result of one can be kept while others are called. Nothing
/// is read from the [`Environ`] before a method asks for it.
///
/// ```
/// use wsgi_adaptor::{Adaptor, Request};
///
/// fn greet(request: &Request<'_>) -> String {
///     let word = request.query().get("word").unwrap_or("Hello");
///     format!("{word} {}", request.parameter_str("name"))
/// }
///
/// let app = Adaptor::new().get("/greet/{name}", greet);
/// let response = wsgi_testing::Request::get("/greet/ada?word=Hi").call(&app);
/// assert_eq!(response.text(), "Hi ada");
/// ```
pub struct Request<'a> {
    environ: &'a Environ,
    surroundings: &'a dyn Surroundings,
    parameters: matchit::Params<'a, 'a>,
    content: &'a Content,
    query: OnceCell<Query<'a>>,
}

impl<'a> Request<'a> {
    pub(crate) fn new(
        environ: &'a Environ,
        content: &'a Content,
        surroundings: &'a dyn Surroundings,
        parameters: matchit::Params<'a, 'a>,
    ) -> Self {
        Self {
            environ,
            surroundings,
            parameters,
            content,
            query: OnceCell::new(),
        }
    }
}

/// The method, the query and the header fields.
impl<'a> Request<'a> {
    /// The method, in the case in which it was sent.
    #[must_use]
    pub fn method(&self) -> Value<'a> {
        self.environ.request_method()
    }

    /// The query of the URL.
    pub fn query(&self) -> &Query<'a> {
        self.query
            .get_or_init(|| Query::new(self.environ.query_string().as_bytes()))
    }

    /// The query as a type with fields of the names in it. It is as for
    /// [`form_as`](Self::form_as), but a value that does not fit is answered with 400.
    ///
    /// Needs the feature `serde`.
    ///
    /// ```
    /// use serde::Deserialize;
    /// use wsgi_adaptor::{Adaptor, Request, RequestError};
    ///
    /// #[derive(Deserialize)]
    /// struct Search {
    ///     q: String,
    ///     page: Option<u32>,
    ///     #[serde(default)]
    ///     tag: Vec<String>,
    /// }
    ///
    /// fn search(request: &Request<'_>) -> Result<String, RequestError> {
    ///     let Search { q, page, tag } = request.query_as()?;
    ///     Ok(format!("{q} {} {tag:?}", page.unwrap_or(1)))
    /// }
    ///
    /// let app = Adaptor::new().get("/", search);
    /// let get = |target| wsgi_testing::Request::get(target).call(&app);
    /// assert_eq!(get("/?q=tea&tag=hot&tag=black").text(), r#"tea 1 ["hot", "black"]"#);
    /// assert_eq!(get("/?page=2").text(), "400 Bad Request: the value of \"q\" is missing\n");
    /// ```
    ///
    /// # Errors
    ///
    /// [`RequestError::Query`].
    #[cfg(feature = "serde")]
    pub fn query_as<T: serde::de::DeserializeOwned>(&self) -> Result<T, RequestError> {
        crate::typed::typed(self.query().iter()).map_err(RequestError::Query)
    }

    /// The value of a header field. Repeated fields are one value, joined as they are in the
    /// environ.
    ///
    /// ```
    /// use wsgi_adaptor::Adaptor;
    ///
    /// let app = Adaptor::new().get("/", |request| {
    ///     request.header("accept").map(|value| value.to_string()).unwrap_or_default()
    /// });
    /// let request = wsgi_testing::Request::get("/").header("Accept", "text/html");
    /// assert_eq!(request.call(&app).text(), "text/html");
    /// ```
    #[must_use]
    pub fn header(&self, name: &str) -> Option<Value<'a>> {
        if name.contains('_') {
            return None; // it would be mistaken for the field with a hyphen
        }
        let mut variable = String::with_capacity("HTTP_".len() + name.len());
        variable.push_str("HTTP_");
        variable.extend(name.chars().map(|character| match character {
            '-' => '_',
            _ => character.to_ascii_uppercase(),
        }));
        match &variable[..] {
            "HTTP_CONTENT_TYPE" | "HTTP_CONTENT_LENGTH" => {
                let value = self.environ.get(&variable["HTTP_".len()..]);
                value.filter(|value| !value.is_empty())
            }
            _ => self.environ.get(&variable),
        }
    }

    /// The id of the last [event](crate::Event) that the client has seen, if it connects again
    /// (WHATWG HTML, "Server-sent events").
    ///
    /// It is the client's word: it may be any value, also one that was never sent.
    #[must_use]
    pub fn last_event_id(&self) -> Option<Value<'a>> {
        let id = self.header("Last-Event-ID");
        id.filter(|id| !id.is_empty())
    }

    /// Whether the client likes JSON better than HTML, and no less than plain text, by its `Accept`
    /// field (RFC 9110 section 12.5.1). Types such as `application/vnd.api+json` are JSON. A client
    /// that likes JSON and HTML equally, as with `*/*`, gets JSON if it has sent JSON.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Response};
    ///
    /// let app = Adaptor::new().get("/", |request| match request.prefers_json() {
    ///     true => Response::content("application/json", "[]"),
    ///     false => Response::html("<p>Nothing</p>"),
    /// });
    /// let get = |accept| wsgi_testing::Request::get("/").header("Accept", accept).call(&app);
    /// assert_eq!(get("application/json, */*;q=0.5").text(), "[]");
    /// assert_eq!(get("text/html, */*;q=0.5").text(), "<p>Nothing</p>");
    /// ```
    #[must_use]
    pub fn prefers_json(&self) -> bool {
        wsgi_middleware::prefers_json(self.environ)
    }

    /// The language that suits the client best among those that the site has, by its
    /// `Accept-Language` field (RFC 9110 section 12.5.4): see [`AcceptLanguage::preferred`].
    /// Returns `None` if none does. Without the field, the first suits.
    ///
    /// If pages in several languages have the same URL, their responses need the field `Vary`, so
    /// that a cache does not give one to readers of another.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request, Response};
    ///
    /// fn greet(request: &Request<'_>) -> Response {
    ///     let text = match request.preferred_language(["en", "de"]) {
    ///         Some("de") => "Guten Tag!",
    ///         _ => "Hello!",
    ///     };
    ///     Response::text(text).with_header("Vary", "Accept-Language")
    /// }
    ///
    /// let app = Adaptor::new().get("/", greet);
    /// let request = wsgi_testing::Request::get("/").header("Accept-Language", "de-AT, en;q=0.8");
    /// assert_eq!(request.call(&app).text(), "Guten Tag!");
    /// ```
    #[must_use]
    pub fn preferred_language<'o>(
        &self,
        offered: impl IntoIterator<Item = &'o str>,
    ) -> Option<&'o str> {
        let field = self.header("Accept-Language");
        field
            .map(AcceptLanguage::new)
            .unwrap_or_default()
            .preferred(offered)
    }

    /// The environ, with every other variable and with the extensions that middleware has added.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request};
    ///
    /// fn client(request: &Request<'_>) -> String {
    ///     let address = request.environ().get("REMOTE_ADDR");
    ///     address.map_or("unknown".to_owned(), |address| address.to_string())
    /// }
    ///
    /// let app = Adaptor::new().get("/", client);
    /// let request = wsgi_testing::Request::get("/").variable("REMOTE_ADDR", "192.0.2.7");
    /// assert_eq!(request.call(&app).text(), "192.0.2.7");
    /// ```
    #[must_use]
    pub fn environ(&self) -> &'a Environ {
        self.environ
    }

    /// The stream for error reports: `wsgi.errors`.
    #[must_use]
    pub fn errors(&self) -> &'a Errors {
        self.environ.errors()
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method())
            .field("path", &self.path())
            .finish_non_exhaustive()
    }
}
