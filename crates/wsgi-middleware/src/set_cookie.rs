//! `Set-Cookie` fields of several responses to one request. Browsers keep the last one for each
//! cookie.

use wsgi_headers::{Headers, InvalidHeader};

const FIELD: &str = "Set-Cookie";

/// Whether a field for the same cookie is there.
#[cfg(any(feature = "cascade", feature = "internal-redirects"))]
pub(crate) fn is_set(headers: &Headers, field: &[u8]) -> bool {
    let identity = Identity::of(field);
    let mut others = headers.get_all(FIELD);
    others.any(|other| Identity::of(other.as_bytes()) == identity)
}

/// Adds a field `Set-Cookie`, in place of one for the same cookie: with the same name, domain and
/// path, and as partitioned as this one. Browsers would keep the last one (RFC 6265 section 5.3),
/// and a response should not have both (section 4.1.1).
///
/// # Errors
///
/// The value has characters that a field cannot have.
///
/// ```
/// use wsgi_headers::Headers;
/// use wsgi_middleware::replace_cookie;
///
/// let mut headers = Headers::new();
/// replace_cookie(&mut headers, b"cart=; Path=/; Max-Age=0")?;
/// replace_cookie(&mut headers, b"cart=7; Path=/shop")?;
/// replace_cookie(&mut headers, b"cart=8; Path=/; Secure")?;
/// let cookies = headers.get_all("Set-Cookie");
/// assert!(cookies.eq(["cart=7; Path=/shop", "cart=8; Path=/; Secure"]));
/// # Ok::<(), wsgi_headers::InvalidHeader>(())
/// ```
pub fn replace_cookie(headers: &mut Headers, field: &[u8]) -> Result<(), InvalidHeader> {
    if !headers.contains(FIELD) {
        return headers.append(FIELD, field);
    }
    let identity = Identity::of(field);
    headers.retain(|name, other| {
        !name.eq_ignore_ascii_case(FIELD) || Identity::of(other.as_bytes()) != identity
    });
    headers.append(FIELD, field)
}

/// The parts that tell a cookie from others of a host (RFC 6265 section 5.3, step 11). A
/// partitioned cookie (CHIPS) is another one than one of the same name without partitions.
struct Identity<'f> {
    name: &'f [u8],
    domain: &'f [u8],
    path: &'f [u8],
    is_partitioned: bool,
}

impl<'f> Identity<'f> {
    fn of(field: &'f [u8]) -> Self {
        let mut parts = field.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
        let (name, _) = pair(parts.next().unwrap_or_default());
        let (mut domain, mut path, mut is_partitioned) = (&b""[..], &b""[..], false);
        for (attribute, value) in parts.map(pair) {
            // Of several, the last one counts (section 5.3, steps 4 and 7).
            if attribute.eq_ignore_ascii_case(b"Domain") {
                domain = value.strip_prefix(b".").unwrap_or(value);
            } else if attribute.eq_ignore_ascii_case(b"Path") {
                path = value;
            } else if attribute.eq_ignore_ascii_case(b"Partitioned") {
                is_partitioned = true;
            }
        }
        Self {
            name,
            domain,
            path,
            is_partitioned,
        }
    }
}

impl PartialEq for Identity<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.domain.eq_ignore_ascii_case(other.domain)
            && self.path == other.path
            && self.is_partitioned == other.is_partitioned
    }
}

/// The parts before and after the first `=`.
fn pair(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|&byte| byte == b'=');
    let (name, value) = text.split_at(end.unwrap_or(text.len()));
    let value = value.strip_prefix(b"=").unwrap_or(value);
    (name.trim_ascii(), value.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::Identity;

    #[track_caller]
    fn check(one: &str, other: &str, expected: bool) {
        let is_same = Identity::of(one.as_bytes()) == Identity::of(other.as_bytes());
        assert_eq!(is_same, expected, "{one:?} and {other:?}");
    }

    #[test]
    fn a_cookie_is_named_by_its_name_its_domain_and_its_path() {
        check("a=1", "a=2", true);
        check("a=1", "a=; Max-Age=0; Secure", true);
        check("a = 1 ;Path= /", "a=2; path=/", true);
        check("a=1; Domain=.Example.org", "a=2; domain=example.org", true);
        check("a=1; Path=/b; Path=/", "a=1; Path=/", true);
        check("a=b=c", "a=d", true);
        check("a", "a=", true);
        check("a=1", "A=1", false);
        check("a=1", "b=1", false);
        check("a=1; Path=/", "a=1; Path=/b", false);
        check("a=1; Path=/b", "a=1; Path=/B", false);
        check("a=1", "a=1; Domain=example.org", false);
        check("a=1; Secure", "a=1; Secure; Partitioned", false);
        check("a=1; Partitioned", "a=2; partitioned", true);
    }
}
