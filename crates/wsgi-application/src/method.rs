//! Methods that a resource does not accept.

use crate::status::Status;

/// Whether a method is in IANA's registry (RFC 9110 section 16.1.1). Methods are case-sensitive, so
/// `get` is not.
///
/// ```
/// use wsgi_application::is_registered_method;
///
/// assert!(is_registered_method("PROPFIND"));
/// assert!(!is_registered_method("get"));
/// ```
#[must_use]
pub fn is_registered_method(method: impl AsRef<[u8]>) -> bool {
    let method = method.as_ref();
    METHODS.iter().any(|known| known.as_bytes() == method)
}

impl Status {
    /// The status of the answer to a method that a resource does not accept: 405, or 501 if the
    /// method is [not a registered one](is_registered_method) (RFC 9110 section 9.1). A response
    /// with 405 needs the field `Allow`.
    ///
    /// ```
    /// use wsgi_application::Status;
    ///
    /// assert_eq!(Status::for_refused_method("DELETE"), Status::METHOD_NOT_ALLOWED);
    /// assert_eq!(Status::for_refused_method("get"), Status::NOT_IMPLEMENTED);
    /// ```
    #[must_use]
    pub fn for_refused_method(method: impl AsRef<[u8]>) -> Self {
        match is_registered_method(method) {
            true => Self::METHOD_NOT_ALLOWED,
            false => Self::NOT_IMPLEMENTED,
        }
    }
}

/// The methods of the registry.
const METHODS: [&str; 40] = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "OPTIONS",
    "PATCH",
    "QUERY",
    "CONNECT",
    "TRACE",
    "ACL",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "COPY",
    "LABEL",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "MOVE",
    "ORDERPATCH",
    "PRI",
    "PROPFIND",
    "PROPPATCH",
    "REBIND",
    "REPORT",
    "SEARCH",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UNLOCK",
    "UPDATE",
    "UPDATEREDIRECTREF",
    "VERSION-CONTROL",
];
