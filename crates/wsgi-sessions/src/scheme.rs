//! The scheme of a request.

/// The scheme by which a request came, on which the cookie of its session depends.
///
/// By default ([`Secure::OverHttps`](crate::Secure)), the cookie of a session over https has a name
/// of its own, with the prefix `__Host-`, and browsers never send it in clear (RFC 6265bis section
/// 4.1.3). Behind a proxy, the scheme is that of the visitor's request.
///
/// ```
/// use std::time::SystemTime;
/// use wsgi_sessions::{MemoryStore, Scheme, Sessions};
///
/// let sessions = Sessions::new(MemoryStore::new());
/// let begin = |scheme| sessions.begin(scheme, SystemTime::now(), |_| Ok(()));
/// assert!(begin(Scheme::Https)?.starts_with("__Host-session="));
/// assert!(begin(Scheme::Http)?.starts_with("session="));
/// # Ok::<_, wsgi_sessions::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// In clear.
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    /// Returns the scheme of this name, such as that of `wsgi.url_scheme`. Every name but `https`
    /// counts as http.
    ///
    /// ```
    /// use wsgi_sessions::Scheme;
    ///
    /// assert_eq!(Scheme::named("https"), Scheme::Https);
    /// assert_eq!(Scheme::named("http"), Scheme::Http);
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name {
            "https" => Self::Https,
            _ => Self::Http,
        }
    }
}
