//! A cookie that a client keeps.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use crate::{cookie_date, host::is_address, url::Url};

/// The longest name and value together, in bytes (RFC 6265bis section 5.6).
const MAX_LENGTH: usize = 4096;
/// The longest value of an attribute, in bytes.
const MAX_ATTRIBUTE_LENGTH: usize = 1024;
/// The longest lifetime (RFC 6265bis section 5.5): 400 days.
const MAX_LIFETIME: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// A cookie that a [`Client`](crate::Client) keeps, with the attributes that it was set with.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_testing::Client;
///
/// let app = application(|_environ, start_response| {
///     start_response.start(Status::OK, [("Set-Cookie", "theme=dark; Path=/; HttpOnly")])?;
///     Ok("".into())
/// });
/// let mut client = Client::new(app);
/// client.get("/");
/// let cookie = client.cookies().get("theme").unwrap();
/// assert_eq!((cookie.value(), cookie.path()), ("dark", "/"));
/// assert!(cookie.is_http_only() && !cookie.is_secure());
/// assert_eq!(cookie.same_site(), "Lax");
/// assert_eq!(cookie.expires(), None);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Cookie {
    name: String,
    value: String,
    domain: String,
    is_host_only: bool,
    path: String,
    is_secure: bool,
    is_http_only: bool,
    is_partitioned: bool,
    same_site: &'static str,
    expires: Option<SystemTime>,
}

impl Cookie {
    /// The cookie of a `Set-Cookie` field in a response to `url`; `None` if a browser would not
    /// keep it (RFC 6265bis sections 5.6 and 5.7).
    pub(crate) fn parse(field: &[u8], url: &Url, now: SystemTime) -> Option<Self> {
        let is_control = |&byte: &u8| byte.is_ascii_control() && byte != b'\t';
        if field.iter().any(is_control) {
            return None;
        }
        let mut pieces = field.split(|&byte| byte == b';');
        let pair = pieces.next()?;
        let (name, value) = split(pair).unwrap_or((b"", pair.trim_ascii()));
        if name.is_empty() && value.is_empty() || name.len() + value.len() > MAX_LENGTH {
            return None;
        }
        let mut cookie = Self {
            name: str::from_utf8(name).ok()?.to_owned(),
            value: str::from_utf8(value).ok()?.to_owned(),
            domain: String::new(),
            is_host_only: true,
            path: String::new(),
            is_secure: false,
            is_http_only: false,
            is_partitioned: false,
            same_site: "Lax",
            expires: None,
        };
        let mut has_max_age = false;
        for piece in pieces {
            let (attribute, value) = split(piece).unwrap_or((piece.trim_ascii(), b""));
            if value.len() > MAX_ATTRIBUTE_LENGTH {
                continue;
            }
            match &attribute.to_ascii_lowercase()[..] {
                b"expires" if !has_max_age => {
                    cookie.expires = cookie_date::parse(value).or(cookie.expires);
                }
                b"max-age" => {
                    if let Some(lifetime) = lifetime(value) {
                        cookie.expires = Some(now.checked_add(lifetime)?);
                        has_max_age = true;
                    }
                }
                b"domain" => {
                    let value = value.strip_prefix(b".").unwrap_or(value);
                    cookie.domain = str::from_utf8(value).ok()?.to_ascii_lowercase();
                }
                b"path" => cookie.path = String::from_utf8(value.to_vec()).ok()?,
                b"secure" => cookie.is_secure = true,
                b"httponly" => cookie.is_http_only = true,
                b"partitioned" => cookie.is_partitioned = true,
                b"samesite" => cookie.same_site = same_site(value),
                _ => {}
            }
        }
        // A cookie of its own for each embedding site must be secure (CHIPS).
        let is_allowed = cookie.is_secure || !cookie.is_partitioned;
        is_allowed.then(|| cookie.placed(url, now)).flatten()
    }

    /// The cookie with its domain and path, if `url` may set it.
    fn placed(mut self, url: &Url, now: SystemTime) -> Option<Self> {
        let has_root = self.path == "/";
        if !self.path.starts_with('/') {
            self.path = folder(url.path()).to_owned();
        }
        let host = url.host();
        match &*self.domain {
            "" => host.clone_into(&mut self.domain),
            domain if domain == host => self.is_host_only = !domain.contains('.'),
            // A name without a dot is everybody's, such as `com`.
            domain if domain.contains('.') && is_below(host, domain) => self.is_host_only = false,
            _ => return None,
        }
        let is_none = self.same_site == "None";
        if self.is_secure && !url.is_trustworthy() || is_none && !self.is_secure {
            return None;
        }
        if !self.keeps_prefix(has_root) {
            return None;
        }
        self.expires = self.expires.map(|time| time.min(now + MAX_LIFETIME));
        Some(self)
    }

    /// Whether it has the attributes that the prefix of its name requires (RFC 6265bis section
    /// 5.7, steps 20 to 22).
    fn keeps_prefix(&self, has_root: bool) -> bool {
        let text = if self.name.is_empty() {
            &self.value
        } else {
            &self.name
        };
        let text = text.to_ascii_lowercase();
        let has = |prefix| text.starts_with(prefix);
        if self.name.is_empty() {
            return !["__secure-", "__host-", "__http-", "__host-http-"]
                .into_iter()
                .any(has);
        }
        let needs_http_only = has("__http-") || has("__host-http-");
        let needs_host = has("__host-");
        let needs_secure = needs_http_only || needs_host || has("__secure-");
        (!needs_secure || self.is_secure)
            && (!needs_http_only || self.is_http_only)
            && (!needs_host || self.is_host_only && has_root)
    }

    /// A cookie that a test makes, for the host of `url` and every path.
    pub(crate) fn made(name: &str, value: &str, url: &Url) -> Self {
        Self {
            name: name.to_owned(),
            value: value.to_owned(),
            domain: url.host().to_owned(),
            is_host_only: true,
            path: "/".to_owned(),
            is_secure: url.is_https(),
            is_http_only: false,
            is_partitioned: false,
            same_site: "Lax",
            expires: None,
        }
    }

    /// Whether it is sent to `url`, apart from `SameSite` (RFC 6265bis section 5.8.3).
    pub(crate) fn is_for(&self, url: &Url) -> bool {
        let host = url.host();
        let is_host = host == self.domain || !self.is_host_only && is_below(host, &self.domain);
        is_host && covers(&self.path, url.path()) && (!self.is_secure || url.is_trustworthy())
    }

    /// Whether another cookie takes its place (RFC 6265bis section 5.7, step 23). A partitioned one
    /// (CHIPS) is another one than one of the same name without partitions.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.name == other.name
            && self.domain == other.domain
            && self.is_host_only == other.is_host_only
            && self.path == other.path
            && self.is_partitioned == other.is_partitioned
    }

    /// Whether it is Secure, and `other` would stand before it without https (RFC 6265bis section
    /// 5.7, step 17).
    pub(crate) fn is_hidden_by(&self, other: &Self) -> bool {
        let (own, their) = (&self.domain, &other.domain);
        let is_near = own == their || is_below(own, their) || is_below(their, own);
        self.is_secure && self.name == other.name && is_near && covers(&self.path, &other.path)
    }

    pub(crate) fn is_expired(&self, now: SystemTime) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// The cookie in a `Cookie` field.
    pub(crate) fn pair(&self) -> String {
        match &*self.name {
            "" => self.value.clone(),
            name => format!("{name}={}", self.value),
        }
    }
}

impl Cookie {
    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value, as it was sent.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The host that the cookie is sent to.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Whether the cookie is sent only to its [`domain`](Self::domain), and not to subdomains.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Client;
    ///
    /// let app = application(|_environ, start_response| {
    ///     let fields = [("Set-Cookie", "id=7"), ("Set-Cookie", "theme=dark; Domain=shop.example")];
    ///     start_response.start(Status::OK, fields)?;
    ///     Ok("".into())
    /// });
    /// let mut client = Client::new(app).origin("https://shop.example");
    /// client.get("/");
    /// let cookie = |name| client.cookies().get(name).unwrap();
    /// assert!(cookie("id").is_host_only() && !cookie("theme").is_host_only());
    /// assert_eq!(cookie("theme").domain(), "shop.example");
    /// ```
    #[must_use]
    pub fn is_host_only(&self) -> bool {
        self.is_host_only
    }

    /// The path that the cookie is sent to, with all paths below it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether the cookie is sent only by https, or to `localhost`.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// Whether scripts do not see the cookie.
    #[must_use]
    pub fn is_http_only(&self) -> bool {
        self.is_http_only
    }

    /// Whether the cookie is another one for each site that has the page in a frame (CHIPS).
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Client;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, [("Set-Cookie", "id=7; Secure; Partitioned")])?;
    ///     Ok("".into())
    /// });
    /// let mut client = Client::new(app).origin("https://chat.example");
    /// client.get("/");
    /// assert!(client.cookies().get("id").unwrap().is_partitioned());
    /// ```
    #[must_use]
    pub fn is_partitioned(&self) -> bool {
        self.is_partitioned
    }

    /// `Strict`, `Lax` or `None`. It is `Lax` if the cookie does not tell.
    #[must_use]
    pub fn same_site(&self) -> &'static str {
        self.same_site
    }

    /// The time from which the cookie is forgotten; `None` for one that lasts as long as the
    /// browser is open.
    #[must_use]
    pub fn expires(&self) -> Option<SystemTime> {
        self.expires
    }
}

/// Shows the value, since a test has no secrets.
impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {}{}", self.pair(), self.domain, self.path)
    }
}

fn split(piece: &[u8]) -> Option<(&[u8], &[u8])> {
    let equals = piece.iter().position(|&byte| byte == b'=')?;
    Some((
        piece[..equals].trim_ascii(),
        piece[equals + 1..].trim_ascii(),
    ))
}

/// The seconds of a `Max-Age`, at most the longest lifetime (RFC 6265bis section 5.6.2).
fn lifetime(value: &[u8]) -> Option<Duration> {
    let digits = value.strip_prefix(b"-").unwrap_or(value);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    if digits.len() < value.len() {
        return Some(Duration::ZERO);
    }
    let seconds = str::from_utf8(digits).ok()?.parse().unwrap_or(u64::MAX);
    Some(Duration::from_secs(seconds).min(MAX_LIFETIME))
}

fn same_site(value: &[u8]) -> &'static str {
    let named = ["Strict", "None"].into_iter();
    let mut named = named.filter(|name| value.eq_ignore_ascii_case(name.as_bytes()));
    named.next().unwrap_or("Lax")
}

/// The path of a cookie that has none (RFC 6265bis section 5.1.4).
fn folder(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(end) => &path[..end],
    }
}

/// Whether a cookie with the path `folder` is sent to `path` (RFC 6265bis section 5.1.4).
fn covers(folder: &str, path: &str) -> bool {
    let rest = path.strip_prefix(folder);
    rest.is_some_and(|rest| rest.is_empty() || folder.ends_with('/') || rest.starts_with('/'))
}

/// Whether a host is a subdomain of `domain` (RFC 6265bis section 5.1.3).
fn is_below(host: &str, domain: &str) -> bool {
    let label = host.strip_suffix(domain);
    !is_address(host) && label.is_some_and(|label| label.len() > 1 && label.ends_with('.'))
}
