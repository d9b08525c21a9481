//! The method of a request.

/// The method of a request that a page of another site caused, as far as cookies depend on it: with
/// a safe one, browsers send a cookie that is `SameSite=Lax`.
///
/// ```
/// use std::time::SystemTime;
/// use wsgi_sessions::{Cookies, MemoryStore, Method, Scheme, Sessions};
///
/// let sessions = Sessions::new(MemoryStore::new());
/// let (none, now) = (Cookies::default(), SystemTime::now());
/// let begins = |method| {
///     let session = sessions.open_cross_site(&none, Scheme::Https, method, now);
///     session.insert("visits", 1)?;
///     session.finish(now).map(|cookie| cookie.is_some())
/// };
/// assert!(begins(Method::Safe)?, "the visitor has no cookie");
/// assert!(!begins(Method::Unsafe)?, "the visitor may have one");
/// # Ok::<_, wsgi_sessions::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// One that only reads, such as GET (RFC 9110 section 9.2.1).
    Safe,
    /// Any other, such as POST.
    Unsafe,
}
