//! The content codings that a client accepts (RFC 9110, section 12.5.3).

use crate::{
    value::Value,
    weight::{Preference, best, preferences},
};

/// The least weight that is not a refusal.
const LEAST: u16 = 1;

/// The content codings that a client accepts, as its field `Accept-Encoding` says (RFC 9110,
/// section 12.5.3).
///
/// The default is that of a request without the field. The standard allows every coding then, but
/// such a client often cannot decode any, so only `identity` counts as acceptable.
///
/// Reading never fails and copies nothing. A malformed member of the list is ignored. If a coding
/// is listed several times, the first one counts. `x-gzip` and `x-compress` are the same codings as
/// `gzip` and `compress` (section 8.4.1).
///
/// ```
/// use wsgi_headers::AcceptEncoding;
///
/// // A server that prefers brotli to gzip, and has the plain bytes as well.
/// let offered = ["br", "gzip", "identity"];
///
/// let accept = AcceptEncoding::new("gzip, deflate, br;q=0.9");
/// assert_eq!(accept.preferred(offered), Some("gzip"));
/// assert_eq!(AcceptEncoding::new("gzip, br").preferred(offered), Some("br"));
/// assert_eq!(AcceptEncoding::new("zstd").preferred(offered), Some("identity"));
/// assert_eq!(AcceptEncoding::default().preferred(offered), Some("identity"));
/// assert_eq!(AcceptEncoding::new("identity;q=0").preferred(offered), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AcceptEncoding<'a>(Value<'a>);

impl<'a> AcceptEncoding<'a> {
    /// Reads the value of a field. If the field came several times, join the values by commas.
    #[must_use]
    pub fn new(value: impl Into<Value<'a>>) -> Self {
        Self(value.into())
    }

    /// The weight of a coding in thousandths, from 0 to 1000. At 0 the coding must not be used.
    ///
    /// A coding that is not listed has the weight of `*`. Without a `*` it has 0, but `identity`
    /// has 1: it is acceptable, and every coding that the client asks for is better.
    ///
    /// ```
    /// use wsgi_headers::AcceptEncoding;
    ///
    /// let accept = AcceptEncoding::new("gzip;q=0.8, *;q=0.5");
    /// assert_eq!(accept.weight("gzip"), 800);
    /// assert_eq!(accept.weight("br"), 500);
    /// assert_eq!(AcceptEncoding::new("gzip").weight("br"), 0);
    /// assert_eq!(AcceptEncoding::new("gzip").weight("identity"), 1);
    /// ```
    #[must_use]
    pub fn weight(self, coding: &str) -> u16 {
        let mut others = None;
        for Preference { name, weight, .. } in preferences(self.0.as_bytes()) {
            if canonical(name).eq_ignore_ascii_case(canonical(coding.as_bytes())) {
                return weight;
            }
            if name == b"*" {
                others = others.or(Some(weight));
            }
        }
        match coding.eq_ignore_ascii_case("identity") {
            true => others.unwrap_or(LEAST),
            false => others.unwrap_or(0),
        }
    }

    /// The coding with the greatest weight among those that are offered; of equal ones, the first.
    /// Returns `None` if the client refuses all of them.
    ///
    /// List `identity` last if the plain representation is offered too. If even that is refused,
    /// most servers send it all the same.
    #[must_use]
    pub fn preferred<'o>(self, offered: impl IntoIterator<Item = &'o str>) -> Option<&'o str> {
        best(offered, |coding| {
            let weight = self.weight(coding);
            (weight > 0).then_some(weight)
        })
    }
}

/// The name of a coding without the prefix of an old alias.
fn canonical(coding: &[u8]) -> &[u8] {
    match coding.split_at_checked(2) {
        Some((prefix, rest))
            if prefix.eq_ignore_ascii_case(b"x-")
                && (rest.eq_ignore_ascii_case(b"gzip")
                    || rest.eq_ignore_ascii_case(b"compress")) =>
        {
            rest
        }
        _ => coding,
    }
}
