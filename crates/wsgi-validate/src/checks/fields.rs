//! The header fields of a response.

use wsgi_application::{Head, Headers};
use wsgi_environ::is_hop_by_hop;

use crate::{Finding, rule::rules, watch::Watch};

rules! {
    /// The fields of the connection are left to the gateway.
    HOP_BY_HOP: Application, Violation, "PEP 3333, Other HTTP Features";
    /// A field name is a token, and its value has no control characters.
    FIELD_SYNTAX: Application, Violation, "PEP 3333, The start_response() Callable; RFC 9110 section 5";
    /// There is no `Status` field, by which CGI would set the status.
    STATUS_FIELD: Application, Violation, "RFC 3875 section 6.3.3";
    /// A field name begins with a letter, goes on with letters, digits and hyphens, and does not end with a hyphen.
    FIELD_NAME: Application, Warning, "RFC 9110 section 16.3.2.1";
    /// A field value is in ASCII.
    FIELD_VALUE: Application, Warning, "RFC 9110 section 5.5";
    /// A field that is no list comes once.
    REPEATED_FIELD: Application, Violation, "RFC 9110 section 5.3";
    /// A `Location` is a URI reference, with everything else escaped.
    LOCATION: Application, Violation, "RFC 9110 section 10.2.2; RFC 3986 section 4.1";
    /// An `ETag` is in quotes, after a `W/` if it is weak.
    ETAG: Application, Violation, "RFC 9110 section 8.8.3";
    /// A response with `Set-Cookie` is not offered to shared caches.
    SHARED_COOKIE: Application, Warning, "RFC 9111 section 7.3";
}

use rules::*;

/// Fields of one value; that of `Content-Length` is checked apart.
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
        let show = || format!("there is {name}: {value:?}");
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

/// Whether it is made of the characters of a URI, and its escapes are whole.
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

/// Whether `Cache-Control` asks shared caches to keep it.
fn is_shared(headers: &Headers) -> bool {
    let values = headers.get_all("Cache-Control");
    let mut directives = values.flat_map(|value| value.as_bytes().split(|&byte| byte == b','));
    directives.any(|directive| {
        let name = directive.split(|&byte| byte == b'=').next();
        let name = name.unwrap_or_default().trim_ascii();
        name.eq_ignore_ascii_case(b"public") || name.eq_ignore_ascii_case(b"s-maxage")
    })
}
