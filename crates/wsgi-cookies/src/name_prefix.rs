//! Prefixes of names that require attributes of the cookie (RFC 6265bis, section 4.1.3; `__Http-`
//! and `__Host-Http-` come from the drafts after it).

use crate::invalid_cookie::InvalidCookie;

/// The attributes that a prefix may require.
pub(crate) struct Attributes {
    pub(crate) secure: bool,
    pub(crate) http_only: bool,
    /// Whether the cookie has no `Domain` and its path is `/`.
    pub(crate) is_host_only: bool,
}

/// Checks that a cookie has the attributes that its name requires. Browsers ignore the case of
/// prefixes, because some servers ignore the case of names.
pub(crate) fn check(name: &str, attributes: &Attributes) -> Result<(), InvalidCookie> {
    let begins_with = |prefix: &str| {
        let start = name.get(..prefix.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    if begins_with("__Secure-") && !attributes.secure {
        return Err(InvalidCookie::SecurePrefix);
    }
    if begins_with("__Host-") && !(attributes.secure && attributes.is_host_only) {
        return Err(InvalidCookie::HostPrefix);
    }
    let is_http = begins_with("__Http-") || begins_with("__Host-Http-");
    if is_http && !(attributes.secure && attributes.http_only) {
        return Err(InvalidCookie::HttpPrefix);
    }
    Ok(())
}
