//! The builder of a `Set-Cookie` value.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use httpdate::HttpDate;
use percent_encoding::utf8_percent_encode;
use wsgi_headers::is_token;

use crate::{
    invalid_cookie::InvalidCookie,
    name_prefix::{self, Attributes},
    octets::{ESCAPED, is_attribute_octet, is_cookie_octet},
    same_site::SameSite,
};

/// The maximum length of name and value that browsers keep, in bytes (RFC 6265bis, section 5.6).
const MAX_LENGTH: usize = 4096;
/// The maximum length of an attribute's value in bytes. Browsers ignore longer attributes.
const MAX_ATTRIBUTE_LENGTH: usize = 1024;
/// The start of the year 10000, since 1970.
const YEAR_10000: Duration = Duration::from_secs(253_402_300_800);

/// A builder of a cookie with its attributes (RFC 6265bis, section 4.1).
///
/// No attribute is set by default. `to_header_value` checks the whole cookie, so that a cookie that
/// a browser would drop is an error here. `Debug` does not show the value.
///
/// ```
/// use std::time::Duration;
/// use wsgi_cookies::{SameSite, SetCookie};
///
/// let cookie = SetCookie::new("__Host-id", "7f3a")
///     .path("/")
///     .max_age(Duration::from_secs(3600))
///     .secure(true)
///     .http_only(true)
///     .same_site(SameSite::Lax);
/// assert_eq!(
///     cookie.to_header_value().unwrap(),
///     "__Host-id=7f3a; Path=/; Max-Age=3600; Secure; HttpOnly; SameSite=Lax",
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SetCookie {
    name: String,
    value: String,
    path: Option<String>,
    domain: Option<String>,
    max_age: Option<Duration>,
    expires: Option<SystemTime>,
    secure: bool,
    http_only: bool,
    same_site: Option<SameSite>,
    partitioned: bool,
}

impl SetCookie {
    /// Creates a cookie whose value is sent unchanged. It may contain letters, digits, and
    /// punctuation other than `"`, `,`, `;` and `\`, but no spaces.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            path: None,
            domain: None,
            max_age: None,
            expires: None,
            secure: false,
            http_only: false,
            same_site: None,
            partitioned: false,
        }
    }

    /// Creates a cookie whose value may be any text. Characters that cookies cannot contain, and
    /// `%`, are percent-encoded. `Cookies::get_decoded` decodes them.
    ///
    /// ```
    /// use wsgi_cookies::{Cookies, SetCookie};
    ///
    /// let cookie = SetCookie::encoded("greeting", "50% olá; tchau");
    /// let sent = cookie.to_header_value().unwrap();
    /// assert_eq!(sent, "greeting=50%25%20ol%C3%A1%3B%20tchau");
    /// assert_eq!(Cookies::parse(&sent).get_decoded("greeting").unwrap(), "50% olá; tchau");
    /// ```
    pub fn encoded(name: impl Into<String>, value: &str) -> Self {
        Self::new(name, utf8_percent_encode(value, ESCAPED).to_string())
    }

    /// Creates a cookie that makes browsers forget the one of this name. Its path and domain must
    /// be the same, as must [`partitioned`](Self::partitioned), and the attributes that the prefix
    /// of a name requires must be set. In a frame on a page of another site, browsers take no
    /// cookie without [`SameSite::None`], not even this one.
    ///
    /// ```
    /// use wsgi_cookies::{SameSite, SetCookie};
    ///
    /// assert_eq!(
    ///     SetCookie::removal("id").path("/").to_header_value().unwrap(),
    ///     "id=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
    /// );
    ///
    /// let chat = SetCookie::removal("chat").same_site(SameSite::None).secure(true);
    /// let field = chat.partitioned(true).to_header_value().unwrap();
    /// assert!(field.ends_with("; Secure; SameSite=None; Partitioned"));
    /// ```
    pub fn removal(name: impl Into<String>) -> Self {
        Self::new(name, "")
            .max_age(Duration::ZERO)
            .expires(SystemTime::UNIX_EPOCH)
    }

    /// The cookie's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The cookie's value, as it is sent.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Sets the path of the cookie, which is sent for this path and all below it. By default,
    /// browsers use the folder of the request's path.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Sets the domain of the cookie, which is sent to this host and all its subdomains. By
    /// default, the cookie is sent only to the host that set it, which is safer.
    ///
    /// ```
    /// use wsgi_cookies::SetCookie;
    ///
    /// let cookie = SetCookie::new("theme", "dark").domain("example.org");
    /// assert_eq!(cookie.to_header_value().unwrap(), "theme=dark; Domain=example.org");
    /// ```
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// Sets the lifetime of the cookie, in whole seconds, rounded up. Zero removes the cookie.
    /// Browsers keep cookies for at most 400 days. A cookie without `max_age` and `expires` lasts
    /// until the browser is closed.
    #[must_use]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Sets the expiry date of the cookie, by the browser's clock. `max_age` takes precedence.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use wsgi_cookies::SetCookie;
    ///
    /// let end = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    /// let cookie = SetCookie::new("theme", "dark").expires(end);
    /// assert_eq!(
    ///     cookie.to_header_value().unwrap(),
    ///     "theme=dark; Expires=Fri, 15 Jan 2027 08:00:00 GMT",
    /// );
    /// ```
    #[must_use]
    pub fn expires(mut self, expires: SystemTime) -> Self {
        self.expires = Some(expires);
        self
    }

    /// Sets whether browsers send the cookie only over HTTPS.
    #[must_use]
    pub fn secure(mut self, secure: bool) -> Self {
        self.secure = secure;
        self
    }

    /// Sets whether browsers hide the cookie from scripts.
    #[must_use]
    pub fn http_only(mut self, http_only: bool) -> Self {
        self.http_only = http_only;
        self
    }

    /// Sets the cross-site requests with which browsers send the cookie.
    #[must_use]
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = Some(same_site);
        self
    }

    /// Sets whether browsers keep a separate cookie for each top-level site that embeds this one
    /// (CHIPS).
    ///
    /// ```
    /// use wsgi_cookies::{InvalidCookie, SetCookie};
    ///
    /// let cookie = SetCookie::new("chat", "7f3a").partitioned(true);
    /// assert_eq!(cookie.to_header_value(), Err(InvalidCookie::Partitioned));
    /// let cookie = cookie.secure(true);
    /// assert_eq!(cookie.to_header_value().unwrap(), "chat=7f3a; Secure; Partitioned");
    /// ```
    #[must_use]
    pub fn partitioned(mut self, partitioned: bool) -> Self {
        self.partitioned = partitioned;
        self
    }

    /// Builds the value of the `Set-Cookie` field.
    ///
    /// # Errors
    ///
    /// A browser would drop the cookie or keep a different one; see [`InvalidCookie`].
    pub fn to_header_value(&self) -> Result<String, InvalidCookie> {
        self.check()?;
        Ok(Checked(self).to_string())
    }

    fn check(&self) -> Result<(), InvalidCookie> {
        if !is_token(self.name.as_bytes()) {
            return Err(InvalidCookie::Name);
        }
        if !self.value.bytes().all(is_cookie_octet) {
            return Err(InvalidCookie::Value);
        }
        let length = self.name.len() + self.value.len();
        if length > MAX_LENGTH {
            return Err(InvalidCookie::TooLong { length });
        }
        if !self.path.as_deref().is_none_or(is_path) {
            return Err(InvalidCookie::Path);
        }
        if !self.domain.as_deref().is_none_or(is_domain) {
            return Err(InvalidCookie::Domain);
        }
        if !self.expires.is_none_or(is_http_date) {
            return Err(InvalidCookie::Expires);
        }
        if self.same_site == Some(SameSite::None) && !self.secure {
            return Err(InvalidCookie::SameSiteNone);
        }
        if self.partitioned && !self.secure {
            return Err(InvalidCookie::Partitioned);
        }
        let attributes = Attributes {
            secure: self.secure,
            http_only: self.http_only,
            is_host_only: self.domain.is_none() && self.path.as_deref() == Some("/"),
        };
        name_prefix::check(&self.name, &attributes)
    }
}

impl fmt::Debug for SetCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetCookie")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A checked cookie. Nothing in it ends an attribute early or makes the date panic.
struct Checked<'a>(&'a SetCookie);

impl fmt::Display for Checked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cookie = self.0;
        write!(f, "{}={}", cookie.name, cookie.value)?;
        if let Some(path) = &cookie.path {
            write!(f, "; Path={path}")?;
        }
        if let Some(domain) = &cookie.domain {
            write!(f, "; Domain={domain}")?;
        }
        if let Some(max_age) = cookie.max_age {
            let part = u64::from(max_age.subsec_nanos() > 0);
            let seconds = max_age.as_secs().saturating_add(part);
            // Clients may read it as a signed number.
            write!(f, "; Max-Age={}", seconds.min(i64::MAX as u64))?;
        }
        if let Some(expires) = cookie.expires {
            write!(f, "; Expires={}", HttpDate::from(expires))?;
        }
        if cookie.secure {
            f.write_str("; Secure")?;
        }
        if cookie.http_only {
            f.write_str("; HttpOnly")?;
        }
        if let Some(same_site) = cookie.same_site {
            write!(f, "; SameSite={}", same_site.as_str())?;
        }
        if cookie.partitioned {
            f.write_str("; Partitioned")?;
        }
        Ok(())
    }
}

/// Whether `path` is an absolute path that browsers keep as it is. They remove spaces at the end of
/// an attribute (RFC 6265bis, section 5.6).
fn is_path(path: &str) -> bool {
    let is_short = path.len() <= MAX_ATTRIBUTE_LENGTH;
    let is_kept = path.starts_with('/') && !path.ends_with(' ');
    is_short && is_kept && path.bytes().all(is_attribute_octet)
}

/// Whether `domain` is a host name. It may have a leading dot, as older specifications required.
/// Browsers compare it with the request's host, so an empty label would never match.
fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        let is_host_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        !label.is_empty() && label.bytes().all(is_host_byte)
    };
    let host = domain.strip_prefix('.').unwrap_or(domain);
    domain.len() <= MAX_ATTRIBUTE_LENGTH && host.split('.').all(is_label)
}

fn is_http_date(time: SystemTime) -> bool {
    let since_1970 = time.duration_since(SystemTime::UNIX_EPOCH);
    since_1970.is_ok_and(|duration| duration < YEAR_10000)
}
