//! The cookies that a client keeps.

use std::{slice, time::SystemTime};

use crate::{cookie::Cookie, url::Url};

/// The largest number of cookies of a jar. The oldest gives way to another.
const MAX_COOKIES: usize = 1000;

/// The cookies that a [`Client`](crate::Client) keeps, by the rules of browsers (RFC 6265bis
/// section 5).
///
/// It drops the cookies that a browser would drop: for another host, `Secure` without https except
/// at `localhost`, of a prefix such as `__Host-` without what it requires, with control characters,
/// or too long. The jar has no list of public suffixes. It takes each domain without a dot for one.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_testing::Client;
///
/// let app = application(|environ, start_response| {
///     let cookies = environ.get("HTTP_COOKIE").map(|value| value.to_string());
///     let fields = [("Set-Cookie", "a=1; Path=/a"), ("Set-Cookie", "b=2; Domain=evil.example")];
///     start_response.start(Status::OK, fields)?;
///     Ok(cookies.unwrap_or_default().into())
/// });
/// let mut client = Client::new(app);
/// client.get("/");
/// assert_eq!(client.cookies().len(), 1);
/// assert_eq!(client.get("/a/b").text(), "a=1");
/// assert_eq!(client.get("/b").text(), "");
/// client.cookies_mut().clear();
/// assert!(client.cookies().is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct CookieJar {
    /// In the order in which they were set first.
    cookies: Vec<Cookie>,
}

/// The initiator of a request, as `SameSite` counts it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Initiator {
    pub(crate) is_cross_site: bool,
    pub(crate) is_safe: bool,
}

impl CookieJar {
    /// The first cookie of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Cookie> {
        self.iter().find(|cookie| cookie.name() == name)
    }

    /// All cookies, in the order in which they were set first.
    ///
    /// ```
    /// use wsgi_application::application;
    /// use wsgi_testing::Client;
    ///
    /// let mut client = Client::new(application(|_environ, _start_response| Ok("".into())));
    /// client.set_cookie("theme", "dark");
    /// client.set_cookie("lang", "de");
    /// assert!(client.cookies().iter().map(|cookie| cookie.name()).eq(["theme", "lang"]));
    /// for cookie in client.cookies() {
    ///     assert!(cookie.expires().is_none(), "{}", cookie.name());
    /// }
    /// ```
    pub fn iter(&self) -> slice::Iter<'_, Cookie> {
        self.cookies.iter()
    }

    /// The number of cookies.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cookies.len()
    }

    /// Whether there are no cookies.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cookies.is_empty()
    }

    /// Forgets all cookies of a name.
    ///
    /// ```
    /// use wsgi_application::application;
    /// use wsgi_testing::Client;
    ///
    /// let mut client = Client::new(application(|_environ, _start_response| Ok("".into())));
    /// client.set_cookie("theme", "dark");
    /// client.set_cookie("lang", "de");
    /// client.cookies_mut().remove("theme");
    /// assert_eq!(client.cookies().len(), 1);
    /// ```
    pub fn remove(&mut self, name: &str) {
        self.cookies.retain(|cookie| cookie.name() != name);
    }

    /// Forgets all cookies.
    pub fn clear(&mut self) {
        self.cookies.clear();
    }

    /// Forgets the cookies that last only as long as the browser is open.
    ///
    /// ```
    /// use wsgi_application::application;
    /// use wsgi_testing::Client;
    ///
    /// let mut client = Client::new(application(|_environ, _start_response| Ok("".into())));
    /// client.set_cookie("theme", "dark");
    /// client.cookies_mut().close_browser();
    /// assert!(client.cookies().is_empty());
    /// ```
    pub fn close_browser(&mut self) {
        self.cookies.retain(|cookie| cookie.expires().is_some());
    }

    /// Keeps or forgets the cookie of a `Set-Cookie` field in a response to `url`. Returns whether
    /// `url` may set it.
    pub(crate) fn receive(&mut self, field: &[u8], url: &Url, now: SystemTime) -> bool {
        let Some(cookie) = Cookie::parse(field, url, now) else {
            return false;
        };
        let is_hidden = |known: &Cookie| known.is_hidden_by(&cookie);
        let may_set =
            cookie.is_secure() || url.is_trustworthy() || !self.cookies.iter().any(is_hidden);
        if may_set {
            self.keep(cookie, now);
        }
        may_set
    }

    /// Keeps a cookie. It takes the place of the same one, and one that has expired removes it.
    pub(crate) fn keep(&mut self, cookie: Cookie, now: SystemTime) {
        self.expire(now);
        let place = self.cookies.iter().position(|known| known.is_same(&cookie));
        match (place, cookie.is_expired(now)) {
            (Some(place), true) => drop(self.cookies.remove(place)),
            (Some(place), false) => self.cookies[place] = cookie,
            (None, true) => {}
            (None, false) => {
                if self.cookies.len() == MAX_COOKIES {
                    self.cookies.remove(0);
                }
                self.cookies.push(cookie);
            }
        }
    }

    /// Forgets the cookies that have expired.
    pub(crate) fn expire(&mut self, now: SystemTime) {
        self.cookies.retain(|cookie| !cookie.is_expired(now));
    }

    /// The `Cookie` field for a request: the longest paths first, then the oldest cookies (RFC
    /// 6265bis section 5.8.3). `None` if it has none.
    pub(crate) fn field(&self, url: &Url, initiator: Initiator) -> Option<String> {
        let is_sent = |cookie: &&Cookie| {
            let is_own = match cookie.same_site() {
                "Strict" => !initiator.is_cross_site,
                "None" => true,
                _ => !initiator.is_cross_site || initiator.is_safe,
            };
            is_own && cookie.is_for(url)
        };
        let mut sent: Vec<_> = self.cookies.iter().filter(is_sent).collect();
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path().len()));
        let pairs: Vec<_> = sent.into_iter().map(Cookie::pair).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

impl<'j> IntoIterator for &'j CookieJar {
    type Item = &'j Cookie;
    type IntoIter = slice::Iter<'j, Cookie>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
