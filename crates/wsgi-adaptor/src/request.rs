//! A request.

use std::{
    cell::{OnceCell, RefCell},
    fmt,
    str::FromStr,
    time::{Duration, SystemTime},
};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use wsgi_application::Environ;
use wsgi_cookies::{Cookies, SameSite, SetCookie, Verified};
use wsgi_environ::{Errors, Input, Value, ValueBuf};
use wsgi_forms::{Form, FormError, Upload};
use wsgi_middleware::Credentials;
use wsgi_sessions::Session;

use crate::{Query, RequestError, body::Content, settings::Settings};

/// What signed cookies of applications are for, so that no session's id can stand for one.
const PURPOSE: &str = "wsgi-adaptor cookie";

/// What a path does not hold as it is: all but a slash and what RFC 3986 section 2.3 calls unreserved.
const NOT_IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A request, as a handler of an [`Adaptor`](crate::Adaptor) sees it.
///
/// Everything is read from the [`Environ`] when it is asked for, and everything is asked for
/// through `&self`: what one method gave can be kept while others are called.
///
/// ```
/// use wsgi_adaptor::{Adaptor, Request};
///
/// fn greet(request: &Request<'_>) -> String {
///     format!("{} {}", request.query().get("word").unwrap_or("Hello"), request.parameter_str("name"))
/// }
///
/// let app = Adaptor::new().get("/greet/{name}", greet);
/// let response = wsgi_testing::Request::get("/greet/ada?word=Hi").call(&app);
/// assert_eq!(response.text(), "Hi ada");
/// ```
pub struct Request<'a> {
    environ: &'a Environ,
    settings: &'a Settings,
    parameters: matchit::Params<'a, 'a>,
    content: RefCell<Content>,
    body: OnceCell<Vec<u8>>,
    query: OnceCell<Query<'a>>,
    form: OnceCell<Form>,
}

impl<'a> Request<'a> {
    pub(crate) fn new(
        environ: &'a Environ,
        input: Input,
        settings: &'a Settings,
        parameters: matchit::Params<'a, 'a>,
    ) -> Self {
        Self {
            environ,
            settings,
            parameters,
            content: RefCell::new(Content::new(input)),
            body: OnceCell::new(),
            query: OnceCell::new(),
            form: OnceCell::new(),
        }
    }

    /// What is left of the body, for the gateway.
    pub(crate) fn into_input(self) -> Input {
        self.content.into_inner().into_input()
    }
}

/// What it asks for.
impl<'a> Request<'a> {
    /// The method, in the case it was sent in.
    #[must_use]
    pub fn method(&self) -> Value<'a> {
        self.environ.request_method()
    }

    /// The whole path, decoded: the [URL prefix](Self::url_prefix) and the
    /// [relative path](Self::relative_path).
    ///
    /// ```
    /// use wsgi_adaptor::Adaptor;
    /// use wsgi_middleware::Mounts;
    ///
    /// let shop = Adaptor::new().get("/menu", |request| {
    ///     assert_eq!(request.path(), "/shop/menu");
    ///     assert_eq!((request.url_prefix(), request.relative_path()), ("/shop".into(), "/menu".into()));
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

    /// The path below where the application is mounted, decoded: `PATH_INFO`.
    #[must_use]
    pub fn relative_path(&self) -> Value<'a> {
        self.environ.path_info()
    }

    /// Where the application is mounted, decoded: `SCRIPT_NAME`, empty at the root. For a link to
    /// another page, see [`link`](Self::link).
    #[must_use]
    pub fn url_prefix(&self) -> Value<'a> {
        self.environ.script_name()
    }

    /// The URL of another page of the application, without a host: the
    /// [prefix](Self::url_prefix), percent-encoded, before `target`. That is a path with perhaps a
    /// query, percent-encoded already where it must be; it begins with a slash, and whatever follows,
    /// the link leads to no other host.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Response};
    /// use wsgi_middleware::Mounts;
    ///
    /// let shop = Adaptor::new().post("/order", |request| Response::redirect(&request.link("/menu?new=1")));
    /// let site = Mounts::new().mount("/café", shop);
    /// let response = wsgi_testing::Request::post("/caf%C3%A9/order").call(&site);
    /// assert_eq!(response.headers().get("Location").unwrap(), "/caf%C3%A9/menu?new=1");
    /// ```
    #[must_use]
    pub fn link(&self, target: &str) -> String {
        let prefix = percent_encode(self.url_prefix().as_bytes(), NOT_IN_PATHS);
        let link = format!("{prefix}{target}");
        // Two slashes begin a host (RFC 3986 section 4.2). For browsers a backslash is one, too,
        // and tabs and ends of lines are nothing (the URL Standard, section 4.4).
        let mut read = link.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r'));
        match [read.next(), read.next()] {
            [Some('/' | '\\'), Some('/' | '\\')] => format!("/.{link}"),
            _ => link,
        }
    }

    /// The parameter of that name in the path, parsed from its decoded text.
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
    /// [`RequestError::Parameter`] if the text does not parse, which is answered with 404: there is
    /// no such page.
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

    /// The decoded text of the parameter of that name in the path.
    ///
    /// # Panics
    ///
    /// The handler's path has no such parameter. A handler of several paths asks
    /// [`parameters`](Self::parameters).
    #[must_use]
    #[track_caller]
    pub fn parameter_str(&self, name: &str) -> &'a str {
        let Some(text) = self.parameters.get(name) else {
            let known: Vec<_> = self.parameters().map(|(known, _)| known).collect();
            panic!("the path has no parameter {name:?}, it has {known:?}");
        };
        text
    }

    /// The names of all parameters in the path, and their decoded texts.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.parameters.iter()
    }

    /// Whether the client prefers JSON to HTML and plain text, by its `Accept` field (RFC 9110
    /// section 12.5.1). Where it likes them alike, as with `*/*`, it does if it has sent JSON.
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

    /// The query of the URL.
    pub fn query(&self) -> &Query<'a> {
        self.query
            .get_or_init(|| Query::parse(self.environ.query_string().as_bytes()))
    }

    /// A header field; of several of that name, all, joined as the environ has them.
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
            return None; // it would be taken for the field with a hyphen
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

    /// Everything else that is known: the variables, and the extensions of middleware.
    #[must_use]
    pub fn environ(&self) -> &'a Environ {
        self.environ
    }

    /// Where to report what went wrong.
    #[must_use]
    pub fn errors(&self) -> &'a Errors {
        self.environ.errors()
    }
}

/// Who asks.
impl<'a> Request<'a> {
    /// The cookies, as the browser sent them.
    #[must_use]
    pub fn cookies(&self) -> Cookies<'a> {
        let field = self.environ.get("HTTP_COOKIE").map(Value::as_bytes);
        field.into_iter().collect()
    }

    /// The first cookie of that name.
    ///
    /// ```
    /// use wsgi_adaptor::Adaptor;
    ///
    /// let app = Adaptor::new().get("/", |request| {
    ///     request.cookie("theme").unwrap_or("light").to_owned()
    /// });
    /// let request = wsgi_testing::Request::get("/").header("Cookie", "theme=dark");
    /// assert_eq!(request.call(&app).text(), "dark");
    /// ```
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&'a str> {
        self.cookies().get(name)
    }

    /// The cookie of that name that [`sign_cookie`](Self::sign_cookie) made, at most `max_age`
    /// ago; `None` where there is none, or only one that this application did not sign.
    ///
    /// # Errors
    ///
    /// [`RequestError::NoKeyring`].
    pub fn signed_cookie(
        &self,
        name: &str,
        max_age: Duration,
    ) -> Result<Option<Verified>, RequestError> {
        let keyring = self
            .settings
            .keyring
            .as_ref()
            .ok_or(RequestError::NoKeyring)?;
        let now = SystemTime::now();
        let verify = |text| keyring.verify(PURPOSE, name, text, Some(max_age), now).ok();
        Ok(self.cookies().get_all(name).find_map(verify))
    }

    /// A cookie whose value nobody else can make, nor move to another name; all can read it.
    ///
    /// Its path is `/`; scripts do not see it, other sites' forms do not send it, and over https it is
    /// sent over https alone.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_adaptor::{Adaptor, Request, Response};
    /// use wsgi_application::Result;
    /// use wsgi_cookies::{Key, Keyring};
    ///
    /// fn basket(request: &Request<'_>) -> Result<Response> {
    ///     let day = Duration::from_secs(24 * 60 * 60);
    ///     let items = match request.signed_cookie("items", day)? {
    ///         Some(cookie) => String::from_utf8(cookie.value)?.parse()?,
    ///         None => 0,
    ///     };
    ///     let cookie = request.sign_cookie("items", (items + 1).to_string())?;
    ///     Ok(Response::text(items.to_string()).with_cookie(&cookie))
    /// }
    ///
    /// let app = Adaptor::new().get("/", basket).keyring(Keyring::new(Key::generate()?));
    /// let first = wsgi_testing::Request::get("/").call(&app);
    /// let cookie = first.headers().get("Set-Cookie").unwrap().to_string();
    /// let cookie = cookie.split(';').next().unwrap();
    /// let second = wsgi_testing::Request::get("/").header("Cookie", cookie).call(&app);
    /// assert_eq!((first.text(), second.text()), ("0", "1"));
    /// # Ok::<(), wsgi_application::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`RequestError::NoKeyring`].
    pub fn sign_cookie(
        &self,
        name: &str,
        value: impl AsRef<[u8]>,
    ) -> Result<SetCookie, RequestError> {
        let keyring = self
            .settings
            .keyring
            .as_ref()
            .ok_or(RequestError::NoKeyring)?;
        let text = keyring.sign(PURPOSE, name, value.as_ref(), SystemTime::now());
        Ok(SetCookie::new(name, text)
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.environ.url_scheme() == "https"))
    }

    /// The user and password of Basic authentication, which nobody has checked yet.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request, Response};
    /// use wsgi_middleware::constant_time_eq;
    ///
    /// fn cave(request: &Request<'_>) -> Response {
    ///     match request.basic_auth() {
    ///         Some(ada) if ada.user() == "ada" && constant_time_eq(ada.password(), "sesame") => {
    ///             Response::text("Come in!")
    ///         }
    ///         _ => Response::unauthorized("Cave"),
    ///     }
    /// }
    ///
    /// let app = Adaptor::new().get("/", cave);
    /// let request = wsgi_testing::Request::get("/");
    /// assert_eq!(request.call(&app).status().code(), 401);
    /// let request = wsgi_testing::Request::get("/").header("Authorization", "Basic YWRhOnNlc2FtZQ==");
    /// assert_eq!(request.call(&app).text(), "Come in!");
    /// ```
    #[must_use]
    pub fn basic_auth(&self) -> Option<Credentials> {
        Credentials::of(self.environ)
    }

    /// The visitor's session.
    ///
    /// # Errors
    ///
    /// [`RequestError::NoSessions`].
    pub fn session(&self) -> Result<&'a Session, RequestError> {
        self.environ.extension().ok_or(RequestError::NoSessions)
    }
}

/// What it brings. The body is read once: by [`form`](Request::form) and what stands on it, or by
/// [`body`](Request::body) and [`json`](Request::json), or by whoever takes the input.
impl Request<'_> {
    /// The form in the body, urlencoded or multipart, read when it is first asked for, within
    /// the adaptor's [limits](crate::Adaptor::form_limits).
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
    /// The body is no form, is malformed, exceeds the limits, or cannot be read. The adaptor
    /// answers 415, 400 or 413 to such an error. A body that was taken is an empty one, and what
    /// failed fails again.
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

    /// The first field of that name in the [`form`](Self::form).
    ///
    /// # Errors
    ///
    /// Those of [`form`](Self::form).
    pub fn field(&self, name: &str) -> Result<Option<&str>, FormError> {
        Ok(self.form()?.get(name))
    }

    /// The first file of that name in the [`form`](Self::form).
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
    ///     .body("--x\r\nContent-Disposition: form-data; name=photo; filename=cat.png\r\n\r\n...\r\n--x--");
    /// assert_eq!(request.call(&app).text(), "cat.png has 3 bytes");
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`form`](Self::form).
    pub fn file(&self, name: &str) -> Result<Option<&Upload>, FormError> {
        Ok(self.form()?.file(name))
    }

    /// The body in memory, up to the adaptor's [limit](crate::Adaptor::max_body_bytes), read when it is
    /// first asked for.
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
    /// The body is longer, cannot be read, or was taken before.
    pub fn body(&self) -> wsgi_application::Result<&[u8]> {
        if let Some(body) = self.body.get() {
            return Ok(body);
        }
        let body = self
            .content
            .borrow_mut()
            .read_whole(self.settings.max_body_bytes)?;
        Ok(self.body.get_or_init(|| body))
    }

    /// The body's JSON. `Content-Type` must be `application/json`, or end in `+json`, so that
    /// no other site's form can send it.
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
    /// The body is not JSON of that type, or cannot be had; the adaptor answers 415, 400 or 413, and
    /// names the place in the JSON that is wrong.
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

    /// Takes the body, to be read as it arrives; also after the handler's return, by a
    /// response's body. Whoever asks for the body after that finds an empty one.
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

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method())
            .field("path", &self.path())
            .finish_non_exhaustive()
    }
}
