//! The header fields of a response.

use wsgi_application::{Head, Headers};
use wsgi_environ::{Redacted, is_hop_by_hop};
use wsgi_headers::list_members;

use crate::{finding::Finding, rule::rules, watch::Watch};

rules! {
    /// The response has no hop-by-hop fields, such as `Connection`. The gateway sends those.
    HOP_BY_HOP: Application, Violation, "PEP 3333, Other HTTP Features";
    /// A field name is a token, and a field value has no control characters.
    FIELD_SYNTAX: Application, Violation, "PEP 3333, The start_response() Callable; RFC 9110 section 5";
    /// The response has no `Status` field, which CGI would take as the status.
    STATUS_FIELD: Application, Violation, "RFC 3875 section 6.3.3";
    /// A field name begins with a letter, has only letters, digits and hyphens, and does not end
    /// with a hyphen.
    FIELD_NAME: Application, Warning, "RFC 9110 section 16.3.2.1";
    /// A field value is in ASCII.
    FIELD_VALUE: Application, Warning, "RFC 9110 section 5.5";
    /// A field that is not a list is not repeated.
    REPEATED_FIELD: Application, Violation, "RFC 9110 section 5.3";
    /// `Location` is a URI reference, in which all other characters are escaped.
    LOCATION: Application, Violation, "RFC 9110 section 10.2.2; RFC 3986 section 4.1";
    /// `ETag` is in quotes, with `W/` before them if it is weak.
    ETAG: Application, Violation, "RFC 9110 section 8.8.3";
    /// A response with `Set-Cookie` does not explicitly allow shared caches to store it.
    SHARED_COOKIE: Application, Warning, "RFC 9111 section 7.3";
}

use rules::*;

/// Fields with a single value. `Content-Length` has its own check.
const SINGLE: [&str; 12] = [
    "Age",
    "Content-Disposition",
    "Content-Location",
    "Content-Range",
    "Content-Type",
    "Date",
    "ETag",
    "Expires",
    "Last-Modified",
    "Location",
    "Retry-After",
    "Server",
];

pub(crate) fn check(head: &Head, watch: &Watch) -> Result<(), Finding> {
    let headers = &head.headers;
    for (name, value) in headers {
        let show = || format!("there is {name}: {:?}", Redacted::new(name, value));
        watch.require(!is_hop_by_hop(name), HOP_BY_HOP, show)?;
        let is_status = name.eq_ignore_ascii_case("Status");
        watch.require(!is_status, STATUS_FIELD, show)?;
        watch.require(is_plain_name(name), FIELD_NAME, show)?;
        watch.require(value.as_bytes().is_ascii(), FIELD_VALUE, show)?;
    }
    for name in SINGLE {
        let is_kept = headers.get_all(name).nth(1).is_none();
        watch.require(is_kept, REPEATED_FIELD, || {
            format!("there are several {name}")
        })?;
    }
    if let Some(location) = headers.get("Location") {
        let is_kept = is_uri_reference(location.as_bytes());
        watch.require(is_kept, LOCATION, || format!("it is {location:?}"))?;
    }
    if let Some(etag) = headers.get("ETag") {
        let is_kept = is_entity_tag(etag.as_bytes());
        watch.require(is_kept, ETAG, || format!("it is {etag:?}"))?;
    }
    let is_shared_cookie = headers.contains("Set-Cookie") && is_shared(headers);
    watch.require(!is_shared_cookie, SHARED_COOKIE, || {
        let control = headers.get("Cache-Control").unwrap_or_default();
        format!("Cache-Control is {control:?}")
    })
}

fn is_plain_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !name.ends_with('-')
}

/// Whether all characters are those of a URI, and its escapes are complete.
fn is_uri_reference(mut bytes: &[u8]) -> bool {
    while let [first, rest @ ..] = bytes {
        bytes = match (first, rest) {
            (b'%', [high, low, rest @ ..])
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                rest
            }
            (b'%', _) => return false,
            _ if first.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(first) => rest,
            _ => return false,
        };
    }
    true
}

fn is_entity_tag(bytes: &[u8]) -> bool {
    let opaque = bytes.strip_prefix(b"W/").unwrap_or(bytes);
    let tag = opaque
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""));
    let is_etagc = |byte: &u8| matches!(byte, 0x21 | 0x23..=0x7e | 0x80..);
    tag.is_some_and(|tag| tag.iter().all(is_etagc))
}

/// Whether `Cache-Control` allows shared caches to store the response.
fn is_shared(headers: &Headers) -> bool {
    let values = headers.get_all("Cache-Control");
    let mut directives = values.flat_map(|value| list_members(value.as_bytes()));
    directives.any(|directive| {
        let name = directive.split(|&byte| byte == b'=').next();
        let name = name.unwrap_or_default().trim_ascii();
        name.eq_ignore_ascii_case(b"public") || name.eq_ignore_ascii_case(b"s-maxage")
    })
}
