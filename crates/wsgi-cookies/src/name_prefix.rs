//! Names that promise something about their cookie (RFC 6265bis, section 4.1.3; the `__Http-`
//! forms came after it, with the drafts that follow).

use crate::InvalidCookie;

/// What else a cookie says, as far as a prefix cares.
pub(crate) struct Attributes {
    pub(crate) secure: bool,
    pub(crate) http_only: bool,
    /// Whether there is no `Domain` and the path is `/`.
    pub(crate) is_of_host: bool,
}

/// Checks that a cookie keeps what its name promises. Browsers compare prefixes without regard to
/// case, because some servers read names so.
pub(crate) fn check(name: &str, attributes: &Attributes) -> Result<(), InvalidCookie> {
    let begins_with = |prefix: &str| {
        let start = name.get(..prefix.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    if begins_with("__Secure-") && !attributes.secure {
        return Err(InvalidCookie::SecurePrefix);
    }
    if begins_with("__Host-") && !(attributes.secure && attributes.is_of_host) {
        return Err(InvalidCookie::HostPrefix);
    }
    let is_http = begins_with("__Http-") || begins_with("__Host-Http-");
    if is_http && !(attributes.secure && attributes.http_only) {
        return Err(InvalidCookie::HttpPrefix);
    }
    Ok(())
}
