//! A client of an application in process.

mod redirect;
#[cfg(feature = "sessions")]
mod sessions;
mod site;
mod url_list;

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use wsgi_application::Application;
use wsgi_headers::Headers;

use self::{redirect::Step, site::Site, url_list::UrlList};
use crate::{
    cookie::Cookie,
    cookie_jar::{CookieJar, Initiator},
    form::Form,
    link::Link,
    request::Request,
    response::Response,
    url::Url,
};

/// The number of redirects in a row that browsers follow.
const MAX_REDIRECTS: usize = 20;

/// The longest time that passes: a thousand years. A longer one, such as `Duration::MAX`, is cut to
/// it, so that the clock and dates can express the moment.
const LONGEST: Duration = Duration::from_secs(1000 * 365 * 24 * 60 * 60);

/// The fields that a client makes for each request, with the methods that decide on them.
const MADE: [(&str, &str); 4] = [
    ("Host", "origin"),
    ("Origin", "send_from"),
    ("Sec-Fetch-Site", "send_from"),
    ("Cookie", "set_cookie"),
];

/// A client of an application in process, which behaves as a browser does.
///
/// It keeps [cookies](CookieJar), follows redirects, [clicks](Self::click) links and
/// [submits](Self::submit) the forms of pages. Each request has the fields by which an application
/// knows that one of its own pages made it: `Sec-Fetch-Site: same-origin`, and `Origin` unless the
/// method is GET or HEAD.
/// [`send_from`](Self::send_from) sends a request of another site's page.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_testing::{Client, Request};
///
/// let app = application(|environ, start_response| {
///     if environ.request_method() == "POST" {
///         let fields = [("Location", "/welcome"), ("Set-Cookie", "name=Ada; Path=/")];
///         start_response.start(Status::SEE_OTHER, fields)?;
///         return Ok("".into());
///     }
///     let cookie = environ.get("HTTP_COOKIE").map(|value| value.to_string());
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok(format!("{} {}", environ.path_info(), cookie.unwrap_or_default()).into())
/// });
/// let mut client = Client::new(app);
/// let page = client.send(Request::post("/login").form([("name", "Ada")]));
/// assert_eq!(page.text(), "/welcome name=Ada");
/// assert_eq!(page.url(), "http://localhost/welcome");
/// assert_eq!(client.get("/").text(), "/ name=Ada");
/// ```
pub struct Client<A> {
    application: A,
    origin: Url,
    headers: Headers,
    prepare: Option<Prepare>,
    max_redirects: usize,
    cookies: CookieJar,
    /// The time that has passed for the cookies only.
    passed: Duration,
}

/// A change that is made to every request.
type Prepare = Box<dyn Fn(Request) -> Request + Send>;

/// Settings.
impl<A: Application> Client<A> {
    /// A client at `http://localhost`, without cookies, that follows at most 20 redirects in a row.
    ///
    /// The application is owned, or shared as an `Arc`.
    #[must_use]
    pub fn new(application: A) -> Self {
        Self {
            application,
            origin: Url::default(),
            headers: Headers::new(),
            prepare: None,
            max_redirects: MAX_REDIRECTS,
            cookies: CookieJar::default(),
            passed: Duration::ZERO,
        }
    }

    /// Sets the origin of the application, which is `http://localhost` by default.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Client;
    ///
    /// let app = application(|environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok(format!("{} {}", environ.url_scheme(), environ.get("HTTP_HOST").unwrap()).into())
    /// });
    /// let mut client = Client::new(app).origin("https://shop.example:8443");
    /// assert_eq!(client.get("/").text(), "https shop.example:8443");
    /// ```
    ///
    /// # Panics
    ///
    /// It is not a scheme, http or https, and a host.
    #[must_use]
    #[track_caller]
    pub fn origin(mut self, origin: &str) -> Self {
        self.origin = origin_of(origin);
        self
    }

    /// Sets a header field of every request that does not have it. Redirects treat it as a field of
    /// that request: see [`send`](Self::send). Forms, links and [`send_from`](Self::send_from)
    /// decide on `Referer` themselves.
    ///
    /// The client makes `Host`, `Origin`, `Sec-Fetch-Site` and `Cookie` by itself: see
    /// [`origin`](Self::origin), [`send_from`](Self::send_from) and
    /// [`set_cookie`](Self::set_cookie). A single [request](Request::header) can have its own.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Client;
    ///
    /// let app = application(|environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok(environ.get("HTTP_ACCEPT_LANGUAGE").unwrap().to_string().into())
    /// });
    /// let mut client = Client::new(app).header("Accept-Language", "pt");
    /// assert_eq!(client.get("/").text(), "pt");
    /// ```
    ///
    /// # Panics
    ///
    /// A server would refuse the name or the value (RFC 9110 section 5), or the client makes this
    /// field by itself.
    #[must_use]
    #[track_caller]
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        let name = name.as_ref();
        for (made, method) in MADE {
            assert!(
                !name.eq_ignore_ascii_case(made),
                "the client makes the field {made} by itself: see Client::{method}"
            );
        }
        if let Err(error) = self.headers.set(name, value) {
            panic!("{error}");
        }
        self
    }

    /// Sets a change that is made to every request, also after a redirect. It is the place for
    /// [variables](Request::variable), [extensions](Request::extension) and the
    /// [engine](Request::engine).
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Client;
    ///
    /// let app = application(|environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok(environ.get("REMOTE_ADDR").unwrap().to_string().into())
    /// });
    /// let mut client = Client::new(app).prepare(|request| {
    ///     request.variable("REMOTE_ADDR", "192.0.2.7")
    /// });
    /// assert_eq!(client.get("/").text(), "192.0.2.7");
    /// ```
    #[must_use]
    pub fn prepare(mut self, change: impl Fn(Request) -> Request + Send + 'static) -> Self {
        self.prepare = Some(Box::new(change));
        self
    }

    /// Sets the largest number of redirects in a row, 20 by default. With 0, none is followed.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Client;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::FOUND, [("Location", "/there")])?;
    ///     Ok("".into())
    /// });
    /// let response = Client::new(app).max_redirects(0).get("/");
    /// assert_eq!(response.headers().get("Location").unwrap(), "/there");
    /// ```
    #[must_use]
    pub fn max_redirects(mut self, redirects: usize) -> Self {
        self.max_redirects = redirects;
        self
    }
}

/// Requests.
impl<A: Application> Client<A> {
    /// Sends a GET request, and returns the response after all redirects.
    ///
    /// # Panics
    ///
    /// As [`send`](Self::send).
    #[track_caller]
    pub fn get(&mut self, target: impl AsRef<str>) -> Response {
        self.send(Request::get(target))
    }

    /// Sends a request as one of the application's own pages, and returns the response after all
    /// redirects.
    ///
    /// After 301, 302 and 303 a POST becomes a GET, as does any other method except HEAD after 303.
    /// After 307 and 308 the method and the body stay (RFC 9110 section 15.4). The fields of the
    /// request stay, except its own `Cookie` and `Host`. Those of the body and an own `Origin` go
    /// when the request becomes a GET. Another origin gets no `Authorization`, and only the origin
    /// of `Referer`, or nothing of it if the redirect leads from https to http. What
    /// [`variable`](Request::variable), [`extension`](Request::extension) and
    /// [`environ`](Request::environ) have changed is only for the first request: see
    /// [`prepare`](Self::prepare).
    ///
    /// A redirect to another host is not followed, nor one that needs a body again which was not
    /// kept in memory ([`input`](Request::input)). It is the response.
    ///
    /// A field that the request has is not added, so its own `Cookie` takes the place of the
    /// client's.
    ///
    /// # Panics
    ///
    /// The application redirects more often than [`max_redirects`](Self::max_redirects), unless
    /// that is 0.
    #[track_caller]
    pub fn send(&mut self, request: Request) -> Response {
        let url = self.url_of(&request);
        let page = request.page.clone().unwrap_or(url);
        self.follow(request, &page)
    }

    /// Sends a request as a page of another origin, which a user of the application looks at.
    ///
    /// Browsers then send `Sec-Fetch-Site: cross-site`, the page's `Origin`, its origin as the
    /// `Referer`, and only the cookies that `SameSite` lets through. It is `same-site` if the
    /// schemes are equal, and the last two labels of the hosts, as those of `https://a.example.org`
    /// and `https://b.example.org` are.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::{Client, Request};
    ///
    /// let app = application(|environ, start_response| {
    ///     start_response.start(Status::OK, [("Set-Cookie", "id=7; Path=/")])?;
    ///     let has_cookie = environ.contains("HTTP_COOKIE");
    ///     Ok(format!("{} {has_cookie}", environ.get("HTTP_SEC_FETCH_SITE").unwrap()).into())
    /// });
    /// let mut client = Client::new(app);
    /// client.get("/");
    /// assert_eq!(client.send(Request::post("/pay")).text(), "same-origin true");
    /// let response = client.send_from("https://evil.example", Request::post("/pay"));
    /// assert_eq!(response.text(), "cross-site false");
    /// ```
    ///
    /// # Panics
    ///
    /// As [`send`](Self::send), or the origin is not a scheme and a host.
    #[track_caller]
    pub fn send_from(&mut self, origin: &str, mut request: Request) -> Response {
        let url = self.url_of(&request);
        request.come_from(origin_of(origin), &url);
        self.send(request)
    }

    /// Submits a form that was found in a page: see [`Form`].
    ///
    /// # Panics
    ///
    /// As [`send`](Self::send), and as [`Form::into_request`].
    #[track_caller]
    pub fn submit(&mut self, form: Form) -> Response {
        self.send(form.into_request())
    }

    /// Follows a link that was found in a page: see [`Link`].
    ///
    /// # Panics
    ///
    /// As [`send`](Self::send), and as [`Link::into_request`].
    #[track_caller]
    pub fn click(&mut self, link: Link) -> Response {
        self.send(link.into_request())
    }

    #[track_caller]
    fn follow(&mut self, mut request: Request, page: &Url) -> Response {
        let mut urls = UrlList::new(page, self.url_of(&request));
        request.default_to(&self.headers);
        let (method, headers, body) = request.copy();
        let mut next = Step {
            method,
            headers,
            body,
        };
        let mut response = self.exchange(request, &urls);
        for _ in 0..self.max_redirects {
            let Some((to, step)) = next.redirected(&response, urls.current()) else {
                return response;
            };
            urls.push(to);
            next = step;
            response = self.exchange(next.request(urls.current()), &urls);
        }
        if self.max_redirects > 0 && next.redirected(&response, urls.current()).is_some() {
            panic!(
                "the application redirects more than {} times, now from {}",
                self.max_redirects,
                urls.current()
            );
        }
        response
    }

    /// The URL of a request, without a fragment, which browsers do not send. The path of a target
    /// is kept as it is.
    #[track_caller]
    fn url_of(&self, request: &Request) -> Url {
        let target = &request.target;
        if target.scheme.is_none() {
            return Url {
                target: target.without_fragment().to_owned(),
                ..self.origin.clone()
            };
        }
        match Url::parse(target.text.as_bytes()) {
            Some(url) => url,
            None => panic!("{:?} is not a URL", target.text),
        }
    }

    /// Sends one request and keeps the cookies of its response.
    fn exchange(&mut self, mut request: Request, urls: &UrlList<'_>) -> Response {
        self.cookies.expire(self.now());
        let url = urls.current();
        let initiator = Initiator {
            is_cross_site: Site::of(urls.page(), url) == Site::Cross,
            is_safe: matches!(
                &*request.method,
                "GET" | "HEAD" | "OPTIONS" | "TRACE" | "QUERY"
            ),
        };
        let mut added = Headers::new();
        let mut add = |name: &str, value: &str| {
            // Every value here is made of checked parts.
            let _ = added.set(name, value);
        };
        add("Host", &url.authority);
        if url.is_trustworthy() {
            add("Sec-Fetch-Site", urls.site().name());
        }
        if !matches!(&*request.method, "GET" | "HEAD") {
            add("Origin", &urls.origin());
        }
        if let Some(cookies) = self.cookies.field(url, initiator) {
            add("Cookie", &cookies);
        }
        request.go_to(url, &added);
        if let Some(prepare) = &self.prepare {
            request = prepare(request);
        }
        let response = request.call(&self.application);
        let now = self.now();
        if response.is_sent() {
            for field in response.headers().get_all("Set-Cookie") {
                self.cookies.receive(field.as_bytes(), url, now);
            }
        }
        response
    }
}

/// Cookies.
impl<A: Application> Client<A> {
    /// The cookies that the client keeps.
    #[must_use]
    pub fn cookies(&self) -> &CookieJar {
        &self.cookies
    }

    /// The cookies that the client keeps, to forget some.
    pub fn cookies_mut(&mut self) -> &mut CookieJar {
        &mut self.cookies
    }

    /// Keeps a cookie for the client's host and every path, until the browser is closed.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Client;
    ///
    /// let app = application(|environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok(environ.get("HTTP_COOKIE").unwrap().to_string().into())
    /// });
    /// let mut client = Client::new(app);
    /// client.set_cookie("theme", "dark");
    /// assert_eq!(client.get("/").text(), "theme=dark");
    /// ```
    ///
    /// # Panics
    ///
    /// The name has a control character, `;` or `=`, or the value has a control character or `;`.
    #[track_caller]
    pub fn set_cookie(&mut self, name: &str, value: &str) {
        let is_plain = |text: &str| !text.contains(|c: char| c.is_ascii_control() || c == ';');
        assert!(
            is_plain(name) && !name.contains('='),
            "{name:?} is not the name of a cookie"
        );
        assert!(is_plain(value), "{value:?} is not the value of a cookie");
        let cookie = Cookie::made(name, value, &self.origin);
        self.cookies.keep(cookie, self.now());
    }

    /// Lets time pass for the cookies, so that they expire; at most a thousand years in all. It
    /// does not change the time of the application.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Client;
    ///
    /// let app = application(|environ, start_response| {
    ///     start_response.start(Status::OK, [("Set-Cookie", "id=7; Max-Age=60; Path=/once")])?;
    ///     Ok(environ.contains("HTTP_COOKIE").to_string().into())
    /// });
    /// let mut client = Client::new(app);
    /// client.get("/");
    /// assert_eq!(client.get("/once").text(), "true");
    /// client.pass_time(Duration::from_secs(61));
    /// assert_eq!(client.get("/once").text(), "false");
    /// ```
    pub fn pass_time(&mut self, time: Duration) {
        self.passed = self.passed.saturating_add(time).min(LONGEST);
        self.cookies.expire(self.now());
    }

    fn now(&self) -> SystemTime {
        SystemTime::now() + self.passed
    }
}

#[track_caller]
fn origin_of(text: &str) -> Url {
    match Url::parse(text.as_bytes()) {
        Some(url) if url.target == "/" => url,
        _ => panic!("{text:?} is not an origin, such as https://example.org"),
    }
}

impl<A> fmt::Debug for Client<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("origin", &self.origin.origin())
            .field("cookies", &self.cookies)
            .finish_non_exhaustive()
    }
}
