//! Building the value of a `Set-Cookie` field.

use std::fmt;
use std::time::{Duration, SystemTime};

use httpdate::HttpDate;
use percent_encoding::utf8_percent_encode;

use crate::name_prefix::{self, Attributes};
use crate::octets::{ESCAPED, is_attribute_octet, is_cookie_octet, is_token};
use crate::{InvalidCookie, SameSite};

/// The most bytes of name and value that browsers keep (RFC 6265bis, section 5.6).
const MAX_LENGTH: usize = 4096;
/// The most bytes of an attribute's value that browsers do not ignore.
const MAX_ATTRIBUTE_LENGTH: usize = 1024;
/// The first second after the year 9999, since 1970.
const YEAR_10000: Duration = Duration::from_secs(253_402_300_800);

/// A cookie to be set, with its attributes (RFC 6265bis, section 4.1).
///
/// No attribute is set unless asked for. `to_header_value` checks the whole, so that a cookie
/// which a browser would drop is an error here instead. `Debug` does not show the value.
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
    /// A cookie whose value goes out as it is: letters, digits and punctuation without space,
    /// `"`, `,`, `;` and `\`.
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

    /// A cookie whose value may be any text: what may not stand in a cookie, and `%`, is
    /// percent-encoded. `Cookies::get_decoded` reads it back.
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

    /// A cookie that makes browsers forget the one of this name. Path, domain and, for a name
    /// with a prefix, `Secure` must be those it was set with.
    ///
    /// ```
    /// use wsgi_cookies::SetCookie;
    ///
    /// assert_eq!(
    ///     SetCookie::removal("id").path("/").to_header_value().unwrap(),
    ///     "id=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
    /// );
    /// ```
    pub fn removal(name: impl Into<String>) -> Self {
        Self::new(name, "")
            .max_age(Duration::ZERO)
            .expires(SystemTime::UNIX_EPOCH)
    }

    /// The cookie's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The cookie's value, as it goes out.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The paths the cookie is for: this one and all below it. Without it, browsers take the
    /// folder of the request's path.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// The hosts the cookie is for: this one and all below it. Without it, the cookie goes to
    /// the very host that set it only, which is safer.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// For how long the cookie is kept, in whole seconds, rounded up. Zero removes it. Browsers
    /// keep none longer than 400 days, and forget one without this or `expires` when they close.
    #[must_use]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Until when the cookie is kept, by the browser's clock. `max_age` is stronger.
    #[must_use]
    pub fn expires(mut self, expires: SystemTime) -> Self {
        self.expires = Some(expires);
        self
    }

    /// Whether the cookie is sent over https only.
    #[must_use]
    pub fn secure(mut self, secure: bool) -> Self {
        self.secure = secure;
        self
    }

    /// Whether the cookie is hidden from scripts.
    #[must_use]
    pub fn http_only(mut self, http_only: bool) -> Self {
        self.http_only = http_only;
        self
    }

    /// Which requests of other sites carry the cookie.
    #[must_use]
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = Some(same_site);
        self
    }

    /// Whether the cookie has a jar of its own under each top-level site that embeds this one
    /// (CHIPS).
    #[must_use]
    pub fn partitioned(mut self, partitioned: bool) -> Self {
        self.partitioned = partitioned;
        self
    }

    /// The value of the `Set-Cookie` field.
    ///
    /// # Errors
    ///
    /// What no browser would keep as it is meant, as `InvalidCookie` lists it.
    pub fn to_header_value(&self) -> Result<String, InvalidCookie> {
        self.check()?;
        Ok(Checked(self).to_string())
    }

    fn check(&self) -> Result<(), InvalidCookie> {
        if !is_token(&self.name) {
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
            is_of_host: self.domain.is_none() && self.path.as_deref() == Some("/"),
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

/// A cookie that may be written, since it holds nothing that would end its value or panic.
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
            // Clients read a signed number.
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

fn is_path(path: &str) -> bool {
    let is_short = path.len() <= MAX_ATTRIBUTE_LENGTH;
    is_short && path.starts_with('/') && path.bytes().all(is_attribute_octet)
}

/// Whether it is a host name, which may have the leading dot of old times. Browsers compare it
/// with the request's host, so one with an empty label would match nothing.
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
