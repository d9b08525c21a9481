//! `Set-Cookie` fields of a response, or of several responses to one request. Of those that set one
//! cookie, browsers keep the last one (RFC 6265bis section 5.7), and a response should not have
//! more (section 4.1.1).

use wsgi_headers::{Headers, InvalidHeader};

/// The field that sets a cookie.
pub(crate) const FIELD: &str = "Set-Cookie";

/// The length of the longest value of an attribute, in bytes. Browsers ignore longer ones (RFC
/// 6265bis section 5.6).
const MAX_ATTRIBUTE_BYTES: usize = 1024;

/// Whether two `Set-Cookie` fields of one host set the same cookie: with the same name, domain and
/// path, and as partitioned (CHIPS) as the other (RFC 6265bis section 5.7). A field without `=` has
/// an empty name.
///
/// A path that is absent, or has no slash at its start, is the default one, which depends on the
/// URL. It counts as another path than one that a field has.
///
/// ```
/// use wsgi_middleware::is_same_cookie;
///
/// assert!(is_same_cookie(b"cart=7; Path=/", b"cart=; path=/; Max-Age=0"));
/// assert!(!is_same_cookie(b"cart=7; Path=/", b"cart=7; Path=/shop"));
/// assert!(!is_same_cookie(b"cart=7; Path=/", b"cart=7"));
/// ```
#[must_use]
pub fn is_same_cookie(one: &[u8], other: &[u8]) -> bool {
    Identity::of(one) == Identity::of(other)
}

/// Adds a field `Set-Cookie`, in place of those for [the same cookie](is_same_cookie).
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

/// Adds the `Set-Cookie` fields of a response that this one replaces: the last one for each
/// [cookie](is_same_cookie) that this one does not set itself.
///
/// They come before its own. A cookie without a path has the default path of the URL, so two may be
/// one cookie there. Browsers then keep the later one.
///
/// # Errors
///
/// A value has characters that a field cannot have. Then cookies may be missing.
///
/// ```
/// use wsgi_headers::Headers;
/// use wsgi_middleware::add_earlier_cookies;
///
/// let mut headers = Headers::new();
/// headers.append("Set-Cookie", "cart=8")?;
/// headers.append("Set-Cookie", "a=1")?;
/// add_earlier_cookies(&mut headers, [&b"cart=7; Path=/"[..], b"a=0"])?;
/// let cookies = headers.get_all("Set-Cookie");
/// assert!(cookies.eq(["cart=7; Path=/", "cart=8", "a=1"]));
/// # Ok::<(), wsgi_headers::InvalidHeader>(())
/// ```
pub fn add_earlier_cookies<'f>(
    headers: &mut Headers,
    earlier: impl IntoIterator<Item = &'f [u8]>,
) -> Result<(), InvalidHeader> {
    let own = headers.get_all(FIELD);
    let own: Vec<_> = own.map(|field| field.as_bytes().to_vec()).collect();
    let is_set = |field| own.iter().any(|own| is_same_cookie(own, field));
    let missing: Vec<_> = earlier.into_iter().filter(|field| !is_set(field)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    headers.remove(FIELD);
    for field in missing {
        replace_cookie(headers, field)?;
    }
    own.iter()
        .try_for_each(|field| headers.append(FIELD, field))
}

/// The parts that tell a cookie from others of a host (RFC 6265bis section 5.7, step 23). A
/// partitioned cookie (CHIPS) is another one than one of the same name without partitions.
struct Identity<'f> {
    name: &'f [u8],
    /// Empty if only the host of the response gets the cookie.
    domain: &'f [u8],
    /// Empty for the default path.
    path: &'f [u8],
    is_partitioned: bool,
}

impl<'f> Identity<'f> {
    fn of(field: &'f [u8]) -> Self {
        let (name, attributes) = name_and_attributes(field);
        let mut identity = Self {
            name,
            domain: b"",
            path: b"",
            is_partitioned: false,
        };
        for (attribute, value) in attributes {
            // Of several, the last one counts (section 5.7).
            if attribute.eq_ignore_ascii_case(b"Domain") {
                identity.domain = value.strip_prefix(b".").unwrap_or(value);
            } else if attribute.eq_ignore_ascii_case(b"Path") {
                let is_path = value.starts_with(b"/");
                identity.path = if is_path { value } else { b"" }; // section 5.6.4
            } else if attribute.eq_ignore_ascii_case(b"Partitioned") {
                identity.is_partitioned = true;
            }
        }
        identity
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

/// The name of the cookie that a field sets, and the attributes that browsers heed, with their
/// values (section 5.6). Without `=`, the pair is a value alone, and the name is empty.
pub(crate) fn name_and_attributes(field: &[u8]) -> (&[u8], impl Iterator<Item = (&[u8], &[u8])>) {
    let mut parts = field.split(|&byte| byte == b';');
    let (name, _value) = parts.next().and_then(split).unwrap_or_default();
    let attributes = parts.map(|part| split(part).unwrap_or((part.trim_ascii(), b"")));
    let is_heeded = |&(_, value): &(&[u8], &[u8])| value.len() <= MAX_ATTRIBUTE_BYTES;
    (name, attributes.filter(is_heeded))
}

/// The parts before and after the first `=`; `None` if there is none.
fn split(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|&byte| byte == b'=')?;
    Some((text[..end].trim_ascii(), text[end + 1..].trim_ascii()))
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
        check("a=1", "A=1", false);
        check("a=1", "b=1", false);
        check("a=1; Path=/", "a=1; Path=/b", false);
        check("a=1; Path=/b", "a=1; Path=/B", false);
        check("a=1", "a=1; Domain=example.org", false);
        check("a=1; Secure", "a=1; Secure; Partitioned", false);
        check("a=1; Partitioned", "a=2; partitioned", true);
        check("a=1; Partitioned=x", "a=2; Partitioned", true);
    }

    #[test]
    fn a_cookie_without_an_equals_sign_has_no_name() {
        check("a", "b", true);
        check("a", "=b", true);
        check("a", "a=", false);
        check("a", "a; Path=/", false);
    }

    #[test]
    fn what_is_no_path_or_domain_counts_as_none() {
        check("a=1; Path", "a=2", true);
        check("a=1; Path=b", "a=2", true);
        check("a=1; Path=/; Path=b", "a=2", true);
        check("a=1; Path=b; Path=/", "a=2", false);
        check("a=1; Domain", "a=2", true);
        check("a=1; Domain=.", "a=2", true);
        let long = format!("a=1; Path=/{}", "b".repeat(1024));
        check(&long, "a=2", true);
        check(&format!("{long}; Path=/"), "a=2; Path=/", true);
    }
}
