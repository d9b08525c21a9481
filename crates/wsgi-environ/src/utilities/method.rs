//! Methods that every program may be asked for.

/// Whether it is a method of RFC 9110 section 9.3, PATCH (RFC 5789) or QUERY (RFC 10008). Methods
/// are case-sensitive, so `get` is none.
///
/// If a resource lacks one of these, the answer is 405 with `Allow`. If no resource of an
/// application has another method, the answer to that is 501 (RFC 9110 section 9.1).
///
/// ```
/// use wsgi_environ::is_standard_method;
///
/// assert!(is_standard_method("PATCH"));
/// assert!(!is_standard_method("PROPFIND"));
/// assert!(!is_standard_method("get"));
/// ```
#[must_use]
pub fn is_standard_method(method: impl AsRef<[u8]>) -> bool {
    matches!(
        method.as_ref(),
        b"GET"
            | b"HEAD"
            | b"POST"
            | b"PUT"
            | b"DELETE"
            | b"CONNECT"
            | b"OPTIONS"
            | b"TRACE"
            | b"PATCH"
            | b"QUERY"
    )
}
