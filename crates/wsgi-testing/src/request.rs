//! A request to an application.

use std::{
    any::Any,
    time::{Instant, SystemTime},
};

use wsgi_application::{Application, Error};
use wsgi_environ::{End, Environ, Errors, ErrorsBuffer, Input, Outcome, setup_testing_defaults};
use wsgi_gateway::{Engine, Exchange, Rules, run_hooks};
use wsgi_headers::{Headers, Value, is_token};

use crate::{
    body::Body, multipart::Multipart, received, recording::Recording, response::Response,
    target::Target, url::Url, urlencoded::urlencoded,
};

/// A request for an application in process.
///
/// Its variables come from the same code as in a server (see [`Environ::receive`]).
/// [`setup_testing_defaults`] adds those that are still absent at the call. Errors go to a buffer,
/// which the [`Response`] shows.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_testing::Request;
///
/// let app = application(|environ, start_response| {
///     start_response.start(Status::CREATED, [("Content-Type", "text/plain")])?;
///     Ok(format!("{} {}", environ.request_method(), environ.path_info()).into())
/// });
/// let response = Request::post("/menu/caf%C3%A9").body("espresso").call(&app);
/// assert_eq!(response.status(), &Status::CREATED);
/// assert_eq!(response.text(), "POST /menu/café");
/// ```
#[derive(Debug)]
#[must_use = "a request does nothing until it is called"]
pub struct Request {
    pub(crate) method: String,
    pub(crate) target: Target,
    pub(crate) headers: Headers,
    /// The names of the fields that a body or a page brought, which the test can replace.
    implied: Vec<&'static str>,
    environ: Environ,
    body: Body,
    /// The page whose form or link makes the request, or the one that `Client::send_from` names.
    pub(crate) page: Option<Url>,
    errors: ErrorsBuffer,
    engine: Engine,
    limit: u64,
}

/// Constructors.
impl Request {
    /// A request with a method and a target. The target is a percent-encoded path with an optional
    /// query, a URL, whose scheme, host and port are used, or `*`. By https, there is the variable
    /// `HTTPS`, as in a server with TLS.
    ///
    /// Invalid escapes, and characters that a server would refuse, stay as they are.
    ///
    /// ```
    /// use wsgi_testing::Request;
    ///
    /// let request = Request::new("PUT", "https://example.org/a%20b?c").environ(|environ| {
    ///     assert_eq!(environ.request_method(), "PUT");
    ///     assert_eq!(environ.url_scheme(), "https");
    ///     assert_eq!(environ.get("HTTP_HOST").unwrap(), "example.org");
    ///     assert_eq!(environ.path_info(), "/a b");
    ///     assert_eq!(environ.query_string(), "c");
    /// });
    /// # let _ = request;
    /// ```
    ///
    /// # Panics
    ///
    /// The method is not a token (RFC 9110 section 9.1), or the target is not one of these.
    #[track_caller]
    pub fn new(method: impl AsRef<str>, target: impl AsRef<str>) -> Self {
        let (method, text) = (method.as_ref(), target.as_ref());
        assert!(is_token(method.as_bytes()), "{method:?} is not a method");
        let Some(target) = Target::parse(method, text) else {
            panic!("the target {text:?} does not start with /, http:// or https://, and is not *");
        };
        let (errors, buffer) = Errors::buffer();
        let mut environ = Environ::new();
        environ.set_errors(errors);
        if let Some(scheme) = target.scheme {
            environ.set_url_scheme(scheme);
        }
        if let Some(url) = Url::parse(text.as_bytes()) {
            add_server(&mut environ, &url);
        }
        let mut request = Self {
            method: method.to_owned(),
            target,
            headers: Headers::new(),
            implied: Vec::new(),
            environ,
            body: Body::None,
            page: None,
            errors: buffer,
            engine: Engine::new(),
            limit: u64::MAX,
        };
        request.receive();
        request
    }

    /// A GET request.
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    #[track_caller]
    pub fn get(target: impl AsRef<str>) -> Self {
        Self::new("GET", target)
    }

    /// A HEAD request. Its response has no body.
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("Hello world!\n".into())
    /// });
    /// let response = Request::head("/").call(&app);
    /// assert_eq!(response.headers().get("Content-Length").unwrap(), "13");
    /// assert_eq!(response.body(), b"");
    /// ```
    #[track_caller]
    pub fn head(target: impl AsRef<str>) -> Self {
        Self::new("HEAD", target)
    }

    /// A POST request.
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    #[track_caller]
    pub fn post(target: impl AsRef<str>) -> Self {
        Self::new("POST", target)
    }
}

/// The content of the request.
impl Request {
    /// Adds a header field. Fields of the same name that were added before stay. A field that came
    /// with the body, or from the page of a form or a link, is replaced: `Content-Type`, `Referer`
    /// or `Origin`.
    ///
    /// ```
    /// use wsgi_testing::Request;
    ///
    /// let request = Request::post("/")
    ///     .form([("dish", "soup")])
    ///     .header("Content-Type", "text/plain")
    ///     .header("Accept", "text/html")
    ///     .header("accept", "*/*");
    /// let request = request.environ(|environ| {
    ///     assert_eq!(environ.content_type().unwrap(), "text/plain");
    ///     assert_eq!(environ.get("HTTP_ACCEPT").unwrap(), "text/html, */*");
    /// });
    /// # let _ = request;
    /// ```
    ///
    /// # Panics
    ///
    /// A server would refuse the name or the value (RFC 9110 section 5).
    #[track_caller]
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        let name = name.as_ref();
        if let Some(at) = self.implied_at(name) {
            self.implied.swap_remove(at);
            self.headers.remove(name);
        }
        if let Err(error) = self.headers.append(name, value) {
            panic!("{error}");
        }
        self.receive();
        self
    }

    /// Sets a field that [`header`](Self::header) replaces.
    #[track_caller]
    pub(crate) fn imply(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.headers.remove(name);
        let mut request = self.header(name, value);
        request.implied.push(name);
        request
    }

    fn implied_at(&self, name: &str) -> Option<usize> {
        let mut names = self.implied.iter();
        names.position(|implied| implied.eq_ignore_ascii_case(name))
    }

    /// Sets the body.
    ///
    /// The call sets `CONTENT_LENGTH` to its length, if it is absent.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Body::Bytes(body.into());
        self.environ.set_input(Input::default());
        self
    }

    /// Sets a body of urlencoded fields, and its `Content-Type`.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|environ, start_response| {
    ///     let body = std::io::read_to_string(environ.input())?;
    ///     start_response.start(Status::OK, ())?;
    ///     Ok(body.into())
    /// });
    /// let request = Request::post("/").form([("name", "Zoë"), ("note", "a & b")]);
    /// assert_eq!(request.call(&app).text(), "name=Zo%C3%AB&note=a+%26+b");
    ///
    /// let request = Request::post("/").form((1..=2).map(|number| ("number", number.to_string())));
    /// assert_eq!(request.call(&app).text(), "number=1&number=2");
    /// ```
    pub fn form<N: AsRef<str>, V: AsRef<str>>(
        self,
        fields: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.content("application/x-www-form-urlencoded", urlencoded(fields))
    }

    /// Sets a body of fields and files, and its `Content-Type`: see [`Multipart`].
    pub fn multipart(self, form: &Multipart) -> Self {
        let (boundary, body) = form.encoded();
        self.content(&format!("multipart/form-data; boundary={boundary}"), body)
    }

    /// Sets a body and its `Content-Type`.
    pub(crate) fn content(self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.imply("Content-Type", media_type).body(body)
    }

    /// Sets a body that is read as the application asks for it.
    ///
    /// The call sets `CONTENT_LENGTH` to its length, if that is known and `CONTENT_LENGTH` is
    /// absent.
    ///
    /// ```
    /// use wsgi_environ::Input;
    /// use wsgi_testing::Request;
    ///
    /// let endless = Input::from_reader(std::io::repeat(b'x'), None);
    /// let request = Request::post("/").input(endless);
    /// # let _ = request;
    /// ```
    pub fn input(mut self, input: Input) -> Self {
        self.body = Body::Input(input.remaining());
        self.environ.set_input(input);
        self
    }

    /// Sets a variable, which takes precedence over those of the request.
    ///
    /// ```
    /// use wsgi_application::{Body, Status, application};
    /// use wsgi_testing::{Delimiter, Request};
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok(Body::chunks(["a", "b"]))
    /// });
    /// let response = Request::get("/").variable("SERVER_PROTOCOL", "HTTP/1.0").call(&app);
    /// assert_eq!(response.framing().delimiter, Delimiter::Close);
    /// ```
    pub fn variable(mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        self.environ.set(name, value);
        self
    }

    /// Adds an extension, as middleware would.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Request;
    ///
    /// struct User(&'static str);
    ///
    /// let app = application(|environ, start_response| {
    ///     let user = environ.extension::<User>().map_or("nobody", |user| user.0);
    ///     start_response.start(Status::OK, ())?;
    ///     Ok(user.into())
    /// });
    /// assert_eq!(Request::get("/").extension(User("ada")).call(&app).text(), "ada");
    /// assert_eq!(Request::get("/").call(&app).text(), "nobody");
    /// ```
    pub fn extension<T: Any + Send>(mut self, value: T) -> Self {
        self.environ.insert_extension(value);
        self
    }

    /// Changes the environ at once. It does not have the testing defaults yet.
    pub fn environ(mut self, change: impl FnOnce(&mut Environ)) -> Self {
        change(&mut self.environ);
        self
    }

    /// Makes this a request of another page, whose referrer takes the place of that of a form's or
    /// a link's page. Another `Referer` stays, as does the lack of one after `rel=noreferrer`.
    pub(crate) fn come_from(&mut self, page: Url, url: &Url) {
        let former = self.page.as_ref().and_then(|page| page.referrer_to(url));
        let is_open = match self.headers.contains("Referer") {
            true => self.implied_at("Referer").is_some(),
            false => former.is_none(),
        };
        if is_open {
            self.headers.remove("Referer");
            if let Some(referrer) = page.referrer_to(url) {
                // A page is made of checked parts.
                let _ = self.headers.set("Referer", &referrer);
            }
        }
        self.page = Some(page);
    }

    /// Adds the fields of a client that the request lacks. The page that makes it has decided on
    /// the referrer, also if there is none.
    pub(crate) fn default_to(&mut self, fields: &Headers) {
        let has_decided = self.page.is_some();
        let is_open = |name: &str| !has_decided || !name.eq_ignore_ascii_case("Referer");
        self.add_missing(fields.iter().filter(|(name, _)| is_open(name)));
    }

    /// Directs the request to a URL, and adds the fields that it lacks.
    pub(crate) fn go_to(&mut self, url: &Url, fields: &Headers) {
        if let Some(target) = Target::parse(&self.method, &url.target) {
            self.target = target;
        }
        self.add_missing(fields);
        self.environ.set_url_scheme(url.scheme);
        add_variable(&mut self.environ, "SERVER_NAME", url.host());
        add_server(&mut self.environ, url);
        self.receive();
    }

    fn add_missing<'a>(&mut self, fields: impl IntoIterator<Item = (&'a str, Value<'a>)>) {
        for (name, value) in fields {
            if !self.headers.contains(name) {
                // The fields are valid, since they are those of other headers.
                let _ = self.headers.append(name, value);
            }
        }
    }

    /// The parts of the request that outlast a redirect.
    pub(crate) fn copy(&self) -> (String, Headers, Body) {
        let body = self.body.again().unwrap_or(Body::Input(None));
        (self.method.clone(), self.headers.clone(), body)
    }

    /// Makes the variables anew.
    pub(crate) fn receive(&mut self) {
        received::receive(&mut self.environ, &self.method, &self.target, &self.headers);
    }
}

/// The call.
impl Request {
    /// Sets the response engine, for example with another error output.
    ///
    /// ```
    /// use wsgi_application::application;
    /// use wsgi_gateway::{Engine, diagnostics};
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, _start_response| Err("out of tea".into()));
    /// let engine = Engine::new().error_output(diagnostics);
    /// assert!(Request::get("/").engine(&engine).call(&app).text().contains("out of tea"));
    /// ```
    pub fn engine(mut self, engine: &Engine) -> Self {
        self.engine = engine.clone();
        self
    }

    /// Makes the client go away after it took this number of bytes of the body, if there are more.
    ///
    /// ```
    /// use wsgi_application::{Body, Status, application};
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok(Body::chunks(std::iter::repeat("endless ")))
    /// });
    /// let response = Request::get("/").disconnect_after(12).call(&app);
    /// assert_eq!(response.text(), "endless endl");
    /// assert!(!response.is_complete());
    /// assert_eq!(response.errors(), "", "this is not a failure of the application");
    /// ```
    pub fn disconnect_after(mut self, bytes: u64) -> Self {
        self.limit = bytes;
        self
    }

    /// Calls the application and receives its response to the end.
    ///
    /// It uses the [`Engine`] of every gateway: the error output answers an error or a panic,
    /// responses to HEAD and with 204 have no body, and the hooks run.
    pub fn call(self, application: &(impl Application + ?Sized)) -> Response {
        let (started, since) = (SystemTime::now(), Instant::now());
        let Self {
            mut environ,
            target,
            body,
            errors,
            engine,
            limit,
            ..
        } = self;
        if let Some(length) = body.len()
            && !environ.contains("CONTENT_LENGTH")
        {
            environ.set("CONTENT_LENGTH", length.to_string());
        }
        if let Body::Bytes(bytes) = body {
            environ.set_input(Input::from_bytes(bytes));
        }
        setup_testing_defaults(&mut environ);
        let url = url_of(&environ, &target);
        let rules = Rules {
            head_only: environ.request_method() == "HEAD",
            chunked: environ.server_protocol() == "HTTP/1.1",
        };
        environ.share_deadline();
        let mut recording = Recording::new(limit);
        let mut exchange = Exchange::new();
        let delivery = engine.respond(
            application,
            &mut environ,
            rules,
            &mut exchange,
            &mut recording,
        );
        let (status, end) = (delivery.status_code(&exchange), delivery.end());
        let end = end.and(match delivery.rest.send(&mut recording) {
            Ok(()) => End::Complete,
            Err(error) => match Error::from(error).is_disconnected() {
                true => End::Disconnected,
                false => End::Failed,
            },
        });
        let outcome = Outcome::new(end, started, since.elapsed())
            .with_status_code(status)
            .with_bytes(recording.bytes_sent(), recording.body.len() as u64);
        run_hooks(&mut environ, &outcome);
        Response::new(recording, url, outcome, environ, &errors)
    }
}

/// The URL that a request is sent to.
fn url_of(environ: &Environ, target: &Target) -> Url {
    let host = environ.get("HTTP_HOST").unwrap_or_default();
    let origin = [environ.url_scheme().as_bytes(), b"://", host.as_bytes()].concat();
    let mut url = Url::parse(&origin).unwrap_or_default();
    let start = target.authority.as_ref().map_or(0, |host| host.end);
    url.target = match &target.text[start..] {
        path if path.starts_with('/') => path.to_owned(),
        "*" => "/".to_owned(),
        query => format!("/{query}"),
    };
    url
}

/// Adds the variables that the server of a URL has, unless the test has set them.
fn add_server(environ: &mut Environ, url: &Url) {
    add_variable(environ, "SERVER_PORT", url.port());
    if url.is_https() {
        add_variable(environ, "HTTPS", "on");
    }
}

/// Sets a variable, unless it is set.
fn add_variable(environ: &mut Environ, name: &str, value: &str) {
    if !environ.contains(name) {
        environ.set(name, value);
    }
}
